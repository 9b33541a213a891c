// Lets a locker that is known fetch its keys anew with a one-time token.
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { DeviceView, InvitationView } from "../../shared/contract";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { ownerName, resources } from "../state/store";
import { Dialog } from "./dialog";
import { InvitationGiven } from "./invitation";

const VALID_HOURS = 24;

export function InviteDialog({ device, open }: { device: DeviceView; open: Signal<boolean> }): JSX.Element {
  const given = useSignal<InvitationView | null>(null);
  const sending = useSending();
  const isOpen = open.value;
  useEffect(() => void (given.value = null), [isOpen]);

  async function invite(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const body = { device_id: device.device_id, kind: device.kind, valid_hours: VALID_HOURS };
    given.value = await sending.send<InvitationView>("/v1/devices/invitations", body);
    resources.devices.touch();
  }

  return (
    <Dialog open={open} title={`Invite ${ownerName(device)}`} testId="invite-dialog" firm={given.value !== null}>
      {given.value ? (
        <InvitationGiven invitation={given.value} onDone={() => (open.value = false)} />
      ) : (
        <form class="dialog__body" onSubmit={invite}>
          <p>
            The locker fetches all its keys anew with a token that works once, within a day. Until then those it has
            count; from then on they do not. A revoked locker is let in again.
          </p>
          <TroubleNotice trouble={sending.trouble} />
          <footer class="dialog__foot">
            <button type="button" class="button" onClick={() => (open.value = false)}>
              Close
            </button>
            <button class="button button--primary" disabled={sending.busy.value} data-testid="invite-submit">
              Make a token
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}
