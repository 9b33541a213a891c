import { expect, test } from "vitest";
import { judge } from "../../driver/flow/scanned";

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
