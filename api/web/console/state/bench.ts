// The bench in words: the states of work orders, which of them are shown, and what a form sends.
import type { DispositionView, ProcedureView, WorkOrderView, WorkState } from "../../shared/contract";

export type BenchChip = "open" | "outcome" | "closed";

export const WORK_STATES: Record<WorkState, [word: string, look: string]> = {
  triage: ["Triage", "badge--warn"],
  testing: ["Testing", "badge--accent"],
  repairing: ["Repairing", "badge--accent"],
  repaired: ["Repaired", "badge--good"],
  no_fault_found: ["No fault found", "badge--good"],
  beyond_repair: ["Beyond repair", "badge--bad"],
  vendor_claim: ["Vendor claim", "badge--warn"],
  closed: ["Closed", ""],
};

/** What a button says that brings a work order into a state. */
export const DEEDS: Record<Exclude<WorkState, "triage" | "closed">, string> = {
  testing: "Test it",
  repairing: "Repair it",
  repaired: "It is repaired",
  no_fault_found: "No fault found",
  beyond_repair: "Beyond repair",
  vendor_claim: "Vendor claim",
};

const ORDER = Object.keys(DEEDS) as (keyof typeof DEEDS)[];

const CHIP_OF: Record<WorkState, BenchChip> = {
  triage: "open",
  testing: "open",
  repairing: "open",
  repaired: "outcome",
  no_fault_found: "outcome",
  beyond_repair: "outcome",
  vendor_claim: "outcome",
  closed: "closed",
};

export function chipOf(order: WorkOrderView): BenchChip {
  return CHIP_OF[order.state];
}

/** The deeds that the server will allow, as far as the state tells; a unit that was unpacked has to be tested. */
export function deedsOf(order: WorkOrderView): (keyof typeof DEEDS)[] {
  return ORDER.filter((state) => {
    if (state === "no_fault_found" && order.state === "triage" && !order.unopened) return false;
    return order.allowed.includes(state);
  });
}

export function isSound(order: WorkOrderView): boolean {
  return order.outcome === "repaired" || order.outcome === "no_fault_found";
}

/** Where a unit may go after its outcome, by the kind of the place. */
export function destinationKinds(order: WorkOrderView): readonly string[] {
  if (isSound(order)) return ["depot", "stocking_location"];
  return order.outcome === "vendor_claim" ? ["supplier"] : ["scrap"];
}

export function gradesOf(order: WorkOrderView): ("new" | "refurbished" | "defective")[] {
  if (!isSound(order)) return ["defective"];
  return order.outcome === "no_fault_found" && order.unopened ? ["new", "refurbished"] : ["refurbished"];
}

type Step = ProcedureView["steps"][number];

/** `98 to 102 ml/h`, `at most 100 uA`. */
export function limitsOf({ lower, upper, unit }: Step): string {
  const words =
    lower !== null && upper !== null
      ? `${lower} to ${upper}`
      : lower !== null
        ? `at least ${lower}`
        : `at most ${upper}`;
  return `${words} ${unit}`.trim();
}

/** What was typed for each step; an empty field could not be measured. */
export function readingsOf(procedure: ProcedureView, typed: (step: string) => string) {
  return procedure.steps.map(({ name }) => {
    const text = typed(name).trim().replace(",", ".");
    return { step: name, value: text === "" ? null : Number(text) };
  });
}

/** `1,234.50`, with a real minus sign. */
export function money(cents: number): string {
  const text = (Math.abs(cents) / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return cents < 0 ? `\u2212${text}` : text;
}

export function isToBeDone(made: DispositionView): boolean {
  return made.state === "decided" || made.state === "overridden";
}

/** What a button says that carries a disposition out. */
export const WAYS: Record<DispositionView["chosen"], string> = {
  repair: "Repair it",
  refurbish: "Refurbish it",
  harvest: "Take it apart",
  vendor_claim: "Send it to the vendor",
  recycle: "Recycle it",
  scrap: "Scrap it",
};
