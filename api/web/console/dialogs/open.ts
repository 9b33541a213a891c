// Which dialog is open.
import { signal } from "@preact/signals";
import type { DeviceView, OrderView } from "../../shared/contract";

export const newOrderOpen = signal(false);
export const amendOpen = signal(false);
/** The order as it was read when the dialog was opened: what is sent is held against that. */
export const orderToAmend = signal<OrderView | null>(null);
export const newReturnOpen = signal(false);
export const returnLinksOpen = signal(false);
export const newDeviceOpen = signal(false);
export const rotateOpen = signal(false);
/** Kept apart from the list: a device that is let in again leaves the list it stood in. */
export const deviceToRotate = signal<DeviceView | null>(null);
