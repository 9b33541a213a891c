// The console's frame: sign-in, or the bar, the lists, the map and what lies over it.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { person } from "../shared/session";
import { SignIn } from "../shared/sign-in";
import { Toasts } from "../shared/toasts";
import { Activity } from "./parts/activity";
import { NarrowSwitch } from "./parts/narrow-switch";
import { StandingAlerts } from "./parts/standing-alerts";
import { TopBar } from "./parts/top-bar";
import { AmendOrderDialog } from "./dialogs/amend-order";
import { NewDeviceDialog } from "./dialogs/new-device";
import { NewOrderDialog } from "./dialogs/new-order";
import { NewReturnDialog } from "./dialogs/new-return";
import { ReturnLinksDialog } from "./dialogs/return-links";
import { RotateDialog } from "./dialogs/rotate-device";
import { OrderDrawer } from "./drawer/order-drawer";
import { MapPanel } from "./map/map-panel";
import { SidePanel } from "./panels/side-panel";
import { follow } from "./state/live";
import { clearSelection, narrowView } from "./state/selection";

export function App(): JSX.Element {
  return (
    <>
      {person.value === null ? (
        <SignIn title="Sign in to the console" hint="Live map, orders, lockers and couriers." />
      ) : person.value.role === "courier" ? (
        <CourierNotice />
      ) : (
        <Console key={person.value.login} />
      )}
      <Toasts />
    </>
  );
}

function Console(): JSX.Element {
  useEffect(() => follow(), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) clearSelection();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <div class="console" data-view={narrowView.value} data-testid="console">
      <TopBar />
      <StandingAlerts />
      <NarrowSwitch />
      <SidePanel />
      <div class="stage">
        <MapPanel />
        <Activity />
        <OrderDrawer />
      </div>
      <NewDeviceDialog />
      <NewOrderDialog />
      <AmendOrderDialog />
      <NewReturnDialog />
      <ReturnLinksDialog />
      <RotateDialog />
    </div>
  );
}

function CourierNotice(): JSX.Element {
  return (
    <main class="sign-in">
      <div class="sign-in__card">
        <h1>This page is for dispatch</h1>
        <p>Your stops are on the driver page.</p>
        <a class="button button--primary button--large" href="/driver">
          Open the driver page
        </a>
      </div>
    </main>
  );
}
