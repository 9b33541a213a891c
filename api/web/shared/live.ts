// The live stream: read by fetch with the token in a header, resumed by `Last-Event-ID`, reconnected with backoff.
import { signal } from "@preact/signals";
import type { CourierPosition, LiveEvent, Reset } from "./contract";
import { accessToken } from "./session";
import { SseParser, type ServerSentEvent } from "./sse";
import { ApiError } from "./wire";

export type LiveState = "connecting" | "live" | "reconnecting" | "offline";

export interface LiveHandlers {
  onEvent(event: LiveEvent): void;
  onPosition?(position: CourierPosition): void;
  /** What the page knows is too old: read everything again. */
  onReset(): void;
  /** The stream stands again after a break. */
  onResumed?(): void;
}

const SILENCE_LIMIT_MS = 40_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
const OFFLINE_AFTER_FAILURES = 3;

export const liveState = signal<LiveState>("connecting");
/** When the stream last said anything, a heartbeat included. */
export const lastHeardMs = signal<number | null>(null);

/** Where the stream stands; `replay` is how many events before the welcome are still wanted. */
interface Place {
  last: string | null;
  replay: number;
}

/**
 * Keeps the stream open until the returned function is called.
 * With `replay` the last so many events before the opening are heard first.
 */
export function openLive(handlers: LiveHandlers, replay = 0): () => void {
  const stop = new AbortController();
  void keepOpen(handlers, stop.signal, replay);
  return () => stop.abort();
}

async function keepOpen(handlers: LiveHandlers, stop: AbortSignal, replay: number): Promise<void> {
  const position: Place = { last: null, replay };
  let failures = 0;
  liveState.value = "connecting";
  while (!stop.aborted) {
    try {
      await readStream(handlers, stop, position, () => (failures = 0));
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof ApiError && error.status === 401) return;
      failures += 1;
    }
    if (stop.aborted) return;
    if (failures > 0) {
      liveState.value = failures >= OFFLINE_AFTER_FAILURES || !navigator.onLine ? "offline" : "reconnecting";
    }
    await pause(failures === 0 ? 100 : backoffMs(failures), stop);
  }
}

async function readStream(
  handlers: LiveHandlers,
  stop: AbortSignal,
  position: Place,
  onOpen: () => void,
): Promise<void> {
  const silence = new AbortController();
  const response = await openStream(position.last, AbortSignal.any([stop, silence.signal]));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error("The live stream has no body.");
  if (liveState.value !== "connecting") handlers.onResumed?.();
  liveState.value = "live";
  onOpen();
  const parser = new SseParser();
  for (;;) {
    const watchdog = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
    const chunk = await reader.read().finally(() => clearTimeout(watchdog));
    if (chunk.done) return;
    lastHeardMs.value = Date.now();
    for (const event of parser.push(chunk.value)) {
      take(event, handlers, position);
      if (event.event === "reset" && rewind(position)) return silence.abort();
    }
  }
}

/** After the welcome: stand a little before it, once, and open the stream again from there. */
function rewind(position: Place): boolean {
  const welcome = Number(position.last);
  const wanted = Math.min(position.replay, welcome);
  position.replay = 0;
  if (wanted > 0) position.last = String(welcome - wanted);
  return wanted > 0;
}

async function openStream(lastEventId: string | null, abort: AbortSignal): Promise<Response> {
  const token = await accessToken();
  const response = await request(token, lastEventId, abort);
  if (response.status !== 401) return checked(response);
  return checked(await request(await accessToken(token), lastEventId, abort));
}

function request(token: string, lastEventId: string | null, abort: AbortSignal): Promise<Response> {
  const headers = new Headers({ Accept: "text/event-stream", Authorization: `Bearer ${token}` });
  if (lastEventId !== null) headers.set("Last-Event-ID", lastEventId);
  return fetch("/v1/live", { headers, signal: abort, cache: "no-store" });
}

function checked(response: Response): Response {
  if (!response.ok) throw new ApiError(response.status, null);
  return response;
}

function take(event: ServerSentEvent, handlers: LiveHandlers, position: Place): void {
  if (event.id !== null) position.last = event.id;
  const data: unknown = JSON.parse(event.data);
  if (event.event === "courier.position") return handlers.onPosition?.(data as CourierPosition);
  if (event.event !== "reset") return handlers.onEvent(data as LiveEvent);
  position.last = String((data as Reset).position);
  return handlers.onReset();
}

/** Full jitter (exponential, bounded), so that a restarted server is not met by all pages at once. */
function backoffMs(failures: number): number {
  const ceilingMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
  return ceilingMs / 2 + (Math.random() * ceilingMs) / 2;
}

function pause(delayMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    addEventListener("online", done, { once: true });
    stop.addEventListener("abort", done, { once: true });
  });
}
