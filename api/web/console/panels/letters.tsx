// What came in and could not be read: grouped by reason, to be read again or thrown away.
import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { getAll } from "../../shared/api";
import type { DeadLetterView, ReplayedLetters } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { toast, toastError } from "../../shared/toasts";
import { DiscardDialog } from "../dialogs/discard-letters";
import { Listing } from "../parts/empty";
import { useSending } from "../parts/sending";
import { letterGroups, lettersCount, replayWords, together, type LetterGroup } from "../state/letters";
import { Resource } from "../state/resource";
import { resources } from "../state/store";
import { Letter } from "./letter";

const SHOWN_AT_ONCE = 50;
/** Requests of 500 letters each, made by one press at most. */
const MOST_PAGES = 40;
const opened = signal<string | null>(null);

export function LettersList(): JSX.Element {
  const counts = resources.letters.value.value;
  return (
    <Listing
      resource={resources.letters}
      empty={lettersCount(counts) === 0}
      title="Nothing unreadable"
      hint="Whatever devices sent so far could be read."
    >
      <ul class="rows" data-testid="letter-groups">
        {letterGroups(counts).map((group) => (
          <GroupRow key={group.code} group={group} />
        ))}
      </ul>
    </Listing>
  );
}

function GroupRow({ group }: { group: LetterGroup }): JSX.Element {
  const open = opened.value === group.code;
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="letter-group"
        data-code={group.code}
        onClick={() => (opened.value = open ? null : group.code)}
      >
        <span class="order-row__top">
          <strong>{group.title}</strong>
          <span class="badge badge--warn row__time number">{group.count}</span>
        </span>
        <span class="order-row__foot">
          <span>{group.hint || group.code}</span>
        </span>
      </button>
      {open && <Group group={group} />}
    </li>
  );
}

function Group({ group }: { group: LetterGroup }): JSX.Element {
  const letters = useMemo(() => lettersOf(group.code), [group.code]);
  useEffect(() => letters.watch(), [letters]);
  useEffect(() => letters.touch(), [group.count]);
  const sending = useSending();
  const discards = useSignal(false);
  const shown = letters.value.value.slice(0, SHOWN_AT_ONCE);

  async function replay(): Promise<void> {
    const ask = (afterId: number) =>
      sending.send<ReplayedLetters>("/v1/dead-letters/replay", { reason: group.code, after_id: afterId });
    let done = await ask(0);
    for (let page = 1; done?.more && page < MOST_PAGES; page += 1) {
      const next = await ask(done.reached_id);
      if (!next) break;
      done = together(done, next);
    }
    if (done) toast(replayWords(done), done.read > 0 ? "good" : "note");
    else if (sending.trouble.value) toast(sending.trouble.value.text, "bad", sending.trouble.value.action);
    changed(letters);
  }

  return (
    <div class="row-detail">
      {group.count > 1 && (
        <div class="deeds">
          <button
            type="button"
            class="button"
            disabled={sending.busy.value}
            data-testid="replay-group"
            onClick={replay}
          >
            <Icon name="refresh" size={15} /> Read all {group.count} again
          </button>
          <button
            type="button"
            class="button button--danger"
            data-testid="discard-group"
            onClick={() => (discards.value = true)}
          >
            Throw {shown.length < group.count ? `these ${shown.length}` : "all"} away
          </button>
        </div>
      )}
      {letters.state.value === "loading" ? (
        <p class="muted">Reading them{"\u2026"}</p>
      ) : (
        <ul class="letters" data-testid="letters">
          {shown.map((letter) => (
            <Letter key={letter.letter_id} letter={letter} onChanged={() => changed(letters)} />
          ))}
        </ul>
      )}
      {shown.length < group.count && letters.state.value === "ready" && (
        <p class="muted">The oldest {shown.length} are shown.</p>
      )}
      <DiscardDialog open={discards} letters={shown} onDone={() => changed(letters)} />
    </div>
  );
}

function lettersOf(code: string): Resource<DeadLetterView[]> {
  const path = `/v1/dead-letters?reason=${encodeURIComponent(code)}`;
  return new Resource<DeadLetterView[]>([], () => getAll<DeadLetterView>(path, 1), toastError, "watched");
}

function changed(letters: Resource<DeadLetterView[]>): void {
  letters.touch();
  resources.letters.touch();
}
