// Notes which carrier has a return, where the customer told the desk.
import type { JSX } from "preact";
import type { ReturnView, Shipment } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { resources } from "../state/store";

export function ShipForm({ item }: { item: ReturnView }): JSX.Element {
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body: Shipment = {
      carrier: String(fields.get("carrier") ?? "").trim(),
      tracking_number: String(fields.get("number") ?? "").trim(),
    };
    if (!(await sending.send<ReturnView>(`/v1/returns/${item.return_id}/ship`, body))) return;
    toast(`${item.number} is with ${body.carrier}.`);
    resources.returns.touch();
  }

  return (
    <form class="receive" onSubmit={submit}>
      <label class="field">
        <span>Carrier</span>
        <input name="carrier" required maxLength={60} autocomplete="off" data-testid="ship-carrier" />
      </label>
      <label class="field">
        <span>Tracking number</span>
        <input name="number" required maxLength={64} autocomplete="off" data-testid="ship-number" />
      </label>
      <TroubleNotice trouble={sending.trouble} />
      <button class="button" disabled={sending.busy.value} data-testid="ship-submit">
        It is with the carrier
      </button>
    </form>
  );
}
