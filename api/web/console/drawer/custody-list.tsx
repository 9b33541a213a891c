// The hand-overs of one serial, the newest first.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { UnitView } from "../../shared/contract";
import { dayAndTime, humanised } from "../../shared/format";
import { explained } from "../../shared/toasts";
import { locationName } from "../state/store";

/** `stamp` changes when the serial may have changed hands: then its custody is read again. */
export function CustodyList({ serial, stamp }: { serial: string; stamp: string }): JSX.Element {
  const unit = useSignal<UnitView | null>(null);
  const failure = useSignal<string | null>(null);
  useEffect(() => {
    get<UnitView>(`/v1/units/${encodeURIComponent(serial)}`).then(
      (answer) => (unit.value = answer),
      (error: unknown) => (failure.value = explained(error).text),
    );
  }, [serial, stamp]);
  if (failure.value) return <p class="muted">{failure.value}</p>;
  if (!unit.value) return <p class="muted">Reading the hand-overs{"\u2026"}</p>;
  return (
    <ol class="timeline" data-testid="custody">
      {unit.value.custody.toReversed().map((entry) => (
        <li key={entry.position} class="is-reached">
          <span>
            <strong>{humanised(entry.kind)}</strong>
            <span class="muted">
              {locationName(entry.location_id)} {"\u00b7"} {entry.actor}
            </span>
            <Proof proof={entry.proof} />
          </span>
          <time class="number">{dayAndTime(entry.at, calmNowMs.value)}</time>
        </li>
      ))}
    </ol>
  );
}

function Proof({ proof }: { proof: Record<string, string> }): JSX.Element | null {
  const entries = Object.entries(proof);
  if (entries.length === 0) return null;
  return (
    <span class="proof">
      {entries.map(([key, value]) => (
        <span key={key} class="badge" title={value}>
          {humanised(key)}: {value.slice(0, 18)}
        </span>
      ))}
    </span>
  );
}
