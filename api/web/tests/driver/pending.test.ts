import { expect, test } from "vitest";
import type { BreakView, DriverEvent, RouteView, StepView, StopView } from "../../shared/contract";
import { breaksWithPending, dueAt, openStops, withPending } from "../../driver/offline/pending";

function step(id: string, changes: Partial<StepView> = {}): StepView {
  return {
    step_id: id, kind: "delivery", state: "planned", order_id: "o", return_id: null, number: "ORD-1",
    part_number: "P", part_name: "Pump", serialised: true, quantity: 1, serials: [], compartment: null, due_at: null, note: "",
    amendment: null,
    ...changes,
  };
}

function stop(id: string, steps: StepView[]): StopView {
  return {
    stop_id: id, state: "planned", location_id: id, location_name: id, location_kind: "customer_site", address: "",
    coordinate: { lat_deg: 47, lon_deg: 9 }, eta_at: "2026-11-22T10:00:00Z",
    eta_early_at: null, eta_late_at: null, late_probability: null, departs_at: "2026-11-22T10:05:00Z",
    arrived_at: null, steps,
  };
}

function event(changes: Partial<DriverEvent>): DriverEvent {
  return {
    event_id: "e", seq: 0, kind: "arrived", at: "2026-11-22T10:00:00Z", base_version: 1, stop_id: null, step_id: null,
    serials: [], reason: null, note: "", break_id: null, ...changes,
  };
}

const route: RouteView = {
  courier_id: "c",
  version: 1,
  stops: [stop("one", [step("a"), step("b")]), stop("two", [step("c")])],
};

test("what is unsent shows at once", () => {
  const seen = withPending(route, [event({ kind: "en_route", stop_id: "one" }), event({ stop_id: "one" })]);
  expect(seen.stops[0]?.state).toBe("arrived");
  expect(seen.stops[0]?.arrived_at).toBe("2026-11-22T10:00:00Z");
  expect(seen.stops[1]?.state).toBe("planned");
});

test("a stop is over when its last step is done or failed", () => {
  const half = withPending(route, [event({ kind: "delivered", step_id: "a" })]);
  expect(openStops(half).map(({ stop_id: id }) => id)).toEqual(["one", "two"]);
  const whole = withPending(half, [event({ kind: "failed", step_id: "b" })]);
  expect(openStops(whole).map(({ stop_id: id }) => id)).toEqual(["two"]);
});

test("a late en_route does not undo an arrival", () => {
  const seen = withPending(route, [event({ stop_id: "one" }), event({ kind: "en_route", stop_id: "one" })]);
  expect(seen.stops[0]?.state).toBe("arrived");
});

test("a report of a stop that is no longer planned changes nothing", () => {
  expect(withPending(route, [event({ stop_id: "gone" }), event({ kind: "delivered", step_id: "gone" })])).toEqual(route);
});

test("a pickup is as urgent as the delivery that waits for it", () => {
  const pickup = stop("locker", [step("p", { kind: "pickup" })]);
  const delivery = stop("site", [step("d", { due_at: "2026-11-22T12:00:00Z" })]);
  expect(dueAt(pickup, [pickup, delivery])).toBe("2026-11-22T12:00:00Z");
  expect(dueAt(stop("other", [step("x")]), [])).toBeNull();
});

const LUNCH: BreakView = {
  break_id: "b", state: "due", earliest_at: "2026-11-22T11:00:00Z", latest_at: "2026-11-22T12:00:00Z",
  duration_s: 1_800, planned_at: null, started_at: null, until: null,
};
const BEGUN = event({ kind: "break_started", break_id: "b", at: "2026-11-22T11:10:00Z" });

test("a break that is unsent shows at once, and only its own", () => {
  const [begun] = breaksWithPending([LUNCH], [BEGUN]);
  expect(begun).toMatchObject({ state: "under_way", until: "2026-11-22T11:40:00.000Z" });
  const ended = event({ kind: "break_ended", break_id: "b", at: "2026-11-22T11:30:00Z" });
  expect(breaksWithPending([LUNCH], [BEGUN, ended])[0]).toMatchObject({ state: "taken", until: ended.at });
  expect(breaksWithPending([{ ...LUNCH, break_id: "other" }], [BEGUN])[0]?.state).toBe("due");
});

test("a break that ends at once began by mistake", () => {
  const ended = event({ kind: "break_ended", break_id: "b", at: "2026-11-22T11:11:30Z" });
  expect(breaksWithPending([LUNCH], [BEGUN, ended])).toEqual([LUNCH]);
});
