// The left side: tabs over one list; the bench has its own, for those who work there.
import type { JSX } from "preact";
import { tab, type Tab } from "../state/selection";
import { mayRepair } from "../state/roles";
import { BenchPanel } from "./bench";
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
  ["bench", "Bench", BenchPanel],
];

function shownTabs(): typeof TABS {
  return TABS.filter(([name]) => name !== "bench" || mayRepair());
}

export function SidePanel(): JSX.Element {
  const Panel = TABS.find(([name]) => name === tab.value)?.[2] ?? OrdersPanel;
  return (
    <aside class="side" aria-label="Lists">
      <div class="tabs" role="tablist" onKeyDown={moveByArrow}>
        {shownTabs().map(([name, label]) => (
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
  const tabs = shownTabs();
  const at = tabs.findIndex(([name]) => name === tab.value);
  const next = tabs[(at + step + tabs.length) % tabs.length]?.[0];
  if (!next) return;
  tab.value = next;
  document.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
}
