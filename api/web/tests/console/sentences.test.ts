import { expect, test } from "vitest";
import { sentenceOf, type Names } from "../../console/state/sentences";
import { touchedBy } from "../../console/state/touches";

const names: Names = {
  order: () => "ORD-1",
  returned: () => "RMA-1",
  courier: (id) => (id === "anna" ? "Anna Frick" : id),
  place: (id) => (id === "locker-vaduz" ? "Locker Vaduz" : id),
  part: (number) => (number === "FS-1" ? "Pump controller" : number),
};

function sentence(kind: string, subject: string, data: Record<string, unknown> = {}): string {
  return sentenceOf({ position: 1, kind, subject, at: "2026-11-22T10:00:00Z", data }, names).text;
}

test.each([
  ["order.created", "id", { number: "ORD-7", part_number: "FS-1" }, "ORD-7 came in for Pump controller"],
  ["order.amended", "id", { number: "ORD-7", reason: "Other gate" }, "ORD-7 was amended \u2013 Other gate"],
  ["order.planned", "id", { courier_id: "anna" }, "ORD-1 is planned with Anna Frick"],
  ["stop.arrived", "s", { courier_id: "anna", place_id: "locker-vaduz" }, "Anna Frick arrived at Locker Vaduz"],
  ["locker.door_opened", "locker-vaduz", { compartment: "4" }, "Locker Vaduz: compartment 4 opened"],
  ["alert.raised", "x", { cause: "Door 3 opened." }, "Door 3 opened."],
  ["alert.cleared", "x", { cause: "Anna is heard again." }, "Anna is heard again."],
  ["courier.shift_started", "anna", {}, "Anna Frick started the shift"],
  ["courier.break_ended", "anna", {}, "Anna Frick is back from the break"],
  ["device.added", "anna", { kind: "courier" }, "A device was added for Anna Frick"],
  ["device.revoked", "locker-vaduz", {}, "The device of Locker Vaduz was revoked"],
  ["locker.offline_code_issued", "locker-vaduz", { compartment: "4", courier_id: "anna" },
    "Locker Vaduz: a code for compartment 4 was given out to Anna Frick"],
  ["locker.deposit_reserved", "locker-vaduz", { compartment: "4" }, "Locker Vaduz: compartment 4 is reserved"],
  ["route.changed", "anna", {}, "Anna Frick has a new route"],
  ["route.changed", "anna", { summary: "ORD-7 is added: a new order." },
    "Anna Frick has a new route \u2013 ORD-7 is added: a new order."],
  ["parts.imported", "import-1001", { added: 3, changed: 2 }, "3 parts were imported, 2 changed"],
  ["stock.imported", "import-1002", { added: 7, changed: 0 }, "7 lines of stock were imported"],
  ["drone.landed", "roof", {}, "Drone landed: roof"],
])("%s reads as a person would say it", (kind, subject, data, text) => {
  expect(sentence(kind, subject, data)).toBe(text);
});

test("an unknown kind of a known family touches the family's lists, anything else none", () => {
  expect(touchedBy("locker.jammed")).toContain("lockers");
  expect(touchedBy("alert.cleared")).toEqual(["alerts", "lockers"]);
  expect(touchedBy("stock.imported")).toEqual(["stock", "lockers"]);
  expect(touchedBy("parts.imported")).toEqual(["parts"]);
  expect(touchedBy("device.revoked")).toEqual(["devices"]);
  expect(touchedBy("drone.landed")).toEqual([]);
});
