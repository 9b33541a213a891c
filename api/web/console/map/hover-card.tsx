// The small card beside the pointer: one courier, locker or site at a glance.
import type { JSX } from "preact";
import { nowMs } from "../../shared/clock";
import { plural, span, speedKmh } from "../../shared/format";
import { Countdown } from "../parts/countdown";
import { freshnessOf } from "../state/freshness";
import { positionOf } from "../state/positions";
import { couriersById, locationsById, lockersById, openOrdersBySite } from "../state/store";
import type { Target } from "./live-map";

export function HoverCard({ target }: { target: Target }): JSX.Element | null {
  const body = bodyOf(target);
  if (!body) return null;
  return (
    <div class="hover-card" style={{ left: `${target.x}px`, top: `${target.y}px` }} role="tooltip">
      {body}
    </div>
  );
}

function bodyOf({ kind, id }: Target): JSX.Element | null {
  if (kind === "courier") return <CourierCard id={id} />;
  if (kind === "locker") return <LockerCard id={id} />;
  return <SiteCard id={id} />;
}

function CourierCard({ id }: { id: string }): JSX.Element | null {
  const courier = couriersById.value.get(id);
  const position = positionOf(id);
  if (!courier || !position) return null;
  const freshness = freshnessOf(position.fix_at, nowMs.value);
  return (
    <>
      <strong>{courier.display_name}</strong>
      <span class={`freshness freshness--${freshness}`}>
        Heard {span(Math.max(0, nowMs.value - Date.parse(position.fix_at)))} ago
      </span>
      <span>
        {[speedKmh(position.speed_mps), plural(courier.open_stops, "open stop"), `${courier.on_board.length} on board`]
          .filter(Boolean)
          .join(" \u00b7 ")}
      </span>
    </>
  );
}

function LockerCard({ id }: { id: string }): JSX.Element | null {
  const locker = lockersById.value.get(id);
  if (!locker) return null;
  const open = locker.compartments.filter((compartment) => compartment.door === "open").length;
  return (
    <>
      <strong>{locker.name}</strong>
      <span>{plural(locker.parts_in_stock, "part")} in stock</span>
      {!locker.online && <span class="freshness freshness--offline">Offline</span>}
      {open > 0 && <span class="freshness freshness--ageing">{plural(open, "door")} open</span>}
    </>
  );
}

function SiteCard({ id }: { id: string }): JSX.Element {
  const orders = openOrdersBySite.value.get(id) ?? [];
  return (
    <>
      <strong>{locationsById.value.get(id)?.name ?? id}</strong>
      {orders.slice(0, 4).map((order) => (
        <span key={order.order_id} class="hover-card__order">
          <span>{order.number}</span>
          <Countdown order={order} />
        </span>
      ))}
    </>
  );
}
