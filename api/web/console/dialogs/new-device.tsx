// Adds a phone or a locker: shows its secret, or invites it to fetch its own.
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { DeviceKind, DeviceSecretView, InvitationView } from "../../shared/contract";
import { Icon } from "../../shared/icons";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { ownerName, resources } from "../state/store";
import { Choices, type Choice } from "./choices";
import { Combobox, type Option } from "./combobox";
import { DeviceSecret } from "./device-secret";
import { Dialog } from "./dialog";
import { InvitationGiven } from "./invitation";
import { newDeviceOpen } from "./open";

const KINDS: Choice<DeviceKind>[] = [
  ["courier", "Courier\u2019s phone", "Sends positions, with an app from the shop"],
  ["locker", "Parts locker", "Reports its doors and stock, opens on command"],
];
const WAYS: Choice<"invite" | "show">[] = [
  ["invite", "With a one-time token", "The locker fetches its keys itself"],
  ["show", "By hand", "The secret is shown here, without offline codes"],
];

type Given = { secret: DeviceSecretView } | { invitation: InvitationView };

export function NewDeviceDialog(): JSX.Element {
  const given = useSignal<Given | null>(null);
  const isOpen = newDeviceOpen.value;
  useEffect(() => void (given.value = null), [isOpen]);
  return (
    <Dialog open={newDeviceOpen} title={titleOf(given.value)} testId="new-device-dialog" firm={given.value !== null}>
      <NewDevice given={given} />
    </Dialog>
  );
}

function titleOf(given: Given | null): string {
  if (given === null) return "Add a device";
  if ("invitation" in given) return `Invite ${given.invitation.device_id}`;
  return `Set up ${ownerName(given.secret.device)}`;
}

function NewDevice({ given }: { given: Signal<Given | null> }): JSX.Element {
  const done = (): void => void (newDeviceOpen.value = false);
  if (given.value === null) return <NewDeviceForm onGiven={(what) => (given.value = what)} />;
  if ("secret" in given.value) return <DeviceSecret given={given.value.secret} onDone={done} />;
  return <InvitationGiven invitation={given.value.invitation} onDone={done} />;
}

function NewDeviceForm({ onGiven }: { onGiven(given: Given): void }): JSX.Element {
  const kind = useSignal<DeviceKind>("courier");
  const way = useSignal<"invite" | "show">("invite");
  const name = useSignal<string | null>(null);
  const encrypted = useSignal(false);
  const sending = useSending();
  const invites = kind.value === "locker" && way.value === "invite";

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const wish = { device_id: name.value ?? "", kind: kind.value };
    if (invites) {
      const invitation = await sending.send<InvitationView>("/v1/devices/invitations", { ...wish, valid_hours: 24 });
      if (invitation) onGiven({ invitation });
    } else {
      const body = { ...wish, encrypted: kind.value === "courier" && encrypted.value };
      const secret = await sending.send<DeviceSecretView>("/v1/devices", body);
      if (secret) onGiven({ secret });
    }
    resources.devices.touch();
  }

  return (
    <form class="dialog__body dialog__body--short" onSubmit={submit}>
      <Choices
        legend="What is it?"
        name="kind"
        choices={KINDS}
        value={kind.value}
        onChoose={(chosen) => {
          kind.value = chosen;
          name.value = null;
        }}
        testId="new-device"
      />
      <Combobox
        key={kind.value}
        label={kind.value === "courier" ? "Whose is it?" : "Which locker?"}
        placeholder="Search by name"
        options={ownersOf(kind.value)}
        value={name.value}
        onChoose={(chosen) => (name.value = chosen)}
        testId="new-device-name"
      />
      {kind.value === "courier" ? (
        <label class="check">
          <input
            type="checkbox"
            checked={encrypted.value}
            data-testid="new-device-encrypted"
            onChange={(event) => (encrypted.value = event.currentTarget.checked)}
          />
          <span>Let OwnTracks encrypt what it sends, beneath TLS</span>
        </label>
      ) : (
        <Choices
          legend="How does it get its keys?"
          name="way"
          choices={WAYS}
          value={way.value}
          onChoose={(chosen) => (way.value = chosen)}
          testId="new-device"
        />
      )}
      <TroubleNotice trouble={sending.trouble} />
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (newDeviceOpen.value = false)}>
          Close
        </button>
        <button
          class="button button--primary"
          disabled={sending.busy.value || name.value === null}
          data-testid="new-device-submit"
        >
          <Icon name="key" size={15} />
          {invites ? "Make a token" : "Make its secret"}
        </button>
      </footer>
    </form>
  );
}

/** Whoever can have a device; those that have one say so and stand last, since a name is taken once. */
function ownersOf(kind: DeviceKind): Option[] {
  const owners: [id: string, name: string][] =
    kind === "courier"
      ? resources.couriers.value.value.map(({ courier_id: id, display_name: name }) => [id, name])
      : resources.lockers.value.value.map(({ locker_id: id, name }) => [id, name]);
  return owners
    .map(([id, name]) => ownerOption(id, name))
    .toSorted((one, other) => Number("aside" in one) - Number("aside" in other) || one.label.localeCompare(other.label));
}

function ownerOption(id: string, name: string): Option {
  const known = resources.devices.value.value.find((device) => device.device_id === id);
  const option = { value: id, label: name, detail: id };
  return known ? { ...option, aside: known.revoked_at ? "revoked" : "has a device" } : option;
}
