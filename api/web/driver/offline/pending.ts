// The route as it will be once the server has heard what the phone has not sent yet. Pure.
import type { BreakView, DriverEvent, RouteView, StepView, StopView } from "../../shared/contract";

export function withPending(route: RouteView, events: readonly DriverEvent[]): RouteView {
  const stops = events.reduce<StopView[]>((known, event) => known.map((stop) => after(stop, event)), route.stops);
  return { ...route, stops: stops.map(closedWhenDone) };
}

/** A break that ends sooner than this began by mistake, and is due again. */
const MISTAKEN_MS = 120_000;

export function breaksWithPending(breaks: readonly BreakView[], events: readonly DriverEvent[]): BreakView[] {
  return events.reduce<BreakView[]>(
    (known, event) => known.map((each) => (each.break_id === event.break_id ? rested(each, event) : each)),
    [...breaks],
  );
}

function rested(pause: BreakView, event: DriverEvent): BreakView {
  if (event.kind === "break_started" && pause.started_at === null) {
    const until = new Date(Date.parse(event.at) + pause.duration_s * 1_000).toISOString();
    return { ...pause, state: "under_way", started_at: event.at, until };
  }
  if (event.kind === "break_ended" && pause.started_at !== null) {
    const isMistake = Date.parse(event.at) - Date.parse(pause.started_at) < MISTAKEN_MS;
    return isMistake
      ? { ...pause, state: "due", started_at: null, until: null }
      : { ...pause, state: "taken", until: event.at };
  }
  return pause;
}

export function openStops(route: RouteView): StopView[] {
  return route.stops.filter((stop) => stop.state !== "done");
}

export function openSteps(stop: StopView): StepView[] {
  return stop.steps.filter((step) => step.state === "planned");
}

/** The earliest time that something at this stop is due; for a pickup, when its delivery is due. */
export function dueAt(stop: StopView, all: readonly StopView[]): string | null {
  const orders = new Set(openSteps(stop).flatMap((step) => (step.kind === "pickup" ? [step.order_id] : [])));
  const isDelivery = (step: StepView): boolean => step.kind === "delivery" && orders.has(step.order_id);
  const served = all.flatMap((other) => openSteps(other).filter(isDelivery));
  const due = [...openSteps(stop), ...served].flatMap((step) => (step.due_at ? [step.due_at] : []));
  return due.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0] ?? null;
}

function after(stop: StopView, event: DriverEvent): StopView {
  if (event.stop_id === stop.stop_id && event.kind === "en_route") {
    return stop.state === "planned" ? { ...stop, state: "en_route" } : stop;
  }
  if (event.stop_id === stop.stop_id && event.kind === "arrived") {
    return { ...stop, state: "arrived", arrived_at: stop.arrived_at ?? event.at };
  }
  if (event.step_id === null || !stop.steps.some((step) => step.step_id === event.step_id)) return stop;
  const state = event.kind === "failed" ? "failed" : "done";
  return { ...stop, steps: stop.steps.map((step) => (step.step_id === event.step_id ? { ...step, state } : step)) };
}

function closedWhenDone(stop: StopView): StopView {
  return stop.steps.length > 0 && openSteps(stop).length === 0 ? { ...stop, state: "done" } : stop;
}
