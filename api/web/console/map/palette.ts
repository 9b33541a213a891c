// The map's colours, light and dark: a calm ground, so that what moves stands out.

export interface MapPalette {
  ground: string;
  region: string;
  regionLine: string;
  roads: { motorway: string; primary: string; secondary: string; minor: string };
  text: string;
  textHalo: string;
  fresh: string;
  ageing: string;
  silent: string;
  locker: string;
  lockerEmpty: string;
  offline: string;
  place: string;
  onMarker: string;
  late: string;
  tight: string;
  safe: string;
  selected: string;
  tileOpacity: number;
}

export const LIGHT: MapPalette = {
  ground: "#e9edf2",
  region: "#f6f8fa",
  regionLine: "#aab6c5",
  roads: { motorway: "#a9b7c8", primary: "#b5c1cf", secondary: "#c4ced9", minor: "#d7dee6" },
  text: "#3d4a5c",
  textHalo: "#f6f8fa",
  fresh: "#1257c9",
  ageing: "#c97a06",
  silent: "#7b8796",
  locker: "#26313f",
  lockerEmpty: "#8a96a5",
  offline: "#c22f3a",
  place: "#4b5a6d",
  onMarker: "#ffffff",
  late: "#d8343f",
  tight: "#e08c0b",
  safe: "#1f9d5b",
  selected: "#131a23",
  tileOpacity: 0.85,
};

export const DARK: MapPalette = {
  ground: "#0c1117",
  region: "#141b24",
  regionLine: "#3d4c5f",
  roads: { motorway: "#43546b", primary: "#38475a", secondary: "#2d3a4a", minor: "#232e3b" },
  text: "#b7c4d4",
  textHalo: "#0f151c",
  fresh: "#6ea4ff",
  ageing: "#f2ac3c",
  silent: "#8794a5",
  locker: "#dbe4ee",
  lockerEmpty: "#77869a",
  offline: "#ff6b75",
  place: "#a9b7c8",
  onMarker: "#0c1117",
  late: "#f2616b",
  tight: "#f2ac3c",
  safe: "#43bd7d",
  selected: "#ffffff",
  tileOpacity: 0.6,
};

const ROUTE_COLOURS = [
  "#2f72e8",
  "#9a4fe0",
  "#0b948c",
  "#d0499d",
  "#a8691c",
  "#5b62e6",
  "#2c93c9",
  "#7d8a1f",
  "#b9527a",
  "#5a7f96",
];

/** One colour for each courier, the same on every visit: by their place in the sorted list. */
export function routeColours(courierIds: readonly string[]): Map<string, string> {
  const sorted = [...courierIds].toSorted();
  return new Map(sorted.map((id, index) => [id, ROUTE_COLOURS[index % ROUTE_COLOURS.length] ?? "#5a7f96"]));
}
