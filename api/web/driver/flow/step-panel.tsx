// One step: what part, which serial, and the one thing to do next.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { StepView, StopView } from "../../shared/contract";
import { clockTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { report } from "../state";
import { CannotDialog } from "./cannot-dialog";
import { changeWords } from "./changes";
import { ScanDialog } from "./scan-dialog";
import { isScanned, isUnreadable, scannedSerials, scansNeeded } from "./scanned";
import { Slide } from "./slide";
import { Withdrawal } from "./withdrawal-view";
import { withdrawals } from "./withdrawals";
import { STEP_WORDS } from "./words";

type Sheet = "scan" | "cannot" | "wrong" | null;

export function StepPanel({ step, stop }: { step: StepView; stop: StopView }): JSX.Element {
  const sheet = useSignal<Sheet>(null);
  const words = STEP_WORDS[step.kind];
  const taking = step.kind === "pickup" || step.kind === "return_pickup";
  const scans = step.serialised && step.kind !== "return_dropoff";
  const ready = !scans || isScanned(step) || isUnreadable(step);
  const doorIsShut = step.compartment !== null && withdrawals.value.get(step.step_id)?.state !== "closed";
  return (
    <li class="step step--now" data-testid="step" data-step-id={step.step_id} data-kind={step.kind}>
      <StepHead step={step} />
      {taking && step.compartment !== null && (
        <Withdrawal step={step} compartment={step.compartment} onFault={() => (sheet.value = "cannot")} />
      )}
      {scans && (
        <button
          type="button"
          class={`big ${ready || doorIsShut ? "big--plain" : "big--primary"}`}
          data-testid="step-scan"
          onClick={() => (sheet.value = "scan")}
        >
          <Icon name={isScanned(step) ? "check" : "scan"} size={24} />
          {scanText(step)}
        </button>
      )}
      <Slide
        label={words.confirm}
        disabled={!ready}
        testId={`step-${step.kind.replace("_", "-")}`}
        onConfirm={() => void confirm(step)}
      />
      <button type="button" class="cannot" data-testid="step-cannot" onClick={() => (sheet.value = "cannot")}>
        Cannot do it
      </button>
      {sheet.value === "scan" && (
        <ScanDialog step={step} onClose={() => (sheet.value = null)} onGiveUp={() => (sheet.value = "wrong")} />
      )}
      {(sheet.value === "cannot" || sheet.value === "wrong") && (
        <CannotDialog
          step={step}
          atLocker={stop.location_kind === "locker"}
          preset={sheet.value === "wrong" ? "part_wrong" : null}
          onClose={() => (sheet.value = null)}
        />
      )}
    </li>
  );
}

function scanText(step: StepView): string {
  const scanned = scannedSerials(step);
  if (isUnreadable(step)) return "The label cannot be read";
  if (isScanned(step)) return `Scanned ${scanned.join(", ")}`;
  const needed = scansNeeded(step);
  return needed > 1 ? `Scan the serials (${scanned.length} of ${needed})` : "Scan the serial";
}

/** Only what was scanned is reported as such; of the rest the server knows what is expected. */
async function confirm(step: StepView): Promise<void> {
  const serials = isScanned(step) ? [...scannedSerials(step)] : [];
  const note = isUnreadable(step) ? "The label cannot be read." : "";
  await report({ kind: STEP_WORDS[step.kind].event, stepId: step.step_id, serials, note });
}

function StepHead({ step }: { step: StepView }): JSX.Element {
  return (
    <div class="step__head">
      <span class="step__icon">
        <Icon name={STEP_WORDS[step.kind].icon} size={22} />
      </span>
      <div>
        <h2>{STEP_WORDS[step.kind].title}</h2>
        <p class="step__part">
          {step.quantity > 1 && `${step.quantity} \u00d7 `}
          {step.part_name}
        </p>
        <p class="step__facts">
          <span>{step.number}</span>
          <span>{step.part_number}</span>
          {step.serials.map((serial) => (
            <span key={serial} class="serial" data-testid="expected-serial">
              {serial}
            </span>
          ))}
        </p>
        <Changed step={step} />
        {step.note && <p class="step__note">{step.note}</p>}
      </div>
    </div>
  );
}

function Changed({ step }: { step: StepView }): JSX.Element | null {
  const words = changeWords(step);
  if (words === null || step.amendment === null) return null;
  return (
    <p class="step__changed" data-testid="step-changed">
      <strong>
        Changed {clockTime(step.amendment.at)}: {words}
      </strong>
      <span>{step.amendment.reason}</span>
    </p>
  );
}

export function WaitingStep({ step }: { step: StepView }): JSX.Element {
  return (
    <li class="step" data-testid="step" data-step-id={step.step_id} data-kind={step.kind}>
      <StepHead step={step} />
    </li>
  );
}

export function DoneStep({ step }: { step: StepView }): JSX.Element {
  const failed = step.state === "failed";
  return (
    <li class="step step--over" data-testid="step-over" data-step-id={step.step_id} data-state={step.state}>
      <Icon name={failed ? "close" : "check"} size={20} />
      <span>
        {failed ? "Not done" : STEP_WORDS[step.kind].done}: {step.part_name}
      </span>
    </li>
  );
}
