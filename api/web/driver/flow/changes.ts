// What the desk changed of the work that the courier has: told when it is heard, and shown at the step.
import type { DriverRoute, StepView } from "../../shared/contract";

const WORDS: Record<string, string> = {
  site_id: "it goes to another place",
  part_number: "it is another part",
  quantity: "it is another number of pieces",
  note: "there is a new note",
  not_before_at: "when it may come has changed",
  required_by_at: "when it is needed has changed",
  urgency: "how urgent it is has changed",
};

/** `It goes to another place; there is a new note.` Null where nothing changed that a courier acts on. */
export function changeWords({ amendment }: StepView): string | null {
  const told = (amendment?.changes ?? []).flatMap(({ field }) => WORDS[field] ?? []);
  if (told.length === 0) return null;
  const text = told.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The work that was on the route before, and was amended since, once each. Pure. */
export function amendedSince(before: DriverRoute | null, after: DriverRoute): StepView[] {
  const known = new Map(stepsOf(before).map((step) => [step.order_id, step.amendment?.at ?? null]));
  const news = stepsOf(after).filter((step) => {
    return step.amendment !== null && known.has(step.order_id) && known.get(step.order_id) !== step.amendment.at;
  });
  return [...new Map(news.map((step) => [step.order_id, step])).values()];
}

function stepsOf(route: DriverRoute | null): StepView[] {
  return (route?.route.stops ?? []).flatMap((stop) => stop.steps).filter((step) => step.order_id !== null);
}
