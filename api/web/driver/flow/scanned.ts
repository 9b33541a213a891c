// Which serials were scanned for which step, until its report is made.
import { signal } from "@preact/signals";
import type { StepView, StopView } from "../../shared/contract";

const scans = signal<ReadonlyMap<string, readonly string[]>>(new Map());
const unreadable = signal<ReadonlySet<string>>(new Set());

export type ScanResult = "complete" | "more" | "again" | "wrong" | "empty";

export function scannedSerials(step: StepView): readonly string[] {
  return scans.value.get(step.step_id) ?? [];
}

/** How many pieces with serials are to be scanned: none of parts that carry no serial. */
export function scansNeeded(step: StepView): number {
  if (!step.serialised) return 0;
  return step.serials.length || step.quantity;
}

export function isScanned(step: StepView): boolean {
  return scannedSerials(step).length >= scansNeeded(step);
}

/** Labels are printed with and without spaces and in either case: these count as the same. */
export function normalised(code: string): string {
  return code.trim().replaceAll(/\s+/g, "").toUpperCase();
}

/** What a scan means for a step that expects these serials and has these already. Pure. */
export function judge(
  code: string,
  expected: readonly string[],
  scanned: readonly string[],
  needed: number,
): ScanResult {
  const wanted = normalised(code);
  if (wanted === "") return "empty";
  const has = (serials: readonly string[]): boolean => serials.some((serial) => normalised(serial) === wanted);
  if (has(scanned)) return "again";
  if (expected.length > 0 && !has(expected)) return "wrong";
  return scanned.length + 1 >= needed ? "complete" : "more";
}

/** Takes a scan; only a right one is kept, in the spelling that the server expects. */
export function takeScan(step: StepView, code: string): ScanResult {
  const scanned = scannedSerials(step);
  const result = judge(code, step.serials, scanned, scansNeeded(step));
  if (result === "complete" || result === "more") {
    const wanted = normalised(code);
    const serial = step.serials.find((expected) => normalised(expected) === wanted) ?? code.trim();
    scans.value = new Map(scans.value).set(step.step_id, [...scanned, serial]);
  }
  return result;
}

/** A customer's old part may bear another serial than was announced: what is taken is what is reported. */
export function takeAnyway(step: StepView, code: string): void {
  scans.value = new Map(scans.value).set(step.step_id, [code.trim()]);
}

/** At a hand-over: the courier says which part it is, where the label does not. */
export function sayUnreadable(step: StepView): void {
  unreadable.value = new Set(unreadable.value).add(step.step_id);
}

export function isUnreadable(step: StepView): boolean {
  return unreadable.value.has(step.step_id) && !isScanned(step);
}

/** The hand-over that a scanned piece is on board for, where it is not this one. Pure. */
export function meantFor(code: string, step: StepView, all: readonly StopView[]): StepView | null {
  const wanted = normalised(code);
  const others = all.flatMap((stop) => stop.steps).filter((other) => {
    return other.kind === "delivery" && other.state === "planned" && other.step_id !== step.step_id;
  });
  return others.find((other) => other.serials.some((serial) => normalised(serial) === wanted)) ?? null;
}

/** Takes a like piece that is on board for another order, in place of one that is expected and not scanned yet. */
export function takeLike(step: StepView, other: StepView, code: string): ScanResult {
  const wanted = normalised(code);
  const serial = other.serials.find((expected) => normalised(expected) === wanted) ?? code.trim();
  const scanned = [...scannedSerials(step), serial];
  scans.value = new Map(scans.value).set(step.step_id, scanned);
  return scanned.length >= scansNeeded(step) ? "complete" : "more";
}
