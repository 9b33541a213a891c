import { expect, test } from "vitest";
import { clockRange, clockTime } from "../shared/format";

test.each([
  ["2026-11-22T10:00:10Z", "2026-11-22T10:20:00Z", true],
  ["2026-11-22T10:00:10Z", "2026-11-22T10:00:50Z", false],
  [null, "2026-11-22T10:00:50Z", false],
  ["2026-11-22T10:00:10Z", null, false],
])("a range from %s to %s is told: %s", (from, until, told) => {
  const expected = told ? `${clockTime(from ?? "")} \u2013 ${clockTime(until ?? "")}` : null;
  expect(clockRange(from, until)).toBe(expected);
});
