// Reserves a compartment by size for something to be laid in: anything, or a part that the ledger then moves.
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { CompartmentSize, DepositView, LocationView, LockerView } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { uuid7 } from "../../shared/uuid7";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { partsByNumber, resources } from "../state/store";
import { Choices, type Choice } from "./choices";
import { Combobox } from "./combobox";
import { Dialog } from "./dialog";
import { partOptions } from "./options";

const SIZES: Choice<CompartmentSize>[] = [
  ["small", "Small", "Fits any"],
  ["medium", "Medium", "Medium or large"],
  ["large", "Large", "Large only"],
];
const SOURCE_KINDS = new Set<LocationView["kind"]>(["depot", "stocking_location", "van", "bench"]);

interface Props {
  locker: LockerView;
  open: Signal<boolean>;
}

export function NewDepositDialog({ locker, open }: Props): JSX.Element {
  return (
    <Dialog open={open} title={`Lay into ${locker.name}`} testId="deposit-dialog">
      <DepositForm locker={locker} open={open} />
    </Dialog>
  );
}

function DepositForm({ locker, open }: Props): JSX.Element {
  const size = useSignal<CompartmentSize>("medium");
  const part = useSignal<string | null>(null);
  const requestId = useMemo(() => uuid7(), []);
  const sending = useSending();
  useEffect(() => resources.stock.watch(), []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body = { request_id: requestId, size: size.value, ...goodsFrom(fields, part.value) };
    const deposit = await sending.send<DepositView>(`/v1/lockers/${locker.locker_id}/deposits`, body);
    if (!deposit) return;
    open.value = false;
    toast(`Compartment ${deposit.compartment} of ${locker.name} is reserved for half an hour.`);
    resources.lockers.touch();
  }

  return (
    <form class="dialog__body dialog__body--short" onSubmit={submit}>
      <div class="choices--three">
        <Choices
          legend="How large is it?"
          name="size"
          choices={SIZES}
          value={size.value}
          onChoose={(chosen) => (size.value = chosen)}
          testId="deposit"
        />
      </div>
      <Combobox
        label="Which part, so that the ledger moves with it (may stay empty)"
        placeholder="Anything"
        options={partOptions.value}
        value={part.value}
        onChoose={(value) => (part.value = value)}
        testId="deposit-part"
      />
      {part.value !== null && <Goods repairable={partsByNumber.value.get(part.value)?.kind === "repairable"} />}
      <TroubleNotice trouble={sending.trouble} />
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (open.value = false)}>
          Close
        </button>
        <button class="button button--primary" disabled={sending.busy.value} data-testid="deposit-submit">
          Reserve for half an hour
        </button>
      </footer>
    </form>
  );
}

function Goods({ repairable }: { repairable: boolean }): JSX.Element {
  const sources = resources.locations.value.value
    .filter(({ kind }) => SOURCE_KINDS.has(kind))
    .toSorted((one, other) => one.name.localeCompare(other.name));
  return (
    <>
      <div class="field-pair">
        <label class="field">
          <span>Where does it come from?</span>
          <select name="from_id" required data-testid="deposit-from">
            {sources.map((source) => (
              <option key={source.location_id} value={source.location_id}>
                {source.name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Quantity</span>
          <input name="quantity" type="number" min={1} max={100} defaultValue={1} required data-testid="deposit-quantity" />
        </label>
      </div>
      {repairable && (
        <label class="field">
          <span>Serials, with commas between them</span>
          <input name="serials" required autocomplete="off" spellcheck={false} data-testid="deposit-serials" />
        </label>
      )}
    </>
  );
}

function goodsFrom(fields: FormData, part: string | null): Record<string, unknown> {
  if (part === null) return {};
  const serials = String(fields.get("serials") ?? "")
    .split(/[\s,]+/)
    .filter(Boolean);
  const quantity = serials.length > 0 ? serials.length : Number(fields.get("quantity"));
  return { part_number: part, quantity, serials, from_id: fields.get("from_id") };
}
