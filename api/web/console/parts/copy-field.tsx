// A value to be carried elsewhere: shown whole, copied by one press.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import { Icon } from "../../shared/icons";

const COPIED_SHOWN_MS = 2_500;

interface Props {
  label: string;
  value: string;
  testId: string;
}

export function CopyField({ label, value, testId }: Props): JSX.Element {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const copied = useSignal(false);

  async function copy(): Promise<void> {
    copied.value = await toClipboard(value, field.current);
    setTimeout(() => (copied.value = false), COPIED_SHOWN_MS);
  }

  return (
    <div class="field copy-field">
      <label for={id}>{label}</label>
      <div>
        <input
          id={id}
          ref={field}
          class="mono"
          readOnly
          value={value}
          spellcheck={false}
          data-testid={testId}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="button" aria-label={`Copy: ${label}`} data-testid={`${testId}-copy`} onClick={copy}>
          <Icon name={copied.value ? "check" : "copy"} size={15} />
          <span aria-live="polite">{copied.value ? "Copied" : "Copy"}</span>
        </button>
      </div>
    </div>
  );
}

/** Pages without HTTPS have no clipboard of their own: there the field is selected and copied the old way. */
async function toClipboard(value: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch (error) {
    console.warn("The clipboard is closed to this page.", error);
  }
  field?.select();
  return document.execCommand("copy");
}
