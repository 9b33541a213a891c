// Which orders the list shows: one chip, and words to look for.
import { computed, signal } from "@preact/signals";
import { calmNowMs } from "../../shared/clock";
import type { OrderView } from "../../shared/contract";
import { byRisk, isActive, isAtRisk } from "../../shared/sla";
import { courierName, locationName, orders } from "./store";
import { selection } from "./selection";
import { matchesWords } from "./words";

export type Chip = "active" | "at_risk" | "open" | "planned" | "picked_up" | "delivered";

export const chip = signal<Chip>("active");
export const words = signal("");

export function matchesChip(order: OrderView, wanted: Chip, nowMs: number): boolean {
  if (wanted === "active") return isActive(order);
  if (wanted === "at_risk") return isActive(order) && isAtRisk(order, nowMs);
  return order.state === wanted;
}

function textsOf(order: OrderView): string[] {
  return [
    order.number,
    order.site_name,
    order.part_number,
    order.part_name,
    ...order.serials,
    order.courier_id ? courierName(order.courier_id) : "",
    order.source_id ? locationName(order.source_id) : "",
  ];
}

export const chipCounts = computed<Record<Chip, number>>(() => {
  const counts: Record<Chip, number> = { active: 0, at_risk: 0, open: 0, planned: 0, picked_up: 0, delivered: 0 };
  for (const order of orders.value) {
    for (const name of Object.keys(counts) as Chip[]) {
      if (matchesChip(order, name, calmNowMs.value)) counts[name] += 1;
    }
  }
  return counts;
});

export const shownOrders = computed<OrderView[]>(() => {
  const nowMs = calmNowMs.value;
  const site = selection.value?.kind === "site" ? selection.value.id : null;
  const wanted = words.value.trim();
  const shown = orders.value.filter((order) => {
    if (site !== null) return order.site_id === site && isActive(order);
    if (wanted && !matchesWords(textsOf(order), wanted)) return false;
    return matchesChip(order, chip.value, nowMs);
  });
  return byRisk(shown, nowMs);
});
