// The token of an invitation, shown once, and what the locker does with it.
import type { JSX } from "preact";
import { calmNowMs } from "../../shared/clock";
import type { InvitationView } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { CopyField } from "../parts/copy-field";

export function InvitationGiven({ invitation, onDone }: { invitation: InvitationView; onDone(): void }): JSX.Element {
  return (
    <div class="dialog__body" data-testid="invitation">
      {invitation.token === null ? (
        <p class="notice notice--warn">
          <strong>The token did not arrive here</strong>
          <span>It is said once, and that answer was lost on the way. Invite the locker again.</span>
        </p>
      ) : (
        <Token invitation={invitation} token={invitation.token} />
      )}
      <footer class="dialog__foot">
        <button type="button" class="button button--primary" data-testid="invitation-done" onClick={onDone}>
          Done
        </button>
      </footer>
    </div>
  );
}

function Token({ invitation, token }: { invitation: InvitationView; token: string }): JSX.Element {
  return (
    <>
      <p class="notice notice--warn notice--line">
        <Icon name="key" size={16} />
        <span>
          <strong>Shown this once, works once,</strong> until {dayAndTime(invitation.expires_at, calmNowMs.value)}.
        </span>
      </p>
      <ol class="steps">
        <li>Give the address and the token to the locker, on site or with its maker{"\u2019"}s tool.</li>
        <li>It exchanges them for its secret, its command key and the keys of its offline codes.</li>
        <li>It connects, and stands among the devices here.</li>
      </ol>
      <CopyField label="Address" value={invitation.provision_url} testId="invitation-address" />
      <CopyField label="Token" value={token} testId="invitation-token" />
    </>
  );
}
