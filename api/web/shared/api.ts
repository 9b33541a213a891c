// The API as the pages call it: authenticated, retried once with a fresh token, pages joined.
import type { Page } from "./contract";
import { accessToken } from "./session";
import { uuid7 } from "./uuid7";
import { ApiError, fetchDocument, sendJson, type Method, type RequestOptions } from "./wire";

const PAGE_LIMIT = 500;
const MAX_PAGES = 40;

async function authorised<Answer>(ask: (token: string) => Promise<Answer>): Promise<Answer> {
  const token = await accessToken();
  try {
    return await ask(token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    return ask(await accessToken(token));
  }
}

function askJson<Answer>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
  return authorised((token) => sendJson<Answer>(method, path, { ...options, token }));
}

export function get<Answer>(path: string): Promise<Answer> {
  return askJson<Answer>("GET", path);
}

/** The same `idempotencyKey` makes a repeated write count once. */
export function post<Answer>(path: string, body: unknown, idempotencyKey: string = uuid7()): Promise<Answer> {
  return askJson<Answer>("POST", path, { body, idempotencyKey });
}

/** Changes what is named; the same `idempotencyKey` makes a repeated write count once. */
export function patch<Answer>(path: string, body: unknown, idempotencyKey: string): Promise<Answer> {
  return askJson<Answer>("PATCH", path, { body, idempotencyKey });
}

export function remove(path: string): Promise<null> {
  return askJson<null>("DELETE", path);
}

/** A document that is no JSON, such as a PDF. */
export function getDocument(path: string): Promise<Blob> {
  return authorised((token) => fetchDocument(path, token));
}

/** All items of a list, up to `maxPages` pages of 500. */
export async function getAll<Item>(path: string, maxPages: number = MAX_PAGES): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const answer: Page<Item> = await get<Page<Item>>(pagePath(path, cursor));
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return items;
}

function pagePath(path: string, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(PAGE_LIMIT), ...(cursor && { cursor }) });
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}
