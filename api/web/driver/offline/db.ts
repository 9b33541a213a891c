// The phone's own store (IndexedDB): reports not sent yet, verdicts to read, positions, the last route.
import type { DriverEvent, DriverFix, DriverRoute, Verdict } from "../../shared/contract";

/** A report with its owner: another courier who signs in on this phone must not send it. */
export interface StoredEvent extends DriverEvent {
  courier_id: string;
}

export interface StoredIssue extends Verdict {
  courier_id: string;
  event: DriverEvent;
}

export interface StoredFix {
  courier_id: string;
  boot_id: string;
  seq: number;
  fix: DriverFix;
}

type StoreName = "events" | "issues" | "fixes" | "meta";

const DATABASE = "fieldstock-driver";
const VERSION = 1;
let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("events", { keyPath: "event_id" });
      request.result.createObjectStore("issues", { keyPath: "event_id" });
      request.result.createObjectStore("fixes", { keyPath: ["boot_id", "seq"] });
      request.result.createObjectStore("meta");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The phone's store cannot be opened."));
  });
  return opened;
}

function answered<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The phone's store refused."));
  });
}

/** Runs `work` in one transaction and returns when it is on disk. */
async function transact<Result>(
  names: StoreName[],
  mode: IDBTransactionMode,
  work: (transaction: IDBTransaction) => Promise<Result>,
): Promise<Result> {
  const transaction = (await database()).transaction(names, mode, { durability: "strict" });
  const finished = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("The phone's store gave up."));
  });
  const result = await work(transaction);
  await finished;
  return result;
}

/** Stores a report under the next number of this device: the count and the report in one transaction. */
export function addEvent(draft: Omit<StoredEvent, "seq">): Promise<StoredEvent> {
  return transact(["events", "meta"], "readwrite", async (transaction) => {
    const meta = transaction.objectStore("meta");
    const seq = ((await answered(meta.get("seq"))) as number | undefined) ?? 0;
    const event: StoredEvent = { ...draft, seq };
    meta.put(seq + 1, "seq");
    transaction.objectStore("events").add(event);
    return event;
  });
}

export async function eventsOf(courierId: string): Promise<StoredEvent[]> {
  const events = await allOf<StoredEvent>("events");
  return events.filter((event) => event.courier_id === courierId).toSorted((one, other) => one.seq - other.seq);
}

export async function issuesOf(courierId: string): Promise<StoredIssue[]> {
  const issues = await allOf<StoredIssue>("issues");
  return issues.filter((issue) => issue.courier_id === courierId);
}

/** Forgets reports that have their verdict and keeps what the courier must read, in one transaction. */
export function settle(eventIds: readonly string[], issues: readonly StoredIssue[]): Promise<void> {
  return transact(["events", "issues"], "readwrite", async (transaction) => {
    for (const issue of issues) transaction.objectStore("issues").put(issue);
    for (const id of eventIds) transaction.objectStore("events").delete(id);
  });
}

export function dismissIssue(eventId: string): Promise<void> {
  return transact(["issues"], "readwrite", async (transaction) => {
    transaction.objectStore("issues").delete(eventId);
  });
}

export function addFix(fix: StoredFix): Promise<void> {
  return transact(["fixes"], "readwrite", async (transaction) => {
    transaction.objectStore("fixes").put(fix);
  });
}

/** The oldest positions, up to `limit`, in the order of their making. */
export function oldestFixes(limit: number): Promise<StoredFix[]> {
  return transact(["fixes"], "readonly", (transaction) =>
    answered(transaction.objectStore("fixes").getAll(null, limit) as IDBRequest<StoredFix[]>),
  );
}

export function forgetFixes(fixes: readonly StoredFix[]): Promise<void> {
  return transact(["fixes"], "readwrite", async (transaction) => {
    for (const { boot_id: bootId, seq } of fixes) transaction.objectStore("fixes").delete([bootId, seq]);
  });
}

export function keepRoute(route: DriverRoute): Promise<void> {
  return transact(["meta"], "readwrite", async (transaction) => {
    transaction.objectStore("meta").put(route, `route:${route.courier_id}`);
  });
}

/** The last route that was read; none where an earlier version of this page kept it, without what is shown now. */
export async function keptRoute(courierId: string): Promise<DriverRoute | undefined> {
  const kept = await transact(["meta"], "readonly", (transaction) =>
    answered(transaction.objectStore("meta").get(`route:${courierId}`) as IDBRequest<DriverRoute | undefined>),
  );
  return kept?.shift && !("breaks" in kept.shift) ? undefined : kept;
}

function allOf<Item>(name: StoreName): Promise<Item[]> {
  return transact([name], "readonly", (transaction) =>
    answered(transaction.objectStore(name).getAll() as IDBRequest<Item[]>),
  );
}
