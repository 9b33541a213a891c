// Shuts a device out, and says before what that means.
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { DeviceView } from "../../shared/contract";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { ownerName, resources } from "../state/store";
import { Confirm } from "./confirm";

export function RevokeDialog({ device, open }: { device: DeviceView; open: Signal<boolean> }): JSX.Element {
  const sending = useSending();
  const name = ownerName(device);

  async function revoke(): Promise<void> {
    const revoked = await sending.send<DeviceView>(`/v1/devices/${device.device_id}/revoke`);
    if (!revoked) return;
    open.value = false;
    toast(`The device of ${name} is revoked.`);
    resources.devices.touch();
  }

  return (
    <Confirm
      open={open}
      title={`Revoke the device of ${name}?`}
      deed="Revoke"
      keep="Keep it"
      sending={sending}
      onConfirm={revoke}
      testId="revoke-dialog"
    >
      <ul>
        <li>It is disconnected within seconds, and its secret no longer counts.</li>
        <li>
          {device.kind === "courier"
            ? "The courier is not seen on the map until a device is let in again."
            : "Nobody can open the locker from here until it is let in again."}
        </li>
        <li>What it reported so far stays.</li>
      </ul>
    </Confirm>
  );
}
