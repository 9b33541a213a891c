// Why a step cannot be done: a reason, and a note for the dispatcher.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { FailureReason, StepView } from "../../shared/contract";
import { report } from "../state";
import { Sheet } from "./sheet";
import { REASONS, reasonsFor } from "./words";

interface Props {
  step: StepView;
  atLocker: boolean;
  preset: FailureReason | null;
  onClose(): void;
}

export function CannotDialog({ step, atLocker, preset, onClose }: Props): JSX.Element {
  const reason = useSignal<FailureReason | null>(preset);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (reason.value === null) return;
    const note = String(new FormData(event.currentTarget as HTMLFormElement).get("note") ?? "").trim();
    onClose();
    await report({ kind: "failed", stepId: step.step_id, reason: reason.value, note });
  }

  return (
    <Sheet title="What is in the way?" testId="cannot-dialog" onClose={onClose}>
      <form class="reasons" onSubmit={submit}>
        <div class="reasons__list" role="radiogroup" aria-label="Reason">
          {reasonsFor(step.kind, atLocker).map((value) => (
            <label key={value} class="reason">
              <input
                type="radio"
                name="reason"
                value={value}
                checked={reason.value === value}
                data-testid={`reason-${value.replace("_", "-")}`}
                onChange={() => (reason.value = value)}
              />
              <span>{REASONS[value]}</span>
            </label>
          ))}
        </div>
        <label class="field">
          <span>Note for the dispatcher{reason.value === "other" ? "" : " (if it helps)"}</span>
          <textarea name="note" rows={2} maxLength={2000} required={reason.value === "other" || reason.value === "core_kept"} data-testid="cannot-note" />
        </label>
        <button class="big big--danger" disabled={reason.value === null} data-testid="cannot-submit">
          Report it
        </button>
      </form>
    </Sheet>
  );
}
