// The map's style, built in code: ground, region, tiles where there are any, roads by class, then the work.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { MapView } from "../../shared/contract";
import { EMPTY } from "./features";
import { workLayers, workSources } from "./layers";
import type { MapPalette } from "./palette";

const ROAD_WIDTHS = { minor: 0.6, secondary: 1, primary: 1.6, motorway: 2.4 } as const;
const ROAD_MIN_ZOOM = { minor: 10, secondary: 8, primary: 0, motorway: 0 } as const;

export function styleFor(view: MapView | null, palette: MapPalette): StyleSpecification {
  return {
    version: 8,
    sources: { ...baseSources(view), ...workSources() },
    layers: [...baseLayers(view, palette), ...workLayers(palette)],
  };
}

function baseSources(view: MapView | null): Record<string, SourceSpecification> {
  const sources: Record<string, SourceSpecification> = {
    outline: { type: "geojson", data: view?.outline ?? EMPTY },
    roads: { type: "geojson", data: EMPTY, ...(view && { attribution: view.attribution }) },
  };
  if (view?.tile_url) {
    sources.tiles = { type: "raster", tiles: [view.tile_url], tileSize: 256, attribution: view.attribution };
  }
  return sources;
}

function baseLayers(view: MapView | null, palette: MapPalette): LayerSpecification[] {
  const layers: LayerSpecification[] = [
    { id: "ground", type: "background", paint: { "background-color": palette.ground } },
    { id: "region", type: "fill", source: "outline", paint: { "fill-color": palette.region } },
  ];
  if (view?.tile_url) {
    const paint = { "raster-opacity": palette.tileOpacity, "raster-saturation": -0.5 };
    layers.push({ id: "tiles", type: "raster", source: "tiles", paint });
  } else {
    for (const roadClass of ["minor", "secondary", "primary", "motorway"] as const) {
      layers.push(roadLayer(roadClass, palette));
    }
  }
  layers.push({
    id: "region-line",
    type: "line",
    source: "outline",
    paint: { "line-color": palette.regionLine, "line-width": 1.4, "line-dasharray": [3, 2] },
  });
  return layers;
}

function roadLayer(roadClass: keyof typeof ROAD_WIDTHS, palette: MapPalette): LayerSpecification {
  const width = ROAD_WIDTHS[roadClass];
  return {
    id: `road-${roadClass}`,
    type: "line",
    source: "roads",
    minzoom: ROAD_MIN_ZOOM[roadClass],
    filter: ["==", ["get", "class"], roadClass],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": palette.roads[roadClass],
      "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 8, width * 0.6, 12, width * 1.6, 16, width * 6],
    },
  };
}
