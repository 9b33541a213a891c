// What is to be laid into a locker: reserved by size, how far it has come, opened from here or called off.
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { getAll } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { DepositView, LockerView } from "../../shared/contract";
import { clockTime, dayAndTime } from "../../shared/format";
import { toastError } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { DEPOSIT_WORDS, isUnderWay, shownDeposits } from "../state/lockers";
import { Resource } from "../state/resource";
import { mayManageFleet } from "../state/roles";
import { partsByNumber, resources } from "../state/store";

const PAST_SHOWN = 3;

export function Deposits({ locker }: { locker: LockerView }): JSX.Element | null {
  const deposits = useMemo(() => depositsOf(locker.locker_id), [locker.locker_id]);
  useEffect(() => deposits.watch(), [deposits]);
  useEffect(() => deposits.touch(), [locker]);
  const shown = shownDeposits(deposits.value.value, PAST_SHOWN);
  if (shown.length === 0) return null;
  return (
    <section class="deposits">
      <h4>Laid in, or to be</h4>
      <ul data-testid="deposits">
        {shown.map((deposit) => (
          <Deposit key={deposit.deposit_id} deposit={deposit} />
        ))}
      </ul>
    </section>
  );
}

function Deposit({ deposit }: { deposit: DepositView }): JSX.Element {
  const sending = useSending();
  const [word, look] = DEPOSIT_WORDS[deposit.state];

  async function deed(name: "open" | "cancel"): Promise<void> {
    await sending.send(`/v1/deposits/${deposit.deposit_id}/${name}`);
    resources.lockers.touch();
  }

  return (
    <li class="deposit" data-testid="deposit" data-state={deposit.state}>
      <p class="deposit__head">
        <strong>Compartment {deposit.compartment}</strong>
        <span class={`badge ${look}`}>{word}</span>
        <span class="muted number">
          {isUnderWay(deposit) ? `until ${clockTime(deposit.expires_at)}` : dayAndTime(deposit.reserved_at, calmNowMs.value)}
        </span>
      </p>
      <p class="muted">
        {goods(deposit)} {"\u00b7"} by {deposit.reserved_by}
      </p>
      {deposit.failure && <p class="compartment__word compartment__word--bad">{deposit.failure}</p>}
      <TroubleNotice trouble={sending.trouble} />
      {mayManageFleet() && isUnderWay(deposit) && (
        <div class="deeds">
          {(deposit.state === "reserved" || deposit.state === "closed") && (
            <button
              type="button"
              class="button"
              disabled={sending.busy.value}
              data-testid="deposit-unlock"
              onClick={() => deed("open")}
            >
              Open the door
            </button>
          )}
          {deposit.state === "reserved" && (
            <button
              type="button"
              class="button button--quiet button--danger"
              disabled={sending.busy.value}
              data-testid="deposit-cancel"
              onClick={() => deed("cancel")}
            >
              Cancel
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function goods({ part_number: part, quantity, serials, size }: DepositView): string {
  if (part === null) return `anything ${size}`;
  const name = partsByNumber.value.get(part)?.name ?? part;
  return `${quantity} \u00d7 ${name}${serials.length > 0 ? ` (${serials.join(", ")})` : ""}`;
}

function depositsOf(lockerId: string): Resource<DepositView[]> {
  return new Resource<DepositView[]>(
    [],
    () => getAll<DepositView>(`/v1/lockers/${lockerId}/deposits`),
    toastError,
    "watched",
  );
}
