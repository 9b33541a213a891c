// The figures of the day; the first two lead to the orders that they count.
import type { JSX } from "preact";
import { chip, type Chip } from "../state/filters";
import { kpis } from "../state/kpis";
import { clearSelection, narrowView, tab } from "../state/selection";

export function KpiStrip(): JSX.Element {
  const { open, atRisk, onDuty, couriers, deliveredToday, onTimePct } = kpis.value;
  return (
    <dl class="kpis" aria-label="The day in figures">
      <Kpi name="open" label="Open orders" value={String(open)} leadsTo="active" />
      <Kpi name="at-risk" label="At risk" value={String(atRisk)} tone={atRisk > 0 ? "bad" : ""} leadsTo="at_risk" />
      <Kpi name="on-duty" label="Couriers on duty" value={String(onDuty)} of={` / ${couriers}`} />
      <Kpi name="delivered" label="Delivered today" value={String(deliveredToday)} leadsTo="delivered" />
      <Kpi
        name="on-time"
        label="On time"
        value={onTimePct === null ? "\u2013" : String(onTimePct)}
        of={onTimePct === null ? "" : " %"}
        tone={onTimePct === null ? "" : onTimePct >= 95 ? "good" : "warn"}
      />
    </dl>
  );
}

interface KpiProps {
  name: string;
  label: string;
  value: string;
  of?: string;
  tone?: string;
  leadsTo?: Chip;
}

function Kpi({ name, label, value, of = "", tone = "", leadsTo }: KpiProps): JSX.Element {
  const figure = (
    <>
      {value}
      {of && <small>{of}</small>}
    </>
  );
  return (
    <div class={`kpi ${tone && `kpi--${tone}`}`} data-testid={`kpi-${name}`} data-value={value}>
      <dt>{label}</dt>
      <dd class="number">
        {leadsTo ? (
          <button type="button" onClick={() => show(leadsTo)} aria-label={`${label}: ${value}. Show them`}>
            {figure}
          </button>
        ) : (
          figure
        )}
      </dd>
    </div>
  );
}

function show(wanted: Chip): void {
  clearSelection();
  tab.value = "orders";
  chip.value = wanted;
  narrowView.value = "list";
}
