// What the driver page knows: the route, what is unsent, what the server objected to.
import { computed, signal } from "@preact/signals";
import { get, post } from "../shared/api";
import type { DriverEvent, DriverEventKind, DriverEvents, DriverRoute, FailureReason, Verdicts } from "../shared/contract";
import { explained, toast } from "../shared/toasts";
import { uuid7 } from "../shared/uuid7";
import { ApiError, Unreachable } from "../shared/wire";
import { amendedSince, changeWords } from "./flow/changes";
import { addEvent, dismissIssue, eventsOf, issuesOf, keepRoute, keptRoute } from "./offline/db";
import type { StoredEvent, StoredIssue } from "./offline/db";
import { uploadQuietly } from "./offline/fixes";
import { breaksWithPending, openStops, withPending } from "./offline/pending";
import { uploadEvents } from "./offline/upload";

export interface Report {
  kind: DriverEventKind;
  stopId?: string;
  stepId?: string;
  serials?: string[];
  reason?: FailureReason;
  note?: string;
  breakId?: string;
}

export const route = signal<DriverRoute | null>(null);
export const pending = signal<StoredEvent[]>([]);
export const issues = signal<StoredIssue[]>([]);
export const reachable = signal(true);
export const loaded = signal(false);

export const stops = computed(() => {
  return route.value ? openStops(withPending(route.value.route, pending.value)) : [];
});
export const breaks = computed(() => breaksWithPending(route.value?.shift?.breaks ?? [], pending.value));
export const onShift = computed(() => route.value?.shift !== null && route.value !== null);

let courierId = "";

/** Shows what the phone remembers of this courier, before anything is asked of the server. */
export async function open(courier: string): Promise<void> {
  courierId = courier;
  route.value = (await keptRoute(courier)) ?? null;
  await readStore();
  loaded.value = route.value !== null;
}

export function close(): void {
  route.value = null;
  pending.value = [];
  issues.value = [];
  loaded.value = false;
  courierId = "";
}

async function readStore(): Promise<void> {
  pending.value = await eventsOf(courierId);
  issues.value = await issuesOf(courierId);
}

/** Keeps a report on the phone, shows its effect at once, and sends it when it can. */
export async function report(wish: Report): Promise<void> {
  await addEvent({
    courier_id: courierId,
    event_id: uuid7(),
    kind: wish.kind,
    at: new Date().toISOString(),
    base_version: route.value?.route.version ?? 0,
    stop_id: wish.stopId ?? null,
    step_id: wish.stepId ?? null,
    serials: wish.serials ?? [],
    reason: wish.reason ?? null,
    note: wish.note ?? "",
    break_id: wish.breakId ?? null,
  });
  await readStore();
  void synchronise();
}

let running: Promise<void> | null = null;
let again = false;

/** Sends what is unsent, then reads the route; calls during a run make one more run. */
export function synchronise(): Promise<void> {
  if (running) {
    again = true;
    return running;
  }
  running = oneRun().finally(() => {
    running = null;
    if (again) {
      again = false;
      void synchronise();
    }
  });
  return running;
}

async function oneRun(): Promise<void> {
  const courier = courierId;
  if (!courier) return;
  try {
    if (pending.value.length > 0) await uploadQuietly(courier); // where it was is the proof of a hand-over
    await alone(() => uploadEvents(courier, sendEvents));
    const fresh = await get<DriverRoute>("/v1/driver/route");
    if (courier !== courierId) return;
    tellChanges(route.value, fresh);
    route.value = fresh;
    reachable.value = true;
    loaded.value = true;
    await keepRoute(fresh);
  } catch (error) {
    reachable.value = !(error instanceof Unreachable);
    if (error instanceof ApiError && error.status !== 401) complain(error);
  } finally {
    if (courier === courierId) await readStore();
  }
}

/** The desk changed what the courier carries or is to fetch: nobody finds that out at the door. */
function tellChanges(before: DriverRoute | null, fresh: DriverRoute): void {
  for (const step of amendedSince(before, fresh)) {
    navigator.vibrate?.([80, 60, 80]);
    toast(`${step.number} was changed. ${changeWords(step) ?? ""}`.trim(), "note", step.amendment?.reason ?? null);
  }
}

/** Two open pages of one phone do not send the same reports at once. */
async function alone(work: () => Promise<void>): Promise<void> {
  if ("locks" in navigator) await navigator.locks.request("fieldstock.driver.upload", work);
  else await work();
}

function sendEvents(events: DriverEvent[]): Promise<Verdicts> {
  const body: DriverEvents = { sent_at: new Date().toISOString(), events };
  return post<Verdicts>("/v1/driver/events", body);
}

function complain(error: ApiError): void {
  const { text, action } = explained(error);
  toast(text, "bad", action);
}

export async function dismiss(eventId: string): Promise<void> {
  await dismissIssue(eventId);
  await readStore();
}
