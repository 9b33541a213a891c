// The stock by part: how much there is, how much is free, and where.
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { LocationKind, StockLine } from "../../shared/contract";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { matchesWords } from "../state/words";
import { locationName, locationsById, partsByNumber, resources } from "../state/store";

const words = signal("");
const opened = signal<string | null>(null);
const MAX_ROWS = 200;
/** Where parts are ours to send: not at customers, suppliers or in the scrap. */
const HELD_KINDS = new Set<LocationKind>(["depot", "stocking_location", "compartment", "van", "bench"]);

interface PartStock {
  partNumber: string;
  name: string;
  onHand: number;
  available: number;
  lines: StockLine[];
}

const byPart = computed<PartStock[]>(() => {
  const parts = new Map<string, PartStock>();
  for (const line of resources.stock.value.value) {
    if (!HELD_KINDS.has(locationsById.value.get(line.location_id)?.kind ?? "unaccounted")) continue;
    const name = partsByNumber.value.get(line.part_number)?.name ?? line.part_number;
    const part = parts.get(line.part_number) ?? {
      partNumber: line.part_number,
      name,
      onHand: 0,
      available: 0,
      lines: [],
    };
    part.onHand += line.on_hand;
    part.available += line.available;
    part.lines.push(line);
    parts.set(line.part_number, part);
  }
  return [...parts.values()].toSorted((one, other) => one.name.localeCompare(other.name));
});

export function StockPanel(): JSX.Element {
  useEffect(() => resources.stock.watch(), []);
  const wanted = words.value.trim();
  const shown = byPart.value
    .filter((part) => {
      const places = part.lines.flatMap((line) => [locationName(line.location_id), ...line.serials]);
      return matchesWords([part.partNumber, part.name, ...places], wanted);
    })
    .slice(0, MAX_ROWS);
  return (
    <>
      <div class="side__tools">
        <SearchField words={words} label="Search stock" placeholder="Part, number, place, serial" />
      </div>
      <Listing
        resource={resources.stock}
        empty={shown.length === 0}
        title="No stock here"
        hint={wanted ? "Nothing matches the search." : "Receive goods to see them here."}
      >
        <ul class="rows" data-testid="stock">
          {shown.map((part) => (
            <PartRow key={part.partNumber} part={part} />
          ))}
        </ul>
      </Listing>
    </>
  );
}

function PartRow({ part }: { part: PartStock }): JSX.Element {
  const open = opened.value === part.partNumber;
  const tone = part.available === 0 ? "badge--bad" : part.available < 3 ? "badge--warn" : "badge--good";
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="stock-row"
        data-part-number={part.partNumber}
        onClick={() => (opened.value = open ? null : part.partNumber)}
      >
        <span class="order-row__top">
          <strong>{part.name}</strong>
          <span class={`badge number row__time ${tone}`}>{part.available} free</span>
        </span>
        <span class="order-row__foot">
          <span>{part.partNumber}</span>
          <span class="number">{part.onHand} on hand</span>
        </span>
      </button>
      {open && <Lines lines={part.lines} />}
    </li>
  );
}

function Lines({ lines }: { lines: StockLine[] }): JSX.Element {
  return (
    <ul class="row-detail stock-lines">
      {lines.map((line) => (
        <li key={line.location_id}>
          <span>
            {locationName(line.location_id)}
            {line.serials.length > 0 && <small class="muted">{line.serials.join(", ")}</small>}
          </span>
          <span class="number">
            {line.available} free{line.reserved > 0 && `, ${line.reserved} reserved`}
          </span>
        </li>
      ))}
    </ul>
  );
}
