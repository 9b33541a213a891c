// The next stop: where, when, how to get there, and what to do now.
import type { JSX } from "preact";
import type { StopView } from "../../shared/contract";
import { clockRange, clockTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { dueAt, openSteps } from "../offline/pending";
import { DueCountdown } from "../parts/due-countdown";
import { report, stops } from "../state";
import { DoneStep, StepPanel, WaitingStep } from "./step-panel";

export function NextStop({ stop }: { stop: StopView }): JSX.Element {
  const due = dueAt(stop, stops.value);
  const current = openSteps(stop)[0];
  const range = stop.state === "arrived" ? null : clockRange(stop.eta_early_at, stop.eta_late_at);
  return (
    <section
      class="next-stop"
      aria-label={`Next stop: ${stop.location_name}`}
      data-testid="next-stop"
      data-stop-id={stop.stop_id}
      data-state={stop.state}
    >
      <header class="next-stop__head">
        <p class="next-stop__state">{stateText(stop)}</p>
        <h1>{stop.location_name}</h1>
        <p class="next-stop__address">{stop.address}</p>
        <dl class="next-stop__times">
          <div>
            <dt>{stop.state === "arrived" ? "Planned to leave" : "ETA"}</dt>
            <dd class="number">{clockTime(stop.state === "arrived" ? stop.departs_at : stop.eta_at)}</dd>
            {range && (
              <dd class="next-stop__range" data-testid="eta-range" title="Eight of ten arrivals are within">
                {range}
              </dd>
            )}
          </div>
          {due && (
            <div>
              <dt>{openSteps(stop).some((step) => step.due_at) ? `Due ${clockTime(due)}` : `Delivery due ${clockTime(due)}`}</dt>
              <dd>
                <DueCountdown dueAt={due} />
              </dd>
            </div>
          )}
        </dl>
        {stop.state !== "arrived" && <Navigate stop={stop} />}
      </header>
      <ol class="steps">
        {stop.steps.map((step) => {
          if (step.state !== "planned") return <DoneStep key={step.step_id} step={step} />;
          const isCurrent = step === current && stop.state === "arrived";
          return isCurrent ? (
            <StepPanel key={step.step_id} step={step} stop={stop} />
          ) : (
            <WaitingStep key={step.step_id} step={step} />
          );
        })}
      </ol>
      <Travel stop={stop} />
    </section>
  );
}

function stateText(stop: StopView): string {
  if (stop.state === "arrived") return `You are here${stop.arrived_at ? ` since ${clockTime(stop.arrived_at)}` : ""}`;
  return stop.state === "en_route" ? "On your way to" : "Next stop";
}

/** The phone's own map app by `geo:`; a browser map where no app answers. */
function Navigate({ stop }: { stop: StopView }): JSX.Element {
  const { lat_deg: lat, lon_deg: lon } = stop.coordinate;
  const label = encodeURIComponent(stop.location_name);
  return (
    <div class="navigate">
      <a class="big big--plain" href={`geo:${lat},${lon}?q=${lat},${lon}(${label})`} data-testid="navigate">
        <Icon name="navigate" size={22} />
        Navigate
      </a>
      <a
        class="big big--plain navigate__web"
        href={`https://www.google.com/maps/dir/?api=1&destination=${lat},${lon}`}
        target="_blank"
        rel="noreferrer"
        aria-label="Navigate in a browser map"
        data-testid="navigate-web"
      >
        <Icon name="map" size={22} />
      </a>
    </div>
  );
}

function Travel({ stop }: { stop: StopView }): JSX.Element | null {
  if (stop.state === "arrived") return null;
  return (
    <div class="actions">
      {stop.state === "planned" && (
        <button
          type="button"
          class="big big--primary"
          data-testid="step-en-route"
          onClick={() => void report({ kind: "en_route", stopId: stop.stop_id })}
        >
          <Icon name="truck" size={24} />
          On my way
        </button>
      )}
      <button
        type="button"
        class={`big ${stop.state === "planned" ? "big--plain" : "big--primary"}`}
        data-testid="step-arrived"
        onClick={() => void report({ kind: "arrived", stopId: stop.stop_id })}
      >
        <Icon name="pin" size={24} />I am here
      </button>
    </div>
  );
}
