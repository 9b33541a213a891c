// The layers that show the work: routes, sites, lockers, places and couriers, drawn in that order.
import type { LayerSpecification, SourceSpecification } from "maplibre-gl";
import { EMPTY } from "./features";
import type { MapPalette } from "./palette";

export const WORK_SOURCES = ["area", "routes", "stops", "sites", "lockers", "places", "labels", "couriers"] as const;
export type WorkSource = (typeof WORK_SOURCES)[number];

/** Layers that answer to the pointer, the topmost first. */
export const TARGETS = { couriers: "courier", "lockers": "locker", "sites": "site" } as const;

const TEXT_FONT = ["Inter Variable"];
/** No such family exists: its name gives the weight, the next family the shapes. */
const BOLD_FONT = ["Map Bold", "Inter Variable"];

export function workSources(): Record<WorkSource, SourceSpecification> {
  const empty = (): SourceSpecification => ({ type: "geojson", data: EMPTY });
  return Object.fromEntries(WORK_SOURCES.map((name) => [name, empty()])) as Record<WorkSource, SourceSpecification>;
}

export function workLayers(palette: MapPalette): LayerSpecification[] {
  return [
    { id: "area", type: "fill", source: "area", paint: { "fill-color": palette.region } },
    ...routeLayers(palette),
    labelLayer(palette),
    ...placeLayers(palette),
    ...lockerLayers(palette),
    ...siteLayers(palette),
    ...courierLayers(palette),
  ];
}

function routeLayers(palette: MapPalette): LayerSpecification[] {
  return [
    {
      id: "route-casing",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": palette.textHalo, "line-width": 5, "line-opacity": ["*", 0.7, ["get", "opacity"]] },
    },
    {
      id: "routes",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["get", "colour"],
        "line-width": ["case", ["get", "next"], 3.2, 2],
        "line-opacity": ["get", "opacity"],
      },
    },
    {
      id: "stops",
      type: "circle",
      source: "stops",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 2.5, 13, 5],
        "circle-color": palette.textHalo,
        "circle-stroke-color": ["get", "colour"],
        "circle-stroke-width": 2,
        "circle-opacity": ["case", ["get", "faded"], 0.2, 1],
        "circle-stroke-opacity": ["case", ["get", "faded"], 0.2, 1],
      },
    },
  ];
}

function labelLayer(palette: MapPalette): LayerSpecification {
  return {
    id: "labels",
    type: "symbol",
    source: "labels",
    minzoom: 9.5,
    layout: {
      "text-field": ["step", ["zoom"], ["case", ["==", ["get", "rank"], 0], ["get", "name"], ""], 11, ["get", "name"]],
      "text-font": TEXT_FONT,
      "text-size": 11,
      "text-variable-anchor": ["top", "bottom", "right", "left"],
      "text-radial-offset": 1.4,
      "text-padding": 6,
      "symbol-sort-key": ["get", "rank"],
    },
    paint: { "text-color": palette.text, "text-halo-color": palette.textHalo, "text-halo-width": 1.4 },
  };
}

function placeLayers(palette: MapPalette): LayerSpecification[] {
  return [
    {
      id: "places",
      type: "symbol",
      source: "places",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-allow-overlap": true,
        "text-field": ["get", "name"],
        "text-font": BOLD_FONT,
        "text-size": 11.5,
        "text-variable-anchor": ["top", "bottom", "right", "left"],
        "text-radial-offset": 1.4,
        "text-optional": true,
      },
      paint: { "text-color": palette.text, "text-halo-color": palette.textHalo, "text-halo-width": 1.6 },
    },
  ];
}

function lockerLayers(palette: MapPalette): LayerSpecification[] {
  return [
    {
      id: "lockers",
      type: "symbol",
      source: "lockers",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.4, 10, 0.75, 11.5, 1],
        "icon-allow-overlap": true,
        "symbol-sort-key": ["get", "rank"],
        "text-field": ["step", ["zoom"], "", 9.8, ["get", "count"]],
        "text-font": BOLD_FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 9.8, 9, 11.5, 11],
        "text-allow-overlap": true,
      },
      paint: { "text-color": palette.onMarker },
    },
  ];
}

function siteLayers(palette: MapPalette): LayerSpecification[] {
  const risk = ["match", ["get", "worst"], 2, palette.late, 1, palette.tight, palette.safe] as never;
  return [
    {
      id: "site-halo",
      type: "circle",
      source: "sites",
      paint: { "circle-radius": 15, "circle-color": risk, "circle-opacity": 0.2 },
    },
    {
      id: "sites",
      type: "circle",
      source: "sites",
      paint: {
        "circle-radius": 8,
        "circle-color": risk,
        "circle-stroke-color": palette.onMarker,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "site-counts",
      type: "symbol",
      source: "sites",
      layout: {
        "text-field": ["get", "count"],
        "text-font": BOLD_FONT,
        "text-size": 10.5,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": palette.onMarker },
    },
  ];
}

function courierLayers(palette: MapPalette): LayerSpecification[] {
  return [
    {
      id: "courier-halo",
      type: "circle",
      source: "couriers",
      paint: {
        "circle-radius": ["case", ["get", "selected"], 22, 17],
        "circle-color": ["get", "colour"],
        "circle-opacity": ["case", ["get", "selected"], 0.35, 0.18],
        "circle-stroke-color": ["get", "colour"],
        "circle-stroke-width": ["case", ["get", "selected"], 2, 1],
        "circle-stroke-opacity": 0.7,
      },
    },
    {
      id: "couriers",
      type: "symbol",
      source: "couriers",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-rotate": ["get", "bearing"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "text-field": ["step", ["zoom"], "", 9.5, ["get", "name"]],
        "text-font": BOLD_FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 1.5],
        "text-optional": true,
      },
      paint: { "text-color": palette.text, "text-halo-color": palette.textHalo, "text-halo-width": 1.8 },
    },
  ];
}
