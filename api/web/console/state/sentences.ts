// What a live event says, in a sentence a person would say.
import type { IconName } from "../../shared/icons";
import { clockTime, humanised } from "../../shared/format";
import type { LiveEvent } from "../../shared/contract";

/** Turns the identifiers of events into the names that people say. */
export interface Names {
  order(id: string): string;
  returned(id: string): string;
  courier(id: string): string;
  place(id: string): string;
  part(number: string): string;
}

export interface Sentence {
  text: string;
  icon: IconName;
  tone: "plain" | "good" | "warn" | "bad";
}

type Writer = (event: LiveEvent, names: Names) => string;

function text(event: LiveEvent, key: string): string | null {
  const value = event.data[key];
  return typeof value === "string" && value !== "" ? value : null;
}

const order: Writer = (event, names) => {
  return text(event, "number") ?? names.order(text(event, "order_id") ?? event.subject);
};
const returned: Writer = (event, names) => {
  return text(event, "number") ?? names.returned(text(event, "return_id") ?? event.subject);
};
const repair = (event: LiveEvent): string => text(event, "number") ?? "A work order";
const decision = (event: LiveEvent): string => text(event, "number") ?? "A disposition";
const courier: Writer = (event, names) => names.courier(text(event, "courier_id") ?? event.subject);
const locker: Writer = (event, names) => names.place(text(event, "locker_id") ?? event.subject);
/** A device is called as the courier or the locker that has it. */
const device: Writer = ({ subject }, names) => {
  const owner = names.courier(subject);
  return owner === subject ? names.place(subject) : owner;
};
const compartment: Writer = (event) => {
  const name = event.data.compartment;
  return name === undefined || name === null ? "a compartment" : `compartment ${String(name)}`;
};

function clause(event: LiveEvent, key: string, before: string, name: (id: string) => string): string {
  const value = text(event, key);
  return value === null ? "" : ` ${before} ${name(value)}`;
}

function promised(e: LiveEvent, n: Names, what: string): string {
  const part = clause(e, "offered_part", "", n.part) || clause(e, "part_number", "", n.part);
  return `${part.trim()} ${what}${clause(e, "site_id", "for", n.place)}`;
}

/** What a file brought: `parts.imported` with 3 added reads "3 parts were imported". */
const imported: Writer = (event) => {
  const [what] = event.kind.split(".");
  const changed = Number(event.data.changed ?? 0);
  const rows = what === "stock" ? "lines of stock" : what;
  return `${Number(event.data.added ?? 0)} ${rows} were imported${changed > 0 ? `, ${changed} changed` : ""}`;
};

const WRITERS: Record<string, Writer> = {
  "order.created": (e, n) =>
    `${order(e, n)} came in${clause(e, "part_number", "for", n.part)}${clause(e, "site_id", "at", n.place)}`,
  "promise.offered": (e, n) => promised(e, n, "was promised"),
  "promise.refused": (e, n) => promised(e, n, "could not be promised"),
  "promise.lapsed": (e, n) => promised(e, n, "is not held any more"),
  "promise.redeemed": (e, n) => promised(e, n, "was ordered as promised"),
  "order.amended": (e, n) => `${order(e, n)} was amended${clause(e, "reason", "\u2013", (reason) => reason)}`,
  "order.planned": (e, n) => `${order(e, n)} is planned${clause(e, "courier_id", "with", n.courier)}`,
  "order.picked_up": (e, n) =>
    `${order(e, n)} was picked up${clause(e, "courier_id", "by", n.courier)}`,
  "order.delivered": (e, n) =>
    `${order(e, n)} was delivered${clause(e, "site_id", "to", n.place)}${clause(e, "courier_id", "by", n.courier)}`,
  "order.cancelled": (e, n) => `${order(e, n)} was cancelled${clause(e, "reason", "\u2013", (reason) => reason)}`,
  "return.announced": (e, n) => `${returned(e, n)} was announced${clause(e, "site_id", "at", n.place)}`,
  "return.planned": (e, n) => `${returned(e, n)} is planned${clause(e, "courier_id", "with", n.courier)}`,
  "return_link.made": (e, n) => `A return link was made${clause(e, "site_id", "for", n.place)}`,
  "return_link.revoked": (e, n) => `A return link was revoked${clause(e, "site_id", "for", n.place)}`,
  "return.way_chosen": (e, n) => `${returned(e, n)} comes${clause(e, "way", "by", humanised)}`,
  "return.dropped": (e, n) => `${returned(e, n)} was left in a locker${clause(e, "compartment", "\u2013", n.place)}`,
  "return.shipped": (e, n) => `${returned(e, n)} was handed${clause(e, "carrier", "to", (carrier) => carrier)}`,
  "return.picked_up": (e, n) => `${returned(e, n)} was collected${clause(e, "courier_id", "by", n.courier)}`,
  "return.received": (e, n) => `${returned(e, n)} was handed in${clause(e, "courier_id", "by", n.courier)}`,
  "return.inspected": (e, n) => `${returned(e, n)} was inspected`,
  "return.closed": (e, n) => `${returned(e, n)} is closed${clause(e, "decision", "\u2013", humanised)}`,
  "repair.opened": (e) => `${repair(e)} was opened`,
  "repair.testing": (e) => `${repair(e)} is being tested`,
  "repair.repairing": (e) => `${repair(e)} is being repaired`,
  "repair.repaired": (e) => `${repair(e)} is repaired`,
  "repair.no_fault_found": (e) => `${repair(e)}: no fault was found`,
  "repair.beyond_repair": (e) => `${repair(e)} is beyond repair`,
  "repair.vendor_claim": (e) => `${repair(e)} is claimed from the vendor`,
  "repair.tested": (e) => `${repair(e)} ${e.data.passed === true ? "passed" : "failed"} a test`,
  "repair.part_consumed": (e, n) => `${repair(e)} took${clause(e, "consumed", "", n.part)}`.replace("  ", " "),
  "repair.labour_booked": (e) => `Work was noted on ${repair(e)}`,
  "repair.photographed": (e) => `${repair(e)} has new photos`,
  "test_procedure.added": (e, n) => `A test was added${clause(e, "part_number", "for", n.part)}`,
  "disposition.decided": (e) => `${decision(e)}: ${humanised(text(e, "chosen") ?? "decided").toLowerCase()} is worth most`,
  "disposition.overridden": (e) => `${decision(e)} was overridden: ${humanised(text(e, "chosen") ?? "").toLowerCase()}`,
  "disposition.executed": (e) => `${decision(e)} was carried out`,
  "disposition.superseded": (e) => `${decision(e)} is decided anew`,
  "disposition_rules.changed": () => "The rules of dispositions were changed",
  "certificate.issued": (e) => `Material certificate ${text(e, "number") ?? e.subject} was issued`,
  "repair.closed": (e) => `${repair(e)} is closed`,
  "return.cancelled": (e, n) => `${returned(e, n)} was cancelled`,
  "plan.published": (e) => `A new plan is in force${typeof e.data.revision === "number" ? ` (no. ${e.data.revision})` : ""}`,
  "stop.en_route": (e, n) => `${courier(e, n)} is on the way${clause(e, "place_id", "to", n.place)}`,
  "stop.arrived": (e, n) => `${courier(e, n)} arrived${clause(e, "place_id", "at", n.place)}`,
  "stop.done": (e, n) => `${courier(e, n)} finished${clause(e, "place_id", "at", n.place)}`,
  "locker.door_opened": (e, n) => `${locker(e, n)}: ${compartment(e, n)} opened`,
  "locker.door_closed": (e, n) => `${locker(e, n)}: ${compartment(e, n)} closed`,
  "locker.online": (e, n) => `${locker(e, n)} is online`,
  "locker.offline": (e, n) => `${locker(e, n)} went offline`,
  "courier.shift_started": (e, n) => `${courier(e, n)} started the shift`,
  "courier.shift_ended": (e, n) => `${courier(e, n)} ended the shift`,
  "courier.break_started": (e, n) => `${courier(e, n)} is on a break${clause(e, "until", "until", clockTime)}`,
  "courier.break_ended": (e, n) => `${courier(e, n)} is back from the break`,
  "courier.break_undone": (e, n) => `${courier(e, n)} is not on a break after all`,
  "courier.arrived": (e, n) => `${courier(e, n)} came${clause(e, "place_id", "to", n.place)}`,
  "courier.departed": (e, n) => `${courier(e, n)} departed${clause(e, "place_id", "from", n.place)}`,
  "route.changed": (e, n) => `${courier(e, n)} has a new route${clause(e, "summary", "\u2013", (summary) => summary)}`,
  "locker.withdrawal_authorised": (e, n) =>
    `${locker(e, n)}: ${compartment(e, n)} may be opened${clause(e, "courier_id", "by", n.courier)}`,
  "locker.offline_code_issued": (e, n) =>
    `${locker(e, n)}: a code for ${compartment(e, n)} was given out${clause(e, "courier_id", "to", n.courier)}`,
  "locker.offline_code_used": (e, n) => `${locker(e, n)}: ${compartment(e, n)} was opened by a code`,
  "locker.fault_cleared": (e, n) => `${locker(e, n)}: ${compartment(e, n)} may be used again`,
  "locker.deposit_reserved": (e, n) => `${locker(e, n)}: ${compartment(e, n)} is reserved`,
  "locker.deposit_opened": (e, n) => `${locker(e, n)}: ${compartment(e, n)} is open for what comes in`,
  "locker.deposit_placed": (e, n) => `${locker(e, n)}: something lies in ${compartment(e, n)}`,
  "locker.deposit_closed": (e, n) => `${locker(e, n)}: ${compartment(e, n)} is closed again`,
  "locker.deposit_scanned": (e, n) => `${locker(e, n)}: what lies in ${compartment(e, n)} was scanned`,
  "locker.deposit_failed": (e, n) => `${locker(e, n)}: ${compartment(e, n)} took nothing in`,
  "locker.deposit_cancelled": (e, n) => `${locker(e, n)}: ${compartment(e, n)} is no longer reserved`,
  "locker.deposit_expired": (e, n) => `${locker(e, n)}: nobody came for ${compartment(e, n)} in time`,
  "device.added": (e, n) => `A device was added for ${device(e, n)}`,
  "device.invited": (e, n) => `A device was invited for ${device(e, n)}`,
  "device.provisioned": (e, n) => `The device of ${device(e, n)} fetched its secret`,
  "device.revoked": (e, n) => `The device of ${device(e, n)} was revoked`,
  "device.rotated": (e, n) => `The device of ${device(e, n)} has a new secret`,
  "device.rotation_started": (e, n) => `The device of ${device(e, n)} gets a new secret`,
  "alert.raised": (e) => text(e, "cause") ?? "Something needs a person\u2019s attention.",
  "alert.cleared": (e) => text(e, "cause") ?? "Something needs nobody any more.",
  "order.unserved": (e, n) => `${order(e, n)} cannot be served${clause(e, "reason", "\u2013", (reason) => reason)}`,
  "order.paused": (e, n) => `The clock of ${order(e, n)} is paused${clause(e, "reason", "\u2013", humanised)}`,
  "order.resumed": (e, n) => `The clock of ${order(e, n)} runs again`,
  "order.reopened": (e, n) => `${order(e, n)} is open again${clause(e, "reason", "\u2013", humanised)}`,
  "return.unserved": (e, n) => `${returned(e, n)} cannot be collected${clause(e, "reason", "\u2013", (reason) => reason)}`,
  "return.reopened": (e, n) => `${returned(e, n)} is open again${clause(e, "reason", "\u2013", humanised)}`,
  "locker.fault": (e, n) => `${locker(e, n)}: ${text(e, "cause") ?? "a compartment is faulty"}`,
  "locker.withdrawal_failed": (e, n) => `${locker(e, n)}: ${compartment(e, n)} did not open`,
  "parts.imported": imported,
  "locations.imported": imported,
  "stock.imported": imported,
  "machines.imported": imported,
  "stock.moved": (e, n) => `${n.part(e.subject)} moved${clause(e, "from_id", "from", n.place)}${clause(e, "to_id", "to", n.place)}`,
};

const LOOKS: Record<string, [IconName, Sentence["tone"]]> = {
  "order.created": ["plus", "plain"],
  "order.delivered": ["check", "good"],
  "order.cancelled": ["close", "plain"],
  "locker.offline": ["cloudOff", "warn"],
  "alert.raised": ["alert", "bad"],
  "alert.cleared": ["check", "good"],
  "order.unserved": ["alert", "warn"],
  "return.unserved": ["alert", "warn"],
  "locker.fault": ["alert", "bad"],
  "locker.withdrawal_failed": ["alert", "warn"],
  "locker.deposit_failed": ["alert", "warn"],
  "locker.offline_code_issued": ["key", "plain"],
  "return.received": ["check", "good"],
};

const FAMILY_ICONS: Record<string, IconName> = {
  order: "box",
  return: "returned",
  repair: "wrench",
  disposition: "layers",
  plan: "layers",
  stop: "pin",
  locker: "door",
  courier: "truck",
  stock: "box",
  device: "key",
};

export function sentenceOf(event: LiveEvent, names: Names): Sentence {
  const [icon, tone] = LOOKS[event.kind] ?? [FAMILY_ICONS[event.kind.split(".")[0] ?? ""] ?? "info", "plain"];
  const write = WRITERS[event.kind];
  return { icon, tone, text: write ? write(event, names) : `${humanised(event.kind)}: ${event.subject}` };
}
