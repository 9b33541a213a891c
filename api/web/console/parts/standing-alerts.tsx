// The strip under the bar: what needs a person now, for as long as it does.
import type { JSX } from "preact";
import { nowMs } from "../../shared/clock";
import type { AlertView } from "../../shared/contract";
import { dayAndTime, plural, span } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { select } from "../state/selection";
import { couriersById, resources } from "../state/store";

export function StandingAlerts(): JSX.Element {
  const alerts = resources.alerts.value.value.toSorted((one, other) => Date.parse(one.raised_at) - Date.parse(other.raised_at));
  return (
    <section class="alerts" aria-label="Standing alerts" aria-live="polite" data-testid="standing-alerts">
      {alerts.length > 0 && (
        <>
          <h2>
            <Icon name="alert" size={16} />
            {plural(alerts.length, "alert")}
          </h2>
          <ul>
            {alerts.map((alert) => (
              <Entry key={alert.alert_id} alert={alert} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Entry({ alert }: { alert: AlertView }): JSX.Element {
  const of = couriersById.value.has(alert.subject) ? "courier" : alert.kind.startsWith("locker.") ? "locker" : null;
  const what = (
    <>
      <span>{alert.cause}</span>
      <Age at={alert.raised_at} />
    </>
  );
  return (
    <li>
      {of ? (
        <button type="button" title={`Show the ${of}`} onClick={() => select(of, alert.subject)}>
          {what}
        </button>
      ) : (
        what
      )}
    </li>
  );
}

function Age({ at }: { at: string }): JSX.Element {
  return (
    <time dateTime={at} title={dayAndTime(at, nowMs.value)} class="number">
      {span(Math.max(0, nowMs.value - Date.parse(at)))}
    </time>
  );
}
