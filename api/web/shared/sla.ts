// How near an order is to breaking its promise.
import type { OrderView } from "./contract";

/** `late`: broken, or predicted to be; `tight`: little or unknown slack; `safe`; `kept`/`missed`: over. */
export type Risk = "late" | "tight" | "safe" | "paused" | "kept" | "missed" | "void";

const TIGHT_SLACK_MS = 15 * 60_000;
const RANK: Record<Risk, number> = { late: 0, tight: 1, safe: 2, paused: 3, missed: 4, kept: 5, void: 6 };

export function isActive(order: OrderView): boolean {
  return order.state === "open" || order.state === "planned" || order.state === "picked_up";
}

export function timeLeftMs(order: OrderView, nowMs: number): number {
  const stoodStillAt = order.sla.stopped_at ?? order.sla.paused_at;
  return Date.parse(order.sla.due_at) - (stoodStillAt ? Date.parse(stoodStillAt) : nowMs);
}

export function riskOf(order: OrderView, nowMs: number): Risk {
  if (order.state === "cancelled") return "void";
  if (order.state === "delivered") return order.sla.breached ? "missed" : "kept";
  if (order.sla.paused_at) return "paused";
  const leftMs = timeLeftMs(order, nowMs);
  if (order.sla.breached || leftMs <= 0) return "late";
  const { predicted_at: predictedAt } = order.sla;
  if (predictedAt === null) return isUnplannedAtRisk(order, leftMs) ? "tight" : "safe";
  const slackMs = Date.parse(order.sla.due_at) - Math.max(Date.parse(predictedAt), nowMs);
  if (slackMs < 0) return "late";
  return slackMs < TIGHT_SLACK_MS ? "tight" : "safe";
}

/** Without a prediction an order is at risk when no plan serves it, or half of its time is gone. */
function isUnplannedAtRisk(order: OrderView, leftMs: number): boolean {
  return order.unserved_reason !== null || leftMs < order.sla.response_s * 500;
}

export function isAtRisk(order: OrderView, nowMs: number): boolean {
  const risk = riskOf(order, nowMs);
  return risk === "late" || risk === "tight";
}

/** The most endangered first, then the earliest due; what is over comes last, the newest first. */
export function byRisk(orders: readonly OrderView[], nowMs: number): OrderView[] {
  const keyed = orders.map((order) => ({ order, rank: RANK[riskOf(order, nowMs)] }));
  keyed.sort((one, other) => {
    if (isActive(one.order) !== isActive(other.order)) return isActive(one.order) ? -1 : 1;
    if (!isActive(one.order)) return endMs(other.order) - endMs(one.order);
    return one.rank - other.rank || Date.parse(one.order.sla.due_at) - Date.parse(other.order.sla.due_at);
  });
  return keyed.map(({ order }) => order);
}

function endMs(order: OrderView): number {
  return Date.parse(order.sla.stopped_at ?? order.sla.called_at);
}

/** The share of the response time that is used up, 0 to 1. */
export function usedShare(order: OrderView, nowMs: number): number {
  const usedMs = order.sla.response_s * 1_000 - timeLeftMs(order, nowMs);
  return Math.min(1, Math.max(0, usedMs / (order.sla.response_s * 1_000)));
}
