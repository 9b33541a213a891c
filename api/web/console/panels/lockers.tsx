// The lockers: reachable or not, alarms, which doors stand open; those that need a person stand first.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { LockerView } from "../../shared/contract";
import { plural, span } from "../../shared/format";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { matchesWords } from "../state/words";
import { ALARM_TITLES, attentionWords } from "../state/lockers";
import { clearSelection, isSelected, select } from "../state/selection";
import { resources } from "../state/store";
import { LockerDetail } from "./locker-detail";

const words = signal("");
const MAX_ROWS = 200;

function shown(): LockerView[] {
  return resources.lockers.value.value
    .filter((locker) => {
      const contents = locker.compartments.flatMap((one) => [one.part_number ?? "", one.serial ?? ""]);
      return matchesWords([locker.name, locker.locker_id, ...contents], words.value.trim());
    })
    .toSorted((one, other) => worries(other) - worries(one) || one.name.localeCompare(other.name))
    .slice(0, MAX_ROWS);
}

/** Those that need a person stand first. */
function worries(locker: LockerView): number {
  return Number(!locker.online) * 4 + Number(locker.alarms.length > 0) * 2 + Number(attentionWords(locker) !== null);
}

export function LockersPanel(): JSX.Element {
  const lockers = shown();
  return (
    <>
      <div class="side__tools">
        <SearchField words={words} label="Search lockers" placeholder="Locker, part number, serial" />
      </div>
      <Listing
        resource={resources.lockers}
        empty={lockers.length === 0}
        title="No lockers here"
        hint={words.value ? "Nothing matches the search." : "Add one with: fieldstock device add NAME --kind locker"}
      >
        <ul class="rows" data-testid="lockers">
          {lockers.map((locker) => (
            <LockerRow key={locker.locker_id} locker={locker} />
          ))}
        </ul>
      </Listing>
    </>
  );
}

function LockerRow({ locker }: { locker: LockerView }): JSX.Element {
  const open = isSelected("locker", locker.locker_id);
  const attention = attentionWords(locker);
  const openDoors = locker.compartments.filter((compartment) => compartment.door === "open").length;
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="locker-row"
        data-locker-id={locker.locker_id}
        data-online={String(locker.online)}
        onClick={() => (open ? clearSelection() : select("locker", locker.locker_id))}
      >
        <span class="order-row__top">
          <strong>{locker.name}</strong>
          {!locker.online && <span class="badge badge--bad">Offline</span>}
          {locker.alarms.map((kind) => (
            <span key={kind} class="badge badge--bad">
              {ALARM_TITLES[kind]}
            </span>
          ))}
          {attention && <span class="badge badge--warn">{attention}</span>}
          {openDoors > 0 && <span class="badge badge--warn">{plural(openDoors, "door")} open</span>}
          <span class="row__time number">{plural(locker.parts_in_stock, "part")}</span>
        </span>
        <span class="order-row__foot">
          <span>{health(locker)}</span>
          <span>{heard(locker)}</span>
        </span>
      </button>
      {open && <LockerDetail locker={locker} />}
    </li>
  );
}

function health({ temperature_c: temperature, power, battery_pct: battery }: LockerView): string {
  const texts = [
    temperature === null ? null : `${Math.round(temperature)} \u00b0C`,
    power === null ? null : power === "mains" ? "on mains" : `on ${power}`,
    battery === null ? null : `${Math.round(battery)} %`,
  ];
  return texts.filter(Boolean).join(" \u00b7 ");
}

function heard({ last_heard_at: at }: LockerView): string {
  return at === null ? "never heard" : `heard ${span(Math.max(0, calmNowMs.value - Date.parse(at)))} ago`;
}
