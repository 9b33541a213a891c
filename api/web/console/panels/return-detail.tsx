// What there is to know of one return, and how to call it off.
import type { JSX } from "preact";
import type { ReturnView } from "../../shared/contract";
import { CancelForm } from "../drawer/cancel-form";
import { CustodyList } from "../drawer/custody-list";
import { LabelButtons } from "./label-buttons";
import { ReceiveForm } from "./receive-form";
import { Facts } from "../parts/facts";
import { mayReturn } from "../state/roles";
import { courierName, locationName, resources } from "../state/store";

export function ReturnDetail({ item }: { item: ReturnView }): JSX.Element {
  const isActive = item.state === "announced" || item.state === "planned" || item.state === "picked_up";
  return (
    <div class="row-detail" data-testid="return-detail">
      {item.unserved_reason && <p class="notice notice--warn">{item.unserved_reason}</p>}
      <Facts
        facts={[
          ["Part", `${item.part_name} (${item.part_number})`],
          ["Serial", item.serial ?? "not known yet"],
          ["Goes to", locationName(item.destination_id)],
          ["Courier", courierName(item.courier_id)],
          ["Reason", item.reason || "none given"],
        ]}
      />
      {item.serial && <CustodyList serial={item.serial} stamp={`${item.state}:${item.version}`} />}
      {isActive && <LabelButtons item={item} />}
      {isActive && mayReturn() && (
        <>
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
