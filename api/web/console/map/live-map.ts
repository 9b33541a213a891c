// The map itself: MapLibre with its worker from our own address, its theme, its data and its pointer.
import {
  AttributionControl,
  type GeoJSONSource,
  Map as MapLibre,
  NavigationControl,
  setWorkerUrl,
  type MapMouseEvent,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { MapView } from "../../shared/contract";
import { EMPTY, type Collection, type LonLat } from "./features";
import { addImages } from "./images";
import { TARGETS, type WorkSource } from "./layers";
import { DARK, LIGHT, type MapPalette } from "./palette";
import { styleFor } from "./style";

setWorkerUrl(workerUrl);

export type TargetKind = (typeof TARGETS)[keyof typeof TARGETS];

export interface Target {
  kind: TargetKind;
  id: string;
  x: number;
  y: number;
}

export interface MapPointer {
  onHover(target: Target | null): void;
  onPick(target: Target | null): void;
}

const darkTheme = matchMedia("(prefers-color-scheme: dark)");
const DEFAULT_BOUNDS: [number, number, number, number] = [9.35, 46.95, 9.75, 47.4];

export class LiveMap {
  private readonly map: MapLibre;
  private readonly data = new Map<WorkSource, Collection>();
  private view: MapView | null = null;
  private roads: Collection = EMPTY;
  private styled = false;

  constructor(container: HTMLElement, pointer: MapPointer) {
    this.map = new MapLibre({
      container,
      style: styleFor(null, this.palette),
      bounds: DEFAULT_BOUNDS,
      fitBoundsOptions: { padding: 40 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      fadeDuration: 0,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-left");
    this.map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    this.map.on("style.load", this.restore);
    this.map.on("error", ({ error }) => console.warn("The map reports:", error.message));
    this.listen(pointer);
    darkTheme.addEventListener("change", this.restyle);
  }

  get palette(): MapPalette {
    return darkTheme.matches ? DARK : LIGHT;
  }

  /** The ground: bounds, outline and tiles. */
  setGround(view: MapView): void {
    this.view = view;
    this.restyle();
    if (view.bounds_deg) this.fit(view.bounds_deg);
  }

  fit(bounds: [number, number, number, number]): void {
    this.map.fitBounds(bounds, { padding: 48, maxZoom: 13, animate: false });
  }

  setRoads(roads: Collection): void {
    this.roads = roads;
    if (this.styled) this.map.getSource<GeoJSONSource>("roads")?.setData(roads);
  }

  setData(source: WorkSource, data: Collection): void {
    this.data.set(source, data);
    if (this.styled) this.map.getSource<GeoJSONSource>(source)?.setData(data);
  }

  /** Brings a place into the middle of what `coveredPx` at the right leaves free. */
  flyTo(center: LonLat, coveredPx: number): void {
    const isWide = this.map.getContainer().clientWidth > 2 * coveredPx;
    const offset: [number, number] = [isWide ? -coveredPx / 2 : 0, 0];
    this.map.easeTo({ center, zoom: Math.max(this.map.getZoom(), 12), offset, duration: 600 });
  }

  resize(): void {
    this.map.resize();
  }

  remove(): void {
    darkTheme.removeEventListener("change", this.restyle);
    this.map.remove();
  }

  private readonly restyle = (): void => {
    this.styled = false;
    this.map.setStyle(styleFor(this.view, this.palette), { diff: false });
  };

  private readonly restore = (): void => {
    addImages(this.map, this.palette);
    this.styled = true;
    this.map.getSource<GeoJSONSource>("roads")?.setData(this.roads);
    for (const [source, data] of this.data) this.map.getSource<GeoJSONSource>(source)?.setData(data);
  };

  private listen(pointer: MapPointer): void {
    this.map.on("mousemove", (event) => {
      const target = this.targetAt(event);
      this.map.getCanvas().style.cursor = target ? "pointer" : "";
      pointer.onHover(target);
    });
    this.map.on("mouseout", () => pointer.onHover(null));
    this.map.on("movestart", () => pointer.onHover(null));
    this.map.on("click", (event) => pointer.onPick(this.targetAt(event)));
  }

  private targetAt(event: MapMouseEvent): Target | null {
    if (!this.styled) return null;
    const { x, y } = event.point;
    const box: [[number, number], [number, number]] = [[x - 4, y - 4], [x + 4, y + 4]];
    const hits = this.map.queryRenderedFeatures(box, { layers: Object.keys(TARGETS) });
    for (const layer of Object.keys(TARGETS) as (keyof typeof TARGETS)[]) {
      const hit = hits.find((feature) => feature.layer.id === layer);
      if (hit) return { kind: TARGETS[layer], id: String(hit.properties.id), x, y };
    }
    return null;
  }
}
