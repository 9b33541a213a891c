// The coloured words for states.
import type { JSX } from "preact";
import type { OrderState, ReturnState } from "../../shared/contract";

const ORDER_STATES: Record<OrderState, [string, string]> = {
  open: ["Open", "badge--warn"],
  planned: ["Planned", "badge--accent"],
  picked_up: ["Under way", "badge--accent"],
  delivered: ["Delivered", "badge--good"],
  cancelled: ["Cancelled", ""],
};

const RETURN_STATES: Record<ReturnState, [string, string]> = {
  announced: ["Announced", "badge--warn"],
  awaited: ["Awaited", "badge--warn"],
  dropped: ["In the locker", "badge--accent"],
  shipped: ["With a carrier", "badge--accent"],
  planned: ["Planned", "badge--accent"],
  picked_up: ["On board", "badge--accent"],
  received: ["Received", "badge--good"],
  refused: ["Kept by customer", "badge--warn"],
  inspected: ["Inspected", "badge--good"],
  closed: ["Closed", ""],
  cancelled: ["Cancelled", ""],
};

export function OrderBadge({ state }: { state: OrderState }): JSX.Element {
  const [text, look] = ORDER_STATES[state];
  return <span class={`badge ${look}`}>{text}</span>;
}

export function ReturnBadge({ state }: { state: ReturnState }): JSX.Element {
  const [text, look] = RETURN_STATES[state];
  return <span class={`badge ${look}`}>{text}</span>;
}
