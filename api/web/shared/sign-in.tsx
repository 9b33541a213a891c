// The sign-in page of both front-ends.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Logo } from "./logo";
import { signIn } from "./session";
import { explained } from "./toasts";

export function SignIn({ title, hint }: { title: string; hint: string }): JSX.Element {
  const busy = useSignal(false);
  const failure = useSignal<{ text: string; action: string | null } | null>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    busy.value = true;
    failure.value = null;
    try {
      await signIn(String(fields.get("login")).trim().toLowerCase(), String(fields.get("password")));
    } catch (error) {
      failure.value = explained(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <main class="sign-in">
      <form class="sign-in__card" onSubmit={submit} data-testid="sign-in-form">
        <Logo />
        <header>
          <h1>{title}</h1>
          <p>{hint}</p>
        </header>
        <label class="field">
          <span>Name</span>
          <input
            name="login"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            maxLength={64}
            data-testid="sign-in-login"
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            data-testid="sign-in-password"
          />
        </label>
        {failure.value && (
          <p class="notice notice--bad" role="alert" data-testid="sign-in-error">
            <strong>{failure.value.text}</strong>
            {failure.value.action && <span>{failure.value.action}</span>}
          </p>
        )}
        <button class="button button--primary button--large" disabled={busy.value} data-testid="sign-in-submit">
          {busy.value ? "Signing in\u2026" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
