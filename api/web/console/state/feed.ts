// The last live events, newest first, as the activity list shows them.
import { signal } from "@preact/signals";
import type { LiveEvent } from "../../shared/contract";
import { couriersById, locationName, ordersById, partsByNumber, returnsById } from "./store";
import type { Names } from "./sentences";

const MAX_EVENTS = 150;
const QUIET_KINDS = new Set([
  "stock.moved",
  "order.planned",
  "return.planned",
  "route.changed",
  "courier.silent",
  "courier.heard_again",
]);

export const feed = signal<LiveEvent[]>([]);

/** Keeps what a person wants to read; events repeated by a resumed stream count once. */
export function remember(event: LiveEvent): void {
  if (QUIET_KINDS.has(event.kind)) return;
  if (feed.value.some(({ position }) => position === event.position)) return;
  const newestFirst = [event, ...feed.value];
  newestFirst.sort((one, other) => Date.parse(other.at) - Date.parse(one.at) || other.position - one.position);
  feed.value = newestFirst.slice(0, MAX_EVENTS);
}

export function forgetFeed(): void {
  feed.value = [];
}

export const names: Names = {
  order: (id) => ordersById.value.get(id)?.number ?? "An order",
  returned: (id) => returnsById.value.get(id)?.number ?? "A return",
  courier: (id) => couriersById.value.get(id)?.display_name ?? id,
  place: locationName,
  part: (number) => partsByNumber.value.get(number)?.name ?? number,
};
