// Gives a device another secret: beside the old one for a day, or instead of it at once.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { DeviceSecretView, DeviceView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { ownerName, resources } from "../state/store";
import { Choices, type Choice } from "./choices";
import { DeviceSecret } from "./device-secret";
import { Dialog } from "./dialog";
import { deviceToRotate, rotateOpen } from "./open";

type Pace = "gently" | "at_once";

const PACES: Choice<Pace>[] = [
  ["gently", "Without a gap", "The old one counts until the new one is used, a day at most"],
  ["at_once", "At once", "The old one ends now: when others may know it"],
];

export function RotateDialog(): JSX.Element | null {
  const given = useSignal<DeviceSecretView | null>(null);
  const isOpen = rotateOpen.value;
  useEffect(() => void (given.value = null), [isOpen]);
  const device = deviceToRotate.value;
  if (!device) return null;
  const title = given.value ? `Set up ${ownerName(device)}` : `New secret for ${ownerName(device)}`;
  return (
    <Dialog open={rotateOpen} title={title} testId="rotate-dialog" firm={given.value !== null}>
      {given.value ? (
        <DeviceSecret given={given.value} onDone={() => (rotateOpen.value = false)} />
      ) : (
        <RotateForm device={device} onGiven={(secret) => (given.value = secret)} />
      )}
    </Dialog>
  );
}

interface FormProps {
  device: DeviceView;
  onGiven(given: DeviceSecretView): void;
}

function RotateForm({ device, onGiven }: FormProps): JSX.Element {
  const isRevoked = device.revoked_at !== null;
  const pace = useSignal<Pace>(isRevoked ? "at_once" : "gently");
  const sending = useSending();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const body = { at_once: pace.value === "at_once", grace_hours: 24 };
    const given = await sending.send<DeviceSecretView>(`/v1/devices/${device.device_id}/rotate`, body);
    if (given) onGiven(given);
    resources.devices.touch();
  }

  return (
    <form class="dialog__body" onSubmit={submit}>
      {isRevoked ? (
        <p>It was revoked. With a new secret it is let in again; the one it had stays worthless.</p>
      ) : (
        <Choices
          legend="When does the old one end?"
          name="pace"
          choices={PACES}
          value={pace.value}
          onChoose={(chosen) => (pace.value = chosen)}
          testId="rotate"
        />
      )}
      {device.kind === "locker" && pace.value === "gently" && (
        <p class="muted">A connected locker is told its new secret by itself, sealed.</p>
      )}
      <TroubleNotice trouble={sending.trouble} />
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (rotateOpen.value = false)}>
          Close
        </button>
        <button class="button button--primary" disabled={sending.busy.value} data-testid="rotate-submit">
          <Icon name="key" size={15} /> Make a new secret
        </button>
      </footer>
    </form>
  );
}
