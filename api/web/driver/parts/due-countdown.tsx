// The time until something is due: calm, then amber under 20 minutes, red when it is over.
import type { JSX } from "preact";
import { nowMs } from "../../shared/clock";
import { countdown } from "../../shared/format";

const SOON_MS = 20 * 60_000;

export function DueCountdown({ dueAt }: { dueAt: string }): JSX.Element {
  const leftMs = Date.parse(dueAt) - nowMs.value;
  const tone = leftMs <= 0 ? "bad" : leftMs < SOON_MS ? "warn" : "good";
  return (
    <span class={`due due--${tone} number`} data-testid="due-countdown" data-tone={tone}>
      {countdown(leftMs)}
    </span>
  );
}
