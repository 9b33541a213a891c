// The life of an order in five steps: what is behind it, what comes.
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { OrderState, OrderView } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { courierName, locationName } from "../state/store";

interface Milestone {
  title: string;
  detail: string;
  at: string | null;
  reached: boolean;
}

const ORDER: OrderState[] = ["open", "planned", "picked_up", "delivered"];

function milestones(order: OrderView): Milestone[] {
  const reached = (state: OrderState): boolean => ORDER.indexOf(order.state) >= ORDER.indexOf(state);
  const courier = order.courier_id ? courierName(order.courier_id) : "";
  const steps: Milestone[] = [
    { title: "Called in", detail: order.site_name, at: order.sla.called_at, reached: true },
    { title: "Planned", detail: courier, at: null, reached: reached("planned") },
    {
      title: "Picked up",
      detail: order.source_id ? locationName(order.source_id) : "",
      at: null,
      reached: reached("picked_up"),
    },
    {
      title: reached("delivered") ? "Delivered" : "Delivery predicted",
      detail: order.sla.breached && reached("delivered") ? "after the promised time" : "",
      at: order.sla.stopped_at ?? order.sla.predicted_at,
      reached: reached("delivered"),
    },
  ];
  if (order.state !== "cancelled") return steps;
  return [steps[0] as Milestone, { title: "Cancelled", detail: "", at: order.sla.stopped_at, reached: true }];
}

export function Timeline({ order }: { order: OrderView }): JSX.Element {
  return (
    <ol class="timeline" data-testid="timeline">
      {milestones(order).map(({ title, detail, at, reached }) => (
        <li key={title} class={reached ? "is-reached" : ""}>
          <span>
            <strong>{title}</strong>
            {detail && <span class="muted">{detail}</span>}
          </span>
          {at && <time class="number">{dayAndTime(at, calmNowMs.value)}</time>}
        </li>
      ))}
    </ol>
  );
}
