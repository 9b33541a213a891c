// The words for the ways of a return, its warranty, and how far it has come.
import type { CustomerPlace, CustomerReturn, ReturnState, ReturnWay, WarrantyView } from "../shared/contract";
import type { IconName } from "../shared/icons";

export const WAYS: Record<ReturnWay, { icon: IconName; title: string; text: string }> = {
  courier: { icon: "truck", title: "A courier picks it up", text: "We come to you. You need not go anywhere." },
  locker: { icon: "door", title: "Leave it in a locker", text: "Day and night. A code opens a compartment once." },
  location: { icon: "pin", title: "Hand it in", text: "At one of our locations, during opening hours." },
  carrier: { icon: "box", title: "Send it by a carrier", text: "By post or parcel service, at your own choice." },
};

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

export const longDate = (at: string): string => DATE.format(new Date(at));
export const moment = (at: string): string => MOMENT.format(new Date(at));

export function distance({ distance_m: metres }: CustomerPlace): string {
  if (metres === null) return "";
  return metres < 1_000 ? `${Math.round(metres / 50) * 50} m` : `${(metres / 1_000).toFixed(1)} km`;
}

/** What is recorded, and no more. */
export function warrantyText({ state, until }: WarrantyView): string {
  if (state === "holds" && until) return `Our last repair of it is under warranty until ${longDate(until)}.`;
  if (state === "ended" && until) return `The warranty of our last repair ended on ${longDate(until)}.`;
  return "No warranty is recorded for this serial. The service desk will check it.";
}

interface Stage {
  title: string;
  reached: boolean;
}

const ON_ITS_WAY = new Set<ReturnState>(["picked_up", "received", "inspected", "closed"]);
const ARRIVED = new Set<ReturnState>(["received", "inspected", "closed"]);

export function stages({ state, way }: CustomerReturn): Stage[] {
  const gone = ON_ITS_WAY.has(state) || state === "dropped" || state === "shipped";
  const middle: Record<ReturnWay, Stage[]> = {
    courier: [
      { title: "Pickup planned", reached: state === "planned" || gone },
      { title: "Picked up", reached: gone },
    ],
    locker: [
      { title: "Left in the locker", reached: gone },
      { title: "Collected from the locker", reached: ON_ITS_WAY.has(state) },
    ],
    location: [],
    carrier: [{ title: "Handed to the carrier", reached: gone }],
  };
  return [
    { title: "Announced", reached: true },
    ...middle[way],
    { title: "Received", reached: ARRIVED.has(state) },
    { title: "Inspected", reached: state === "inspected" || state === "closed" },
  ];
}

export function headline({ state, way }: CustomerReturn): string {
  if (state === "cancelled") return "This return was called off";
  if (state === "refused") return "You keep the part";
  if (state === "closed") return "Done. Thank you!";
  if (state === "inspected") return "We have looked at it";
  if (state === "received") return "It has arrived";
  if (state === "picked_up") return "It is on its way";
  if (state === "dropped") return "It is in the locker";
  if (state === "shipped") return "It is with the carrier";
  if (state === "planned") return "A courier is on the way to you soon";
  const next: Record<ReturnWay, string> = {
    courier: "We plan the pickup",
    locker: "Bring it to the locker",
    location: "Hand it in",
    carrier: "Send it to us",
  };
  return next[way];
}
