from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from device_gateway.protocol.offline_codes import CodeState, try_code
from tests.api_server import Api
from tests.world import NOW, PUMP, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.stops import StepKind
from tracking.lockers.depositing import placed_reported, scan_reported
from tracking.lockers.locker import DoorState
from tracking.lockers.offline_opening import offline_keys
from tracking.lockers.service import connection_reported, door_reported
from tracking.orders import service as orders
from tracking.values.ids import new_id

LOCKER = "locker-schaan"


@pytest.fixture
def world(api: Api) -> Api:
    with api.context.store.writing() as uow:
        stock_up(uow, f"{LOCKER}-c1", PUMP, 1, "P-1")
        stock_up(uow, "van-anna", PUMP, 1, "P-2")
        connection_reported(uow, LOCKER, True, "s-1", 1, NOW)
        order = order_pump(uow)
        orders.assign(uow, order.order_id, "anna", f"{LOCKER}-c1", NOW, NOW)
        step = PlannedStep(StepKind.PICKUP, order.order_id, f"{LOCKER}-c1")
        replace_route(uow, "anna", [PlannedStop(LOCKER, NOW, NOW, (step,))], NOW)
        offline_keys(uow, LOCKER)
        uow.commit()
    return api


def _new_deposit(**changes: Any) -> dict[str, Any]:
    return {"request_id": new_id(), **changes}


PUMP_2 = {"part_number": PUMP, "quantity": 1, "serials": ["P-2"], "from_id": "van-anna"}


def test_courier_lays_a_part_into_a_locker(world: Api) -> None:
    anna = world.signed_in("anna")
    reserved = anna.post(f"/v1/lockers/{LOCKER}/deposits", json=_new_deposit(**PUMP_2))
    assert (reserved.status_code, reserved.json["state"], reserved.json["compartment"]) == (
        201,
        "reserved",
        "2",
    )
    path = f"/v1/deposits/{reserved.json['deposit_id']}"
    assert anna.post(f"{path}/open").status_code == 200
    with world.context.store.writing() as uow:
        (command,) = uow.locker_commands.find()
        later = NOW + timedelta(days=1000)
        door_reported(uow, LOCKER, "2", DoorState.OPEN, command.command_id, later)
        placed_reported(uow, LOCKER, "2", command.command_id, later)
        door_reported(uow, LOCKER, "2", DoorState.CLOSED, command.command_id, later)
        scan_reported(uow, LOCKER, "2", command.command_id, "P-2", later)
        assert uow.ledger.whereabouts("P-2") == f"{LOCKER}-c2"
        uow.commit()
    assert anna.get(path).json["state"] == "scanned"
    refused = anna.post(f"{path}/cancel")
    assert (refused.status_code, refused.json["code"]) == (409, "transition_refused")
    listed = world.signed_in("dispatcher").get(f"/v1/lockers/{LOCKER}/deposits").json["items"]
    assert [item["deposit_id"] for item in listed] == [reserved.json["deposit_id"]]


def test_deposit_is_its_own_couriers_and_the_dispatchers(world: Api) -> None:
    body = _new_deposit()
    mine = world.signed_in("anna").post(f"/v1/lockers/{LOCKER}/deposits", json=body).json
    path, ben = f"/v1/deposits/{mine['deposit_id']}", world.signed_in("ben")
    assert ben.get(path).status_code == 404
    assert ben.post(f"{path}/open").status_code == 404
    assert ben.post(f"{path}/cancel").status_code == 404
    assert ben.post(f"/v1/lockers/{LOCKER}/deposits", json=body).status_code == 404
    assert ben.get(f"/v1/lockers/{LOCKER}/deposits").status_code == 403
    desk = world.signed_in("desk")
    assert desk.get(path).status_code == 200
    assert desk.post(f"{path}/open").status_code == 404
    assert desk.post(f"/v1/lockers/{LOCKER}/deposits", json=_new_deposit()).status_code == 403
    assert world.signed_in("dispatcher").post(f"{path}/cancel").json["state"] == "cancelled"


@pytest.mark.parametrize("from_id", ["depot", "van-ben", "nowhere"])
def test_courier_deposits_from_no_other_place_than_the_own_van(world: Api, from_id: str) -> None:
    path, body = f"/v1/lockers/{LOCKER}/deposits", _new_deposit(**PUMP_2 | {"from_id": from_id})
    refused = world.signed_in("anna").post(path, json=body)
    assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")
    assert "van-anna" in refused.json["action"]
    assert world.signed_in("dispatcher").get(path).json["items"] == []


def test_dispatcher_deposits_from_any_place(world: Api) -> None:
    for from_id, request_id in (("depot", new_id()), ("van-ben", new_id())):
        path = f"/v1/lockers/{LOCKER}/deposits"
        body = {**PUMP_2, "from_id": from_id, "request_id": request_id}
        reserved = world.signed_in("dispatcher").post(path, json=body)
        assert (reserved.status_code, reserved.json["from_id"]) == (201, from_id)
        world.signed_in("dispatcher").post(f"/v1/deposits/{request_id}/cancel")


WRONG = [
    ("half of the goods", {"part_number": PUMP}),
    ("serials of nothing", {"serials": ["P-2"]}),
    ("a serial twice", {**PUMP_2, "quantity": 2, "serials": ["P-2", "P-2"]}),
    ("no size of ours", {"size": "huge"}),
    ("no serials", {**PUMP_2, "serials": []}),
    ("a quantity that is not theirs", {**PUMP_2, "quantity": 2}),
]


@pytest.mark.parametrize("changes", [c[1] for c in WRONG], ids=[c[0] for c in WRONG])
def test_deposit_that_cannot_be_is_refused(world: Api, changes: dict[str, Any]) -> None:
    answer = world.signed_in("dispatcher").post(
        f"/v1/lockers/{LOCKER}/deposits", json=_new_deposit(**changes)
    )
    assert answer.status_code == 422, answer.json


def test_full_locker_says_so(world: Api) -> None:
    dispatcher = world.signed_in("dispatcher")
    assert dispatcher.post(f"/v1/lockers/{LOCKER}/deposits", json=_new_deposit()).status_code == 201
    full = dispatcher.post(f"/v1/lockers/{LOCKER}/deposits", json=_new_deposit())
    assert (full.status_code, full.json["code"]) == (409, "compartment_taken")


def test_offline_code_opens_the_compartment_of_the_step_and_is_said_once(world: Api) -> None:
    with world.context.store.writing() as uow:
        key = bytes.fromhex(offline_keys(uow, LOCKER)["1"])
        step_id = f"pickup:{uow.orders.find()[0].order_id}"
    body = {"courier_id": "anna", "step_id": step_id, "reason": "The locker has no radio."}
    headers, dispatcher = {"Idempotency-Key": "k-1"}, world.signed_in("dispatcher")
    path = f"/v1/lockers/{LOCKER}/offline-codes"
    given = dispatcher.post(path, json=body, headers=headers)
    assert (given.status_code, given.json["compartment"], given.json["counter"]) == (201, "1", 0)
    assert try_code(key, given.json["code"], CodeState(), 0.0).used == 0
    assert dispatcher.post(path, json=body, headers=headers).json == {**given.json, "code": None}
    with world.context.store.writing() as uow:
        (withdrawal,) = uow.withdrawals.find()
        assert withdrawal.withdrawal_id == given.json["withdrawal_id"]
        uow.outbox.stamp()
        (told,) = [e.event for e in uow.outbox.read(0, 1000) if e.event.kind == "locker.offline_code_issued"]
    assert (told.data["issued_by"], told.data["reason"]) == ("dispatcher", "The locker has no radio.")
    assert given.json["code"] not in str(told.data)


def test_offline_code_is_the_dispatchers_to_give_and_names_one_thing(world: Api) -> None:
    path = f"/v1/lockers/{LOCKER}/offline-codes"
    body = {"courier_id": "anna", "compartment": "2", "reason": "restocking"}
    assert world.signed_in("anna").post(path, json=body).status_code == 403
    dispatcher = world.signed_in("dispatcher")
    assert dispatcher.post(path, json=body).json["compartment"] == "2"
    assert dispatcher.post(path, json=body | {"step_id": "pickup:x"}).status_code == 422
    assert dispatcher.post(path, json=body | {"compartment": "77"}).status_code == 404
    assert dispatcher.post(path, json=body | {"courier_id": "nobody"}).status_code == 404


def test_keys_and_codes_are_in_no_list(world: Api) -> None:
    with world.context.store.writing() as uow:
        keys = offline_keys(uow, LOCKER)
    answer = world.signed_in("admin").get("/v1/lockers")
    assert not any(key in answer.text for key in keys.values())


def test_locker_is_added_with_sizes_and_limits_that_can_be_changed(api: Api) -> None:
    dispatcher = api.signed_in("dispatcher")
    body = {
        "locker_id": "locker-buchs",
        "name": "Locker Buchs",
        "coordinate": {"lat_deg": 47.16, "lon_deg": 9.47},
        "compartments": ["1", "2"],
        "sizes": {"2": "large"},
        "max_temperature_c": 30,
    }
    added = dispatcher.post("/v1/lockers", json=body).json
    assert [c["size"] for c in added["compartments"]] == ["medium", "large"]
    assert (added["min_temperature_c"], added["max_temperature_c"], added["alarms"]) == (None, 30, [])
    limits = "/v1/lockers/locker-buchs/temperature-limits"
    assert dispatcher.post(limits, json={"min_temperature_c": 2}).json["min_temperature_c"] == 2
    wrong = {"min_temperature_c": 8, "max_temperature_c": 2}
    assert dispatcher.post(limits, json=wrong).status_code == 422
    assert dispatcher.post("/v1/lockers", json=body | {"sizes": {"9": "small"}}).status_code == 422
