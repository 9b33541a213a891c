// The stops after the next one, short.
import type { JSX } from "preact";
import type { StopView } from "../../shared/contract";
import { clockTime } from "../../shared/format";
import { dueAt, openSteps } from "../offline/pending";
import { STEP_WORDS } from "../flow/words";
import { stops } from "../state";
import { DueCountdown } from "./due-countdown";

export function LaterStops({ later }: { later: StopView[] }): JSX.Element {
  return (
    <section class="later" aria-label="After that">
      <h2>After that</h2>
      <ol>
        {later.map((stop) => (
          <LaterStop key={stop.stop_id} stop={stop} />
        ))}
      </ol>
    </section>
  );
}

function LaterStop({ stop }: { stop: StopView }): JSX.Element {
  const due = dueAt(stop, stops.value);
  return (
    <li class="later__stop" data-testid="stop-card" data-stop-id={stop.stop_id} data-state={stop.state}>
      <time class="number">{clockTime(stop.eta_at)}</time>
      <div>
        <strong>{stop.location_name}</strong>
        <span>{stop.address}</span>
        <span class="later__work">
          {openSteps(stop).map((step) => (
            <span key={step.step_id}>
              {STEP_WORDS[step.kind].short} {step.number}
            </span>
          ))}
        </span>
      </div>
      {due && <DueCountdown dueAt={due} />}
    </li>
  );
}
