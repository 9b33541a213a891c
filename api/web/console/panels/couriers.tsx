// The couriers: who drives, how fresh their position is, what comes next.
import type { JSX } from "preact";
import { calmNowMs, nowMs } from "../../shared/clock";
import type { BreakView, CourierView, StopView } from "../../shared/contract";
import { clockRange, clockTime, plural, span, speedKmh } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { routeColours } from "../map/palette";
import { AskLocation } from "../parts/ask-location";
import { Listing } from "../parts/empty";
import { Facts } from "../parts/facts";
import { PhoneState } from "../parts/phone-state";
import { freshnessOf } from "../state/freshness";
import { phoneFacts } from "../state/phone";
import { lastPositionAt, positionOf } from "../state/positions";
import { mayManageFleet } from "../state/roles";
import { clearSelection, isSelected, select } from "../state/selection";
import { couriersById, resources } from "../state/store";

export function CouriersPanel(): JSX.Element {
  const couriers = resources.couriers.value.value.toSorted((one, other) => {
    return Number(other.on_duty) - Number(one.on_duty) || one.display_name.localeCompare(other.display_name);
  });
  const colours = routeColours([...couriersById.value.keys()]);
  return (
    <Listing
      resource={resources.couriers}
      empty={couriers.length === 0}
      title="No couriers yet"
      hint="Add one with: fieldstock user add NAME --role courier"
    >
      <ul class="rows" data-testid="couriers">
        {couriers.map((courier) => (
          <CourierRow key={courier.courier_id} courier={courier} colour={colours.get(courier.courier_id) ?? ""} />
        ))}
      </ul>
    </Listing>
  );
}

function stopsOf(courierId: string): StopView[] {
  return resources.plan.value.value?.routes.find((route) => route.courier_id === courierId)?.stops ?? [];
}

function CourierRow({ courier, colour }: { courier: CourierView; colour: string }): JSX.Element {
  const open = isSelected("courier", courier.courier_id);
  const next = stopsOf(courier.courier_id)[0];
  return (
    <li class={open ? "expanded" : ""}>
      <button
        type="button"
        class="row"
        aria-expanded={open}
        data-testid="courier-row"
        data-courier-id={courier.courier_id}
        onClick={() => (open ? clearSelection() : select("courier", courier.courier_id))}
      >
        <span class="order-row__top">
          <span class="swatch" style={{ background: colour }} aria-hidden="true" />
          <strong>{courier.display_name}</strong>
          {!courier.on_duty && <span class="badge">Off duty</span>}
          {courier.shift?.breaks.some((pause) => pause.state === "under_way") && <span class="badge">On a break</span>}
          <Heard courierId={courier.courier_id} />
        </span>
        <span class="order-row__foot">
          <span>{next ? `${next.state === "arrived" ? "At" : "To"} ${next.location_name}` : "No stops planned"}</span>
          <span class="number">{next && `ETA ${clockTime(next.eta_at)}`}</span>
        </span>
      </button>
      {open && <CourierDetail courier={courier} />}
    </li>
  );
}

function Heard({ courierId }: { courierId: string }): JSX.Element | null {
  void lastPositionAt.value;
  const position = positionOf(courierId);
  if (!position) return <span class="freshness freshness--silent row__time">No position</span>;
  const ageMs = Math.max(0, nowMs.value - Date.parse(position.fix_at));
  return (
    <span class={`freshness freshness--${freshnessOf(position.fix_at, nowMs.value)} row__time number`}>
      {span(ageMs)} ago
    </span>
  );
}

function CourierDetail({ courier }: { courier: CourierView }): JSX.Element {
  void calmNowMs.value;
  const position = positionOf(courier.courier_id);
  const shift = courier.shift;
  return (
    <div class="row-detail" data-testid="courier-detail">
      <Facts
        facts={[
          ["Shift", shift ? `${clockTime(shift.starts_at)} \u2013 ${clockTime(shift.ends_at)}` : "none today"],
          ...(shift?.breaks ?? []).map((pause): [string, string] => ["Break", breakWords(pause)]),
          ["On board", courier.on_board.length > 0 ? courier.on_board.join(", ") : "nothing"],
          ["Speed", speedKmh(position?.speed_mps ?? null) ?? "not reported"],
          ...phoneFacts(position).map((fact): [string, JSX.Element] => [
            fact.term,
            <PhoneState key={fact.term} fact={fact} />,
          ]),
        ]}
      />
      {mayManageFleet() && (
        <p>
          <AskLocation courierId={courier.courier_id} name={courier.display_name} />
        </p>
      )}
      <StopList stops={stopsOf(courier.courier_id)} />
    </div>
  );
}

function breakWords(pause: BreakView): string {
  const length = span(pause.duration_s * 1_000);
  const { started_at: started, until } = pause;
  if (started !== null && until !== null) {
    return `${clockRange(started, until) ?? clockTime(started)}${pause.state === "under_way" ? ", now" : ""}`;
  }
  const window = clockRange(pause.earliest_at, pause.latest_at) ?? clockTime(pause.earliest_at);
  if (pause.state === "missed") return `${length}, missed (to begin ${window})`;
  return `${length}, ${pause.planned_at ? `planned ${clockTime(pause.planned_at)}` : `to begin ${window}`}`;
}

/** How sure the arrival is, where that is known: its range, and how likely the hand-over is late. */
function certainty(stop: StopView): string[] {
  const { eta_early_at: early, eta_late_at: late, late_probability: risk } = stop;
  const range = stop.state === "arrived" ? null : clockRange(early, late);
  return [
    ...(range ? [range] : []),
    ...(risk !== null && risk >= 0.1 ? [`late in ${Math.round(risk * 10)} of 10 cases`] : []),
  ];
}

function StopList({ stops }: { stops: StopView[] }): JSX.Element {
  if (stops.length === 0) return <p class="muted">No stops planned.</p>;
  return (
    <ol class="stop-list">
      {stops.map((stop) => (
        <li key={stop.stop_id}>
          <time class="number">{clockTime(stop.eta_at)}</time>
          <span>
            <strong>{stop.location_name}</strong>
            <span class="muted">
              {[stop.steps.map((step) => step.number).join(", ") || plural(stop.steps.length, "step"), ...certainty(stop)]
                .join(" \u00b7 ")}
            </span>
          </span>
          {stop.state !== "planned" && <Icon name={stop.state === "arrived" ? "pin" : "truck"} size={15} />}
        </li>
      ))}
    </ol>
  );
}
