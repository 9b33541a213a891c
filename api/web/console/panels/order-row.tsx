// One order in the list: how long it has, what it is, who brings it, and when against when due.
import type { JSX } from "preact";
import { memo } from "preact/compat";
import { calmNowMs } from "../../shared/clock";
import type { OrderView } from "../../shared/contract";
import { clockTime } from "../../shared/format";
import { isActive, riskOf, usedShare } from "../../shared/sla";
import { OrderBadge } from "../parts/badges";
import { Countdown } from "../parts/countdown";
import { isSelected, select } from "../state/selection";
import { courierName } from "../state/store";

export const OrderRow = memo(({ order }: { order: OrderView }): JSX.Element => {
  const risk = riskOf(order, calmNowMs.value);
  return (
    <li>
      <button
        type="button"
        class={`row order-row order-row--${risk}`}
        aria-current={isSelected("order", order.order_id)}
        data-testid="order-row"
        data-order-number={order.number}
        data-order-id={order.order_id}
        data-state={order.state}
        onClick={() => select("order", order.order_id)}
      >
        <span class="order-row__top">
          <strong>{order.number}</strong>
          <OrderBadge state={order.state} />
          {order.urgency === "planned" && <span class="badge">Can wait</span>}
          {order.sla.paused_at && <span class="badge">Paused {clockTime(order.sla.paused_at)}</span>}
          <Countdown order={order} />
        </span>
        <span class="order-row__part">
          {order.quantity > 1 && `${order.quantity} \u00d7 `}
          {order.part_name}
        </span>
        <span class="order-row__site">{order.site_name}</span>
        <Foot order={order} />
        {isActive(order) && <Progress order={order} />}
      </button>
    </li>
  );
});

function Foot({ order }: { order: OrderView }): JSX.Element {
  if (order.unserved_reason && isActive(order)) {
    return <span class="order-row__reason">{order.unserved_reason}</span>;
  }
  return (
    <span class="order-row__foot">
      <span>{order.courier_id ? courierName(order.courier_id) : isActive(order) ? "Waiting for a plan" : ""}</span>
      <span class="number">{times(order)}</span>
    </span>
  );
}

function times({ sla }: OrderView): string {
  const due = `due ${clockTime(sla.due_at)}`;
  if (sla.stopped_at) return `${clockTime(sla.stopped_at)} \u00b7 ${due}`;
  return sla.predicted_at ? `ETA ${clockTime(sla.predicted_at)} \u00b7 ${due}` : due;
}

function Progress({ order }: { order: OrderView }): JSX.Element {
  const share = usedShare(order, calmNowMs.value);
  return (
    <span class="progress" aria-hidden="true">
      <span style={{ width: `${Math.round(share * 100)}%` }} />
    </span>
  );
}
