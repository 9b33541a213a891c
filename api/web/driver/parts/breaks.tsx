// The breaks of the shift: the one that is taken now, the next one, and those that were missed.
import type { JSX } from "preact";
import { nowMs } from "../../shared/clock";
import type { BreakView } from "../../shared/contract";
import { clockRange, clockTime, countdown, span } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { breaks, report } from "../state";

/** Before its window opens, a break can be begun this much early. */
const EARLY_MS = 15 * 60_000;

export function Breaks(): JSX.Element | null {
  const shown = nowShown(breaks.value, nowMs.value);
  if (shown === null) return null;
  return shown.state === "under_way" ? <UnderWay pause={shown} /> : <Due pause={shown} />;
}

/** The break that is taken now, else the first that is due, else one that was missed last. */
function nowShown(all: readonly BreakView[], now: number): BreakView | null {
  const underWay = all.find((each) => each.state === "under_way" && now < Date.parse(each.until ?? ""));
  return underWay ?? all.find((each) => each.state === "due") ?? all.findLast((each) => each.state === "missed") ?? null;
}

function UnderWay({ pause }: { pause: BreakView }): JSX.Element {
  const until = pause.until ?? "";
  return (
    <section class="break break--now" aria-label="On a break" data-testid="break" data-state="under_way">
      <Icon name="pause" size={24} />
      <div class="break__words">
        <strong>On a break until {clockTime(until)}</strong>
        <span class="number">{countdown(Date.parse(until) - nowMs.value)} left</span>
      </div>
      <button
        type="button"
        class="big big--plain"
        data-testid="break-end"
        onClick={() => void report({ kind: "break_ended", breakId: pause.break_id })}
      >
        End break
      </button>
    </section>
  );
}

function Due({ pause }: { pause: BreakView }): JSX.Element {
  const canBegin = nowMs.value >= Date.parse(pause.earliest_at) - EARLY_MS;
  return (
    <section class="break" aria-label="Next break" data-testid="break" data-state={pause.state}>
      <Icon name="pause" size={24} />
      <div class="break__words">
        <strong>{title(pause)}</strong>
        <span>{when(pause)}</span>
      </div>
      {canBegin && (
        <button
          type="button"
          class="big big--plain"
          data-testid="break-start"
          onClick={() => void report({ kind: "break_started", breakId: pause.break_id })}
        >
          Start break
        </button>
      )}
    </section>
  );
}

function title(pause: BreakView): string {
  const length = span(pause.duration_s * 1_000);
  return pause.state === "missed" ? `Missed a break of ${length}` : `Break of ${length}`;
}

function when(pause: BreakView): string {
  if (pause.state === "missed") return `It was to begin by ${clockTime(pause.latest_at)}. Take it when you can.`;
  if (Date.parse(pause.latest_at) < nowMs.value) return `Overdue: it was to begin by ${clockTime(pause.latest_at)}.`;
  const window = clockRange(pause.earliest_at, pause.latest_at) ?? clockTime(pause.earliest_at);
  return pause.planned_at ? `Planned ${clockTime(pause.planned_at)}, within ${window}` : `To begin within ${window}`;
}
