// Keeps the screen on during a shift, where the browser can.

export function keepAwake(): () => void {
  if (!("wakeLock" in navigator)) return () => undefined;
  let lock: WakeLockSentinel | null = null;
  let ended = false;
  const acquire = (): void => {
    if (document.visibilityState !== "visible" || ended) return;
    navigator.wakeLock.request("screen").then(
      (granted) => {
        lock = granted;
        if (ended) void granted.release();
      },
      (error: unknown) => console.warn("The screen may go dark.", error),
    );
  };
  acquire();
  document.addEventListener("visibilitychange", acquire);
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", acquire);
    void lock?.release();
  };
}
