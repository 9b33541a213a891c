// How old a courier's position is, in the three steps that the map colours.

export type Freshness = "fresh" | "ageing" | "silent";

const FRESH_MS = 30_000;
const AGEING_MS = 120_000;

export function freshnessOf(fixAt: string, nowMs: number): Freshness {
  const ageMs = nowMs - Date.parse(fixAt);
  if (ageMs < FRESH_MS) return "fresh";
  return ageMs < AGEING_MS ? "ageing" : "silent";
}
