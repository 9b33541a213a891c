// The time that an order has left, ticking alone so that its list need not be drawn again.
import type { JSX } from "preact";
import { nowMs } from "../../shared/clock";
import type { OrderView } from "../../shared/contract";
import { countdown } from "../../shared/format";
import { isActive, riskOf, timeLeftMs, type Risk } from "../../shared/sla";

const SPOKEN: Record<Risk, string> = {
  late: "late or about to be",
  tight: "at risk",
  safe: "on time",
  paused: "the clock is paused",
  kept: "delivered on time",
  missed: "delivered late",
  void: "cancelled",
};

export function Countdown({ order }: { order: OrderView }): JSX.Element {
  const risk = riskOf(order, nowMs.value);
  return (
    <span class={`countdown countdown--${risk} number`} data-testid="countdown" data-risk={risk} title={SPOKEN[risk]}>
      {textOf(order)}
    </span>
  );
}

function textOf(order: OrderView): string {
  if (order.state === "cancelled") return "\u2014";
  if (isActive(order) || order.sla.stopped_at) return countdown(timeLeftMs(order, nowMs.value));
  return "\u2014";
}
