// What there is to know of one return, and how to call it off.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { post } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { ReturnView, ReturnWay } from "../../shared/contract";
import { dayAndTime, humanised } from "../../shared/format";
import { toast, toastError } from "../../shared/toasts";
import { OnceKey } from "../dialogs/once";
import { CancelForm } from "../drawer/cancel-form";
import { CustodyList } from "../drawer/custody-list";
import { Disposition } from "./disposition";
import { InspectForm, OpenWorkOrder } from "./inspect-form";
import { LabelButtons } from "./label-buttons";
import { CustomerPhotos } from "./customer-photos";
import { LinkOfReturn } from "./link-of-return";
import { ReceiveForm } from "./receive-form";
import { ShipForm } from "./ship-form";
import { Facts } from "../parts/facts";
import { mayRepair, mayReturn } from "../state/roles";
import { courierName, locationName, resources } from "../state/store";

const ON_ITS_WAY = new Set(["announced", "awaited", "planned", "dropped", "shipped", "picked_up"]);
const AT_THE_SITE = new Set(["announced", "awaited", "planned"]);

export function ReturnDetail({ item }: { item: ReturnView }): JSX.Element {
  const isActive = ON_ITS_WAY.has(item.state);
  const isKept = item.state === "refused";
  return (
    <div class="row-detail" data-testid="return-detail">
      {isKept && (
        <p class="notice notice--warn" data-testid="core-kept">
          The customer keeps the part: {item.closed_reason}
        </p>
      )}
      {item.unserved_reason && <p class="notice notice--warn">{item.unserved_reason}</p>}
      <Facts
        facts={[
          ["Part", `${item.part_name} (${item.part_number})`],
          ["Serial", item.serial ?? "not known yet"],
          ...wayFacts(item),
          ["Goes to", locationName(item.destination_id)],
          ["Courier", courierName(item.courier_id)],
          ["Reason", item.reason || "none given"],
          ...coreFacts(item),
          ...differencesOf(item),
        ]}
      />
      {item.photos.length > 0 && <CustomerPhotos photos={item.photos} />}
      {item.serial && <CustodyList serial={item.serial} stamp={`${item.state}:${item.version}`} />}
      {item.state === "received" && mayReturn() && <InspectForm item={item} />}
      {item.inspection?.serial && mayRepair() && <OpenWorkOrder item={item} />}
      {item.inspection && item.inspection.quantity > 0 && mayRepair() && <Disposition item={item} />}
      {(isActive || isKept) && <LabelButtons item={item} />}
      {(isActive || isKept) && mayReturn() && (
        <>
          {isKept && <AskAgain item={item} />}
          {AT_THE_SITE.has(item.state) && <LinkOfReturn item={item} />}
          {item.way === "carrier" && item.state === "awaited" && <ShipForm item={item} />}
          <ReceiveForm item={item} />
          <CancelForm
            path={`/v1/returns/${item.return_id}/cancel`}
            what={item.number}
            onDone={() => resources.returns.touch()}
          />
        </>
      )}
    </div>
  );
}

const WAYS: Record<ReturnWay, string> = {
  courier: "A courier picks it up",
  locker: "Dropped in a locker",
  location: "Handed in at a location",
  carrier: "Sent by a carrier",
};

function wayFacts({ way, dropped_in_id: place, carrier, tracking_number: number }: ReturnView): [string, string][] {
  const facts: [string, string][] = [["Comes by", WAYS[way]]];
  if (place) facts.push(["Dropped in", locationName(place)]);
  if (carrier) facts.push(["Carrier", `${carrier}, ${number ?? ""}`]);
  return facts;
}

function coreFacts({ core_due_at: due, state }: ReturnView): [string, string][] {
  if (due === null || state === "received" || state === "picked_up") return [];
  const when = dayAndTime(due, calmNowMs.value);
  return [["Owed until", Date.parse(due) < calmNowMs.value ? `${when}, overdue` : when]];
}

/** Sends a courier once more for a part that the customer kept. */
function AskAgain({ item }: { item: ReturnView }): JSX.Element {
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), [item.version]);

  async function ask(): Promise<void> {
    busy.value = true;
    try {
      await post(`/v1/returns/${item.return_id}/ask-again`, {}, once.for(item.version));
      toast(`${item.number} is planned again.`);
      resources.returns.touch();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <button type="button" class="button" disabled={busy.value} data-testid="ask-again" onClick={ask}>
      Send a courier again
    </button>
  );
}

function differencesOf({ inspection }: ReturnView): [string, string][] {
  if (!inspection) return [];
  const said = inspection.differences.map(({ kind, announced, found }) => {
    const what = [announced, found].filter(Boolean).join(" \u2192 ");
    return what ? `${humanised(kind)}: ${what}` : humanised(kind);
  });
  return [["In the box", said.join("; ") || "as announced"]];
}
