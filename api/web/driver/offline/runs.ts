// Which stored positions can go in one upload. Pure.
import type { StoredFix } from "./db";

/** The longest run from the start whose numbers follow each other: fix i has the number `first_seq + i`. */
export function firstRun(fixes: readonly StoredFix[], courierId: string): StoredFix[] {
  const own = fixes.filter((fix) => fix.courier_id === courierId);
  const [first] = own;
  if (!first) return [];
  const end = own.findIndex((fix, index) => fix.boot_id !== first.boot_id || fix.seq !== first.seq + index);
  return end < 0 ? own : own.slice(0, end);
}
