// A sheet from the bottom of the screen, within reach of the thumb.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../shared/icons";

interface Props {
  title: string;
  testId: string;
  onClose(): void;
  children: ComponentChildren;
}

export function Sheet({ title, testId, onClose, children }: Props): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog ref={element} class="sheet" aria-label={title} data-testid={testId} onClose={onClose}>
      <header class="sheet__head">
        <h2>{title}</h2>
        <button type="button" class="sheet__close" aria-label="Close" onClick={onClose}>
          <Icon name="close" size={24} />
        </button>
      </header>
      <div class="sheet__body">{children}</div>
    </dialog>
  );
}
