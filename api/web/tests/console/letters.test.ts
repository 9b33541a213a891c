import { expect, test } from "vitest";
import { detailOf, laidOut, letterGroups, lettersCount, replayWords } from "../../console/state/letters";

test("letters are grouped by reason, the largest group first, and an unknown code is readable", () => {
  const counts = { reasons: { malformed_json: 2, brand_new_reason: 7, unknown_device: 2 } };
  expect(letterGroups(counts).map(({ title, count }) => [title, count])).toEqual([
    ["Brand new reason", 7],
    ["Not written as JSON", 2],
    ["From a device nobody knows", 2],
  ]);
  expect(lettersCount(counts)).toBe(11);
  expect(lettersCount({ reasons: {} })).toBe(0);
});

test.each([
  ["invalid_value: lat_deg must lie in [-90, 90]: not 990", "lat_deg must lie in [-90, 90]: not 990"],
  ["odd", "odd"],
])("the reason %s says %s", (reason, detail) => {
  expect(detailOf(reason)).toBe(detail);
});

test("a payload is laid out where it is JSON, and shown as it came elsewhere", () => {
  expect(laidOut('{"lat":1}')).toBe('{\n  "lat": 1\n}');
  expect(laidOut('{"lat":')).toBe('{"lat":');
});

const nothing = { read: 0, stored: 0, duplicate: 0, still_unreadable: 0, more: false, reached_id: 9 };
test.each([
  [{ still_unreadable: 1 }, "1 message still cannot be read."],
  [{ read: 2, stored: 3 }, "2 messages read, 3 stored."],
  [
    { read: 2, stored: 1, duplicate: 1, still_unreadable: 4, more: true },
    "2 messages read, 1 stored, 1 known already, 4 still unreadable. There are more: press again.",
  ],
])("a second reading that made %o is told as %s", (outcome, words) => {
  expect(replayWords({ ...nothing, ...outcome })).toBe(words);
});
