// Calls something off, with a reason; asks once more by unfolding.
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { post } from "../../shared/api";
import { toast, toastError } from "../../shared/toasts";
import { OnceKey } from "../dialogs/once";

interface Props {
  path: string;
  what: string;
  /** What is sent beside the reason. */
  also?: Record<string, unknown>;
  onDone(): void;
  children?: ComponentChildren;
}

export function CancelForm({ path, what, also, onDone, children }: Props): JSX.Element {
  const open = useSignal(false);
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), [path]);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    busy.value = true;
    try {
      const body = { reason, ...also };
      await post(path, body, once.for(body));
      toast(`${what} is cancelled.`);
      open.value = false;
      onDone();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  if (!open.value) {
    return (
      <button
        type="button"
        class="button button--danger cancel-open"
        data-testid="cancel-open"
        onClick={() => (open.value = true)}
      >
        Cancel {what}
      </button>
    );
  }
  return (
    <form class="cancel" onSubmit={submit}>
      <label class="field">
        <span>Why is it cancelled?</span>
        <input name="reason" required minLength={1} maxLength={200} data-testid="cancel-reason" />
      </label>
      {children}
      <div class="cancel__foot">
        <button type="button" class="button" onClick={() => (open.value = false)}>
          Keep it
        </button>
        <button class="button button--danger" disabled={busy.value} data-testid="cancel-submit">
          Cancel {what}
        </button>
      </div>
    </form>
  );
}
