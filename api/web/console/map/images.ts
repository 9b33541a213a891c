// The markers, drawn once on a canvas at double resolution.
import type { Map as MapLibre } from "maplibre-gl";
import type { MapPalette } from "./palette";

const RATIO = 2;
type Draw = (pen: CanvasRenderingContext2D, size: number) => void;

export function addImages(map: MapLibre, palette: MapPalette): void {
  for (const [name, size, draw] of images(palette)) {
    const image = drawn(size, draw);
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: RATIO });
  }
}

function images(palette: MapPalette): [string, number, Draw][] {
  const freshness = { fresh: palette.fresh, ageing: palette.ageing, silent: palette.silent };
  const couriers = Object.entries(freshness).flatMap(([name, colour]): [string, number, Draw][] => [
    [`courier-${name}-arrow`, 34, arrow(colour, palette.onMarker)],
    [`courier-${name}-dot`, 34, dot(colour, palette.onMarker)],
  ]);
  return [
    ...couriers,
    ["locker-stocked", 24, tile(palette.locker, palette.onMarker)],
    ["locker-empty", 24, tile(palette.lockerEmpty, palette.onMarker)],
    ["locker-offline", 24, struckTile(palette.offline, palette.onMarker)],
    ["place-depot", 28, letter("D", palette.place, palette.onMarker)],
    ["place-stocking_location", 26, letter("S", palette.place, palette.onMarker)],
    ["place-bench", 28, letter("B", palette.place, palette.onMarker)],
  ];
}

function drawn(size: number, draw: Draw): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = size * RATIO;
  canvas.height = size * RATIO;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser gives no 2D canvas.");
  pen.scale(RATIO, RATIO);
  draw(pen, size);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function arrow(colour: string, rim: string): Draw {
  return (pen, size) => {
    const middle = size / 2;
    pen.beginPath();
    pen.moveTo(middle, 4);
    pen.lineTo(middle + 9.5, size - 6.5);
    pen.quadraticCurveTo(middle, size - 12, middle - 9.5, size - 6.5);
    pen.closePath();
    stamp(pen, colour, rim, 2.5);
  };
}

function dot(colour: string, rim: string): Draw {
  return (pen, size) => {
    pen.beginPath();
    pen.arc(size / 2, size / 2, 8, 0, 2 * Math.PI);
    stamp(pen, colour, rim, 2.5);
  };
}

function tile(colour: string, rim: string): Draw {
  return (pen, size) => {
    pen.beginPath();
    pen.roundRect(2, 2, size - 4, size - 4, 6);
    stamp(pen, colour, rim, 1.5);
  };
}

function struckTile(colour: string, rim: string): Draw {
  return (pen, size) => {
    tile(colour, rim)(pen, size);
    pen.beginPath();
    pen.moveTo(5.5, size - 5.5);
    pen.lineTo(size - 5.5, 5.5);
    pen.lineWidth = 2;
    pen.strokeStyle = rim;
    pen.stroke();
  };
}

function letter(text: string, colour: string, rim: string): Draw {
  return (pen, size) => {
    const middle = size / 2;
    pen.beginPath();
    pen.moveTo(middle, 2);
    pen.lineTo(size - 2, middle);
    pen.lineTo(middle, size - 2);
    pen.lineTo(2, middle);
    pen.closePath();
    stamp(pen, colour, rim, 2);
    pen.fillStyle = rim;
    pen.font = "700 11px 'Inter Variable', sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, middle, middle + 0.5);
  };
}

function stamp(pen: CanvasRenderingContext2D, colour: string, rim: string, rimWidth: number): void {
  pen.lineJoin = "round";
  pen.lineWidth = rimWidth * 2;
  pen.strokeStyle = rim;
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
}
