// What the parts in a locker bear: shown, and changed by unfolding.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { LockerView, TemperatureLimits } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { limitsWords } from "../state/lockers";
import { mayManageFleet } from "../state/roles";
import { resources } from "../state/store";

export function Limits({ locker }: { locker: LockerView }): JSX.Element {
  const edits = useSignal(false);
  if (edits.value) return <LimitsForm locker={locker} onDone={() => (edits.value = false)} />;
  return (
    <p class="limits" data-testid="limits">
      <span class="muted">Temperature allowed</span>
      <strong>{limitsWords(locker)}</strong>
      {mayManageFleet() && (
        <button type="button" class="link" data-testid="limits-edit" onClick={() => (edits.value = true)}>
          Change
        </button>
      )}
    </p>
  );
}

function LimitsForm({ locker, onDone }: { locker: LockerView; onDone(): void }): JSX.Element {
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body: TemperatureLimits = {
      min_temperature_c: celsius(fields.get("min")),
      max_temperature_c: celsius(fields.get("max")),
    };
    const path = `/v1/lockers/${locker.locker_id}/temperature-limits`;
    if ((await sending.send<LockerView>(path, body)) === null) return;
    toast(`${locker.name} has new limits.`);
    resources.lockers.touch();
    onDone();
  }

  return (
    <form class="cancel" onSubmit={submit}>
      <div class="field-halves">
        <LimitField name="min" label={"Coldest, \u00b0C"} value={locker.min_temperature_c} />
        <LimitField name="max" label={"Warmest, \u00b0C"} value={locker.max_temperature_c} />
      </div>
      <p class="muted">An empty field means no limit. Beyond a limit an alarm is raised.</p>
      <TroubleNotice trouble={sending.trouble} />
      <div class="cancel__foot">
        <button type="button" class="button" onClick={onDone}>
          Leave it
        </button>
        <button class="button button--primary" disabled={sending.busy.value} data-testid="limits-submit">
          Save
        </button>
      </div>
    </form>
  );
}

function LimitField({ name, label, value }: { name: string; label: string; value: number | null }): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        name={name}
        type="number"
        min={-100}
        max={150}
        step={0.5}
        defaultValue={value ?? ""}
        data-testid={`limits-${name}`}
      />
    </label>
  );
}

function celsius(field: FormDataEntryValue | null): number | null {
  const text = String(field ?? "").trim();
  return text === "" ? null : Number(text);
}
