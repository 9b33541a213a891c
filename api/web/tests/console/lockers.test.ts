import { expect, test } from "vitest";
import {
  alarmsOf,
  attentionWords,
  codeRequest,
  degrees,
  grouped,
  inOrder,
  limitsWords,
  openings,
  shownDeposits,
} from "../../console/state/lockers";
import type { CompartmentView, DepositView, LockerView, PlanView } from "../../shared/contract";

const one: CompartmentView = {
  compartment: "1",
  size: "medium",
  door: "closed",
  part_number: "FS-1",
  serial: "SN-1",
  quantity: 1,
  fault: null,
  difference: null,
};
const locker: LockerView = {
  locker_id: "locker-vaduz",
  name: "Locker Vaduz",
  coordinate: { lat_deg: 47.1, lon_deg: 9.5 },
  online: false,
  last_heard_at: null,
  temperature_c: 19,
  power: "battery",
  battery_pct: 42.4,
  min_temperature_c: null,
  max_temperature_c: 8,
  alarms: ["too_warm", "on_battery"],
  compartments: [one, { ...one, compartment: "10", part_number: null, serial: null, quantity: 0 }],
  parts_in_stock: 1,
};

test("an alarm says what is, and what may be", () => {
  expect(alarmsOf(locker).map(({ title, detail }) => [title, detail])).toEqual([
    ["Too warm", "19 \u00b0C now, at most 8 \u00b0C allowed"],
    ["On battery", "Mains power is off. 42 % is left."],
  ]);
});

test.each([
  [null, null, "none set"],
  [-5, null, "\u22125 \u00b0C or more"],
  [null, 8, "8 \u00b0C or less"],
  [2, 8.5, "2 \u00b0C to 8.5 \u00b0C"],
])("limits of %o and %o read %s", (min, max, words) => {
  expect(limitsWords({ ...locker, min_temperature_c: min, max_temperature_c: max })).toBe(words);
});

test("degrees are rounded to a tenth", () => expect(degrees(7.96)).toBe("8 \u00b0C"));

test("compartments that need a person are counted once each", () => {
  expect(attentionWords(locker)).toBeNull();
  const both = { ...one, fault: "jammed", difference: "2 instead of 3" };
  expect(attentionWords({ ...locker, compartments: [both, one] })).toBe("1 compartment to check");
});

test("compartments stand by number", () => {
  const named = (compartment: string): CompartmentView => ({ ...one, compartment });
  expect(inOrder([named("10"), named("2"), named("1")]).map(({ compartment }) => compartment)).toEqual(["1", "2", "10"]);
});

test("a code is grouped in fours", () => expect(grouped("12345678")).toBe("1234\u2009\u20095678"));

test("a planned pickup at this locker is offered before any compartment, and asked for as a step", () => {
  const step = { step_id: "pickup:o-1", kind: "pickup", state: "planned", number: "ORD-7", part_name: "Pump" };
  const plan = {
    routes: [
      {
        courier_id: "anna",
        stops: [
          { location_id: "locker-vaduz", steps: [{ ...step, compartment: "1" }, { ...step, kind: "delivery" }] },
          { location_id: "elsewhere", steps: [{ ...step, compartment: "1" }] },
        ],
      },
    ],
  } as unknown as PlanView;
  const { planned, others } = openings("anna", locker, plan, (id) => id, () => "Pump");
  expect(planned).toEqual([{ value: "step:pickup:o-1", label: "ORD-7: Pump, compartment 1" }]);
  expect(others.map(({ label }) => label)).toEqual(["Compartment 1: Pump, SN-1", "Compartment 10: empty"]);
  expect(openings("ben", locker, plan, (id) => id, () => "Pump").planned).toEqual([]);
  expect(codeRequest("anna", "step:pickup:o-1", "no radio")).toMatchObject({ step_id: "pickup:o-1", compartment: null });
  expect(codeRequest("anna", "compartment:10", "no radio")).toMatchObject({ step_id: null, compartment: "10" });
});

test("deposits under way stand first, and only the latest of the others", () => {
  const deposits = (["scanned", "reserved", "cancelled", "expired"] as const).map(
    (state, hour) => ({ deposit_id: state, state, reserved_at: `2026-11-22T0${hour}:00:00Z` }) as DepositView,
  );
  expect(shownDeposits(deposits, 2).map(({ state }) => state)).toEqual(["reserved", "expired", "cancelled"]);
});
