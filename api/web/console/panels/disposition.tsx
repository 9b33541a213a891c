// What becomes of a unit that came back: what each way is worth, the one that wins, and carrying it out.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { getAll, getDocument } from "../../shared/api";
import type { DispositionView, ReturnView } from "../../shared/contract";
import { humanised } from "../../shared/format";
import { save } from "../../shared/save";
import { toast, toastError } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { isToBeDone, money, WAYS } from "../state/bench";
import { Resource } from "../state/resource";
import { resources } from "../state/store";

export function Disposition({ item }: { item: ReturnView }): JSX.Element {
  const known = useMemo(() => dispositionsOf(item.return_id), [item.return_id]);
  useEffect(() => known.watch(), [known]);
  const sending = useSending();
  const newest = known.value.value[0];

  async function decide(): Promise<void> {
    const made = await sending.send<DispositionView>("/v1/dispositions", { return_id: item.return_id });
    if (made) known.value.value = [made, ...known.value.value];
  }

  function onDone(made: DispositionView): void {
    known.value.value = [made, ...known.value.value.filter((one) => one.disposition_id !== made.disposition_id)];
    resources.repairs.touch();
  }

  return (
    <section class="bench-form" data-testid="disposition" data-state={newest?.state ?? "none"}>
      <h4>What becomes of it</h4>
      {newest && <Options made={newest} />}
      {newest && isToBeDone(newest) && <CarryOut key={newest.chosen} made={newest} onDone={onDone} />}
      {newest?.certificate && <CertificateButton number={newest.certificate} />}
      <TroubleNotice trouble={sending.trouble} />
      {newest?.state !== "executed" && (
        <button
          type="button"
          class={newest ? "button" : "button button--large"}
          disabled={sending.busy.value}
          data-testid="disposition-decide"
          onClick={decide}
        >
          {newest ? "Work it out again" : "What is it worth?"}
        </button>
      )}
    </section>
  );
}

function Options({ made }: { made: DispositionView }): JSX.Element {
  return (
    <>
      <p>
        <strong>{humanised(made.chosen)}</strong>
        {made.state === "executed" ? ", carried out" : ""}. <span class="muted">{made.reason}</span>
      </p>
      <ul class="bench-options" data-testid="disposition-options">
        {made.options.map((one) => (
          <li key={one.option} data-allowed={one.allowed} data-chosen={one.option === made.chosen}>
            <span>
              {humanised(one.option)}
              {!one.allowed && <small class="muted">{one.why}</small>}
            </span>
            <span class="number">{money(one.value_cents)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

interface CarryOutProps {
  made: DispositionView;
  onDone(made: DispositionView): void;
}

function CarryOut({ made, onDone }: CarryOutProps): JSX.Element {
  const sending = useSending();
  const changes = useSignal(false);
  const recycles = made.chosen === "recycle";
  const path = `/v1/dispositions/${made.disposition_id}`;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const recycling = { recycler: textOf(fields, "recycler"), reference: textOf(fields, "reference") };
    const done = await sending.send<DispositionView>(`${path}/execute`, recycles ? { recycling } : {});
    if (done === null) return;
    toast(`${made.number} is carried out.`);
    onDone(done);
  }

  return (
    <>
      <form class="bench-deeds" onSubmit={submit}>
        {recycles && (
          <div class="field-halves">
            <label class="field">
              <span>Recycler</span>
              <input name="recycler" required maxLength={200} autocomplete="off" data-testid="recycler" />
            </label>
            <label class="field">
              <span>Their reference</span>
              <input name="reference" maxLength={100} autocomplete="off" data-testid="recycler-reference" />
            </label>
          </div>
        )}
        <TroubleNotice trouble={sending.trouble} />
        <button class="button button--primary button--large" disabled={sending.busy.value} data-testid="disposition-execute">
          {WAYS[made.chosen]}
        </button>
      </form>
      {changes.value ? (
        <Override made={made} onDone={onDone} />
      ) : (
        <button type="button" class="link" data-testid="override-open" onClick={() => (changes.value = true)}>
          Do something else
        </button>
      )}
    </>
  );
}

function Override({ made, onDone }: CarryOutProps): JSX.Element {
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body = { option: textOf(fields, "option"), reason: textOf(fields, "reason") };
    const path = `/v1/dispositions/${made.disposition_id}/override`;
    const changed = await sending.send<DispositionView>(path, body);
    if (changed) onDone(changed);
  }

  return (
    <form class="bench-deeds" onSubmit={submit}>
      <label class="field">
        <span>Instead</span>
        <select name="option" data-testid="override-option">
          {made.options
            .filter((one) => one.option !== made.chosen)
            .map((one) => (
              <option key={one.option} value={one.option}>
                {humanised(one.option)}
              </option>
            ))}
        </select>
      </label>
      <label class="field">
        <span>Why</span>
        <input name="reason" required maxLength={500} autocomplete="off" data-testid="override-reason" />
      </label>
      <TroubleNotice trouble={sending.trouble} />
      <button class="button" disabled={sending.busy.value} data-testid="override-submit">
        Decide so
      </button>
    </form>
  );
}

function CertificateButton({ number }: { number: string }): JSX.Element {
  async function download(): Promise<void> {
    try {
      save(await getDocument(`/v1/certificates/${number}.pdf`), `${number}.pdf`);
    } catch (error) {
      toastError(error);
    }
  }

  return (
    <button type="button" class="button" data-testid="certificate" onClick={() => void download()}>
      Certificate {number}
    </button>
  );
}

function textOf(fields: FormData, name: string): string {
  return String(fields.get(name) ?? "").trim();
}

function dispositionsOf(returnId: string): Resource<DispositionView[]> {
  return new Resource<DispositionView[]>(
    [],
    () => getAll<DispositionView>(`/v1/dispositions?return_id=${returnId}`),
    toastError,
    "watched",
  );
}
