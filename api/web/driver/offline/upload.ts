// Sends the stored reports, oldest first, until each has its verdict. What cannot be sent stays.
import type { DriverEvent, Verdict, Verdicts } from "../../shared/contract";
import { ApiError } from "../../shared/wire";
import { eventsOf, settle, type StoredEvent, type StoredIssue } from "./db";

export type SendEvents = (events: DriverEvent[]) => Promise<Verdicts>;

const BATCH = 100;
const MAX_BATCHES = 50;
/** Refusals of the whole upload that another attempt cannot heal. */
const FINAL_STATUSES = new Set([400, 413, 422]);

/** Uploads all reports of one courier. Raises what `send` raises when the server cannot be asked. */
export async function uploadEvents(courierId: string, send: SendEvents): Promise<void> {
  for (let round = 0; round < MAX_BATCHES; round += 1) {
    const batch = (await eventsOf(courierId)).slice(0, BATCH);
    if (batch.length === 0) return;
    const verdicts = await judged(batch, send);
    if (verdicts.length === 0) return;
    const byId = new Map(batch.map((event) => [event.event_id, event]));
    const issues = verdicts.filter(({ verdict }) => verdict === "conflict" || verdict === "rejected");
    await settle(
      verdicts.map(({ event_id: id }) => id),
      issues.flatMap((verdict) => issueOf(verdict, byId.get(verdict.event_id))),
    );
  }
}

/** A refused batch is sent one by one, so that a single bad report does not hold up the others. */
async function judged(batch: readonly StoredEvent[], send: SendEvents): Promise<Verdict[]> {
  try {
    return (await send(batch.map(plain))).verdicts;
  } catch (error) {
    if (!(error instanceof ApiError) || !FINAL_STATUSES.has(error.status)) throw error;
    const [first] = batch;
    if (batch.length === 1 && first) return [refusal(first, error)];
    const verdicts: Verdict[] = [];
    for (const event of batch) verdicts.push(...(await judged([event], send)));
    return verdicts;
  }
}

function plain({ courier_id: _owner, ...event }: StoredEvent): DriverEvent {
  return event;
}

function refusal(event: StoredEvent, error: ApiError): Verdict {
  return {
    event_id: event.event_id,
    verdict: "rejected",
    code: error.problem?.code ?? null,
    cause: error.message,
    action: error.problem?.action ?? "Tell the dispatcher what you did.",
  };
}

function issueOf(verdict: Verdict, event: StoredEvent | undefined): StoredIssue[] {
  return event ? [{ ...verdict, courier_id: event.courier_id, event: plain(event) }] : [];
}
