// The compartments of a locker: what the locker says lies in them, and where that is not what the ledger says.
import type { JSX } from "preact";
import type { CompartmentView, LockerView } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { inOrder } from "../state/lockers";
import { mayManageFleet } from "../state/roles";
import { partsByNumber, resources } from "../state/store";

export function Compartments({ locker }: { locker: LockerView }): JSX.Element {
  if (locker.compartments.length === 0) return <p class="muted">It has not reported its compartments yet.</p>;
  return (
    <ul class="compartments" data-testid="compartments">
      {inOrder(locker.compartments).map((one) => (
        <li key={one.compartment} data-testid="compartment" data-compartment={one.compartment}>
          <div class={`compartment compartment--${one.door}`}>
            <strong class="number">{one.compartment}</strong>
            <span class={isSilent(one) ? "muted" : ""}>{content(one)}</span>
            <span class="muted">{one.serial ?? (one.quantity > 0 ? `\u00d7 ${one.quantity}` : "")}</span>
            {one.door === "closed" || isSilent(one) ? (
              <span class="compartment__size">{one.size}</span>
            ) : (
              <span class="badge badge--warn">{one.door}</span>
            )}
          </div>
          {one.difference && (
            <p class="compartment__word compartment__word--warn" data-testid="difference">
              Not as in the ledger: {one.difference}
            </p>
          )}
          {one.fault && <Fault locker={locker} one={one} />}
        </li>
      ))}
    </ul>
  );
}

/** Nothing was heard of it since the locker was set up. */
function isSilent(one: CompartmentView): boolean {
  return one.door === "unknown" && one.part_number === null;
}

function content(one: CompartmentView): string {
  if (isSilent(one)) return "not reported yet";
  if (one.part_number === null) return "empty";
  return partsByNumber.value.get(one.part_number)?.name ?? one.part_number;
}

function Fault({ locker, one }: { locker: LockerView; one: CompartmentView }): JSX.Element {
  const sending = useSending();

  async function clear(): Promise<void> {
    const path = `/v1/lockers/${locker.locker_id}/compartments/${one.compartment}/clear-fault`;
    if ((await sending.send(path)) === null) return;
    toast(`Compartment ${one.compartment} is used again.`);
    resources.lockers.touch();
  }

  return (
    <>
      <p class="compartment__word compartment__word--bad" data-testid="fault">
        <span>Not in use: {one.fault}</span>
        {mayManageFleet() && (
          <button type="button" class="link" disabled={sending.busy.value} data-testid="clear-fault" onClick={clear}>
            It is repaired
          </button>
        )}
      </p>
      <TroubleNotice trouble={sending.trouble} />
    </>
  );
}
