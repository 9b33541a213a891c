// Whether what the page shows is live.
import type { JSX } from "preact";
import { nowMs, serverNowMs } from "../../shared/clock";
import { span } from "../../shared/format";
import { lastHeardMs, liveState, type LiveState } from "../../shared/live";

const TEXT: Record<LiveState, string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
};

export function Connection(): JSX.Element {
  const state = liveState.value;
  return (
    <span class={`connection connection--${state}`} role="status" data-testid="connection" data-state={state}>
      <span class="connection__dot" aria-hidden="true" />
      {TEXT[state]}
      {state !== "live" && state !== "connecting" && <Age />}
    </span>
  );
}

function Age(): JSX.Element | null {
  void nowMs.value;
  if (lastHeardMs.value === null) return null;
  const ageMs = Math.max(0, nowMs.value - serverNowMs() + Date.now() - lastHeardMs.value);
  return <span class="connection__age">{span(ageMs)} old</span>;
}
