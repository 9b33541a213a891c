// The courier's page: sign-in, or the next stop with its action, then the stops after it.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { person } from "../shared/session";
import { SignIn } from "../shared/sign-in";
import { Toasts } from "../shared/toasts";
import { Breaks } from "./parts/breaks";
import { Header } from "./parts/header";
import { Issues } from "./parts/issues";
import { LaterStops } from "./parts/later-stops";
import { NextStop } from "./flow/next-stop";
import { follow } from "./live";
import { shareLocation } from "./offline/fixes";
import { keepAwake } from "./parts/wake-lock";
import { close, loaded, onShift, open, reachable, stops } from "./state";

export function App(): JSX.Element {
  const who = person.value;
  return (
    <>
      {who === null ? (
        <SignIn title="Your stops" hint="Sign in to see today's route." />
      ) : who.courier_id === null ? (
        <NotACourier />
      ) : (
        <Driver key={who.courier_id} courierId={who.courier_id} />
      )}
      <Toasts />
    </>
  );
}

function Driver({ courierId }: { courierId: string }): JSX.Element {
  useEffect(() => {
    let stopFollowing: (() => void) | null = null;
    let gone = false;
    void open(courierId).then(() => {
      if (!gone) stopFollowing = follow();
    });
    return () => {
      gone = true;
      stopFollowing?.();
      close();
    };
  }, [courierId]);
  const isOnShift = onShift.value;
  useEffect(() => (isOnShift ? shareLocation(courierId) : undefined), [courierId, isOnShift]);
  useEffect(() => (isOnShift ? keepAwake() : undefined), [isOnShift]);
  const [next, ...later] = stops.value;
  return (
    <div class="driver" data-testid="driver">
      <Header />
      <main class="driver__main">
        <Issues />
        <Breaks />
        {next ? <NextStop key={next.stop_id} stop={next} /> : <NoStops />}
        {later.length > 0 && <LaterStops later={later} />}
      </main>
    </div>
  );
}

function NoStops(): JSX.Element {
  const [title, hint] = loaded.value
    ? ["No stops at the moment", "New work appears here by itself. Keep the page open."]
    : reachable.value
      ? ["Reading your route\u2026", "One moment."]
      : ["No connection yet", "Your route appears when the phone is back online."];
  return (
    <section class="no-stops" data-testid="no-stops">
      <h2>{title}</h2>
      <p>{hint}</p>
    </section>
  );
}

function NotACourier(): JSX.Element {
  return (
    <main class="sign-in">
      <div class="sign-in__card">
        <h1>This page is for couriers</h1>
        <p>Orders, lockers and the live map are on the console.</p>
        <a class="button button--primary button--large" href="/console">
          Open the console
        </a>
      </div>
    </main>
  );
}
