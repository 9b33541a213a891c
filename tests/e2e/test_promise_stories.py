"""Stories that begin with a promise: a substitute from a van, and an order that nobody can serve yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import World
from tests.e2e.installation import Installation, wait_for
from tests.e2e.test_story import _drive, _sign_in
from tests.world import PUMP, stock_up
from tracking.parts.part import Part, PartKind
from tracking.parts.service import add_part
from tracking.values.times import system_clock

WITHIN_MS = 20_000
BETTER_PUMP = "PUMP-2"
WISH = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


def promised(here: Installation) -> dict[str, Any]:
    answer = here.call("desk", "POST", "/v1/promises", WISH)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def order_of(here: Installation, order_id: str) -> dict[str, Any]:
    return dict(here.get("desk", f"/v1/orders/{order_id}"))


def phone_of_anna(here: Installation, browser: Browser) -> Page:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    _sign_in(phone, f"{here.url}/driver", "anna")
    return phone


def test_a_substitute_goes_from_the_van_to_the_site_and_the_customer_keeps_the_broken_part(
    world: World, browser: Browser
) -> None:
    here = world.installation
    store = here.store()
    with store.writing() as uow:
        now = system_clock()
        add_part(uow, Part(BETTER_PUMP, "Better pump", PartKind.REPAIRABLE, 2500, 6000, 150_000), now)
        uow.parts.save(replace(uow.parts.require(PUMP), substitutes=(BETTER_PUMP,)))
        stock_up(uow, "van-anna", BETTER_PUMP, 1, "B-1")
        uow.commit()
    store.close()

    promise = promised(here)
    assert (promise["state"], promise["source_id"], promise["offered_part"]) == (
        "offered",
        "van-anna",
        BETTER_PUMP,
    )
    placed = here.call(
        "desk", "POST", "/v1/orders", {"promise_id": promise["promise_id"], "expect_return": True}
    ).json()
    assert (placed["state"], placed["courier_id"], placed["serials"]) == ("picked_up", "anna", ["B-1"])

    phone = phone_of_anna(here, browser)
    expect(phone.get_by_test_id("next-stop")).to_contain_text("Hospital Buchs", timeout=WITHIN_MS)
    _drive(phone)
    phone.get_by_test_id("step-scan").first.click()
    phone.get_by_test_id("scan-input").fill("B-1")
    phone.get_by_test_id("scan-submit").click()
    phone.get_by_test_id("step-delivery").press("Enter")
    wait_for(lambda: order_of(here, placed["order_id"])["state"] == "delivered", 20)
    done = order_of(here, placed["order_id"])
    assert done["sla"]["stopped_at"] <= promise["promised_at"]
    assert here.get("desk", "/v1/units/B-1")["location_id"] == "hospital"

    expect(phone.get_by_test_id("step-return-pickup")).to_be_visible(timeout=WITHIN_MS)
    phone.get_by_test_id("step-cannot").first.click()
    phone.get_by_test_id("reason-core-kept").check()
    phone.get_by_test_id("cannot-note").fill("Our own lab wants to see it")
    phone.get_by_test_id("cannot-submit").click()
    rma = wait_for(lambda: _in_state(here, "refused"), 20)
    assert (rma["part_number"], rma["closed_reason"]) == (PUMP, "Our own lab wants to see it")
    assert rma["core_due_at"] is not None
    phone.close()


def test_an_order_that_nobody_can_serve_is_told_so_and_served_when_a_source_appears(world: World) -> None:
    here = world.installation
    since = here.get("admin", "/v1/events")["next_cursor"]
    promise = promised(here)
    assert (promise["state"], promise["reason"]) == ("refused", f"Nobody has 1 of {PUMP} free.")
    placed = here.call("desk", "POST", "/v1/orders", WISH).json()
    left = wait_for(lambda: _left_out(here, placed["order_id"]), 20)
    assert PUMP in left["unserved_reason"]
    assert "replenish" in left["unserved_reason"]
    events = here.get("admin", f"/v1/events?cursor={since}")["items"]
    told = [event["kind"] for event in events if event["subject"] == placed["order_id"]]
    assert "order.unserved" in told

    receipt = {"location_id": "depot", "part_number": PUMP, "serials": ["P-9"]}
    assert here.call("bench", "POST", "/v1/stock/receipts", receipt).status_code == 201
    wait_for(lambda: order_of(here, placed["order_id"])["state"] == "planned", 20)
    served = order_of(here, placed["order_id"])
    assert (served["source_id"], served["serials"], served["unserved_reason"]) == ("depot", ["P-9"], None)


def _in_state(here: Installation, state: str) -> dict[str, Any] | None:
    return next((r for r in here.get("desk", "/v1/returns")["items"] if r["state"] == state), None)


def _left_out(here: Installation, order_id: str) -> dict[str, Any] | None:
    order = order_of(here, order_id)
    return order if order["unserved_reason"] else None
