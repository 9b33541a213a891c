// The time as the server sees it: the device's clock corrected by what answers say in `Date`.
import { signal } from "@preact/signals";

const TOLERATED_SKEW_MS = 2_000;
let skewMs = 0;

export function serverNowMs(): number {
  return Date.now() + skewMs;
}

/** `Date` has a resolution of one second, so small differences are noise and count as none. */
export function learnServerTime(dateHeader: string | null): void {
  const serverMs = dateHeader ? Date.parse(dateHeader) : Number.NaN;
  if (Number.isNaN(serverMs)) return;
  const measuredMs = serverMs + 500 - Date.now();
  skewMs = Math.abs(measuredMs) <= TOLERATED_SKEW_MS ? 0 : measuredMs;
}

/** Ticks each second: for countdowns. */
export const nowMs = signal(serverNowMs());
/** Ticks every five seconds: for orders of lists, which must not jump about. */
export const calmNowMs = signal(serverNowMs());

setInterval(() => {
  nowMs.value = serverNowMs();
  if (nowMs.value - calmNowMs.value >= 5_000) calmNowMs.value = nowMs.value;
}, 1_000);
