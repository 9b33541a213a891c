import { expect, test } from "vitest";
import { changeText, differences, fieldsOf, localInput, type Named } from "../../console/state/amending";
import type { OrderView } from "../../shared/contract";

const ORDER = {
  site_id: "hospital",
  part_number: "PUMP-1",
  quantity: 1,
  contract_id: "two-hours",
  urgency: "critical",
  note: "",
  not_before_at: "2026-03-02T09:30:27.123Z",
  required_by_at: null,
} as OrderView;

const names: Named = {
  place: (id) => (id === "clinic" ? "Clinic Schaan" : "Hospital Buchs"),
  part: (number) => number,
  contract: () => "2 h",
  courier: (id) => (id === "anna" ? "Anna" : "Ben"),
};

test("what stands as it is sends nothing, and a time that the form cut to minutes is no change", () => {
  const fields = fieldsOf(ORDER);
  expect(differences(ORDER, fields)).toEqual({});
  const cut = new Date(localInput(ORDER.not_before_at)).toISOString();
  expect(differences(ORDER, { ...fields, not_before_at: cut })).toEqual({});
});

test("what differs is sent, and a time that was taken away as null", () => {
  const wanted = { ...fieldsOf(ORDER), site_id: "clinic", quantity: 2, not_before_at: null };
  expect(differences(ORDER, wanted)).toEqual({ site_id: "clinic", quantity: 2, not_before_at: null });
});

test("an empty number is not sent", () => {
  expect(differences(ORDER, { ...fieldsOf(ORDER), quantity: Number.NaN })).toEqual({});
});

test.each([
  [{ field: "site_id", before: "hospital", after: "clinic" }, "Site: Hospital Buchs \u2192 Clinic Schaan"],
  [{ field: "quantity", before: 1, after: 2 }, "Quantity: 1 \u2192 2"],
  [{ field: "note", before: "", after: "Gate 2" }, "Note"],
  [{ field: "required_by_at", before: null, after: null }, "Needed by: none \u2192 none"],
  [{ field: "required_courier_id", before: null, after: "anna" }, "Only by: none \u2192 Anna"],
  [{ field: "forbidden_courier_ids", before: [], after: ["anna", "ben"] }, "Not by: none \u2192 Anna, Ben"],
])("a change is told by names", (change, text) => {
  expect(changeText(change, names, 0)).toBe(text);
});
