// The live map with its legend and the card of what the pointer is on.
import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { get } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import { toastError } from "../../shared/toasts";
import { lastPositionAt } from "../state/positions";
import { clearSelection, narrowView, select, selection } from "../state/selection";
import { couriersById, locationsById, lockersById, openOrdersBySite, ordersById, resources } from "../state/store";
import { CourierLayer } from "./courier-layer";
import { areaFeatures, boundsOf, labelFeatures, lockerFeatures, lonLat, placeFeatures, routeFeatures, siteFeatures } from "./features";
import type { Collection, LonLat } from "./features";
import { HoverCard } from "./hover-card";
import { Legend } from "./legend";
import { LiveMap, type Target } from "./live-map";
import { routeColours } from "./palette";

export function MapPanel(): JSX.Element {
  const container = useRef<HTMLDivElement>(null);
  const hovered = useSignal<Target | null>(null);

  useEffect(() => {
    const element = container.current;
    if (!element) return undefined;
    const map = new LiveMap(element, {
      onHover: (target) => (hovered.value = target),
      onPick: (target) => (target ? select(target.kind, target.id) : clearSelection()),
    });
    const couriers = new CourierLayer((features) => {
      map.setData("couriers", features);
      element.dataset.couriers = String(features.features.length);
    });
    const stops = bindings(map, couriers, element);
    const resized = new ResizeObserver(() => map.resize());
    resized.observe(element);
    return () => {
      for (const stop of stops) stop();
      resized.disconnect();
      couriers.stop();
      map.remove();
    };
  }, []);

  return (
    <section class="map" aria-label="Live map">
      <div ref={container} class="map__canvas" data-testid="map" data-couriers="0" />
      <Legend />
      {hovered.value && <HoverCard target={hovered.value} />}
    </section>
  );
}

/** Each effect runs again when the lists that it reads change, and draws its own source alone. */
function bindings(map: LiveMap, couriers: CourierLayer, element: HTMLElement): (() => void)[] {
  return [
    effect(() => void drawGround(map)),
    effect(() => map.setData("area", areaFeatures(resources.map.value.value, resources.locations.value.value))),
    fitOnce(map),
    effect(() => map.setData("lockers", lockerFeatures(resources.lockers.value.value))),
    effect(() => map.setData("places", placeFeatures(resources.locations.value.value))),
    effect(() => map.setData("labels", labelFeatures(resources.locations.value.value))),
    effect(() => map.setData("sites", siteFeatures(openOrdersBySite.value, locationsById.value, calmNowMs.value))),
    effect(() => couriers.setCouriers(courierLooks())),
    effect(() => drawRoutes(map, couriers)),
    effect(() => void (element.dataset.lastPositionAt = lastPositionAt.value ?? "")),
    effect(() => showSelection(map, couriers)),
    effect(() => void (narrowView.value === "map" && map.resize())),
  ];
}

async function drawGround(map: LiveMap): Promise<void> {
  const view = resources.map.value.value;
  if (!view) return;
  map.setGround(view);
  if (!view.roads_url || view.tile_url) return;
  await get<Collection>(view.roads_url).then((roads) => map.setRoads(roads), toastError);
}

/** Where the work is, once it is known; the imported map may reach much further. */
function fitOnce(map: LiveMap): () => void {
  let done = false;
  return effect(() => {
    const bounds = boundsOf(resources.locations.value.value);
    if (bounds && resources.map.state.value === "ready" && !done) map.fit(bounds);
    done ||= bounds !== null && resources.map.state.value === "ready";
  });
}

function courierInFocus(): string | null {
  const chosen = selection.value;
  if (chosen?.kind === "courier") return chosen.id;
  if (chosen?.kind === "order") return ordersById.value.get(chosen.id)?.courier_id ?? null;
  return null;
}

function courierLooks() {
  const couriers = resources.couriers.value.value;
  const colours = routeColours(couriers.map((courier) => courier.courier_id));
  const focus = courierInFocus();
  return couriers.map((courier) => ({
    courier,
    colour: colours.get(courier.courier_id) ?? "#5a7f96",
    selected: courier.courier_id === focus,
  }));
}

function drawRoutes(map: LiveMap, couriers: CourierLayer): void {
  void calmNowMs.value;
  const colours = routeColours([...couriersById.value.keys()]);
  const focus = courierInFocus();
  const { lines, stops } = routeFeatures(resources.plan.value.value, {
    colourOf: (id) => colours.get(id) ?? "#5a7f96",
    startOf: (id) => couriers.placeOf(id),
    isFaded: (id) => focus !== null && id !== focus,
  });
  map.setData("routes", lines);
  map.setData("stops", stops);
}

const DRAWER_PX = 412;
let shown: string | null = null;

/** Moves the map once for each selection, not each time that the selected thing changes. */
function showSelection(map: LiveMap, couriers: CourierLayer): void {
  const chosen = selection.value;
  const key = chosen && `${chosen.kind}:${chosen.id}`;
  if (key === shown) return;
  shown = key;
  const place = chosen && placeOf(chosen.kind, chosen.id, couriers);
  if (place) map.flyTo(place, chosen?.kind === "order" ? DRAWER_PX : 0);
}

function placeOf(kind: string, id: string, couriers: CourierLayer): LonLat | null {
  if (kind === "courier") return couriers.placeOf(id);
  const locker = kind === "locker" ? lockersById.peek().get(id) : undefined;
  if (locker) return lonLat(locker.coordinate);
  const siteId = kind === "order" ? ordersById.peek().get(id)?.site_id : id;
  const coordinate = siteId ? locationsById.peek().get(siteId)?.coordinate : null;
  return coordinate ? lonLat(coordinate) : null;
}
