// The five figures at the top: how the day goes.
import { computed } from "@preact/signals";
import { calmNowMs } from "../../shared/clock";
import type { OrderView } from "../../shared/contract";
import { isActive, isAtRisk } from "../../shared/sla";
import { orders, resources } from "./store";

export interface Kpis {
  open: number;
  atRisk: number;
  onDuty: number;
  couriers: number;
  deliveredToday: number;
  /** Null while nothing was delivered today. */
  onTimePct: number | null;
}

export function deliveredSince(all: readonly OrderView[], sinceMs: number): OrderView[] {
  return all.filter(({ state, sla }) => {
    return state === "delivered" && sla.stopped_at !== null && Date.parse(sla.stopped_at) >= sinceMs;
  });
}

export function onTimePct(delivered: readonly OrderView[]): number | null {
  if (delivered.length === 0) return null;
  const onTime = delivered.filter(({ sla }) => !sla.breached).length;
  return Math.floor((100 * onTime) / delivered.length);
}

export const kpis = computed<Kpis>(() => {
  const nowMs = calmNowMs.value;
  const active = orders.value.filter(isActive);
  const delivered = deliveredSince(orders.value, new Date(nowMs).setHours(0, 0, 0, 0));
  const couriers = resources.couriers.value.value;
  return {
    open: active.length,
    atRisk: active.filter((order) => isAtRisk(order, nowMs)).length,
    onDuty: couriers.filter((courier) => courier.on_duty).length,
    couriers: couriers.length,
    deliveredToday: delivered.length,
    onTimePct: onTimePct(delivered),
  };
});
