// What went wrong, in the form that it concerns, with the server's advice.
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Trouble } from "./sending";

export function TroubleNotice({ trouble }: { trouble: ReadonlySignal<Trouble | null> }): JSX.Element | null {
  const what = trouble.value;
  if (!what) return null;
  return (
    <p class="notice notice--bad" role="alert" data-testid="trouble">
      <strong>{what.text}</strong>
      {what.action && <span>{what.action}</span>}
    </p>
  );
}
