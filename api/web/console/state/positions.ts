// The newest position of each courier: from the list, then from the live stream; late fixes move nobody back.
import { effect, signal } from "@preact/signals";
import type { CourierPosition, PositionView } from "../../shared/contract";
import { resources } from "./store";

type Listener = (courierId: string, position: PositionView) => void;

const newest = new Map<string, PositionView>();
const listeners = new Set<Listener>();
/** The newest `fix_at` of all couriers, for the map container's attribute. */
export const lastPositionAt = signal<string | null>(null);

export function takePosition({ courier_id: courierId, position }: CourierPosition): void {
  const known = newest.get(courierId);
  if (known && Date.parse(known.fix_at) >= Date.parse(position.fix_at)) return;
  newest.set(courierId, position);
  if (lastPositionAt.value === null || Date.parse(lastPositionAt.value) < Date.parse(position.fix_at)) {
    lastPositionAt.value = position.fix_at;
  }
  for (const listener of listeners) listener(courierId, position);
}

export function positionOf(courierId: string): PositionView | null {
  return newest.get(courierId) ?? null;
}

/** Hears every position that is new, the known ones at once; returns how to stop. */
export function onPosition(listener: Listener): () => void {
  for (const [courierId, position] of newest) listener(courierId, position);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

effect(() => {
  for (const { courier_id: courierId, position } of resources.couriers.value.value) {
    if (position) takePosition({ courier_id: courierId, position });
  }
});
