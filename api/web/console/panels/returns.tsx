// The returns that are still on their way, then the others, the newest first.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { ReturnView, ReturnWay } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { newReturnOpen, returnLinksOpen } from "../dialogs/open";
import { ReturnBadge } from "../parts/badges";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { ReturnDetail } from "./return-detail";
import { matchesWords } from "../state/words";
import { mayReturn } from "../state/roles";
import { isSelected, select, clearSelection } from "../state/selection";
import { courierName, resources } from "../state/store";

const words = signal("");
const MAX_ROWS = 200;
const OVER = new Set(["received", "inspected", "closed", "cancelled"]);
const SHORT_WAYS: Record<ReturnWay, string> = {
  courier: "",
  locker: "Locker drop",
  location: "Handed in",
  carrier: "Carrier",
};
const isOver = ({ state }: ReturnView): boolean => OVER.has(state);

function shown(): ReturnView[] {
  const wanted = words.value.trim();
  return resources.returns.value.value
    .filter((item) => {
      const texts = [item.number, item.site_name, item.part_name, item.part_number, item.serial ?? ""];
      return matchesWords(texts, wanted);
    })
    .toSorted((one, other) => {
      return Number(isOver(one)) - Number(isOver(other)) || other.announced_at.localeCompare(one.announced_at);
    })
    .slice(0, MAX_ROWS);
}

export function ReturnsPanel(): JSX.Element {
  const returns = shown();
  return (
    <>
      <div class="side__tools side__tools--line">
        <SearchField words={words} label="Search returns" placeholder="Number, site, part, serial" />
        {mayReturn() && (
          <button
            type="button"
            class="button"
            data-testid="return-links"
            onClick={() => (returnLinksOpen.value = true)}
          >
            Links
          </button>
        )}
        {mayReturn() && (
          <button type="button" class="button" data-testid="new-return" onClick={() => (newReturnOpen.value = true)}>
            <Icon name="plus" size={16} /> Return
          </button>
        )}
      </div>
      <Listing
        resource={resources.returns}
        empty={returns.length === 0}
        title="No returns"
        hint="Defective parts that come back are listed here."
      >
        <ul class="rows" data-testid="returns">
          {returns.map((item) => (
            <ReturnRow key={item.return_id} item={item} />
          ))}
        </ul>
      </Listing>
    </>
  );
}

function ReturnRow({ item }: { item: ReturnView }): JSX.Element {
  const open = isSelected("return", item.return_id);
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="return-row"
        data-return-number={item.number}
        data-state={item.state}
        onClick={() => (open ? clearSelection() : select("return", item.return_id))}
      >
        <span class="order-row__top">
          <strong>{item.number}</strong>
          <ReturnBadge state={item.state} />
          <time class="row__time number">{dayAndTime(item.announced_at, calmNowMs.value)}</time>
        </span>
        <span class="order-row__part">{item.part_name}</span>
        <span class="order-row__foot">
          <span>{item.site_name}</span>
          <span data-testid="return-way">{item.courier_id ? courierName(item.courier_id) : SHORT_WAYS[item.way]}</span>
        </span>
      </button>
      {open && <ReturnDetail item={item} />}
    </li>
  );
}
