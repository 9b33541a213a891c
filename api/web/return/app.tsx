// The page of a return link: what comes back and how, then how that stands; or why the link opens nothing.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../shared/icons";
import { Logo } from "../shared/logo";
import { explained, Toasts } from "../shared/toasts";
import { ApiError } from "../shared/wire";
import { ReturnForm } from "./form";
import { failure, load, page } from "./link";
import { Status } from "./status";

const READ_EVERY_MS = 10_000;

export function App(): JSX.Element {
  useEffect(() => {
    void load();
    const timer = setInterval(() => page.value?.submitted && void load(), READ_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="return">
      <header class="return__head">
        <Logo />
        {page.value && <span class="muted">{page.value.site_name}</span>}
      </header>
      <main class="return__main">
        <Content />
      </main>
      <Toasts />
    </div>
  );
}

function Content(): JSX.Element {
  const refused = failure.value instanceof ApiError;
  if (failure.value !== null && (page.value === null || refused)) return <Closed error={failure.value} />;
  if (page.value === null) return <p class="muted waiting">Opening your return{"\u2026"}</p>;
  const { submitted } = page.value;
  return submitted ? <Status item={submitted} page={page.value} /> : <ReturnForm page={page.value} />;
}

const TITLES: Record<string, string> = {
  link_unknown: "This link is not known",
  link_expired: "This link has expired",
  link_revoked: "This link was withdrawn",
  link_throttled: "One moment, please",
};

function Closed({ error }: { error: unknown }): JSX.Element {
  const code = error instanceof ApiError ? (error.problem?.code ?? "") : "";
  const { text, action } = explained(error);
  return (
    <section class="card closed" data-testid="link-closed" data-code={code}>
      <span class="closed__icon">
        <Icon name="alert" size={26} />
      </span>
      <h1>{TITLES[code] ?? "This page cannot be shown"}</h1>
      <p>{text}</p>
      {action && <p class="muted">{action}</p>}
      <button type="button" class="button button--large" onClick={() => void load()}>
        Try again
      </button>
    </section>
  );
}
