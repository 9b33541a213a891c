// At a locker: the button that opens the compartment, then what its door does.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { StepView, WithdrawalView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { toastError } from "../../shared/toasts";
import { reachable } from "../state";
import { openCompartment, withdrawals } from "./withdrawals";

interface Props {
  step: StepView;
  compartment: string;
  onFault(): void;
}

export function Withdrawal({ step, compartment, onFault }: Props): JSX.Element {
  const busy = useSignal(false);
  const view = withdrawals.value.get(step.step_id);
  const failed = view?.state === "failed" || view?.state === "expired";

  async function open(): Promise<void> {
    busy.value = true;
    try {
      await openCompartment(step.step_id);
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <div class="withdrawal" data-testid="withdrawal" data-state={view?.state ?? "none"}>
      {view && <DoorState view={view} />}
      {(!view || failed || view.state === "closed") && (
        <button
          type="button"
          class={`big ${view?.state === "closed" ? "big--plain" : "big--primary"}`}
          disabled={busy.value || !reachable.value}
          data-testid="step-open-compartment"
          onClick={() => void open()}
        >
          <Icon name="door" size={24} />
          {view ? `Open compartment ${compartment} again` : `Open compartment ${compartment}`}
        </button>
      )}
      {!reachable.value && <p class="withdrawal__hint">Opening a locker needs a connection.</p>}
      {failed && (
        <button type="button" class="cannot" onClick={onFault}>
          It does not open
        </button>
      )}
    </div>
  );
}

function DoorState({ view }: { view: WithdrawalView }): JSX.Element {
  const { compartment, failure } = view;
  const [tone, text] = {
    authorised: ["wait", `Opening compartment ${compartment}\u2026`],
    opened: ["open", `Compartment ${compartment} is open. Take the part, then shut the door.`],
    closed: ["done", "The door is shut. Check the part's serial."],
    scanned: ["done", "The locker has seen the part."],
    failed: ["bad", failure ?? "The locker could not open."],
    expired: ["bad", "The locker did not answer in time. Try once more."],
  }[view.state] as [string, string];
  return (
    <p class={`door door--${tone}`} role="status">
      <Icon name={tone === "done" ? "check" : tone === "bad" ? "alert" : "door"} size={24} />
      <strong>{text}</strong>
    </p>
  );
}
