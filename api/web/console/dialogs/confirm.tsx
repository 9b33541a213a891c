// Asks before something that cannot be taken back, and says what will happen.
import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Sending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { Dialog } from "./dialog";

interface Props {
  open: Signal<boolean>;
  title: string;
  /** What the button that does it says. */
  deed: string;
  keep: string;
  sending: Pick<Sending, "busy" | "trouble">;
  onConfirm(): void;
  testId: string;
  children: ComponentChildren;
}

export function Confirm({ open, title, deed, keep, sending, onConfirm, testId, children }: Props): JSX.Element {
  return (
    <Dialog open={open} title={title} testId={testId}>
      <div class="dialog__body">
        <div class="plain-text">{children}</div>
        <TroubleNotice trouble={sending.trouble} />
        <footer class="dialog__foot">
          <button type="button" class="button" autofocus onClick={() => (open.value = false)}>
            {keep}
          </button>
          <button
            type="button"
            class="button button--danger"
            disabled={sending.busy.value}
            data-testid={`${testId}-submit`}
            onClick={onConfirm}
          >
            {deed}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
