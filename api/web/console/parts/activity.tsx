// What happened lately, in sentences; folds away.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { nowMs } from "../../shared/clock";
import type { LiveEvent } from "../../shared/contract";
import { clockTime, span } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { feed, names } from "../state/feed";
import { sentenceOf } from "../state/sentences";

const SHOWN = 40;

export function Activity(): JSX.Element {
  const open = useSignal(true);
  return (
    <section class={`activity ${open.value ? "" : "activity--folded"}`} aria-label="Activity">
      <button
        type="button"
        class="activity__head"
        aria-expanded={open.value}
        onClick={() => (open.value = !open.value)}
      >
        <Icon name="pulse" size={16} />
        <h2>Activity</h2>
        <Icon name={open.value ? "chevronDown" : "chevronRight"} size={16} />
      </button>
      {open.value && (
        <ol class="activity__list" data-testid="activity">
          {feed.value.slice(0, SHOWN).map((event) => (
            <Entry key={event.position} event={event} />
          ))}
          {feed.value.length === 0 && <li class="activity__none">Quiet so far. New events appear here.</li>}
        </ol>
      )}
    </section>
  );
}

function Entry({ event }: { event: LiveEvent }): JSX.Element {
  const { icon, tone, text } = sentenceOf(event, names);
  return (
    <li class={`activity__entry activity__entry--${tone}`} data-kind={event.kind}>
      <Icon name={icon} size={15} />
      <span>{text}</span>
      <Ago at={event.at} />
    </li>
  );
}

function Ago({ at }: { at: string }): JSX.Element {
  const ageMs = Math.max(0, nowMs.value - Date.parse(at));
  return (
    <time dateTime={at} title={clockTime(at)} class="number">
      {ageMs < 5_000 ? "now" : span(ageMs)}
    </time>
  );
}
