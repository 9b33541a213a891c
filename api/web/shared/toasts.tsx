// Short messages at the screen's edge: what happened, and what to do about it.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "./icons";
import { ApiError, Unreachable } from "./wire";

interface Toast {
  id: number;
  tone: "good" | "bad" | "note";
  text: string;
  action: string | null;
}

const SHOWN_MS = { good: 4_000, note: 5_000, bad: 10_000 };
const MAX_TOASTS = 4;
const toasts = signal<Toast[]>([]);
let nextId = 1;

export function toast(text: string, tone: Toast["tone"] = "good", action: string | null = null): void {
  const id = nextId;
  nextId += 1;
  const others = toasts.value.filter((other) => other.text !== text);
  toasts.value = [...others, { id, tone, text, action }].slice(-MAX_TOASTS);
  setTimeout(() => dismiss(id), SHOWN_MS[tone]);
}

/** Says what went wrong in the server's own words, with its advice. */
export function toastError(error: unknown): void {
  const { text, action } = explained(error);
  toast(text, "bad", action);
}

export function explained(error: unknown): { text: string; action: string | null } {
  if (error instanceof ApiError) {
    const fields = error.problem?.errors?.map(({ path, cause }) => `${path}: ${cause}`).join("; ");
    const text = fields ? `${error.message} (${fields})` : error.message;
    return { text, action: error.problem?.action ?? null };
  }
  if (error instanceof Unreachable) {
    return { text: error.message, action: "Check the connection, then try again." };
  }
  console.error(error);
  return { text: "Something went wrong on this page.", action: "Reload it, then try again." };
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((shown) => shown.id !== id);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.value.map(({ id, tone, text, action }) => (
        <div key={id} class={`toast toast--${tone}`} data-testid="toast" data-tone={tone}>
          <Icon name={tone === "bad" ? "alert" : tone === "good" ? "check" : "info"} />
          <div class="toast__text">
            <strong>{text}</strong>
            {action && <span>{action}</span>}
          </div>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
