// One request over HTTP: JSON in, JSON out, problems (RFC 9457) and lost connections as errors.
import { learnServerTime } from "./clock";
import type { Problem } from "./contract";

/** The server answered with an error; `problem` is null when the answer was not a problem document. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? `The server answered ${status}.`);
    this.name = "ApiError";
  }
}

/** No answer came: the network or the server is away. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server cannot be reached.", { cause });
    this.name = "Unreachable";
  }
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface RequestOptions {
  body?: unknown;
  /** A file, sent as it is in place of a JSON body. */
  file?: Blob;
  token?: string;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 20_000;

export async function sendJson<Answer>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const response = await send(method, path, options);
  learnServerTime(response.headers.get("Date"));
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
  const value: unknown = isJson && text ? JSON.parse(text) : null;
  if (!response.ok) throw new ApiError(response.status, value as Problem | null);
  return value as Answer;
}

/** A document that is no JSON, such as a PDF. */
export async function fetchDocument(path: string, token: string): Promise<Blob> {
  const response = await send("GET", path, { token });
  if (response.ok) return response.blob();
  const isJson = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
  throw new ApiError(response.status, isJson ? ((await response.json()) as Problem) : null);
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const headers = new Headers({ Accept: "application/json, */*;q=0.5" });
  if (options.body !== undefined) headers.set("Content-Type", "application/json");
  if (options.token) headers.set("Authorization", `Bearer ${options.token}`);
  if (options.idempotencyKey) headers.set("Idempotency-Key", options.idempotencyKey);
  if (options.file) headers.set("Content-Type", options.file.type);
  const json = options.body === undefined ? null : JSON.stringify(options.body);
  const body = options.file ?? json;
  try {
    const signal = options.signal ?? AbortSignal.timeout(TIMEOUT_MS);
    return await fetch(path, { method, headers, body, signal, cache: "no-store" });
  } catch (error) {
    throw new Unreachable(error);
  }
}
