// The bench: its work orders by how far they have come.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { calmNowMs } from "../../shared/clock";
import type { WorkOrderView } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { chipOf, WORK_STATES, type BenchChip } from "../state/bench";
import { isSelected, select, clearSelection } from "../state/selection";
import { resources } from "../state/store";
import { matchesWords } from "../state/words";
import { WorkOrderDetailView } from "./work-order";

const words = signal("");
const chip = signal<BenchChip>("open");
const MAX_ROWS = 200;
const CHIPS: [BenchChip, string][] = [
  ["open", "At work"],
  ["outcome", "To be closed"],
  ["closed", "Closed"],
];

function shown(): WorkOrderView[] {
  const wanted = words.value.trim();
  return resources.repairs.value.value
    .filter((order) => {
      if (isSelected("repair", order.work_order_id)) return true;
      if (wanted === "") return chipOf(order) === chip.value;
      return matchesWords([order.number, order.serial, order.part_name, order.part_number], wanted);
    })
    .slice(0, MAX_ROWS);
}

export function BenchPanel(): JSX.Element {
  useEffect(() => resources.repairs.watch(), []);
  const orders = shown();
  return (
    <>
      <div class="side__tools">
        <SearchField words={words} label="Search work orders" placeholder="Number, serial, part" />
        <Chips />
      </div>
      <Listing
        resource={resources.repairs}
        empty={orders.length === 0}
        title="No work orders here"
        hint="Open one from an inspected return."
      >
        <ul class="rows" data-testid="work-orders">
          {orders.map((order) => (
            <WorkOrderRow key={order.work_order_id} order={order} />
          ))}
        </ul>
      </Listing>
    </>
  );
}

function Chips(): JSX.Element {
  return (
    <div class="chips" role="group" aria-label="Which work orders">
      {CHIPS.map(([name, label]) => (
        <button
          key={name}
          type="button"
          class="chip"
          aria-pressed={chip.value === name}
          data-testid={`bench-${name}`}
          onClick={() => (chip.value = name)}
        >
          {label}
          <span class="chip__count number">
            {resources.repairs.value.value.filter((order) => chipOf(order) === name).length}
          </span>
        </button>
      ))}
    </div>
  );
}

function WorkOrderRow({ order }: { order: WorkOrderView }): JSX.Element {
  const open = isSelected("repair", order.work_order_id);
  const [word, look] = WORK_STATES[order.state];
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="work-order-row"
        data-number={order.number}
        data-state={order.state}
        onClick={() => (open ? clearSelection() : select("repair", order.work_order_id))}
      >
        <span class="order-row__top">
          <strong>{order.number}</strong>
          <span class={`badge ${look}`}>{word}</span>
          <time class="row__time number">{dayAndTime(order.state_since_at, calmNowMs.value)}</time>
        </span>
        <span class="order-row__part">{order.part_name}</span>
        <span class="order-row__foot">
          <span>{order.serial}</span>
          <span>{order.purpose === "refurbish" ? "Refurbish" : ""}</span>
        </span>
      </button>
      {open && <WorkOrderDetailView key={order.work_order_id} order={order} />}
    </li>
  );
}
