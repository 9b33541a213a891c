import { expect, test } from "vitest";
import { phoneFacts } from "../../console/state/phone";

const silent = { battery_pct: null, charging: null, network: null, tracking: null };

test("a phone that says nothing of itself is shown as such", () => {
  for (const reading of [null, silent]) {
    for (const fact of phoneFacts(reading)) {
      expect(fact).toMatchObject({ icon: null, words: "not reported", warns: false });
    }
  }
});

test.each([
  [{ battery_pct: 81.4, charging: false }, "battery", "81 %", false],
  [{ battery_pct: 81.4, charging: true }, "bolt", "81 %, charging", false],
  [{ battery_pct: 12, charging: true }, "bolt", "12 %, charging", false],
  [{ battery_pct: 12, charging: null }, "battery", "12 %", true],
  [{ battery_pct: null, charging: true }, "bolt", "charging", false],
])("the battery %o reads %s %s", (reading, icon, words, warns) => {
  expect(phoneFacts({ ...silent, ...reading })[0]).toEqual({ term: "Phone battery", icon, words, warns });
});

test("only a tracker that reports all the way is as it should be", () => {
  const warns = (["move", "significant", "manual", "quiet"] as const).map(
    (tracking) => phoneFacts({ ...silent, tracking })[2]?.warns,
  );
  expect(warns).toEqual([false, true, true, true]);
});

test("the connection is named", () => {
  expect(phoneFacts({ ...silent, network: "mobile" })[1]).toMatchObject({ icon: "mobile", words: "Mobile network" });
});
