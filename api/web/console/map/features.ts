// Turns what the console knows into GeoJSON for the map's sources. Pure.
import type { CoordinateMessage, LocationView, LockerView, MapView, OrderView, PlanView } from "../../shared/contract";
import { riskOf } from "../../shared/sla";
import { roundedHull } from "./hull";

export type Collection = GeoJSON.FeatureCollection;
export type LonLat = [number, number];

const AREA_MARGIN_DEG = 0.03;

export const EMPTY: Collection = { type: "FeatureCollection", features: [] };

export function lonLat(coordinate: CoordinateMessage): LonLat {
  return [coordinate.lon_deg, coordinate.lat_deg];
}

export function point(coordinates: LonLat, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates }, properties };
}

function collection(features: GeoJSON.Feature[]): Collection {
  return { type: "FeatureCollection", features };
}

export function lockerFeatures(lockers: readonly LockerView[]): Collection {
  return collection(
    lockers.map((locker) => {
      const icon = locker.online ? (locker.parts_in_stock > 0 ? "stocked" : "empty") : "offline";
      const count = locker.online ? String(locker.parts_in_stock) : "";
      return point(lonLat(locker.coordinate), {
        id: locker.locker_id,
        icon: `locker-${icon}`,
        count,
        rank: locker.online ? 0 : 1,
      });
    }),
  );
}

const SHOWN_KINDS = new Set(["depot", "stocking_location", "bench"]);
const LABELLED_KINDS = new Set(["locker", "customer_site"]);

export function placeFeatures(locations: readonly LocationView[]): Collection {
  const shown = locations.filter(({ kind, coordinate }) => SHOWN_KINDS.has(kind) && coordinate);
  return collection(
    shown.map(({ coordinate, kind, name, location_id: id }) =>
      point(lonLat(coordinate as CoordinateMessage), { id, name, icon: `place-${kind}` }),
    ),
  );
}

/** The names of lockers and sites: without tiles these are what tells one where one looks. */
export function labelFeatures(locations: readonly LocationView[]): Collection {
  const named = locations.filter(({ kind, coordinate }) => coordinate && LABELLED_KINDS.has(kind));
  return collection(
    named.map(({ coordinate, kind, name }) =>
      point(lonLat(coordinate as CoordinateMessage), { name, rank: kind === "locker" ? 0 : 1 }),
    ),
  );
}

/** Without an imported outline: the area that our places span, so that the ground is not empty. */
export function areaFeatures(view: MapView | null, locations: readonly LocationView[]): Collection {
  const places = locations.flatMap(({ coordinate }) => (coordinate ? [lonLat(coordinate)] : []));
  if (!view || view.outline || view.tile_url || places.length < 3) return EMPTY;
  const ring = roundedHull(places, AREA_MARGIN_DEG);
  return collection([{ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: {} }]);
}

/** West, south, east, north of all places; null while none is known. */
export function boundsOf(locations: readonly LocationView[]): [number, number, number, number] | null {
  const places = locations.flatMap(({ coordinate }) => (coordinate ? [lonLat(coordinate)] : []));
  if (places.length === 0) return null;
  return places.reduce<[number, number, number, number]>(
    ([west, south, east, north], [lon, lat]) => [
      Math.min(west, lon),
      Math.min(south, lat),
      Math.max(east, lon),
      Math.max(north, lat),
    ],
    [180, 90, -180, -90],
  );
}

const WORST = { late: 2, tight: 1, safe: 0, paused: 0, kept: 0, missed: 0, void: 0 } as const;

export function siteFeatures(
  openBySite: ReadonlyMap<string, readonly OrderView[]>,
  locations: ReadonlyMap<string, LocationView>,
  nowMs: number,
): Collection {
  const features: GeoJSON.Feature[] = [];
  for (const [siteId, orders] of openBySite) {
    const site = locations.get(siteId);
    if (!site?.coordinate) continue;
    const worst = Math.max(...orders.map((order) => WORST[riskOf(order, nowMs)]));
    const count = orders.length > 1 ? String(orders.length) : "";
    features.push(point(lonLat(site.coordinate), { id: siteId, name: site.name, worst, count }));
  }
  return collection(features);
}

/** With more routes than these all lines are drawn fainter. */
const CROWDED_ROUTES = 25;

export interface RouteStyle {
  colourOf(courierId: string): string;
  startOf(courierId: string): LonLat | null;
  /** Routes of others fade while one courier is looked at. */
  isFaded(courierId: string): boolean;
}

export function routeFeatures(plan: PlanView | null, style: RouteStyle): { lines: Collection; stops: Collection } {
  const lines: GeoJSON.Feature[] = [];
  const stops: GeoJSON.Feature[] = [];
  const routes = plan?.routes ?? [];
  const crowded = routes.length > CROWDED_ROUTES ? 0.5 : 1;
  for (const { courier_id: courierId, stops: planned } of routes) {
    const look = { id: courierId, colour: style.colourOf(courierId), faded: style.isFaded(courierId) };
    const start = style.startOf(courierId);
    const corners = [...(start ? [start] : []), ...planned.map((stop) => lonLat(stop.coordinate))];
    for (let leg = 0; leg + 1 < corners.length; leg += 1) {
      const coordinates = curve(corners[leg] as LonLat, corners[leg + 1] as LonLat);
      const next = leg === 0 && start !== null;
      const opacity = look.faded ? 0.12 : (next ? 0.95 : 0.6) * crowded;
      const properties = { ...look, next, opacity };
      lines.push({ type: "Feature", geometry: { type: "LineString", coordinates }, properties });
    }
    planned.forEach((stop, index) =>
      stops.push(point(lonLat(stop.coordinate), { ...look, order: String(index + 1) })),
    );
  }
  return { lines: collection(lines), stops: collection(stops) };
}

const CURVE_POINTS = 16;
const BULGE = 0.12;

/** A flat arc to the right of the straight line, so that there and back are two lines and not one. */
export function curve(from: LonLat, to: LonLat): LonLat[] {
  const stretch = Math.cos((from[1] * Math.PI) / 180);
  const dx = (to[0] - from[0]) * stretch;
  const dy = to[1] - from[1];
  const control: LonLat = [
    (from[0] + to[0]) / 2 + (dy * BULGE) / stretch,
    (from[1] + to[1]) / 2 - dx * BULGE,
  ];
  return Array.from({ length: CURVE_POINTS + 1 }, (_, index) => {
    const t = index / CURVE_POINTS;
    const mixed = (axis: 0 | 1): number =>
      (1 - t) ** 2 * from[axis] + 2 * t * (1 - t) * control[axis] + t ** 2 * to[axis];
    return [mixed(0), mixed(1)];
  });
}
