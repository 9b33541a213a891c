// What a courier's phone says of itself, in words: battery, connection, and how its tracker is set.
import type { PositionView } from "../../shared/contract";
import type { IconName } from "../../shared/icons";

const LOW_PCT = 20;

export interface PhoneFact {
  term: string;
  icon: IconName | null;
  words: string;
  /** Whether somebody should do something about it. */
  warns: boolean;
}

type Reading = Pick<PositionView, "battery_pct" | "charging" | "network" | "tracking">;

const NETWORKS = {
  wifi: ["wifi", "Wi-Fi"],
  mobile: ["mobile", "Mobile network"],
  offline: ["cloudOff", "Was offline, sent later"],
} as const satisfies Record<NonNullable<Reading["network"]>, readonly [IconName, string]>;

const MODES = {
  move: ["navigate", "Reports all the way"],
  significant: ["pause", "Reports big moves only"],
  manual: ["hand", "Reports when told to"],
  quiet: ["cloudOff", "Switched to quiet"],
} as const satisfies Record<NonNullable<Reading["tracking"]>, readonly [IconName, string]>;

export function phoneFacts(reading: Reading | null): PhoneFact[] {
  return [battery(reading), connection(reading), tracker(reading)];
}

function battery(reading: Reading | null): PhoneFact {
  const percent = reading?.battery_pct ?? null;
  const charging = reading?.charging ?? null;
  const level = percent === null ? null : `${Math.round(percent)} %`;
  const words = [level, charging === true ? "charging" : null].filter((word) => word !== null).join(", ");
  return {
    term: "Phone battery",
    icon: charging === true ? "bolt" : percent === null ? null : "battery",
    words: words === "" ? "not reported" : words,
    warns: percent !== null && percent < LOW_PCT && charging !== true,
  };
}

function connection(reading: Reading | null): PhoneFact {
  const [icon, words] = reading?.network ? NETWORKS[reading.network] : [null, "not reported"];
  return { term: "Connection", icon, words, warns: false };
}

function tracker(reading: Reading | null): PhoneFact {
  const mode = reading?.tracking ?? null;
  const [icon, words] = mode ? MODES[mode] : [null, "not reported"];
  return { term: "Tracker", icon, words, warns: mode !== null && mode !== "move" };
}
