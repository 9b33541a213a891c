// What a dispatcher wants to know of a locker: alarms, differences, and what a courier may open there.
import type {
  CompartmentView,
  DepositState,
  DepositView,
  LockerAlarm,
  LockerView,
  OfflineCodeView,
  PlanView,
} from "../../shared/contract";
import { plural } from "../../shared/format";

export interface Alarm {
  kind: LockerAlarm;
  title: string;
  detail: string;
}

export function alarmsOf(locker: LockerView): Alarm[] {
  return locker.alarms.map((kind) => ({ kind, title: ALARM_TITLES[kind], detail: alarmDetail(kind, locker) }));
}

export const ALARM_TITLES: Record<LockerAlarm, string> = {
  too_cold: "Too cold",
  too_warm: "Too warm",
  on_battery: "On battery",
};

function alarmDetail(kind: LockerAlarm, locker: LockerView): string {
  if (kind === "on_battery") {
    const left = locker.battery_pct === null ? "" : ` ${Math.round(locker.battery_pct)} % is left.`;
    return `Mains power is off.${left}`;
  }
  const limit = kind === "too_cold" ? locker.min_temperature_c : locker.max_temperature_c;
  const now = locker.temperature_c === null ? "" : `${degrees(locker.temperature_c)} now`;
  return [now, limit === null ? "" : `${kind === "too_cold" ? "at least" : "at most"} ${degrees(limit)} allowed`]
    .filter(Boolean)
    .join(", ");
}

export function degrees(celsius: number): string {
  return `${Math.round(celsius * 10) / 10} \u00b0C`.replace("-", "\u2212");
}

export function limitsWords({ min_temperature_c: min, max_temperature_c: max }: LockerView): string {
  if (min !== null && max !== null) return `${degrees(min)} to ${degrees(max)}`;
  if (min !== null) return `${degrees(min)} or more`;
  return max === null ? "none set" : `${degrees(max)} or less`;
}

/** By number where names are numbers: 2 before 10. */
export function inOrder(compartments: readonly CompartmentView[]): CompartmentView[] {
  return compartments.toSorted((one, other) =>
    one.compartment.localeCompare(other.compartment, undefined, { numeric: true }),
  );
}

/** How many compartments need a person: a fault, or a stock that is not the ledger's. */
export function needsPerson(compartments: readonly CompartmentView[]): number {
  return compartments.filter((one) => one.fault !== null || one.difference !== null).length;
}

/** Digits in fours, as people read them aloud. */
export function grouped(code: string): string {
  return code.replace(/(\d{4})(?=\d)/g, "$1\u2009\u2009");
}

export interface Opening {
  /** `step:ID` for a planned pickup, `compartment:NAME` for any other reason to open. */
  value: string;
  label: string;
}

/** What a code may be for: the courier's planned pickups at the locker, then any compartment. */
export function openings(
  courierId: string,
  locker: LockerView,
  plan: PlanView | null,
  lockerOf: (locationId: string) => string | null,
  partName: (partNumber: string) => string,
): { planned: Opening[]; others: Opening[] } {
  const stops = plan?.routes.find((route) => route.courier_id === courierId)?.stops ?? [];
  const planned = stops
    .filter((stop) => lockerOf(stop.location_id) === locker.locker_id)
    .flatMap((stop) => stop.steps)
    .filter((step) => step.kind === "pickup" && step.state === "planned" && step.compartment !== null)
    .map((step) => ({
      value: `step:${step.step_id}`,
      label: `${step.number}: ${step.part_name}, compartment ${step.compartment}`,
    }));
  const others = inOrder(locker.compartments).map((one) => ({
    value: `compartment:${one.compartment}`,
    label: `Compartment ${one.compartment}: ${contentWords(one, partName)}`,
  }));
  return { planned, others };
}

export function contentWords(one: CompartmentView, partName: (partNumber: string) => string): string {
  if (one.part_number === null) return "empty";
  return [partName(one.part_number), one.serial ?? (one.quantity > 1 ? `\u00d7 ${one.quantity}` : null)]
    .filter(Boolean)
    .join(", ");
}

export function codeRequest(
  courierId: string,
  opening: string,
  reason: string,
): { courier_id: string; reason: string; step_id: string | null; compartment: string | null } {
  const [kind, ...rest] = opening.split(":");
  const name = rest.join(":");
  return {
    courier_id: courierId,
    reason,
    step_id: kind === "step" ? name : null,
    compartment: kind === "compartment" ? name : null,
  };
}

/** What is said to the courier, besides the digits. */
export function codeWords(code: OfflineCodeView, lockerName: string, courierName: string): string {
  return `Opens compartment ${code.compartment} of ${lockerName}, for ${courierName}. It counts once.`;
}

export const DEPOSIT_WORDS: Record<DepositState, [word: string, look: string]> = {
  reserved: ["Reserved", "badge--accent"],
  opened: ["Open", "badge--warn"],
  placed: ["Laid in", "badge--warn"],
  closed: ["Closed, not scanned", "badge--warn"],
  scanned: ["Taken in", "badge--good"],
  settled: ["Taken in", "badge--good"],
  failed: ["Failed", "badge--bad"],
  cancelled: ["Cancelled", ""],
  expired: ["Expired", ""],
};

const UNDER_WAY = new Set<DepositState>(["reserved", "opened", "placed", "closed"]);

export function isUnderWay(deposit: DepositView): boolean {
  return UNDER_WAY.has(deposit.state);
}

/** Those under way, then the latest of the others. */
export function shownDeposits(deposits: readonly DepositView[], pastShown: number): DepositView[] {
  const newest = deposits.toSorted((one, other) => Date.parse(other.reserved_at) - Date.parse(one.reserved_at));
  return [...newest.filter(isUnderWay), ...newest.filter((each) => !isUnderWay(each)).slice(0, pastShown)];
}

/** The words of a row: what needs a look, shortest first. */
export function attentionWords(locker: LockerView): string | null {
  const count = needsPerson(locker.compartments);
  return count === 0 ? null : `${plural(count, "compartment")} to check`;
}
