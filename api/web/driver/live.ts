// Keeps the driver page up to date: live events, a regular read, and whenever the phone comes back.
import { openLive } from "../shared/live";
import { synchronise } from "./state";

const READ_MS = 20_000;
const SETTLE_MS = 300;

export function follow(): () => void {
  let soon: ReturnType<typeof setTimeout> | null = null;
  const touch = (): void => {
    soon ??= setTimeout(() => {
      soon = null;
      void synchronise();
    }, SETTLE_MS);
  };
  const onVisible = (): void => {
    if (document.visibilityState === "visible") touch();
  };
  void synchronise();
  const close = openLive({ onEvent: touch, onReset: touch, onResumed: touch });
  const timer = setInterval(touch, READ_MS);
  addEventListener("online", touch);
  document.addEventListener("visibilitychange", onVisible);
  return () => {
    close();
    clearInterval(timer);
    if (soon !== null) clearTimeout(soon);
    removeEventListener("online", touch);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
