// Looks at what lay in the box of a return, and opens the work order for it.
import type { JSX } from "preact";
import type { ReturnView, WorkOrderDetail } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { select } from "../state/selection";
import { resources } from "../state/store";

export function InspectForm({ item }: { item: ReturnView }): JSX.Element {
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const serial = String(fields.get("serial") ?? "").trim();
    const body = {
      serial: serial || null,
      damage: String(fields.get("damage") ?? "").trim(),
      unopened: fields.get("unopened") !== null,
    };
    if ((await sending.send(`/v1/returns/${item.return_id}/inspect`, body)) === null) return;
    toast(`${item.number} is inspected.`);
    resources.returns.touch();
  }

  return (
    <form class="bench-form" onSubmit={submit} data-testid="inspect-form">
      <h4>What lay in the box</h4>
      <label class="field">
        <span>Serial on the part</span>
        <input
          name="serial"
          maxLength={64}
          autocomplete="off"
          defaultValue={item.serial ?? ""}
          data-testid="inspect-serial"
        />
      </label>
      <label class="field">
        <span>Damage</span>
        <input name="damage" maxLength={2000} autocomplete="off" placeholder="None" data-testid="inspect-damage" />
      </label>
      <label class="check">
        <input type="checkbox" name="unopened" data-testid="inspect-unopened" /> The maker{"\u2019"}s packing is closed
        still
      </label>
      <TroubleNotice trouble={sending.trouble} />
      <button class="button button--primary button--large" disabled={sending.busy.value} data-testid="inspect-submit">
        Inspected
      </button>
    </form>
  );
}

export function OpenWorkOrder({ item }: { item: ReturnView }): JSX.Element {
  const sending = useSending();

  async function open(): Promise<void> {
    const order = await sending.send<WorkOrderDetail>("/v1/repairs", { return_id: item.return_id });
    if (order === null) return;
    resources.repairs.value.value = [order, ...resources.repairs.value.value];
    select("repair", order.work_order_id);
  }

  return (
    <>
      <TroubleNotice trouble={sending.trouble} />
      <button
        type="button"
        class="button button--large"
        disabled={sending.busy.value}
        data-testid="work-order-open"
        onClick={open}
      >
        Open a work order
      </button>
    </>
  );
}
