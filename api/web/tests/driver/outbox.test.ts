import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import type { DriverEvent, Verdict, Verdicts } from "../../shared/contract";
import { uuid7 } from "../../shared/uuid7";
import { ApiError, Unreachable } from "../../shared/wire";
import { addEvent, eventsOf, issuesOf, type StoredEvent } from "../../driver/offline/db";
import { uploadEvents } from "../../driver/offline/upload";

function stored(courierId: string, note = ""): Promise<StoredEvent> {
  return addEvent({
    courier_id: courierId, event_id: uuid7(), kind: "arrived", at: "2026-11-22T10:00:00Z", base_version: 1,
    stop_id: "stop", step_id: null, serials: [], reason: null, note, break_id: null,
  });
}

function verdicts(events: DriverEvent[], verdict: Verdict["verdict"] = "applied"): Verdicts {
  const answers = events.map(({ event_id: id }) => ({ event_id: id, verdict, code: null, cause: "why", action: null }));
  return { verdicts: answers, route_version: 2 };
}

test("reports are numbered in the order of their making, over all couriers of the phone", async () => {
  const one = await stored("order-a");
  const other = await stored("order-b");
  expect(other.seq).toBe(one.seq + 1);
  expect((await eventsOf("order-a")).map(({ seq }) => seq)).toEqual([one.seq]);
});

test("reports stay when the server cannot be reached, and go when it can", async () => {
  await Promise.all([stored("away"), stored("away"), stored("away")]);
  const refuse = () => Promise.reject(new Unreachable("offline"));
  await expect(uploadEvents("away", refuse)).rejects.toBeInstanceOf(Unreachable);
  expect(await eventsOf("away")).toHaveLength(3);
  const seen: number[] = [];
  await uploadEvents("away", async (events) => {
    seen.push(...events.map(({ seq }) => seq));
    return verdicts(events);
  });
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  expect(await eventsOf("away")).toEqual([]);
});

test("the server is told nothing but what the contract names", async () => {
  await stored("plain");
  await uploadEvents("plain", async (events) => {
    expect(events[0]).not.toHaveProperty("courier_id");
    return verdicts(events);
  });
});

test("a duplicate is forgotten in silence, a conflict is kept to be read", async () => {
  await stored("twice");
  await uploadEvents("twice", async (events) => verdicts(events, "duplicate"));
  expect(await issuesOf("twice")).toEqual([]);
  await stored("clash");
  await uploadEvents("clash", async (events) => verdicts(events, "conflict"));
  const [issue] = await issuesOf("clash");
  expect(issue?.cause).toBe("why");
  expect(issue?.event.kind).toBe("arrived");
  expect(await eventsOf("clash")).toEqual([]);
});

test("a report that the server cannot read does not hold up the others", async () => {
  await stored("mixed", "good");
  await stored("mixed", "bad");
  await stored("mixed", "good");
  await uploadEvents("mixed", async (events) => {
    if (events.some(({ note }) => note === "bad")) throw new ApiError(422, null);
    return verdicts(events);
  });
  expect(await eventsOf("mixed")).toEqual([]);
  expect((await issuesOf("mixed")).map(({ event }) => event.note)).toEqual(["bad"]);
});

test("an error that may pass keeps every report", async () => {
  await stored("busy");
  const send = () => Promise.reject(new ApiError(503, null));
  await expect(uploadEvents("busy", send)).rejects.toBeInstanceOf(ApiError);
  expect(await eventsOf("busy")).toHaveLength(1);
});

test("one courier's reports are not sent by another", async () => {
  await stored("anna");
  let asked = false;
  await uploadEvents("bert", async (events) => {
    asked = true;
    return verdicts(events);
  });
  expect(asked).toBe(false);
  expect(await eventsOf("anna")).toHaveLength(1);
});
