// The convex hull of points, with a rounded margin. Pure.

type LonLat = [number, number];

const CORNER_POINTS = 16;

/** A closed ring around all points, `marginDeg` of latitude away from them. */
export function roundedHull(points: readonly LonLat[], marginDeg: number): LonLat[] {
  const widened = points.flatMap(([lon, lat]) => circle(lon, lat, marginDeg));
  const ring = convexHull(widened);
  return ring[0] ? [...ring, ring[0]] : [];
}

function circle(lon: number, lat: number, radiusDeg: number): LonLat[] {
  const stretch = Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CORNER_POINTS }, (_, index) => {
    const angle = (2 * Math.PI * index) / CORNER_POINTS;
    return [lon + (radiusDeg * Math.cos(angle)) / stretch, lat + radiusDeg * Math.sin(angle)];
  });
}

/** Andrew's monotone chain (1979), counter-clockwise. */
export function convexHull(points: readonly LonLat[]): LonLat[] {
  const sorted = points.toSorted(([x1, y1], [x2, y2]) => x1 - x2 || y1 - y2);
  const lower = chain(sorted);
  const upper = chain(sorted.toReversed());
  return [...lower.slice(0, -1), ...upper.slice(0, -1)];
}

function chain(points: readonly LonLat[]): LonLat[] {
  const kept: LonLat[] = [];
  for (const point of points) {
    while (kept.length >= 2 && turn(kept.at(-2) as LonLat, kept.at(-1) as LonLat, point) <= 0) kept.pop();
    kept.push(point);
  }
  return kept;
}

function turn(a: LonLat, b: LonLat, c: LonLat): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
