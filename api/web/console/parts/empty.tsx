// What a list says when it has nothing to show, and why.
import type { ComponentChildren, JSX } from "preact";
import type { Resource } from "../state/resource";

interface Props {
  resource: Resource<unknown>;
  empty: boolean;
  title: string;
  hint: string;
  children: ComponentChildren;
}

export function Listing({ resource, empty, title, hint, children }: Props): JSX.Element {
  const state = resource.state.value;
  if (state === "refused") return <Empty title="Not for your role" hint="Ask an administrator for access." />;
  if (state === "failed") return <Empty title="Could not be loaded" hint="Trying again every few seconds." />;
  if (state === "loading") return <Skeleton />;
  return empty ? <Empty title={title} hint={hint} /> : <>{children}</>;
}

export function Empty({ title, hint }: { title: string; hint: string }): JSX.Element {
  return (
    <div class="empty" data-testid="empty">
      <strong>{title}</strong>
      <span>{hint}</span>
    </div>
  );
}

function Skeleton(): JSX.Element {
  return (
    <div class="skeleton" aria-label="Loading" role="status">
      {Array.from({ length: 6 }, (_, index) => (
        <div key={index} class="skeleton__row" />
      ))}
    </div>
  );
}
