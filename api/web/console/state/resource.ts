// A list of the server, read again when something touches it: debounced, coalesced, one request at a time.
import { signal, type Signal } from "@preact/signals";
import { ApiError, Unreachable } from "../../shared/wire";

export type ResourceState = "loading" | "ready" | "refused" | "failed";

const DEBOUNCE_MS = 250;
const SHORTEST_INTERVAL_MS = 1_000;
/** A list that takes long to read is read more seldom: at most this share of the time. */
const READING_SHARE = 0.1;
const RETRY_MS = 5_000;

export class Resource<Value> {
  readonly value: Signal<Value>;
  readonly state = signal<ResourceState>("loading");
  private timer: ReturnType<typeof setTimeout> | null = null;
  private loading = false;
  private touchedMeanwhile = false;
  private loadedAtMs = 0;
  private lastReadMs = 0;
  private watchers = 0;

  constructor(
    initial: Value,
    private readonly load: () => Promise<Value>,
    private readonly onError: (error: unknown) => void,
    /** "watched": read only while somebody looks at it. */
    private readonly mode: "always" | "watched" = "always",
  ) {
    this.value = signal(initial);
  }

  /** Asks for a fresh read soon; a hundred touches in a burst make one read. */
  touch(): void {
    if (this.state.value === "refused" || !this.isWanted()) return;
    if (this.loading) {
      this.touchedMeanwhile = true;
      return;
    }
    const sinceLoadMs = Date.now() - this.loadedAtMs;
    const intervalMs = Math.max(SHORTEST_INTERVAL_MS, this.lastReadMs / READING_SHARE);
    this.schedule(Math.max(DEBOUNCE_MS, intervalMs - sinceLoadMs));
  }

  /** Keeps the list fresh until the returned function is called. */
  watch(): () => void {
    this.watchers += 1;
    if (this.watchers === 1) void this.read();
    return () => (this.watchers -= 1);
  }

  private isWanted(): boolean {
    return this.mode === "always" || this.watchers > 0;
  }

  async read(): Promise<void> {
    if (!this.isWanted()) return;
    if (this.loading) {
      this.touchedMeanwhile = true;
      return;
    }
    this.loading = true;
    const startedMs = performance.now();
    try {
      this.value.value = await this.load();
      this.state.value = "ready";
    } catch (error) {
      this.fail(error);
    } finally {
      this.loading = false;
      this.loadedAtMs = Date.now();
      this.lastReadMs = performance.now() - startedMs;
    }
    if (this.touchedMeanwhile) {
      this.touchedMeanwhile = false;
      this.touch();
    }
  }

  /** Forgets a refusal and every plan to read: the next person may be allowed more. */
  rest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.touchedMeanwhile = false;
    this.state.value = "loading";
  }

  private schedule(delayMs: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.read();
    }, delayMs);
  }

  /** A refusal (403) is final for this role; everything else is tried again. */
  private fail(error: unknown): void {
    if (error instanceof ApiError && error.status === 401) return;
    if (error instanceof ApiError && error.status === 403) {
      this.state.value = "refused";
      return;
    }
    if (this.state.value === "loading") this.state.value = "failed";
    this.schedule(RETRY_MS);
    if (!(error instanceof Unreachable)) this.onError(error);
  }
}
