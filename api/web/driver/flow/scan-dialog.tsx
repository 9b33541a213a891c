// Reads a serial by camera where the browser can, by typing everywhere; a wrong one is stopped.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { StepView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { stops } from "../state";
import { Camera, canScan } from "./camera";
import { meantFor, sayUnreadable, scannedSerials, takeAnyway, takeLike, takeScan } from "./scanned";
import { Sheet } from "./sheet";

interface Props {
  step: StepView;
  onClose(): void;
  onGiveUp(): void;
}

export function ScanDialog({ step, onClose, onGiveUp }: Props): JSX.Element {
  const wrong = useSignal<string | null>(null);

  function take(code: string): void {
    const result = takeScan(step, code);
    if (result === "complete") onClose();
    wrong.value = result === "wrong" ? code.trim() : null;
  }

  return (
    <Sheet title="Scan the serial" testId="scan-dialog" onClose={onClose}>
      <Expected step={step} />
      {wrong.value === null ? (
        <>
          {canScan && <Camera onCode={take} />}
          <TypedSerial onCode={take} />
          <Unreadable step={step} onSaid={onClose} />
        </>
      ) : (
        <Wrong step={step} code={wrong.value} onAgain={() => (wrong.value = null)} onTaken={onClose} onGiveUp={onGiveUp} />
      )}
    </Sheet>
  );
}

function Expected({ step }: { step: StepView }): JSX.Element | null {
  if (step.serials.length === 0) return <p class="sheet__hint">Any serial of {step.part_name} will do.</p>;
  const scanned = scannedSerials(step);
  return (
    <p class="sheet__hint">
      Expected:{" "}
      {step.serials.map((serial) => (
        <span key={serial} class={`serial ${scanned.includes(serial) ? "serial--done" : ""}`}>
          {serial}
        </span>
      ))}
    </p>
  );
}

function TypedSerial({ onCode }: { onCode(code: string): void }): JSX.Element {
  return (
    <form
      class="typed"
      onSubmit={(event) => {
        event.preventDefault();
        onCode(String(new FormData(event.currentTarget).get("serial")));
      }}
    >
      <label class="field">
        <span>{canScan ? "Or type it" : "Type the serial from the label"}</span>
        <input
          name="serial"
          required
          maxLength={64}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          enterkeyhint="done"
          data-testid="scan-input"
        />
      </label>
      <button class="big big--primary" data-testid="scan-submit">
        Check
      </button>
    </form>
  );
}

interface WrongProps {
  step: StepView;
  code: string;
  onAgain(): void;
  onTaken(): void;
  onGiveUp(): void;
}

function Wrong({ step, code, onAgain, onTaken, onGiveUp }: WrongProps): JSX.Element {
  const isReturn = step.kind === "return_pickup";
  const other = step.kind === "delivery" ? meantFor(code, step, stops.value) : null;
  const isLike = other !== null && other.part_number === step.part_number;
  return (
    <div class="wrong" role="alert" data-testid="scan-wrong">
      <p class="door door--bad">
        <Icon name="alert" size={24} />
        <strong>
          {code} is not the part for {step.number}
          {other ? `: it is for ${other.number}.` : "."}
        </strong>
      </p>
      <p class="sheet__hint">{hint(step, isLike)}</p>
      <button type="button" class="big big--primary" data-testid="scan-again" onClick={onAgain}>
        <Icon name="scan" size={24} />
        Scan again
      </button>
      {isReturn && (
        <button
          type="button"
          class="big big--plain"
          data-testid="scan-anyway"
          onClick={() => {
            takeAnyway(step, code);
            onTaken();
          }}
        >
          This is the defective part
        </button>
      )}
      {isLike && (
        <button
          type="button"
          class="big big--plain"
          data-testid="scan-like"
          onClick={() => (takeLike(step, other, code) === "complete" ? onTaken() : onAgain())}
        >
          Hand this one over instead
        </button>
      )}
      <button type="button" class="cannot" data-testid="scan-give-up" onClick={onGiveUp}>
        The right part is not here
      </button>
    </div>
  );
}

function hint(step: StepView, isLike: boolean): string {
  if (step.kind === "return_pickup") return "Check the label once more, or take this one if it is the defective part.";
  if (isLike) return "Both orders are for the same part: the other one gets the piece that is left.";
  if (step.kind === "delivery") return "Do not hand it over. Take the right one from the van.";
  return "Put it back and take the right one.";
}

/** A label that nobody can read stops no hand-over: it counts by the courier's word. */
function Unreadable({ step, onSaid }: { step: StepView; onSaid(): void }): JSX.Element | null {
  if (step.kind !== "delivery" || step.serials.length === 0) return null;
  return (
    <button
      type="button"
      class="cannot"
      data-testid="scan-unreadable"
      onClick={() => {
        sayUnreadable(step);
        onSaid();
      }}
    >
      The label cannot be read
    </button>
  );
}
