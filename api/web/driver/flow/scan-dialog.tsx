// Reads a serial by camera where the browser can, by typing everywhere; a wrong one is stopped.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { StepView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { Camera, canScan } from "./camera";
import { scannedSerials, takeAnyway, takeScan } from "./scanned";
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
  return (
    <div class="wrong" role="alert" data-testid="scan-wrong">
      <p class="door door--bad">
        <Icon name="alert" size={24} />
        <strong>
          {code} is not the part for {step.number}.
        </strong>
      </p>
      <p class="sheet__hint">
        {isReturn ? "Check the label once more, or take this one if it is the defective part." : "Put it back and take the right one."}
      </p>
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
      <button type="button" class="cannot" data-testid="scan-give-up" onClick={onGiveUp}>
        The right part is not here
      </button>
    </div>
  );
}
