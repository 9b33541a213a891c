// The left side: six tabs over one list.
import type { JSX } from "preact";
import { tab, type Tab } from "../state/selection";
import { CouriersPanel } from "./couriers";
import { DevicesPanel } from "./devices";
import { LockersPanel } from "./lockers";
import { OrdersPanel } from "./orders";
import { ReturnsPanel } from "./returns";
import { StockPanel } from "./stock";

const TABS: [Tab, string, () => JSX.Element][] = [
  ["orders", "Orders", OrdersPanel],
  ["returns", "Returns", ReturnsPanel],
  ["couriers", "Couriers", CouriersPanel],
  ["lockers", "Lockers", LockersPanel],
  ["stock", "Stock", StockPanel],
  ["devices", "Devices", DevicesPanel],
];

export function SidePanel(): JSX.Element {
  const Panel = TABS.find(([name]) => name === tab.value)?.[2] ?? OrdersPanel;
  return (
    <aside class="side" aria-label="Lists">
      <div class="tabs" role="tablist" onKeyDown={moveByArrow}>
        {TABS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab.value === name}
            aria-controls="tab-panel"
            tabIndex={tab.value === name ? 0 : -1}
            data-testid={`tab-${name}`}
            onClick={() => (tab.value = name)}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="side__panel" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
        <Panel />
      </div>
    </aside>
  );
}

function moveByArrow(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const at = TABS.findIndex(([name]) => name === tab.value);
  const next = TABS[(at + step + TABS.length) % TABS.length]?.[0];
  if (!next) return;
  tab.value = next;
  document.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
}
