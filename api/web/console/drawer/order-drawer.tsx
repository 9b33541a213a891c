// All there is to know of the selected order, over the map.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { OrderView } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { isActive, riskOf } from "../../shared/sla";
import { toastError } from "../../shared/toasts";
import { amendOpen, orderToAmend } from "../dialogs/open";
import { OrderBadge } from "../parts/badges";
import { Countdown } from "../parts/countdown";
import { Facts } from "../parts/facts";
import { contractLabel } from "../state/contracts";
import { mayOrder } from "../state/roles";
import { clearSelection, select, selection } from "../state/selection";
import { contractsById, courierName, lockerIdOf, locationName, ordersById, resources, returnsById } from "../state/store";
import { AmendmentList } from "./amendments";
import { CancelOrder } from "./cancel-order";
import { ClockControl, PauseList } from "./clock-pause";
import { CustodyList } from "./custody-list";
import { OrderTimeBar } from "./order-time";
import { Timeline } from "./timeline";

export function OrderDrawer(): JSX.Element | null {
  const chosen = selection.value;
  if (chosen?.kind !== "order") return null;
  return <Loaded key={chosen.id} orderId={chosen.id} />;
}

/** Older orders are not in the lists: these are read one by one. */
function Loaded({ orderId }: { orderId: string }): JSX.Element | null {
  const fetched = useSignal<OrderView | null>(null);
  const listed = ordersById.value.get(orderId);
  useEffect(() => {
    if (!listed) get<OrderView>(`/v1/orders/${orderId}`).then((order) => (fetched.value = order), toastError);
  }, [orderId, listed === undefined]);
  const order = listed ?? fetched.value;
  return order && <Drawer order={order} />;
}

function Drawer({ order }: { order: OrderView }): JSX.Element {
  return (
    <aside class="drawer" aria-label={`Order ${order.number}`} data-testid="order-drawer" data-state={order.state}>
      <header class="drawer__head">
        <div class="drawer__title">
          <h2>{order.number}</h2>
          <OrderBadge state={order.state} />
          <button type="button" class="icon-button" aria-label="Close" onClick={clearSelection}>
            <Icon name="close" />
          </button>
        </div>
        <p class="drawer__part">
          {order.quantity > 1 && `${order.quantity} \u00d7 `}
          {order.part_name}
        </p>
        <p class="muted">{order.site_name}</p>
        <Clock order={order} />
      </header>
      <div class="drawer__body">
        {order.unserved_reason && isActive(order) && (
          <p class="notice notice--warn" data-testid="unserved-reason">
            <strong>No plan serves this order</strong>
            <span>{order.unserved_reason}</span>
          </p>
        )}
        <section>
          <h3>Timeline</h3>
          <Timeline order={order} />
        </section>
        {!isActive(order) && order.sla.stopped_at && (
          <OrderTimeBar orderId={order.order_id} stamp={`${order.state}:${order.version}`} />
        )}
        <section>
          <h3>Details</h3>
          <Facts facts={factsOf(order)} />
        </section>
        {order.serials.map((serial) => (
          <section key={serial}>
            <h3>Custody of {serial}</h3>
            <CustodyList serial={serial} stamp={`${order.state}:${order.version}`} />
          </section>
        ))}
        <AmendmentList orderId={order.order_id} stamp={`${order.state}:${order.version}`} />
        <PauseList orderId={order.order_id} stamp={`${order.state}:${order.version}`} />
        {isActive(order) && mayOrder() && (
          <div class="drawer__acts">
            <button type="button" class="button" data-testid="amend-open" onClick={() => openAmend(order)}>
              Amend {order.number}
            </button>
            <ClockControl order={order} onDone={refreshOrders} />
            <CancelOrder order={order} onDone={refreshOrders} />
          </div>
        )}
      </div>
    </aside>
  );
}

function Clock({ order }: { order: OrderView }): JSX.Element {
  const risk = riskOf(order, calmNowMs.value);
  const { predicted_at: predicted, due_at: due, stopped_at: stopped, paused_at: paused } = order.sla;
  const isLater = predicted !== null && Date.parse(predicted) > Date.parse(due);
  return (
    <div class={`clock clock--${risk}`}>
      <div>
        <span>{isActive(order) ? (paused ? "Paused, left" : "Time left") : "Time to spare"}</span>
        <Countdown order={order} />
      </div>
      <div>
        <span>Due</span>
        <strong class="number">{paused ? "after the pause" : dayAndTime(due, calmNowMs.value)}</strong>
      </div>
      <div>
        <span>{stopped ? "Handed over" : "Predicted"}</span>
        <strong class={`number ${isLater && !stopped ? "is-late" : ""}`}>
          {stopped || predicted ? dayAndTime((stopped ?? predicted) as string, calmNowMs.value) : "unknown"}
        </strong>
      </div>
    </div>
  );
}

function factsOf(order: OrderView): [string, JSX.Element | string][] {
  const contract = contractsById.value.get(order.contract_id);
  const facts: [string, JSX.Element | string][] = [
    ["Part number", order.part_number],
    ["Source", order.source_id ? <SourceLink key="source" id={order.source_id} /> : "not chosen yet"],
    ["Courier", order.courier_id ? <CourierLink key="courier" id={order.courier_id} /> : "none yet"],
    ["Contract", contract ? contractLabel(contract) : order.contract_id],
    ...promiseFact(order),
    ...riskFact(order),
    ["Urgency", order.urgency === "critical" ? "Critical: a machine stands still" : "Planned"],
  ];
  if (order.not_before_at) facts.push(["Not before", dayAndTime(order.not_before_at, calmNowMs.value)]);
  if (order.required_by_at) facts.push(["Needed by", dayAndTime(order.required_by_at, calmNowMs.value)]);
  if (order.required_courier_id) facts.push(["Only by", courierName(order.required_courier_id)]);
  if (order.forbidden_courier_ids.length > 0) facts.push(["Not by", order.forbidden_courier_ids.map(courierName).join(", ")]);
  if (order.closed_reason) facts.push(["Cancelled", order.closed_reason]);
  if (order.return_id) facts.push(["Return", <ReturnLink key="return" id={order.return_id} />]);
  if (order.note) facts.push(["Note", order.note]);
  return facts;
}

function promiseFact({ sla }: OrderView): [string, string][] {
  return sla.promised_at === null ? [] : [["Promised", `by ${dayAndTime(sla.promised_at, calmNowMs.value)}`]];
}

function riskFact(order: OrderView): [string, string][] {
  const { late_probability: probability } = order.sla;
  if (probability === null || !isActive(order)) return [];
  return [["Risk of being late", `${Math.round(probability * 100)} %`]];
}

function CourierLink({ id }: { id: string }): JSX.Element {
  return (
    <button type="button" class="link" onClick={() => select("courier", id)}>
      {courierName(id)}
    </button>
  );
}

function SourceLink({ id }: { id: string }): JSX.Element {
  const lockerId = lockerIdOf(id);
  if (lockerId === null) return <>{locationName(id)}</>;
  return (
    <button type="button" class="link" onClick={() => select("locker", lockerId)}>
      {locationName(id)}
    </button>
  );
}

function ReturnLink({ id }: { id: string }): JSX.Element {
  return (
    <button type="button" class="link" onClick={() => select("return", id)}>
      {returnsById.value.get(id)?.number ?? id}
    </button>
  );
}

function openAmend(order: OrderView): void {
  orderToAmend.value = order;
  amendOpen.value = true;
}

function refreshOrders(): void {
  resources.activeOrders.touch();
  resources.closedOrders.touch();
}
