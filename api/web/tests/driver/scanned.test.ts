import { expect, test } from "vitest";
import { isUnreadable, judge, meantFor, sayUnreadable, scannedSerials, takeLike, takeScan } from "../../driver/flow/scanned";
import type { StepView, StopView } from "../../shared/contract";

function delivery(id: string, ...serials: string[]): StepView {
  const facts = { kind: "delivery", state: "planned", part_number: "P", serialised: true, quantity: serials.length };
  return { step_id: `delivery:${id}`, number: id.toUpperCase(), serials, ...facts } as StepView;
}

test.each([
  ["the expected serial", "SN-1", ["SN-1"], [], 1, "complete"],
  ["the expected serial in lower case with spaces", " sn-1 ", ["SN-1"], [], 1, "complete"],
  ["another serial", "SN-2", ["SN-1"], [], 1, "wrong"],
  ["the first of two", "SN-1", ["SN-1", "SN-2"], [], 2, "more"],
  ["the second of two", "SN-2", ["SN-1", "SN-2"], ["SN-1"], 2, "complete"],
  ["the same once more", "SN-1", ["SN-1", "SN-2"], ["SN-1"], 2, "again"],
  ["any serial where none is expected", "X9", [], [], 1, "complete"],
  ["nothing", "  ", ["SN-1"], [], 1, "empty"],
] as const)("%s is judged so", (_name, code, expected, scanned, needed, result) => {
  expect(judge(code, expected, scanned, needed)).toBe(result);
});

test("a wrong piece at a hand-over is known by the order that it is on board for", () => {
  const [first, second] = [delivery("o1", "SN-1"), delivery("o2", "SN-2")];
  const stops = [{ steps: [first] }, { steps: [second] }] as StopView[];
  expect(takeScan(first, "sn-2")).toBe("wrong");
  expect(meantFor("sn-2", first, stops)).toBe(second);
  expect(meantFor("SN-9", first, stops)).toBeNull();
  expect(meantFor("SN-1", first, stops)).toBeNull();
  expect(takeLike(first, second, "sn-2")).toBe("complete");
  expect(scannedSerials(first)).toEqual(["SN-2"]);
});

test("a label that cannot be read counts until the serial is scanned all the same", () => {
  const step = delivery("o3", "SN-3");
  sayUnreadable(step);
  expect(isUnreadable(step)).toBe(true);
  takeScan(step, "SN-3");
  expect(isUnreadable(step)).toBe(false);
});
