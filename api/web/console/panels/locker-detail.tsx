// One locker: its alarms, its limits, its compartments, what may be laid in, and a code where radio is missing.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { LockerView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { NewDepositDialog } from "../dialogs/new-deposit";
import { OfflineCodeDialog } from "../dialogs/offline-code";
import { alarmsOf } from "../state/lockers";
import { mayManageFleet } from "../state/roles";
import { Compartments } from "./compartments";
import { Deposits } from "./deposits";
import { Limits } from "./limits";

export function LockerDetail({ locker }: { locker: LockerView }): JSX.Element {
  return (
    <div class="row-detail" data-testid="locker-detail">
      {alarmsOf(locker).map((alarm) => (
        <p key={alarm.kind} class="notice notice--bad notice--line" data-testid="locker-alarm" data-kind={alarm.kind}>
          <Icon name={alarm.kind === "on_battery" ? "battery" : "thermometer"} size={16} />
          <span>
            <strong>{alarm.title}.</strong> {alarm.detail}
          </span>
        </p>
      ))}
      {mayManageFleet() && <Deeds locker={locker} />}
      <Compartments locker={locker} />
      <Limits locker={locker} />
      <Deposits locker={locker} />
    </div>
  );
}

function Deeds({ locker }: { locker: LockerView }): JSX.Element {
  const codes = useSignal(false);
  const deposits = useSignal(false);
  return (
    <div class="deeds">
      <button type="button" class="button" data-testid="offline-code-open" onClick={() => (codes.value = true)}>
        <Icon name="key" size={15} /> Code without radio
      </button>
      <button type="button" class="button" data-testid="deposit-open" onClick={() => (deposits.value = true)}>
        <Icon name="box" size={15} /> Reserve to lay in
      </button>
      <OfflineCodeDialog locker={locker} open={codes} />
      <NewDepositDialog locker={locker} open={deposits} />
    </div>
  );
}
