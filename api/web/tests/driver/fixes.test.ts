import { expect, test } from "vitest";
import type { StoredFix } from "../../driver/offline/db";
import { firstRun } from "../../driver/offline/runs";

function fix(bootId: string, seq: number, courierId = "c"): StoredFix {
  const position = { lat_deg: 47, lon_deg: 9, accuracy_m: null, speed_mps: null, bearing_deg: null, altitude_m: null };
  return {
    courier_id: courierId, boot_id: bootId, seq,
    fix: { fix_at: "2026-11-22T10:00:00Z", battery_pct: null, ...position },
  };
}

test.each([
  ["one unbroken run", [fix("a", 4), fix("a", 5), fix("a", 6)], 3],
  ["a gap in the numbers", [fix("a", 4), fix("a", 5), fix("a", 7)], 2],
  ["another start of the page", [fix("a", 4), fix("b", 5)], 1],
  ["another courier's positions in front", [fix("a", 0, "x"), fix("a", 1), fix("a", 2)], 2],
  ["nothing", [], 0],
])("%s makes one upload of so many positions", (_name, fixes, count) => {
  expect(firstRun(fixes, "c")).toHaveLength(count);
});
