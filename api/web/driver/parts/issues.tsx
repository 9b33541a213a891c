// What the server objected to: which report, why, and what to do now.
import type { JSX } from "preact";
import { clockTime } from "../../shared/format";
import { Icon } from "../../shared/icons";
import { REPORT_WORDS } from "../flow/words";
import { dismiss, issues } from "../state";

export function Issues(): JSX.Element | null {
  if (issues.value.length === 0) return null;
  return (
    <section class="issues" aria-label="To clear up" data-testid="issues">
      {issues.value.map((issue) => (
        <article key={issue.event_id} class="issue" data-testid="issue" data-verdict={issue.verdict}>
          <Icon name="alert" size={22} />
          <div>
            <h3>
              {REPORT_WORDS[issue.event.kind]} at {clockTime(issue.event.at)} was not accepted
            </h3>
            <p>{issue.cause ?? "The route changed in the meantime."}</p>
            {issue.action && <p class="issue__action">{issue.action}</p>}
            <button
              type="button"
              class="button"
              data-testid="issue-dismiss"
              onClick={() => void dismiss(issue.event_id)}
            >
              Understood
            </button>
          </div>
        </article>
      ))}
    </section>
  );
}
