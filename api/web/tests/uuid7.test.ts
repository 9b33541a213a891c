import { expect, test } from "vitest";
import { uuid7 } from "../shared/uuid7";

test("an identifier has the form that the contract asks for", () => {
  for (let count = 0; count < 200; count += 1) {
    expect(uuid7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

test("later identifiers sort later", () => {
  const times = [0, 1, 255, 256, 2 ** 32, 1_795_000_000_000, 1_795_000_000_001];
  const ids = times.map(uuid7);
  expect(ids.toSorted()).toEqual(ids);
});
