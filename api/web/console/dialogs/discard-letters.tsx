// Throws unreadable messages away, after a question.
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { remove } from "../../shared/api";
import type { DeadLetterView } from "../../shared/contract";
import { plural } from "../../shared/format";
import { explained, toast } from "../../shared/toasts";
import type { Trouble } from "../parts/sending";
import { Confirm } from "./confirm";

interface Props {
  open: Signal<boolean>;
  letters: readonly DeadLetterView[];
  onDone(): void;
}

export function DiscardDialog({ open, letters, onDone }: Props): JSX.Element {
  const busy = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);

  async function discard(): Promise<void> {
    busy.value = true;
    trouble.value = null;
    try {
      for (const { letter_id: id } of letters) await remove(`/v1/dead-letters/${id}`);
      toast(`${plural(letters.length, "message")} thrown away.`);
      open.value = false;
    } catch (error) {
      trouble.value = explained(error);
    } finally {
      busy.value = false;
      onDone();
    }
  }

  return (
    <Confirm
      open={open}
      title={`Throw ${plural(letters.length, "message")} away?`}
      deed="Throw away"
      keep={letters.length === 1 ? "Keep it" : "Keep them"}
      sending={{ busy, trouble }}
      onConfirm={discard}
      testId="discard-dialog"
    >
      What is thrown away is gone for good: no update and no new key can make it readable. Left alone, it goes by
      itself when its time of retention is over.
    </Confirm>
  );
}
