"""The planner's child that answers promises: heard plans, deaths, and an orderly end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from api.processes.quoter import Quoters
from api.secrets import load_secrets
from api.settings import Settings
from api.travel import travelling
from routing.dispatch.lessons import Beliefs
from routing.dispatch.publishing import Candidate
from tests.e2e.installation import wait_for
from tests.routing.test_dispatch import Planner
from tests.world import PUMP, build_world, stock_up
from tracking.orders.order import Urgency
from tracking.orders.promise import Promise, PromiseState
from tracking.orders.promising import ask
from tracking.parts.location import MAIN_REGION
from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock

ANSWER_S = 60


@pytest.fixture
def planner(tmp_path: Path) -> Iterator[Planner]:
    settings = Settings(data_dir=tmp_path)
    store = Store(settings.relational_url, load_secrets(tmp_path).custody_key)
    store.migrate()
    now = system_clock()
    with store.writing() as uow:
        build_world(uow, now)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        uow.commit()
    planner = Planner(store)
    planner.now = now
    yield planner
    store.close()


@pytest.fixture
def quoters(planner: Planner, tmp_path: Path) -> Iterator[Quoters]:
    settings, stop = Settings(data_dir=tmp_path), threading.Event()
    quoters = Quoters(settings, lambda: _plans(planner), travelling(settings), Beliefs(), stop)
    quoters.start()
    yield quoters
    stop.set()
    quoters.join(20)
    assert not quoters.is_alive()


def _plans(planner: Planner) -> dict[str, Candidate]:
    in_force = planner.dispatcher.in_force
    return {} if in_force is None else {MAIN_REGION: in_force}


def _asked(planner: Planner) -> str:
    with planner.store.writing() as uow:
        promise = ask(
            uow,
            site_id="hospital",
            part_number=PUMP,
            contract_id="two-hours",
            asked_by="desk",
            at=system_clock(),
            quantity=1,
            urgency=Urgency.CRITICAL,
            confidence=0.9,
            hold_s=600,
        )
        uow.commit()
    return promise.promise_id


def _stored(planner: Planner, promise_id: str) -> Promise:
    with planner.store.reading() as uow:
        return uow.promises.require(promise_id)


def _offered(planner: Planner, promise_id: str) -> bool:
    return _stored(planner, promise_id).state == PromiseState.OFFERED


def _child() -> psutil.Process:
    """Return the quoter: of this process's children the one that was spawned to serve it."""
    (child,) = (each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline()))
    return child


def test_a_promise_waits_for_the_first_plan_and_is_answered_from_it(
    planner: Planner, quoters: Quoters
) -> None:
    promise_id = _asked(planner)
    wait_for(lambda: quoters.fault() is None, ANSWER_S)
    assert _stored(planner, promise_id).state == PromiseState.ASKED
    planner.run()
    wait_for(lambda: _offered(planner, promise_id), ANSWER_S)


def test_a_quoter_that_is_killed_is_started_again_and_knows_the_plan(
    planner: Planner, quoters: Quoters
) -> None:
    planner.run()
    first = _asked(planner)
    wait_for(lambda: _offered(planner, first), ANSWER_S)
    killed = _child().pid
    os.kill(killed, signal.SIGKILL)
    second = _asked(planner)
    wait_for(lambda: _offered(planner, second), ANSWER_S)
    assert _child().pid != killed


def test_without_a_plan_in_force_nothing_is_promised_any_more(planner: Planner, quoters: Quoters) -> None:
    planner.run()
    first = _asked(planner)
    wait_for(lambda: _offered(planner, first), ANSWER_S)
    planner.dispatcher.in_force = None  # the lease was lost
    threading.Event().wait(1)
    second = _asked(planner)
    threading.Event().wait(2)
    assert _stored(planner, second).state == PromiseState.ASKED


def test_the_quoter_ends_with_its_planner(planner: Planner, tmp_path: Path) -> None:
    settings, stop = Settings(data_dir=tmp_path), threading.Event()
    quoters = Quoters(settings, lambda: _plans(planner), travelling(settings), Beliefs(), stop)
    quoters.start()
    wait_for(lambda: quoters.fault() is None, ANSWER_S)
    child = _child()
    stop.set()
    quoters.join(20)
    assert not child.is_running()
