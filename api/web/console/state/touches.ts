// Which lists a live event makes stale.
import type { ResourceName } from "./store";

const BY_KIND: Record<string, readonly ResourceName[]> = {
  "order.created": ["activeOrders"],
  "order.amended": ["activeOrders", "returns"],
  "order.planned": ["activeOrders"],
  "order.picked_up": ["activeOrders", "couriers"],
  "order.delivered": ["activeOrders", "closedOrders", "couriers"],
  "order.cancelled": ["activeOrders", "closedOrders"],
  "order.unserved": ["activeOrders"],
  "order.reopened": ["activeOrders"],
  "plan.published": ["plan", "activeOrders", "returns", "couriers"],
  "stop.en_route": ["plan", "couriers"],
  "stop.arrived": ["plan", "couriers"],
  "stop.done": ["plan", "couriers"],
  "courier.shift_started": ["couriers"],
  "stock.moved": ["stock", "lockers"],
  "stock.imported": ["stock", "lockers"],
  "parts.imported": ["parts"],
  "locations.imported": ["locations", "lockers"],
};

const BY_FAMILY: Record<string, readonly ResourceName[]> = {
  order: ["activeOrders", "closedOrders"],
  return: ["returns"],
  repair: ["repairs"],
  plan: ["plan"],
  stop: ["plan"],
  route: ["plan", "couriers"],
  courier: ["couriers"],
  locker: ["lockers"],
  stock: ["stock"],
  device: ["devices"],
  alert: ["alerts", "lockers"],
};

/** An unknown kind of a known family touches what the family touches; anything else touches nothing. */
export function touchedBy(kind: string): readonly ResourceName[] {
  return BY_KIND[kind] ?? BY_FAMILY[kind.split(".")[0] ?? ""] ?? [];
}
