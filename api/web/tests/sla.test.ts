import { expect, test } from "vitest";
import type { OrderView, SlaView } from "../shared/contract";
import { countdown, span } from "../shared/format";
import { byRisk, riskOf, timeLeftMs, usedShare } from "../shared/sla";

const CALLED_MS = Date.parse("2026-11-22T10:00:00Z");
const MINUTE_MS = 60_000;
const at = (minutes: number): string => new Date(CALLED_MS + minutes * MINUTE_MS).toISOString();

function order(changes: Partial<OrderView> = {}, sla: Partial<SlaView> = {}): OrderView {
  return {
    order_id: "o", number: "ORD-1", version: 1, state: "planned", urgency: "critical", site_id: "s",
    site_name: "Site", part_number: "P", part_name: "Pump", quantity: 1, contract_id: "c", note: "",
    courier_id: null, source_id: null, serials: [], unserved_reason: null, return_id: null, promise_id: null,
    not_before_at: null,
    required_by_at: null,
    required_courier_id: null,
    forbidden_courier_ids: [],
    closed_reason: null,
    ...changes,
    sla: {
      response_s: 7_200, called_at: at(0), due_at: at(120), stopped_at: null, paused_at: null, breached: false,
      predicted_at: null, promised_at: null, late_probability: null,
      ...sla,
    },
  };
}

const RISKS: [string, OrderView, number, string][] = [
  ["planned well before it is due", order({}, { predicted_at: at(60) }), 10, "safe"],
  ["planned with ten minutes to spare", order({}, { predicted_at: at(110) }), 10, "tight"],
  ["planned after it is due", order({}, { predicted_at: at(121) }), 10, "late"],
  ["past its due time", order({}, { predicted_at: at(60) }), 121, "late"],
  ["past its predicted time, so the prediction counts as now", order({}, { predicted_at: at(60) }), 110, "tight"],
  ["young and without a plan", order({ state: "open" }), 10, "safe"],
  ["half used up and without a plan", order({ state: "open" }), 61, "tight"],
  ["not served by any plan", order({ state: "open", unserved_reason: "No part." }), 1, "tight"],
  ["with its clock paused, however late it is by now", order({}, { paused_at: at(60) }), 500, "paused"],
  ["delivered in time", order({ state: "delivered" }, { stopped_at: at(90) }), 500, "kept"],
  ["delivered late", order({ state: "delivered" }, { stopped_at: at(130), breached: true }), 500, "missed"],
  ["cancelled", order({ state: "cancelled" }), 500, "void"],
];

test.each(RISKS)("an order %s is judged so", (_name, given, minutes, risk) => {
  expect(riskOf(given, CALLED_MS + minutes * MINUTE_MS)).toBe(risk);
});

test("the clock of a delivered order stands still", () => {
  const delivered = order({ state: "delivered" }, { stopped_at: at(90) });
  expect(timeLeftMs(delivered, CALLED_MS + 500 * MINUTE_MS)).toBe(30 * MINUTE_MS);
});

test("a paused clock stands still", () => {
  expect(timeLeftMs(order({}, { paused_at: at(60) }), CALLED_MS + 500 * MINUTE_MS)).toBe(60 * MINUTE_MS);
});

test("the most endangered order comes first and what is over comes last", () => {
  const late = order({ order_id: "late" }, { predicted_at: at(121) });
  const tight = order({ order_id: "tight" }, { predicted_at: at(110) });
  const safe = order({ order_id: "safe" }, { predicted_at: at(60) });
  const sooner = order({ order_id: "sooner" }, { predicted_at: at(50), due_at: at(100) });
  const over = order({ order_id: "over", state: "delivered" }, { stopped_at: at(5), breached: true });
  const sorted = byRisk([over, safe, tight, sooner, late], CALLED_MS);
  expect(sorted.map(({ order_id: id }) => id)).toEqual(["late", "tight", "sooner", "safe", "over"]);
});

test("the used share stays between nothing and all", () => {
  expect(usedShare(order(), CALLED_MS + 60 * MINUTE_MS)).toBe(0.5);
  expect(usedShare(order(), CALLED_MS + 600 * MINUTE_MS)).toBe(1);
  expect(usedShare(order(), CALLED_MS - 60 * MINUTE_MS)).toBe(0);
});

test.each([
  [0, "0:00:00"],
  [59_999, "0:00:59"],
  [3_600_000, "1:00:00"],
  [36_061_000, "10:01:01"],
  [-1_000, "\u22120:00:01"],
  [-999, "0:00:00"],
])("a countdown of %i ms reads %s", (ms, text) => {
  expect(countdown(ms)).toBe(text);
});

test.each([
  [45_000, "45 s"],
  [12 * MINUTE_MS, "12 min"],
  [120 * MINUTE_MS, "2 h"],
  [185 * MINUTE_MS, "3 h 05"],
])("a span of %i ms reads %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});
