// Which dialog is open.
import { signal } from "@preact/signals";

export const newOrderOpen = signal(false);
export const newReturnOpen = signal(false);
