// Where the time of an order went: one bar, divided by cause, and the causes in words.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get } from "../../shared/api";
import type { OrderTime } from "../../shared/contract";
import { span } from "../../shared/format";
import { toastError } from "../../shared/toasts";

const CAUSES: [keyof OrderTime, string, string][] = [
  ["stock_ms", "stock", "No part to be had"],
  ["dispatch_ms", "dispatch", "Waiting for a courier"],
  ["travel_ms", "travel", "Under way"],
  ["site_wait_ms", "site", "At the site"],
  ["customer_ms", "customer", "Customer absent"],
  ["pause_ms", "pause", "Paused"],
];

/** Asked for anew when `stamp` changes. */
export function OrderTimeBar({ orderId, stamp }: { orderId: string; stamp: string }): JSX.Element | null {
  const time = useSignal<OrderTime | null>(null);
  useEffect(() => {
    get<OrderTime>(`/v1/orders/${orderId}/time`).then((found) => (time.value = found), toastError);
  }, [orderId, stamp]);
  const found = time.value;
  if (found === null || found.elapsed_ms === 0) return null;
  const parts = CAUSES.filter(([key]) => found[key] > 0);
  return (
    <section data-testid="order-time">
      <h3>Where the time went</h3>
      <div class="time-bar" aria-hidden="true">
        {parts.map(([key, name]) => (
          <span key={key} class={`time-bar__${name}`} style={{ flexGrow: found[key] }} />
        ))}
      </div>
      <ul class="time-parts">
        {parts.map(([key, name, words]) => (
          <li key={key}>
            <span class={`time-parts__dot time-bar__${name}`} aria-hidden="true" />
            <span>{words}</span>
            <span class="number">{span(found[key])}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
