// What a desk may change of an order, and how changes are told.
import { dayAndTime } from "../../shared/format";
import type { FieldChange, OrderView, Urgency } from "../../shared/contract";

export interface Fields {
  site_id: string;
  part_number: string;
  quantity: number;
  contract_id: string;
  urgency: Urgency;
  note: string;
  not_before_at: string | null;
  required_by_at: string | null;
}

export function fieldsOf(order: OrderView): Fields {
  const { site_id, part_number, quantity, contract_id, urgency, note, not_before_at, required_by_at } = order;
  return { site_id, part_number, quantity, contract_id, urgency, note, not_before_at, required_by_at };
}

/** What is to be another: a time is compared as the form shows it, in minutes. */
export function differences(order: OrderView, wanted: Fields): Partial<Fields> {
  const stands = fieldsOf(order);
  const names = Object.keys(stands) as (keyof Fields)[];
  const differs = names.filter((name) => {
    if (name === "not_before_at" || name === "required_by_at") return localInput(stands[name]) !== localInput(wanted[name]);
    return stands[name] !== wanted[name] && !Number.isNaN(wanted[name]);
  });
  return Object.fromEntries(differs.map((name) => [name, wanted[name]]));
}

/** A time as a field of the kind datetime-local takes it: by the clock of the reader, in minutes. */
export function localInput(at: string | null): string {
  if (at === null) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export interface Named {
  place(id: string): string;
  part(number: string): string;
  contract(id: string): string;
  courier(id: string): string;
}

const TITLES: Record<string, string> = {
  site_id: "Site",
  part_number: "Part",
  quantity: "Quantity",
  contract_id: "Contract",
  urgency: "Urgency",
  note: "Note",
  not_before_at: "Not before",
  required_by_at: "Needed by",
  required_courier_id: "Only by",
  forbidden_courier_ids: "Not by",
  due_at: "Due",
  promised_at: "Promised",
};

/** `Site: Hospital Buchs \u2192 Clinic Schaan`; a note is not repeated, it stands in the details. */
export function changeText(change: FieldChange, names: Named, nowMs: number): string {
  const title = TITLES[change.field] ?? change.field;
  if (change.field === "note") return "Note";
  const told = (value: FieldChange["before"]): string => {
    if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
    if (Array.isArray(value)) return value.map((id) => names.courier(id)).join(", ");
    if (change.field === "required_courier_id") return names.courier(String(value));
    if (change.field.endsWith("_at")) return dayAndTime(String(value), nowMs);
    if (change.field === "site_id") return names.place(String(value));
    if (change.field === "part_number") return names.part(String(value));
    if (change.field === "contract_id") return names.contract(String(value));
    return String(value);
  };
  return `${title}: ${told(change.before)} \u2192 ${told(change.after)}`;
}
