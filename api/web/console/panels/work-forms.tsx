// Parts that go into a unit, and minutes that somebody worked.
import type { JSX } from "preact";
import type { WorkOrderDetail, WorkOrderView } from "../../shared/contract";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { partsByNumber } from "../state/store";

interface Props {
  order: WorkOrderView;
  onDone(answer: WorkOrderDetail): void;
}

function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? "").trim();
}

export function PartForm({ order, onDone }: Props): JSX.Element {
  const sending = useSending();
  const counted = [...partsByNumber.value.values()].filter((part) => part.kind === "consumable");

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const body = { part_number: textOf(fields, "part"), quantity: Number(textOf(fields, "quantity")) };
    const answer = await sending.send<WorkOrderDetail>(`/v1/repairs/${order.work_order_id}/parts`, body);
    if (answer === null) return;
    form.reset();
    onDone(answer);
  }

  return (
    <form class="bench-form" onSubmit={submit}>
      <h4>Parts from the bench</h4>
      <div class="field-pair">
        <label class="field">
          <span>Part</span>
          <select name="part" required data-testid="part-number">
            {counted.map((part) => (
              <option key={part.part_number} value={part.part_number}>
                {part.name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Pieces</span>
          <input name="quantity" type="number" min={1} max={10_000} defaultValue={1} required data-testid="part-quantity" />
        </label>
      </div>
      <TroubleNotice trouble={sending.trouble} />
      <button class="button" disabled={sending.busy.value} data-testid="part-submit">
        Build in
      </button>
    </form>
  );
}

export function LabourForm({ order, onDone }: Props): JSX.Element {
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body = { minutes: Number(textOf(new FormData(form), "minutes")) };
    const answer = await sending.send<WorkOrderDetail>(`/v1/repairs/${order.work_order_id}/labour`, body);
    if (answer === null) return;
    form.reset();
    onDone(answer);
  }

  return (
    <form class="bench-form bench-form--line" onSubmit={submit}>
      <label class="field">
        <span>Minutes worked</span>
        <input name="minutes" type="number" min={1} max={1440} required data-testid="labour-minutes" />
      </label>
      <button class="button" disabled={sending.busy.value} data-testid="labour-submit">
        Add
      </button>
      <TroubleNotice trouble={sending.trouble} />
    </form>
  );
}
