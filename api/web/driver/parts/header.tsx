// The top of the driver page: who drives, until when, what is unsent, and whether the phone is connected.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { clockTime, plural } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { liveState } from "../../shared/live";
import { person, signOut } from "../../shared/session";
import { locationState, type LocationState } from "../offline/fixes";
import { pending, reachable, route, synchronise } from "../state";

export function Header(): JSX.Element {
  const shift = route.value?.shift;
  return (
    <header class="head">
      <div class="head__who">
        <strong>{route.value?.display_name ?? person.value?.display_name}</strong>
        <span data-testid="shift">
          {shift ? `Shift until ${clockTime(shift.ends_at)}` : route.value ? "No shift now" : ""}
        </span>
      </div>
      <Unsent />
      <Online />
      <SignOut />
      <LocationHint />
    </header>
  );
}

function Unsent(): JSX.Element | null {
  const count = pending.value.length;
  if (count === 0) return null;
  return (
    <button
      type="button"
      class="pill pill--warn"
      data-testid="unsent"
      data-count={count}
      aria-label={`${plural(count, "report")} not sent yet. Try now`}
      onClick={() => void synchronise()}
    >
      <Icon name="refresh" size={16} />
      {count} unsent
    </button>
  );
}

function Online(): JSX.Element {
  const online = reachable.value && liveState.value !== "offline";
  return (
    <span class={`pill ${online ? "pill--good" : "pill--bad"}`} role="status" data-testid="online" data-online={online}>
      {!online && <Icon name="cloudOff" size={16} />}
      {online ? "Online" : "Offline"}
    </span>
  );
}

function SignOut(): JSX.Element {
  const asked = useSignal(false);
  function press(): void {
    if (pending.value.length > 0 && !asked.value) {
      asked.value = true;
      setTimeout(() => (asked.value = false), 5_000);
      return;
    }
    void signOut();
  }
  return (
    <button type="button" class="head__out" aria-label="Sign out" data-testid="sign-out" onClick={press}>
      {asked.value ? `${plural(pending.value.length, "report")} unsent. Sign out?` : <Icon name="signOut" size={22} />}
    </button>
  );
}

const HINTS: Partial<Record<LocationState, string>> = {
  denied: "Location is off: allow it in the browser's settings so that dispatch sees you.",
  unavailable: "This browser gives no location here (it needs HTTPS).",
};

function LocationHint(): JSX.Element | null {
  const hint = HINTS[locationState.value];
  return hint ? <p class="head__hint">{hint}</p> : null;
}
