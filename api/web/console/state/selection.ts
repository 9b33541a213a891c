// What the dispatcher looks at: the tab, and one thing that is selected.
import { signal } from "@preact/signals";

export type Tab = "orders" | "returns" | "couriers" | "lockers" | "stock" | "devices" | "bench";

export interface Selection {
  kind: "order" | "return" | "courier" | "locker" | "site" | "repair";
  id: string;
}

export const tab = signal<Tab>("orders");
export const selection = signal<Selection | null>(null);
/** On a narrow screen either the list or the map is in front. */
export const narrowView = signal<"list" | "map">("list");

const TABS: Record<Selection["kind"], Tab> = {
  order: "orders",
  return: "returns",
  courier: "couriers",
  locker: "lockers",
  site: "orders",
  repair: "bench",
};

/** Selects a thing and shows the tab that lists it. */
export function select(kind: Selection["kind"], id: string): void {
  selection.value = { kind, id };
  tab.value = TABS[kind];
}

export function clearSelection(): void {
  selection.value = null;
}

export function isSelected(kind: Selection["kind"], id: string): boolean {
  return selection.value?.kind === kind && selection.value.id === id;
}
