// Which carrier has the part, and its tracking number.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ship } from "./link";
import { Trouble } from "./trouble";

export function CarrierForm(): JSX.Element {
  const busy = useSignal(false);
  const trouble = useSignal<unknown>(null);

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const carrier = String(fields.get("carrier") ?? "").trim();
    const number = String(fields.get("number") ?? "").trim();
    busy.value = true;
    trouble.value = null;
    try {
      await ship({ carrier, tracking_number: number });
      scrollTo({ top: 0 });
    } catch (error) {
      trouble.value = error;
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="card carrier" onSubmit={send}>
      <h2>Sent it?</h2>
      <div class="carrier__fields">
        <label class="field">
          <span>Carrier</span>
          <input name="carrier" required maxLength={60} autocomplete="off" data-testid="carrier" />
        </label>
        <label class="field">
          <span>Tracking number</span>
          <input name="number" required maxLength={64} autocomplete="off" spellcheck={false} data-testid="tracking-number" />
        </label>
      </div>
      <Trouble error={trouble.value} />
      <button class="button button--primary wide" disabled={busy.value} data-testid="carrier-submit">
        It is on its way
      </button>
    </form>
  );
}
