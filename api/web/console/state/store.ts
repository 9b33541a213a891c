// What the console knows: the server's lists, and what follows from them.
import { computed } from "@preact/signals";
import { get, getAll } from "../../shared/api";
import type {
  AlertView,
  ContractView,
  CourierView,
  DeviceView,
  LetterCounts,
  LocationView,
  LockerView,
  MapView,
  OrderView,
  PartView,
  PlanView,
  ReturnView,
  StockLine,
  WorkOrderView,
} from "../../shared/contract";
import { isActive } from "../../shared/sla";
import { toastError } from "../../shared/toasts";
import { Resource } from "./resource";

const CLOSED_PAGES = 2;

async function ordersIn(states: readonly string[], maxPages?: number): Promise<OrderView[]> {
  const lists = await Promise.all(
    states.map((state) => getAll<OrderView>(`/v1/orders?state=${state}`, maxPages)),
  );
  return lists.flat();
}

function listed<Item>(path: string): Resource<Item[]> {
  return new Resource<Item[]>([], () => getAll<Item>(path), toastError);
}

export const resources = {
  activeOrders: new Resource([], () => ordersIn(["open", "planned", "picked_up"]), toastError),
  closedOrders: new Resource([], () => ordersIn(["delivered", "cancelled"], CLOSED_PAGES), toastError),
  returns: listed<ReturnView>("/v1/returns"),
  repairs: new Resource([], () => getAll<WorkOrderView>("/v1/repairs", CLOSED_PAGES), toastError, "watched"),
  couriers: listed<CourierView>("/v1/couriers"),
  lockers: listed<LockerView>("/v1/lockers"),
  alerts: listed<AlertView>("/v1/alerts"),
  stock: new Resource([], () => getAll<StockLine>("/v1/stock"), toastError, "watched"),
  devices: new Resource([], () => getAll<DeviceView>("/v1/devices"), toastError, "watched"),
  letters: new Resource<LetterCounts>(
    { reasons: {} },
    () => get<LetterCounts>("/v1/dead-letters/counts"),
    toastError,
    "watched",
  ),
  parts: listed<PartView>("/v1/parts"),
  locations: listed<LocationView>("/v1/locations"),
  contracts: listed<ContractView>("/v1/contracts"),
  plan: new Resource<PlanView | null>(null, () => get<PlanView>("/v1/plan"), toastError),
  map: new Resource<MapView | null>(null, () => get<MapView>("/v1/map"), toastError),
};

export type ResourceName = keyof typeof resources;

export function readAll(): void {
  for (const resource of Object.values(resources)) void resource.read();
}

export function restAll(): void {
  for (const resource of Object.values(resources)) resource.rest();
}

/** Both lists are read apart, so an order between two reads may stand in both: the newer version counts. */
export const orders = computed<OrderView[]>(() => {
  const byId = new Map<string, OrderView>();
  for (const order of [...resources.activeOrders.value.value, ...resources.closedOrders.value.value]) {
    const known = byId.get(order.order_id);
    if (!known || known.version < order.version) byId.set(order.order_id, order);
  }
  return [...byId.values()];
});

function keyed<Item>(items: () => readonly Item[], key: (item: Item) => string) {
  return computed(() => new Map(items().map((item) => [key(item), item])));
}

export const ordersById = keyed(() => orders.value, (order) => order.order_id);
export const returnsById = keyed(() => resources.returns.value.value, (item) => item.return_id);
export const couriersById = keyed(() => resources.couriers.value.value, (courier) => courier.courier_id);
export const lockersById = keyed(() => resources.lockers.value.value, (locker) => locker.locker_id);
export const locationsById = keyed(() => resources.locations.value.value, (location) => location.location_id);
export const partsByNumber = keyed(() => resources.parts.value.value, (part) => part.part_number);
export const contractsById = keyed(() => resources.contracts.value.value, (item) => item.contract_id);

/** Orders that still want something, by the site that waits for them. */
export const openOrdersBySite = computed(() => {
  const bySite = new Map<string, OrderView[]>();
  for (const order of orders.value.filter(isActive)) {
    bySite.set(order.site_id, [...(bySite.get(order.site_id) ?? []), order]);
  }
  return bySite;
});

export function courierName(courierId: string | null): string {
  if (courierId === null) return "no courier";
  return couriersById.value.get(courierId)?.display_name ?? courierId;
}

/** Who has a device: a courier's name, or a locker's. */
export function ownerName({ device_id: id, kind }: DeviceView): string {
  return kind === "courier" ? courierName(id) : (lockersById.value.get(id)?.name ?? id);
}

export function locationName(locationId: string | null): string {
  if (locationId === null) return "no source";
  const location = locationsById.value.get(locationId);
  const parent = location?.parent_id ? locationsById.value.get(location.parent_id) : undefined;
  if (!location || !parent) return location?.name ?? locationId;
  return `${parent.name}, compartment ${compartmentOf(location)}`;
}

/** The locker that a place is, or that it is a compartment of. */
export function lockerIdOf(locationId: string): string | null {
  const location = locationsById.value.get(locationId);
  const placeId = location?.parent_id ?? locationId;
  return lockersById.value.has(placeId) ? placeId : null;
}

function compartmentOf({ location_id: id, parent_id: parentId }: LocationView): string {
  return id.startsWith(`${parentId}-c`) ? id.slice(`${parentId}-c`.length) : id;
}
