// A modal dialog: the browser's own, so that focus, Escape and screen readers work.
import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../shared/icons";

interface Props {
  open: Signal<boolean>;
  title: string;
  testId: string;
  /** Escape does not close it: it may show what is shown once. */
  firm?: boolean;
  children: ComponentChildren;
}

export function Dialog({ open, title, testId, firm = false, children }: Props): JSX.Element | null {
  const element = useRef<HTMLDialogElement>(null);
  const isOpen = open.value;
  useEffect(() => {
    if (isOpen && !element.current?.open) element.current?.showModal();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <dialog
      ref={element}
      aria-label={title}
      data-testid={testId}
      {...(firm && { closedby: "none" })}
      onClose={() => (open.value = false)}
      onCancel={(event) => firm && event.preventDefault()}
    >
      <header class="dialog__head">
        <h2>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => element.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
