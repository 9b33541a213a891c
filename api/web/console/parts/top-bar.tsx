// The bar at the top: the figures of the day, a new order, the connection and who is signed in.
import type { JSX } from "preact";
import { Icon } from "../../shared/icons";
import { Logo } from "../../shared/logo";
import { person, signOut } from "../../shared/session";
import { newOrderOpen } from "../dialogs/open";
import { mayOrder } from "../state/roles";
import { Connection } from "./connection";
import { KpiStrip } from "./kpi-strip";

export function TopBar(): JSX.Element {
  return (
    <header class="top-bar">
      <Logo />
      <KpiStrip />
      <div class="top-bar__end">
        <Connection />
        {mayOrder() && (
          <button
            type="button"
            class="button button--primary"
            data-testid="new-order"
            onClick={() => (newOrderOpen.value = true)}
          >
            <Icon name="plus" size={16} />
            New order
          </button>
        )}
        <Account />
      </div>
    </header>
  );
}

function Account(): JSX.Element | null {
  const who = person.value;
  if (!who) return null;
  return (
    <div class="account">
      <span class="account__name" title={`${who.display_name}, ${who.role}`}>
        <strong>{who.display_name}</strong>
        <span>{who.role}</span>
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Sign out"
        title="Sign out"
        data-testid="sign-out"
        onClick={() => void signOut()}
      >
        <Icon name="signOut" />
      </button>
    </div>
  );
}
