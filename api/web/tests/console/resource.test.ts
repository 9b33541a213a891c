import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Resource } from "../../console/state/resource";
import { ApiError, Unreachable } from "../../shared/wire";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counted(answer: () => Promise<number> = async () => 1, mode: "always" | "watched" = "always") {
  const load = vi.fn<() => Promise<number>>(answer);
  const onError = vi.fn<(error: unknown) => void>();
  return { load, onError, resource: new Resource<number>(0, load, onError, mode) };
}

test("a hundred touches in a burst make one read", async () => {
  const { load, resource } = counted();
  for (let count = 0; count < 100; count += 1) resource.touch();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(load).toHaveBeenCalledTimes(1);
});

test("a touch during a read makes one more read", async () => {
  const { load, resource } = counted(() => new Promise((resolve) => setTimeout(() => resolve(1), 50)));
  void resource.read();
  resource.touch();
  resource.touch();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(load).toHaveBeenCalledTimes(2);
});

test("a steady stream of touches reads once a second and no more", async () => {
  const { load, resource } = counted();
  for (let step = 0; step < 100; step += 1) {
    resource.touch();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(load.mock.calls.length).toBeGreaterThanOrEqual(8);
  expect(load.mock.calls.length).toBeLessThanOrEqual(11);
});

test("a lost connection is tried again without a complaint; a refusal is final", async () => {
  const away = counted(() => Promise.reject(new Unreachable("offline")));
  void away.resource.read();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(away.load.mock.calls.length).toBeGreaterThan(1);
  expect(away.onError).not.toHaveBeenCalled();
  const refused = counted(() => Promise.reject(new ApiError(403, null)));
  await refused.resource.read();
  refused.resource.touch();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(refused.load).toHaveBeenCalledTimes(1);
  expect(refused.resource.state.value).toBe("refused");
});

test("a list that nobody looks at is not read", async () => {
  const { load, resource } = counted(async () => 1, "watched");
  resource.touch();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(load).not.toHaveBeenCalled();
  const stop = resource.watch();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(load).toHaveBeenCalledTimes(1);
  stop();
  resource.touch();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(load).toHaveBeenCalledTimes(1);
});
