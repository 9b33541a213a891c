// Pauses an order's service-level clock for a reason, lets it run on, and lists the pauses there were.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { get, post } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { ClockPause, OrderView, PauseReason, Pauses, PauseView } from "../../shared/contract";
import { dayAndTime, humanised } from "../../shared/format";
import { toast, toastError } from "../../shared/toasts";
import { OnceKey } from "../dialogs/once";

const REASONS: [PauseReason, string][] = [
  ["customer_not_ready", "The customer is not ready"],
  ["site_closed", "The site is closed"],
  ["waiting_for_customer", "We wait for an answer of the customer"],
  ["force_majeure", "Force majeure"],
  ["other", "Another reason"],
];

interface Props {
  order: OrderView;
  onDone(): void;
}

export function ClockControl({ order, onDone }: Props): JSX.Element {
  return order.sla.paused_at ? <Resume order={order} onDone={onDone} /> : <Pause order={order} onDone={onDone} />;
}

function Resume({ order, onDone }: Props): JSX.Element {
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), [order.version]);

  async function resume(): Promise<void> {
    busy.value = true;
    try {
      const running = await post<OrderView>(`/v1/orders/${order.order_id}/resume`, {}, once.for({}));
      toast(`The clock of ${order.number} runs again: due ${dayAndTime(running.sla.due_at, calmNowMs.value)}.`);
      onDone();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <button
      type="button"
      class="button button--primary"
      disabled={busy.value}
      data-testid="resume-clock"
      onClick={resume}
    >
      Let the clock run again
    </button>
  );
}

function Pause({ order, onDone }: Props): JSX.Element {
  const open = useSignal(false);
  const reason = useSignal<PauseReason>("customer_not_ready");
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), [order.order_id]);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const note = String(new FormData(event.currentTarget as HTMLFormElement).get("note")).trim();
    const pause: ClockPause = { reason: reason.value, note };
    busy.value = true;
    try {
      await post(`/v1/orders/${order.order_id}/pause`, pause, once.for(pause));
      once.spend();
      toast(`The clock of ${order.number} is paused.`);
      open.value = false;
      onDone();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  if (!open.value) {
    return (
      <button type="button" class="button" data-testid="pause-open" onClick={() => (open.value = true)}>
        Pause the clock
      </button>
    );
  }
  return (
    <form class="cancel" onSubmit={submit}>
      <label class="field">
        <span>Why does the clock stop?</span>
        <select
          value={reason.value}
          data-testid="pause-reason"
          onChange={(event) => (reason.value = event.currentTarget.value as PauseReason)}
        >
          {REASONS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{reason.value === "other" ? "What is it?" : "Note, if there is more to say"}</span>
        <input name="note" required={reason.value === "other"} maxLength={200} data-testid="pause-note" />
      </label>
      <div class="cancel__foot">
        <button type="button" class="button" onClick={() => (open.value = false)}>
          Let it run
        </button>
        <button class="button button--primary" disabled={busy.value} data-testid="pause-submit">
          Pause the clock
        </button>
      </div>
    </form>
  );
}

/** Nothing where the clock was never paused; `stamp` changes when there may be more. */
export function PauseList({ orderId, stamp }: { orderId: string; stamp: string }): JSX.Element | null {
  const pauses = useSignal<PauseView[]>([]);
  useEffect(() => {
    get<Pauses>(`/v1/orders/${orderId}/pauses`).then(({ items }) => (pauses.value = items), toastError);
  }, [orderId, stamp]);
  if (pauses.value.length === 0) return null;
  return (
    <section data-testid="pauses">
      <h3>Pauses of the clock</h3>
      <ol class="pauses">
        {pauses.value.map((pause) => (
          <li key={pause.pause_id}>
            <span>
              <strong>{reasonOf(pause)}</strong>
              {pause.note && <span class="muted">{pause.note}</span>}
              <span class="muted">
                by {pause.paused_by}
                {pause.resumed_by && pause.resumed_by !== pause.paused_by && `, ended by ${pause.resumed_by}`}
              </span>
            </span>
            <span class="number">
              {dayAndTime(pause.from_at, calmNowMs.value)} –{" "}
              {pause.to_at ? dayAndTime(pause.to_at, calmNowMs.value) : "now"}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function reasonOf({ reason }: PauseView): string {
  return REASONS.find(([value]) => value === reason)?.[1] ?? humanised(reason);
}
