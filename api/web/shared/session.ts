// Who is signed in: the tokens, kept per page kind, refreshed before they expire and by one tab at a time.
import { computed, signal } from "@preact/signals";
import type { PersonView, Tokens } from "./contract";
import { ApiError, sendJson } from "./wire";

interface Session {
  accessToken: string;
  expiresAtMs: number;
  refreshToken: string;
  person: PersonView;
}

const REFRESH_MARGIN_MS = 30_000;
const app = document.documentElement.dataset.app ?? "console";
const storageKey = `fieldstock.${app}.session`;
const session = signal<Session | null>(stored());

export const person = computed<PersonView | null>(() => session.value?.person ?? null);

addEventListener("storage", (event) => {
  if (event.key === storageKey || event.key === null) session.value = stored();
});

export async function signIn(login: string, password: string): Promise<void> {
  keep(await sendJson<Tokens>("POST", "/v1/auth/sign-in", { body: { login, password } }));
}

/** Forgets the session even when the server cannot be told: the refresh token then dies of age. */
export async function signOut(): Promise<void> {
  const refreshToken = stored()?.refreshToken;
  const token = stored()?.accessToken;
  forget();
  if (!refreshToken) return;
  await sendJson("POST", "/v1/auth/sign-out", {
    body: { refresh_token: refreshToken },
    ...(token && { token }),
  }).catch((error: unknown) => console.warn("The server was not told of the sign-out.", error));
}

/** A token that is good for at least half a minute. Raises `ApiError` 401 when nobody is signed in. */
export async function accessToken(rejected?: string): Promise<string> {
  const current = stored();
  if (current && isGood(current, rejected)) return current.accessToken;
  return alone(async () => {
    const latest = stored();
    if (latest && isGood(latest, rejected)) return latest.accessToken;
    return refresh(latest);
  });
}

function isGood(candidate: Session, rejected?: string): boolean {
  return candidate.accessToken !== rejected && candidate.expiresAtMs - REFRESH_MARGIN_MS > Date.now();
}

async function refresh(latest: Session | null): Promise<string> {
  if (!latest) throw new ApiError(401, null);
  try {
    const body = { refresh_token: latest.refreshToken };
    return keep(await sendJson<Tokens>("POST", "/v1/auth/refresh", { body })).accessToken;
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) forget();
    throw error;
  }
}

/** One refresh at a time over all tabs; where `navigator.locks` is missing (plain HTTP), in this tab. */
let queue: Promise<unknown> = Promise.resolve();
function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  if ("locks" in navigator) return navigator.locks.request(`${storageKey}.refresh`, work) as Promise<Result>;
  const turn = queue.then(work, work);
  queue = turn.catch(() => undefined);
  return turn;
}

function keep(tokens: Tokens): Session {
  const kept: Session = {
    accessToken: tokens.access_token,
    expiresAtMs: Date.now() + tokens.expires_in_s * 1_000,
    refreshToken: tokens.refresh_token,
    person: tokens.person,
  };
  localStorage.setItem(storageKey, JSON.stringify(kept));
  session.value = kept;
  return kept;
}

function forget(): void {
  localStorage.removeItem(storageKey);
  session.value = null;
}

function stored(): Session | null {
  const text = localStorage.getItem(storageKey);
  return text ? (JSON.parse(text) as Session) : null;
}
