// What a new secret is for, shown once: codes and links for a phone, values for a locker, and whether it works.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { calmNowMs, serverNowMs } from "../../shared/clock";
import type { DeviceSecretView, DeviceView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { CopyField } from "../parts/copy-field";
import { heardWords, inUse } from "../state/devices";
import { couriersById, resources } from "../state/store";
import { PhoneSetup } from "./phone-setup";

const LOOK_AGAIN_MS = 2_000;
const OFF_DUTY = "Off duty: its positions count from the next shift on.";

interface Props {
  given: DeviceSecretView;
  onDone(): void;
}

export function DeviceSecret({ given, onDone }: Props): JSX.Element {
  const { device } = given;
  return (
    <div class="dialog__body" data-testid="device-secret" data-device={device.device_id}>
      {given.secret === null ? (
        <Lost />
      ) : (
        <>
          <p class="notice notice--warn notice--line">
            <Icon name="key" size={16} />
            <span>
              <strong>Shown this once.</strong> Finish before you close; a new secret can be made at any time.
            </span>
          </p>
          {device.kind === "courier" ? (
            <PhoneSetup given={given} secret={given.secret} />
          ) : (
            <LockerSetup given={given} secret={given.secret} />
          )}
        </>
      )}
      <footer class="dialog__foot dialog__foot--apart">
        <FirstSign device={device} />
        <button type="button" class="button button--primary" data-testid="device-done" onClick={onDone}>
          Done
        </button>
      </footer>
    </div>
  );
}

/** The answer with the secret was lost on its way here; the server does not say it again. */
function Lost(): JSX.Element {
  return (
    <p class="notice notice--warn" data-testid="secret-lost">
      <strong>The secret did not arrive here</strong>
      <span>It is said once, and that answer was lost on the way. Close this, and make the device a new secret.</span>
    </p>
  );
}

function LockerSetup({ given, secret }: { given: DeviceSecretView; secret: string }): JSX.Element {
  return (
    <>
      {given.device.rotation_ends_at !== null && (
        <p>While it is connected, the locker is told by itself, sealed. Enter the values only where it is out of reach.</p>
      )}
      <ol class="steps">
        <li>Open the settings of the locker{"\u2019"}s controller, on site or with its maker{"\u2019"}s tool.</li>
        <li>Enter the four values below, each as it stands here.</li>
        <li>Restart the controller: the locker greets within a minute.</li>
      </ol>
      <CopyField label="Broker" value={given.mqtt_url} testId="device-broker" />
      <CopyField label="Name" value={given.device.device_id} testId="device-name" />
      <CopyField label="Secret" value={secret} testId="device-secret-value" />
      {given.command_key && <CopyField label="Command key" value={given.command_key} testId="device-command-key" />}
    </>
  );
}

/** Looks until the device is heard with what it was just given. */
function FirstSign({ device }: { device: DeviceView }): JSX.Element {
  const sinceMs = useSignal(serverNowMs());
  const known = resources.devices.value.value.find((other) => other.device_id === device.device_id);
  const works = inUse(device, known, sinceMs.value);
  useEffect(() => {
    if (works) return undefined;
    const timer = setInterval(() => void resources.devices.read(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [works]);
  return (
    <p
      class={`first-sign ${works ? "first-sign--good" : ""}`}
      role="status"
      data-testid="first-sign"
      data-works={String(works)}
    >
      {works && known ? (
        <>
          <Icon name="check" size={16} /> It works: {heardWords(known, calmNowMs.value)}
        </>
      ) : (
        <>
          <span class="first-sign__dot" /> {isOffDuty(device) ? OFF_DUTY : "Waiting to hear from it\u2026"}
        </>
      )}
    </p>
  );
}

function isOffDuty({ device_id: id, kind }: DeviceView): boolean {
  return kind === "courier" && couriersById.value.get(id)?.on_duty === false;
}
