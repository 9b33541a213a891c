// One device in the list, and what can be done with it.
import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { DeviceView } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { InviteDialog } from "../dialogs/invite-device";
import { deviceToRotate, rotateOpen } from "../dialogs/open";
import { RevokeDialog } from "../dialogs/revoke-device";
import { Facts } from "../parts/facts";
import { heardWords, KIND_WORDS } from "../state/devices";
import { mayManageFleet } from "../state/roles";
import { ownerName } from "../state/store";

const opened = signal<string | null>(null);

export function DeviceRow({ device }: { device: DeviceView }): JSX.Element {
  const open = opened.value === device.device_id;
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="device-row"
        data-device-id={device.device_id}
        data-revoked={String(device.revoked_at !== null)}
        onClick={() => (opened.value = open ? null : device.device_id)}
      >
        <span class="order-row__top">
          <Icon name={device.kind === "courier" ? "phone" : "door"} size={16} />
          <strong>{ownerName(device)}</strong>
          {device.revoked_at !== null && <span class="badge badge--bad">Revoked</span>}
          {device.rotation_ends_at !== null && <span class="badge badge--warn">New secret waits</span>}
          {device.encrypted && <span class="badge">Encrypts</span>}
        </span>
        <span class="order-row__foot">
          <span>
            {KIND_WORDS[device.kind]} {"\u00b7"} {device.device_id}
          </span>
          <span>{heardWords(device, calmNowMs.value)}</span>
        </span>
      </button>
      {open && <DeviceDetail device={device} />}
    </li>
  );
}

function DeviceDetail({ device }: { device: DeviceView }): JSX.Element {
  return (
    <div class="row-detail" data-testid="device-detail">
      <Facts facts={factsOf(device)} />
      {mayManageFleet() && <Deeds device={device} />}
    </div>
  );
}

function factsOf(device: DeviceView): [string, string][] {
  const { revoked_at: revoked, rotation_ends_at: rotationEnds } = device;
  const facts: [string, string][] = [["Added", dayAndTime(device.added_at, calmNowMs.value)]];
  if (revoked !== null) return [...facts, ["Revoked", dayAndTime(revoked, calmNowMs.value)]];
  facts.push([
    "Secret",
    rotationEnds === null
      ? "in force"
      : `a new one waits to be used; the old one ends ${dayAndTime(rotationEnds, calmNowMs.value)} at the latest`,
  ]);
  if (device.encrypted) facts.push(["Encryption", "the app encrypts what it sends"]);
  return facts;
}

function Deeds({ device }: { device: DeviceView }): JSX.Element {
  const revokes = useSignal(false);
  const invites = useSignal(false);
  const isRevoked = device.revoked_at !== null;
  return (
    <div class="deeds">
      <button type="button" class="button" data-testid="rotate-open" onClick={() => askToRotate(device)}>
        <Icon name="key" size={15} /> {isRevoked ? "Let in again" : "New secret"}
      </button>
      {device.kind === "locker" && (
        <button type="button" class="button" data-testid="invite-open" onClick={() => (invites.value = true)}>
          One-time token
        </button>
      )}
      {!isRevoked && (
        <button
          type="button"
          class="button button--danger"
          data-testid="revoke-open"
          onClick={() => (revokes.value = true)}
        >
          Revoke
        </button>
      )}
      <RevokeDialog device={device} open={revokes} />
      <InviteDialog device={device} open={invites} />
    </div>
  );
}

function askToRotate(device: DeviceView): void {
  deviceToRotate.value = device;
  rotateOpen.value = true;
}
