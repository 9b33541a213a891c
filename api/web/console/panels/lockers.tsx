// The lockers: reachable or not, what lies in which compartment, which doors stand open.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { CompartmentView, LockerView } from "../../shared/contract";
import { plural, span } from "../../shared/format";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { matchesWords } from "../state/filters";
import { clearSelection, isSelected, select } from "../state/selection";
import { partsByNumber, resources } from "../state/store";

const words = signal("");
const MAX_ROWS = 200;

function shown(): LockerView[] {
  return resources.lockers.value.value
    .filter((locker) => {
      const contents = locker.compartments.flatMap((one) => [one.part_number ?? "", one.serial ?? ""]);
      return matchesWords([locker.name, locker.locker_id, ...contents], words.value.trim());
    })
    .toSorted((one, other) => Number(one.online) - Number(other.online) || one.name.localeCompare(other.name))
    .slice(0, MAX_ROWS);
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
          {openDoors > 0 && <span class="badge badge--warn">{plural(openDoors, "door")} open</span>}
          <span class="row__time number">{plural(locker.parts_in_stock, "part")}</span>
        </span>
        <span class="order-row__foot">
          <span>{health(locker)}</span>
          <span>{heard(locker)}</span>
        </span>
      </button>
      {open && <Compartments compartments={locker.compartments} />}
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

function Compartments({ compartments }: { compartments: CompartmentView[] }): JSX.Element {
  if (compartments.length === 0) return <p class="row-detail muted">It has not reported its compartments yet.</p>;
  return (
    <ul class="row-detail compartments" data-testid="compartments">
      {compartments.map((one) => (
        <li key={one.compartment} class={`compartment compartment--${one.door}`}>
          <strong class="number">{one.compartment}</strong>
          <span>{one.part_number ? (partsByNumber.value.get(one.part_number)?.name ?? one.part_number) : "empty"}</span>
          <span class="muted">{one.serial ?? (one.quantity > 0 ? `\u00d7 ${one.quantity}` : "")}</span>
          {one.door !== "closed" && <span class="badge badge--warn">{one.door}</span>}
        </li>
      ))}
    </ul>
  );
}
