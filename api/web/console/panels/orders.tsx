// The orders, the most endangered first.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../../shared/icons";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { chip, chipCounts, shownOrders, words, type Chip } from "../state/filters";
import { clearSelection, selection } from "../state/selection";
import { locationName, resources } from "../state/store";
import { OrderRow } from "./order-row";

const CHIPS: [Chip, string][] = [
  ["active", "Active"],
  ["at_risk", "At risk"],
  ["open", "Open"],
  ["planned", "Planned"],
  ["picked_up", "Under way"],
  ["delivered", "Delivered"],
];
const ROWS_AT_ONCE = 120;

export function OrdersPanel(): JSX.Element {
  const limit = useSignal(ROWS_AT_ONCE);
  const shown = shownOrders.value;
  return (
    <>
      <div class="side__tools">
        <SearchField words={words} label="Search orders" placeholder="Number, site, part, serial, courier" />
        <SiteFilter />
        <div class="chips" role="group" aria-label="Which orders">
          {CHIPS.map(([name, label]) => (
            <button
              key={name}
              type="button"
              class={`chip ${name === "at_risk" && chipCounts.value.at_risk > 0 ? "chip--bad" : ""}`}
              aria-pressed={chip.value === name}
              data-testid={`chip-${name}`}
              onClick={() => {
                chip.value = name;
                if (selection.value?.kind === "site") clearSelection();
              }}
            >
              {label}
              <span class="chip__count number">{chipCounts.value[name]}</span>
            </button>
          ))}
        </div>
      </div>
      <Listing
        resource={chip.value === "delivered" ? resources.closedOrders : resources.activeOrders}
        empty={shown.length === 0}
        title="No orders here"
        hint={words.value ? "Nothing matches the search." : "New orders appear at once, by themselves."}
      >
        <ul class="rows" data-testid="orders">
          {shown.slice(0, limit.value).map((order) => (
            <OrderRow key={order.order_id} order={order} />
          ))}
        </ul>
        {shown.length > limit.value && (
          <button type="button" class="button button--quiet more" onClick={() => (limit.value += ROWS_AT_ONCE)}>
            Show more ({shown.length - limit.value})
          </button>
        )}
      </Listing>
    </>
  );
}

function SiteFilter(): JSX.Element | null {
  if (selection.value?.kind !== "site") return null;
  return (
    <button type="button" class="site-filter" onClick={clearSelection}>
      <Icon name="pin" size={15} />
      <span>Only {locationName(selection.value.id)}</span>
      <Icon name="close" size={15} />
    </button>
  );
}
