// What went wrong, in the server's own words, where it went wrong.
import type { JSX } from "preact";
import { Icon } from "../shared/icons";
import { explained } from "../shared/toasts";
import { ApiError } from "../shared/wire";

export function Trouble({ error }: { error: unknown }): JSX.Element | null {
  if (error === null) return null;
  const { text, action } = explained(error);
  const code = error instanceof ApiError ? error.problem?.code : undefined;
  return (
    <p class="note note--bad" role="alert" data-testid="trouble" data-code={code}>
      <Icon name="alert" size={18} />
      <span>
        <strong>{text}</strong> {action}
      </span>
    </p>
  );
}
