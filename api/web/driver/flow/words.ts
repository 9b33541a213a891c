// The words for what is done at a stop, and which reasons fit when it cannot be done.
import type { DriverEventKind, FailureReason, StepKind } from "../../shared/contract";
import type { IconName } from "../../shared/icons";

interface StepWords {
  title: string;
  short: string;
  confirm: string;
  done: string;
  event: DriverEventKind;
  icon: IconName;
}

export const STEP_WORDS: Record<StepKind, StepWords> = {
  pickup: {
    title: "Pick up",
    short: "Pick up",
    confirm: "Picked up",
    done: "Picked up",
    event: "picked_up",
    icon: "box",
  },
  delivery: {
    title: "Deliver",
    short: "Deliver",
    confirm: "Delivered",
    done: "Delivered",
    event: "delivered",
    icon: "hand",
  },
  return_pickup: {
    title: "Take the old part",
    short: "Collect",
    confirm: "Old part taken",
    done: "Old part is on board",
    event: "picked_up",
    icon: "returned",
  },
  return_dropoff: {
    title: "Hand in",
    short: "Hand in",
    confirm: "Handed in",
    done: "Handed in",
    event: "returned",
    icon: "wrench",
  },
};

/** How a report is called when it is spoken of later. */
export const REPORT_WORDS: Record<DriverEventKind, string> = {
  en_route: "\u201cOn my way\u201d",
  arrived: "The arrival",
  picked_up: "The pickup",
  delivered: "The delivery",
  failed: "\u201cCannot do it\u201d",
  returned: "The hand-in",
  break_started: "The start of the break",
  break_ended: "The end of the break",
};

export const REASONS: Record<FailureReason, string> = {
  customer_absent: "Nobody is there",
  access_denied: "I cannot get in",
  part_missing: "The part is not there",
  part_wrong: "It is the wrong part",
  part_damaged: "The part is damaged",
  core_kept: "The customer keeps it",
  locker_fault: "The locker does not open",
  vehicle_fault: "My vehicle has a fault",
  other: "Something else",
};

const AT_CUSTOMER: FailureReason[] = ["customer_absent", "access_denied"];
const OF_PART: FailureReason[] = ["part_missing", "part_wrong", "part_damaged"];
const ALWAYS: FailureReason[] = ["vehicle_fault", "other"];

export function reasonsFor(kind: StepKind, atLocker: boolean): FailureReason[] {
  if (kind === "pickup") return [...(atLocker ? (["locker_fault"] as const) : []), ...OF_PART, "access_denied", ...ALWAYS];
  if (kind === "return_dropoff") return ["access_denied", "part_missing", "part_damaged", ...ALWAYS];
  if (kind === "return_pickup") return ["core_kept", ...AT_CUSTOMER, ...OF_PART, ...ALWAYS];
  return [...AT_CUSTOMER, ...OF_PART, ...ALWAYS];
}
