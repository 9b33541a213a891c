// A run of a test procedure: a field for each measurement, with its limits beside it.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { WorkOrderDetail } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { limitsOf, readingsOf } from "../state/bench";

interface Props {
  order: WorkOrderDetail;
  onDone(answer: WorkOrderDetail): void;
}

export function TestForm({ order, onDone }: Props): JSX.Element {
  const sending = useSending();
  const chosen = useSignal(0);
  const procedure = order.procedures[chosen.value] ?? order.procedures[0];
  if (!procedure) return <p class="muted">This part has no test procedure.</p>;
  const runs = order.runs.length;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!procedure) return;
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body = {
      procedure_id: procedure.procedure_id,
      readings: readingsOf(procedure, (step) => String(fields.get(step) ?? "")),
    };
    const answer = await sending.send<WorkOrderDetail>(`/v1/repairs/${order.work_order_id}/tests`, body);
    if (answer === null) return;
    const passed = answer.runs.at(-1)?.passed ?? false;
    toast(`${order.serial} ${passed ? "passed" : "failed"}.`, passed ? "good" : "note");
    onDone(answer);
  }

  return (
    <form key={`${procedure.procedure_id}:${runs}`} class="bench-form" onSubmit={submit} data-testid="test-form">
      <h4>
        {procedure.name} v{procedure.version}
      </h4>
      {order.procedures.length > 1 && (
        <select
          aria-label="Procedure"
          class="input"
          value={chosen.value}
          onChange={(event) => (chosen.value = Number(event.currentTarget.value))}
        >
          {order.procedures.map((one, index) => (
            <option key={one.procedure_id} value={index}>
              {one.name} v{one.version}
            </option>
          ))}
        </select>
      )}
      {procedure.steps.map((step) => (
        <label key={step.name} class="field">
          <span>
            {step.name} <small class="muted">{limitsOf(step)}</small>
          </span>
          <input
            name={step.name}
            inputMode="decimal"
            pattern="-?[0-9]*[.,]?[0-9]*"
            autocomplete="off"
            placeholder={`${step.quantity}${step.unit ? `, ${step.unit}` : ""}; empty: not measurable`}
            data-testid={`reading-${step.name}`}
          />
        </label>
      ))}
      <TroubleNotice trouble={sending.trouble} />
      <button class="button button--large" disabled={sending.busy.value} data-testid="test-submit">
        Record the test
      </button>
    </form>
  );
}
