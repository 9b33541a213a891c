// One message that could not be read: from whom, why, what it says, and what to do with it.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { DeadLetterView, ReplayedLetters } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { toast } from "../../shared/toasts";
import { DiscardDialog } from "../dialogs/discard-letters";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { detailOf, laidOut, replayWords } from "../state/letters";

interface Props {
  letter: DeadLetterView;
  onChanged(): void;
}

export function Letter({ letter, onChanged }: Props): JSX.Element {
  const sending = useSending();
  const discards = useSignal(false);

  async function replay(): Promise<void> {
    const done = await sending.send<ReplayedLetters>("/v1/dead-letters/replay", { letter_ids: [letter.letter_id] });
    if (done) toast(replayWords(done), done.read > 0 ? "good" : "note");
    onChanged();
  }

  return (
    <li class="letter" data-testid="letter" data-letter-id={letter.letter_id}>
      <p class="letter__head">
        <strong>{letter.device ?? "Nobody we know"}</strong>
        <time class="number">{dayAndTime(letter.received_at, calmNowMs.value)}</time>
      </p>
      <p>{detailOf(letter.reason)}</p>
      <details>
        <summary data-testid="letter-payload-open">
          What it says <span class="muted number">({letter.size_bytes} bytes)</span>
        </summary>
        <pre class="payload" data-testid="letter-payload">
          {letter.size_bytes > 0 ? laidOut(letter.payload) : "(empty)"}
        </pre>
        <p class="muted letter__topic">{letter.topic}</p>
      </details>
      <TroubleNotice trouble={sending.trouble} />
      <div class="deeds">
        <button type="button" class="button" disabled={sending.busy.value} data-testid="letter-replay" onClick={replay}>
          Read again
        </button>
        <button
          type="button"
          class="button button--quiet button--danger"
          data-testid="letter-discard"
          onClick={() => (discards.value = true)}
        >
          Throw away
        </button>
      </div>
      <DiscardDialog open={discards} letters={[letter]} onDone={onChanged} />
    </li>
  );
}
