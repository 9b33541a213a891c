import { expect, test } from "vitest";
import { chosenWay } from "../../return/ways";
import { distance, headline, stages, warrantyText } from "../../return/words";
import type { CustomerPart, CustomerPlace, CustomerReturn } from "../../shared/contract";

const place = (place_id: string, distance_m: number | null = null): CustomerPlace => ({
  place_id,
  name: place_id,
  address: "",
  opening_hours: "",
  distance_m,
});

const part = (fields: Partial<CustomerPart> = {}): CustomerPart => ({
  part_number: "PUMP-1",
  name: "Pump",
  serialised: true,
  serials: [],
  lockers: [place("near"), place("far")],
  ...fields,
});

test("the nearest place counts unless another was chosen", () => {
  const depot = [place("depot")];
  expect(chosenWay({ way: "locker", placeId: null }, part(), "P-1", depot)).toEqual({ way: "locker", placeId: "near" });
  expect(chosenWay({ way: "locker", placeId: "far" }, part(), "P-1", depot).placeId).toBe("far");
  expect(chosenWay({ way: "locker", placeId: "gone" }, part(), "P-1", depot).placeId).toBe("near");
  expect(chosenWay({ way: "location", placeId: null }, part(), "", depot).placeId).toBe("depot");
  expect(chosenWay({ way: "carrier", placeId: "depot" }, part(), "", depot).placeId).toBeNull();
});

test.each([
  ["no serial was typed", part(), " "],
  ["the part carries none", part({ serialised: false }), "P-1"],
  ["no compartment is free", part({ lockers: [] }), "P-1"],
])("a courier comes in place of a locker drop where %s", (_, item, serial) => {
  expect(chosenWay({ way: "locker", placeId: "near" }, item, serial, [])).toEqual({ way: "courier", placeId: null });
});

test("a warranty that is not recorded is not made up", () => {
  expect(warrantyText({ state: "not_recorded", until: null })).toContain("No warranty is recorded");
  expect(warrantyText({ state: "holds", until: "2027-01-05T00:00:00Z" })).toContain("until 5 January 2027");
  expect(warrantyText({ state: "ended", until: "2025-01-05T00:00:00Z" })).toContain("ended on 5 January 2025");
});

test("how far a return is follows its way", () => {
  const reached = (state: CustomerReturn["state"], way: CustomerReturn["way"]): string[] =>
    stages({ state, way } as CustomerReturn)
      .filter((stage) => stage.reached)
      .map(({ title }) => title);
  expect(reached("awaited", "locker")).toEqual(["Announced"]);
  expect(reached("dropped", "locker")).toEqual(["Announced", "Left in the locker"]);
  expect(reached("shipped", "carrier")).toEqual(["Announced", "Handed to the carrier"]);
  expect(reached("received", "location")).toEqual(["Announced", "Received"]);
  expect(headline({ state: "awaited", way: "location" } as CustomerReturn)).toBe("Hand it in");
  expect(headline({ state: "cancelled", way: "locker" } as CustomerReturn)).toBe("This return was called off");
});

test("distances are as coarse as they are known", () => {
  expect([distance(place("a", 420)), distance(place("a", 2_260)), distance(place("a"))]).toEqual(["400 m", "2.3 km", ""]);
});
