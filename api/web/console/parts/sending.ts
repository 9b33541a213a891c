// Sends what a form says, once however often it is pressed, and keeps what went wrong for the form to show.
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { post } from "../../shared/api";
import { explained } from "../../shared/toasts";
import { OnceKey } from "../dialogs/once";

export interface Trouble {
  text: string;
  action: string | null;
}

export interface Sending {
  busy: ReadonlySignal<boolean>;
  trouble: ReadonlySignal<Trouble | null>;
  /** Null when it went wrong: `trouble` says why. */
  send<Answer>(path: string, body?: unknown): Promise<Answer | null>;
}

export function useSending(): Sending {
  const busy = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  const once = useMemo(() => new OnceKey(), []);

  async function send<Answer>(path: string, body?: unknown): Promise<Answer | null> {
    busy.value = true;
    trouble.value = null;
    try {
      const answer = await post<Answer>(path, body, once.for([path, body]));
      once.spend();
      return answer;
    } catch (error) {
      trouble.value = explained(error);
      return null;
    } finally {
      busy.value = false;
    }
  }

  return { busy, trouble, send };
}
