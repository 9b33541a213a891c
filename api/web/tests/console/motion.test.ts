import { expect, test } from "vitest";
import { Motion } from "../../console/map/motion";

const pose = (lonDeg: number, latDeg: number, bearingDeg: number | null = null) => ({ lonDeg, latDeg, bearingDeg });

test("a marker is half way after half the time", () => {
  const motion = new Motion();
  motion.heard("c", pose(9.5, 47.1), 0, 0);
  motion.heard("c", pose(9.501, 47.1), 2_000, 0);
  expect(motion.poseAt("c", 1_000)?.lonDeg).toBeCloseTo(9.5005, 6);
  expect(motion.poseAt("c", 9_000)?.lonDeg).toBeCloseTo(9.501, 6);
});

test("a far jump is a jump", () => {
  const motion = new Motion();
  motion.heard("c", pose(9.5, 47.1), 0, 0);
  motion.heard("c", pose(9.9, 47.1), 2_000, 0);
  expect(motion.poseAt("c", 1)?.lonDeg).toBe(9.9);
});

test("a bearing turns the short way over north", () => {
  const motion = new Motion();
  motion.heard("c", pose(9.5, 47.1, 350), 0, 0);
  motion.heard("c", pose(9.5, 47.101, 10), 2_000, 0);
  expect(motion.poseAt("c", 500)?.bearingDeg).toBeCloseTo(0, 5);
});

test("without a reported bearing the way travelled tells it, and a tremor does not", () => {
  const motion = new Motion();
  motion.heard("c", pose(9.5, 47.1), 0, 0);
  expect(motion.poseAt("c", 0)?.bearingDeg).toBeNull();
  motion.heard("c", pose(9.51, 47.1), 1_000, 0);
  expect(motion.poseAt("c", 1_000)?.bearingDeg).toBeCloseTo(90, 1);
  motion.heard("c", pose(9.51, 47.100_01), 1_000, 1_000);
  expect(motion.poseAt("c", 2_000)?.bearingDeg).toBeCloseTo(90, 1);
});

test("nobody moves when all have arrived", () => {
  const motion = new Motion();
  motion.heard("c", pose(9.5, 47.1), 0, 0);
  motion.heard("c", pose(9.501, 47.1), 1_000, 0);
  expect(motion.isMovingAt(999)).toBe(true);
  expect(motion.isMovingAt(1_000)).toBe(false);
});
