// Asks when a part can be there before it is ordered, and shows every source with why it is not the one.
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { post } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { NewOrder, NewPromise, PromiseOption, PromiseView, Redemption } from "../../shared/contract";
import { clockTime, dayAndTime } from "../../shared/format";
import { toastError } from "../../shared/toasts";
import { courierName } from "../state/store";
import { OnceKey } from "./once";

/** What a form orders without a promise. */
export type Wish = Omit<NewOrder, "promise_id">;

const CONFIDENCE = 0.9;
const HELD_S = 600;

/** The question of one form: what was promised holds for the very wish that was asked for. */
export class Asking {
  readonly busy = signal(false);
  readonly promise = signal<PromiseView | null>(null);
  readonly isOffered = computed(() => this.promise.value?.state === "offered");
  private readonly once = new OnceKey();

  async ask(wish: Wish, machineId: string | null): Promise<void> {
    this.letGo();
    const { site_id, part_number, contract_id } = wish;
    if (site_id === null || part_number === null || contract_id === null) return;
    const { quantity, urgency, required_courier_id, forbidden_courier_ids } = wish;
    const asked: NewPromise = {
      site_id, part_number, contract_id, quantity, urgency, confidence: CONFIDENCE, hold_s: HELD_S,
      machine_id: machineId, required_courier_id, forbidden_courier_ids,
    };
    this.busy.value = true;
    try {
      this.promise.value = await post<PromiseView>("/v1/promises", asked, this.once.for(asked));
    } catch (error) {
      toastError(error);
    } finally {
      this.once.spend();
      this.busy.value = false;
    }
  }

  /** What to order instead of the wish while a promise stands. */
  redemption({ expect_return, note }: Wish): Redemption | null {
    const promise = this.promise.value;
    return promise?.state === "offered" ? { promise_id: promise.promise_id, expect_return, note } : null;
  }

  redeemed(): void {
    this.promise.value = null;
  }

  /** Give back what is set aside, without a word: it comes back by itself where this fails. */
  letGo(): void {
    const promise = this.promise.value;
    this.promise.value = null;
    if (promise?.state === "offered") {
      post(`/v1/promises/${promise.promise_id}/release`, {}).catch(() => undefined);
    }
  }
}

export function PromiseOffer({ asking }: { asking: Asking }): JSX.Element | null {
  const promise = asking.promise.value;
  if (promise === null) return null;
  const offered = promise.state === "offered";
  const [first, ...others] = promise.options;
  return (
    <section class="offer" data-testid="promise" data-state={promise.state} aria-live="polite">
      {offered && first ? <Offered promise={promise} option={first} /> : <Refused promise={promise} />}
      {others.length + (offered ? 0 : promise.options.length) > 0 && (
        <details class="offer__others" open={!offered}>
          <summary>{offered ? `Why not from elsewhere (${others.length})` : "Every source that was looked at"}</summary>
          <ul>
            {(offered ? others : promise.options).map((option) => (
              <li key={`${option.part_number} ${option.source_id}`} data-testid="promise-option">
                <strong>{option.source_name}:</strong> {option.reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Offered({ promise, option }: { promise: PromiseView; option: PromiseOption }): JSX.Element {
  const isLate = promise.promised_at !== null && promise.promised_at > promise.due_at;
  return (
    <>
      <p class="offer__time">
        <span>There by</span>
        <strong class={`number ${isLate ? "is-late" : ""}`} data-testid="promised-at">
          {promise.promised_at === null ? "unknown" : dayAndTime(promise.promised_at, calmNowMs.value)}
        </strong>
        <span>{Math.round(promise.confidence * 100)} % sure</span>
      </p>
      <p>
        From {option.source_name} with {courierName(promise.courier_id ?? "")}, most likely by{" "}
        {option.half_at === null ? "then" : clockTime(option.half_at)}.{" "}
        {promise.offered_part !== promise.part_number && <b>As substitute {promise.offered_part}. </b>}
        {due(promise)} Set aside until {promise.held_until === null ? "then" : clockTime(promise.held_until)}.
      </p>
    </>
  );
}

function due(promise: PromiseView): string {
  const by = dayAndTime(promise.due_at, calmNowMs.value);
  return `Due ${by}: in time with ${Math.round((promise.in_time ?? 0) * 100)} % probability.`;
}

function Refused({ promise }: { promise: PromiseView }): JSX.Element {
  return (
    <p class="offer__none">
      <strong>Nothing can be promised.</strong> {promise.reason} You can place the order all the same: it is planned as
      soon as something can serve it.
    </p>
  );
}
