import { expect, test } from "vitest";
import { amendedSince, changeWords } from "../../driver/flow/changes";
import type { AmendmentView, DriverRoute, FieldChange, StepView } from "../../shared/contract";

function amendment(at: string, ...fields: string[]): AmendmentView {
  const changes: FieldChange[] = fields.map((field) => ({ field, before: "a", after: "b" }));
  return { at, by: "desk", reason: "He called again", changes };
}

function step(orderId: string | null, made: AmendmentView | null, kind = "delivery"): StepView {
  return { step_id: `${kind}:${orderId}`, kind, order_id: orderId, number: "ORD-1", amendment: made } as StepView;
}

function route(...steps: StepView[]): DriverRoute {
  return { route: { courier_id: "anna", version: 1, stops: [{ steps }] } } as unknown as DriverRoute;
}

test("a change is told in words that a courier acts on", () => {
  const made = amendment("t1", "site_id", "promised_at", "note");
  expect(changeWords(step("o1", made))).toBe("It goes to another place; there is a new note.");
  expect(changeWords(step("o1", amendment("t1", "contract_id", "due_at")))).toBeNull();
  expect(changeWords(step("o1", null))).toBeNull();
});

test("only what was on the route before and is amended since is news, once for each order", () => {
  const old = amendment("t1", "note");
  const before = route(step("o1", null, "pickup"), step("o1", null), step("o2", old), step(null, null));
  const after = route(
    step("o1", amendment("t2", "site_id"), "pickup"),
    step("o1", amendment("t2", "site_id")),
    step("o2", old),
    step("o3", amendment("t2", "note")),
    step(null, null),
  );
  expect(amendedSince(before, after).map((news) => news.order_id)).toEqual(["o1"]);
  expect(amendedSince(null, after)).toEqual([]);
});
