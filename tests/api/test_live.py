from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from api.processes.worker import stamp_events
from tests.api_server import Api
from tests.world import NOW, order_pump
from tracking.fleet.courier import CourierPosition
from tracking.fleet.service import end_shift, open_shift
from tracking.values.coordinates import Coordinate
from tracking.values.events import DomainEvent
from tracking.values.times import system_clock


def _events(chunks: Iterator[bytes], count: int) -> list[dict[str, str]]:
    found, buffer = [], ""
    for chunk in chunks:
        buffer += chunk.decode()
        while "\n\n" in buffer:
            frame, _, buffer = buffer.partition("\n\n")
            if not frame.startswith(":"):
                found.append(dict(line.split(": ", 1) for line in frame.splitlines()))
        if len(found) >= count:
            return found
    return found


def _listen(api: Api, login: str, last: int | None = None) -> Iterator[bytes]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    return iter(api.signed_in(login).get("/v1/live", headers=headers, buffered=False).response)


def _order(api: Api) -> str:
    with api.context.store.writing() as uow:
        order = order_pump(uow)
        uow.commit()
    stamp_events(api.context.store)
    return order.order_id


def test_stream_starts_with_a_reset_and_then_shows_what_happens(api: Api) -> None:
    stamp_events(api.context.store)
    stream = _listen(api, "dispatcher")
    (reset,) = _events(stream, 1)
    assert reset["event"] == "reset"
    order_id = _order(api)
    created = json.loads(_events(stream, 1)[0]["data"])
    assert (created["kind"], created["subject"]) == ("order.created", order_id)
    assert created["position"] > json.loads(reset["data"])["position"]


def test_stream_resumes_where_it_was_left_without_loss_or_repetition(api: Api) -> None:
    stamp_events(api.context.store)
    stream = _listen(api, "dispatcher")
    _events(stream, 1)
    _order(api)
    seen = int(_events(stream, 1)[0]["id"])
    expected = [_order(api) for _ in range(3)]
    resumed = _events(_listen(api, "dispatcher", seen), 3)
    assert [json.loads(e["data"])["subject"] for e in resumed] == expected


def test_position_that_is_unknown_resets_the_client(api: Api) -> None:
    (event,) = _events(_listen(api, "dispatcher", 10**9), 1)
    assert (event["event"], json.loads(event["data"])["reason"]) == ("reset", "too old")


def test_courier_hears_only_of_the_own_work(api: Api) -> None:
    stamp_events(api.context.store)
    stream = _listen(api, "anna")
    _events(stream, 1)
    with api.context.store.writing() as uow:
        for courier_id in ("ben", "anna"):
            uow.outbox.add(DomainEvent("route.changed", courier_id, NOW, {"courier_id": courier_id}))
        uow.commit()
    stamp_events(api.context.store)
    assert json.loads(_events(stream, 1)[0]["data"])["subject"] == "anna"


def test_positions_are_coalesced_and_shown_to_dispatchers(api: Api) -> None:
    now = system_clock()
    with api.context.store.writing() as uow:
        open_shift(uow, "anna", now - timedelta(hours=1), now + timedelta(hours=1), now)
        uow.commit()
    stream = _listen(api, "dispatcher")
    _events(stream, 1)
    with api.context.store.writing() as uow:
        for courier_id in ("ben", "anna"):  # ben is off duty
            uow.positions.add(CourierPosition(courier_id, Coordinate(47.1, 9.5), NOW, NOW))
        uow.commit()
    (event,) = _events(stream, 1)
    assert event["event"] == "courier.position"
    assert "id" not in event
    assert json.loads(event["data"])["courier_id"] == "anna"


def test_position_is_shown_on_duty_alone(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.live.SHIFTS_EVERY_S", 0.0)
    now = system_clock()
    with api.context.store.writing() as uow:
        uow.positions.add(CourierPosition("anna", Coordinate(47.1, 9.5), NOW, NOW))
        open_shift(uow, "anna", now - timedelta(hours=1), now + timedelta(hours=1), now)
        uow.commit()
    assert [e["event"] for e in _events(_listen(api, "dispatcher"), 2)] == ["reset", "courier.position"]
    with api.context.store.writing() as uow:
        end_shift(uow, "anna", system_clock())
        uow.positions.save(CourierPosition("anna", Coordinate(47.2, 9.5), NOW, NOW))
        uow.commit()
    deadline_s = time.monotonic() + 20
    while _shows_position(api):  # until the streams' own look at the shifts
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def _shows_position(api: Api) -> bool:
    stream = _listen(api, "dispatcher")
    _events(stream, 1)
    _order(api)
    return "courier.position" in [e["event"] for e in _events(stream, 1)]


def test_stream_ends_with_the_token(api: Api) -> None:
    now = [api.context.clock()]
    api.context.clock = lambda: now[0]
    stream = _listen(api, "dispatcher")
    _events(stream, 1)
    now[0] += timedelta(days=1)
    _order(api)
    _events(stream, 1)
    assert list(stream) == []


@pytest.mark.parametrize("header", ["x", "-1", "1.5", "9" * 30, "²"])
def test_last_event_id_that_is_no_position_is_refused(api: Api, header: str) -> None:
    answer = api.signed_in("dispatcher").get("/v1/live", headers={"Last-Event-ID": header})
    assert answer.status_code == 422
