import { expect, test } from "vitest";
import { deedsOf, destinationKinds, gradesOf, limitsOf, money, readingsOf } from "../../console/state/bench";
import { sentenceOf, type Names } from "../../console/state/sentences";
import { touchedBy } from "../../console/state/touches";
import type { ProcedureView, WorkOrderView } from "../../shared/contract";

function order(fields: Partial<WorkOrderView>): WorkOrderView {
  return { state: "triage", allowed: [], unopened: false, outcome: null, ...fields } as WorkOrderView;
}

const step = (lower: number | null, upper: number | null) => ({ name: "Flow", quantity: "flow", unit: "ml/h", lower, upper });

test("only a closed packing is found without a fault by looking", () => {
  const allowed: WorkOrderView["allowed"] = ["no_fault_found", "testing", "vendor_claim"];
  expect(deedsOf(order({ allowed }))).toEqual(["testing", "vendor_claim"]);
  expect(deedsOf(order({ allowed, unopened: true }))).toEqual(["testing", "no_fault_found", "vendor_claim"]);
  expect(deedsOf(order({ state: "testing", allowed }))).toContain("no_fault_found");
});

test("closing is no deed among the others", () => {
  expect(deedsOf(order({ state: "repaired", allowed: ["closed", "testing"] }))).toEqual(["testing"]);
});

test.each([
  ["repaired", false, ["refurbished"], ["depot", "stocking_location"]],
  ["no_fault_found", true, ["new", "refurbished"], ["depot", "stocking_location"]],
  ["no_fault_found", false, ["refurbished"], ["depot", "stocking_location"]],
  ["beyond_repair", false, ["defective"], ["scrap"]],
  ["vendor_claim", false, ["defective"], ["supplier"]],
] as const)("after %s (unopened: %s) a unit leaves as %s", (outcome, unopened, grades, kinds) => {
  expect(gradesOf(order({ outcome, unopened }))).toEqual(grades);
  expect(destinationKinds(order({ outcome, unopened }))).toEqual(kinds);
});

test("limits are said as people say them", () => {
  expect(limitsOf(step(98, 102))).toBe("98 to 102 ml/h");
  expect(limitsOf(step(null, 100))).toBe("at most 100 ml/h");
  expect(limitsOf(step(5, null))).toBe("at least 5 ml/h");
});

test("an empty field was not measured, and a comma is a point", () => {
  const procedure = { steps: [step(98, 102), { ...step(0, 1), name: "Leak" }] } as ProcedureView;
  const typed: Record<string, string> = { Flow: " 99,5 ", Leak: "" };
  expect(readingsOf(procedure, (name) => typed[name] ?? "")).toEqual([
    { step: "Flow", value: 99.5 },
    { step: "Leak", value: null },
  ]);
});

test("the feed tells what the bench does", () => {
  const names = { part: (number: string) => (number === "F" ? "Fuse" : number) } as Names;
  const say = (kind: string, data: Record<string, unknown>): string =>
    sentenceOf({ position: 1, kind, subject: "x", at: "2026-11-27T10:00:00Z", data: { number: "WO-1001", ...data } }, names).text;
  expect(say("repair.tested", { passed: false })).toBe("WO-1001 failed a test");
  expect(say("repair.part_consumed", { consumed: "F" })).toBe("WO-1001 took Fuse");
  expect(touchedBy("repair.closed")).toEqual(["repairs"]);
});

test.each([
  [123450, "1,234.50"],
  [-31, "\u22120.31"],
  [0, "0.00"],
])("%i cents are written %s", (cents, text) => {
  expect(money(cents)).toBe(text);
});
