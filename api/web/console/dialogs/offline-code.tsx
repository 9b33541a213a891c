// A code for a courier who stands before a locker without radio: asked for with a reason, read out in large digits.
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { LockerView, OfflineCodeView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { codeRequest, codeWords, grouped, openings, type Opening } from "../state/lockers";
import { courierName, lockerIdOf, partsByNumber, resources } from "../state/store";
import { Dialog } from "./dialog";

interface Props {
  locker: LockerView;
  open: Signal<boolean>;
}

export function OfflineCodeDialog({ locker, open }: Props): JSX.Element {
  const given = useSignal<OfflineCodeView | null>(null);
  const isOpen = open.value;
  useEffect(() => void (given.value = null), [isOpen]);
  return (
    <Dialog open={open} title={`Code for ${locker.name}`} testId="offline-code-dialog" firm={given.value !== null}>
      {given.value ? (
        <CodeGiven code={given.value} locker={locker} onDone={() => (open.value = false)} />
      ) : (
        <CodeForm locker={locker} open={open} onGiven={(code) => (given.value = code)} />
      )}
    </Dialog>
  );
}

function CodeForm({ locker, open, onGiven }: Props & { onGiven(code: OfflineCodeView): void }): JSX.Element {
  const couriers = resources.couriers.value.value.toSorted(
    (one, other) => Number(other.on_duty) - Number(one.on_duty) || one.display_name.localeCompare(other.display_name),
  );
  const courier = useSignal(couriers[0]?.courier_id ?? "");
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body = codeRequest(courier.value, String(fields.get("opening")), String(fields.get("reason")).trim());
    const code = await sending.send<OfflineCodeView>(`/v1/lockers/${locker.locker_id}/offline-codes`, body);
    if (code) onGiven(code);
  }

  return (
    <form class="dialog__body" onSubmit={submit}>
      {locker.online && (
        <p class="notice" data-testid="code-online">
          The locker is connected: the courier{"\u2019"}s app can open it, and no code is needed.
        </p>
      )}
      <label class="field">
        <span>Who stands before it?</span>
        <select
          value={courier.value}
          required
          data-testid="code-courier"
          onChange={(event) => (courier.value = event.currentTarget.value)}
        >
          {couriers.map((each) => (
            <option key={each.courier_id} value={each.courier_id}>
              {each.display_name}
              {each.on_duty ? "" : " (off duty)"}
            </option>
          ))}
        </select>
      </label>
      <OpeningField key={courier.value} courierId={courier.value} locker={locker} />
      <label class="field">
        <span>Why is a code needed?</span>
        <input
          name="reason"
          required
          maxLength={200}
          autocomplete="off"
          placeholder="No mobile network at the locker"
          data-testid="code-reason"
        />
      </label>
      <TroubleNotice trouble={sending.trouble} />
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (open.value = false)}>
          Close
        </button>
        <button class="button button--primary" disabled={sending.busy.value} data-testid="code-submit">
          <Icon name="key" size={15} /> Give out a code
        </button>
      </footer>
    </form>
  );
}

function OpeningField({ courierId, locker }: { courierId: string; locker: LockerView }): JSX.Element {
  const partName = (number: string): string => partsByNumber.value.get(number)?.name ?? number;
  const { planned, others } = openings(courierId, locker, resources.plan.value.value, lockerIdOf, partName);
  return (
    <label class="field">
      <span>What is to be opened?</span>
      <select name="opening" required data-testid="code-opening">
        {planned.length > 0 && <Openings label="Planned pickups" openings={planned} />}
        <Openings label="Any compartment" openings={others} />
      </select>
    </label>
  );
}

function Openings({ label, openings: shown }: { label: string; openings: readonly Opening[] }): JSX.Element {
  return (
    <optgroup label={label}>
      {shown.map(({ value, label: words }) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </optgroup>
  );
}

interface GivenProps {
  code: OfflineCodeView;
  locker: LockerView;
  onDone(): void;
}

function CodeGiven({ code, locker, onDone }: GivenProps): JSX.Element {
  return (
    <div class="dialog__body" data-testid="offline-code">
      {code.code === null ? (
        <p class="notice notice--warn">
          <strong>The code did not arrive here</strong>
          <span>It is said once, and that answer was lost on the way. Close this, and ask again.</span>
        </p>
      ) : (
        <output class="big-code number" data-testid="code-digits" data-code={code.code}>
          {grouped(code.code)}
        </output>
      )}
      <p class="big-code__words">{codeWords(code, locker.name, courierName(code.courier_id))}</p>
      <p class="muted big-code__words">
        Typed at the locker{"\u2019"}s keypad. A later code of this compartment, once used, ends it. After five wrong
        tries the keypad rests for 15 minutes.
      </p>
      <footer class="dialog__foot">
        <button type="button" class="button button--primary" data-testid="code-done" onClick={onDone}>
          Done
        </button>
      </footer>
    </div>
  );
}
