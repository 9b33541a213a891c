// What was changed of an order, by whom and why; nothing where nothing was.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { Amendments, AmendmentView } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { toastError } from "../../shared/toasts";
import { changeText, type Named } from "../state/amending";
import { contractLabel } from "../state/contracts";
import { contractsById, courierName, locationName, partsByNumber } from "../state/store";

const NAMES: Named = {
  place: locationName,
  part: (number) => partsByNumber.value.get(number)?.name ?? number,
  contract: (id) => {
    const contract = contractsById.value.get(id);
    return contract ? contractLabel(contract) : id;
  },
  courier: courierName,
};

/** `stamp` changes when there may be more. */
export function AmendmentList({ orderId, stamp }: { orderId: string; stamp: string }): JSX.Element | null {
  const amendments = useSignal<AmendmentView[]>([]);
  useEffect(() => {
    get<Amendments>(`/v1/orders/${orderId}/amendments`).then(({ items }) => (amendments.value = items), toastError);
  }, [orderId, stamp]);
  if (amendments.value.length === 0) return null;
  return (
    <section data-testid="amendments">
      <h3>Changes of the order</h3>
      <ol class="pauses">
        {amendments.value.map((made) => (
          <li key={made.at}>
            <span>
              <strong>{made.reason}</strong>
              {made.changes.map((change) => (
                <span key={change.field} class="muted">
                  {changeText(change, NAMES, calmNowMs.value)}
                </span>
              ))}
              <span class="muted">by {made.by}</span>
            </span>
            <span class="number">{dayAndTime(made.at, calmNowMs.value)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
