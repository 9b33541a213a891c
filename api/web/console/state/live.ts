// Joins the live stream to what the console knows.
import { openLive, type LiveHandlers } from "../../shared/live";
import { forgetFeed, remember } from "./feed";
import { takePosition } from "./positions";
import { readAll, resources, restAll } from "./store";
import { touchedBy } from "./touches";

const SAFETY_READ_MS = 60_000;
const REPLAYED_EVENTS = 80;

/** Reads everything, then follows the stream; returns how to stop. */
export function follow(): () => void {
  readAll();
  const handlers: LiveHandlers = {
    onEvent: (event) => {
      remember(event);
      for (const name of touchedBy(event.kind)) resources[name].touch();
    },
    onPosition: takePosition,
    onReset: touchAll,
    onResumed: touchAll,
  };
  const close = openLive(handlers, REPLAYED_EVENTS);
  const safety = setInterval(touchAll, SAFETY_READ_MS);
  return () => {
    close();
    clearInterval(safety);
    restAll();
    forgetFeed();
  };
}

function touchAll(): void {
  for (const name of ["activeOrders", "closedOrders", "returns", "couriers", "lockers", "stock", "plan", "devices", "alerts"] as const) {
    resources[name].touch();
  }
}
