from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.world import NOW
from tracking.identity.people import SessionEnded, SignInRefused, SignInThrottled
from tracking.identity.roles import Role
from tracking.identity.service import (
    REFRESH_GRACE,
    THROTTLE_FAILURES,
    THROTTLE_WINDOW,
    add_person,
    checked_hash,
    prune_throttles,
    refresh_session,
    sign_in,
    sign_out,
)
from tracking.store.unit_of_work import Store

ADDRESS = "10.0.0.1"


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        add_person(uow, "desk", "Desk", Role.DESK, "not a hash", NOW)
        uow.commit()
    return store


def _signed_in(store: Store) -> str:
    with store.writing() as uow:
        _, _, token = sign_in(uow, "desk", ADDRESS, True, NOW)
        uow.commit()
    return token


def _failures(store: Store) -> dict[str, int]:
    with store.reading() as uow:
        return {throttle.key: throttle.failures for throttle in uow.throttles.find()}


def test_burst_of_attempts_in_parallel_is_bounded(world: Store) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def guess() -> None:
        start.wait()
        for _ in range(5):
            try:
                with world.writing() as uow:
                    checked_hash(uow, "desk", ADDRESS, NOW)
                outcomes.append("checked")
            except SignInThrottled:
                outcomes.append("throttled")

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("checked") == THROTTLE_FAILURES
    assert outcomes.count("throttled") == 20 - THROTTLE_FAILURES


def test_attempts_count_by_address_whatever_the_login(world: Store) -> None:
    with world.writing() as uow:
        for n in range(THROTTLE_FAILURES):
            checked_hash(uow, f"guess-{n}", ADDRESS, NOW)
        with pytest.raises(SignInThrottled):
            checked_hash(uow, "desk", ADDRESS, NOW)
        checked_hash(uow, "desk", "10.0.0.2", NOW)
        checked_hash(uow, "desk", ADDRESS, NOW + THROTTLE_WINDOW)


def test_success_forgives_the_login_and_takes_back_its_own_attempt_at_the_address(world: Store) -> None:
    with world.writing() as uow:
        for _ in range(3):
            checked_hash(uow, "desk", ADDRESS, NOW)
        with pytest.raises(SignInRefused):
            sign_in(uow, "desk", ADDRESS, False, NOW)
    assert _failures(world) == {f"address:{ADDRESS}": 3, "login:desk": 3}
    _signed_in(world)
    assert _failures(world) == {f"address:{ADDRESS}": 2}


def test_counts_are_forgotten_when_their_window_is_over(world: Store) -> None:
    with world.writing() as uow:
        checked_hash(uow, "desk", ADDRESS, NOW)
        assert prune_throttles(uow, NOW + THROTTLE_WINDOW) == 0
        assert prune_throttles(uow, NOW + THROTTLE_WINDOW + timedelta(seconds=1)) == 2
        assert uow.throttles.find() == []


@pytest.mark.parametrize(
    ("sent", "after", "works"),
    [
        ("current", timedelta(days=1), True),
        ("previous", REFRESH_GRACE, True),
        ("previous", REFRESH_GRACE + timedelta(seconds=1), False),
        ("older", timedelta(0), False),
        ("forged", timedelta(0), False),
    ],
)
def test_only_the_token_in_force_or_a_lost_answer_keeps_a_session(
    world: Store, sent: str, after: timedelta, works: bool
) -> None:
    tokens = {"older": _signed_in(world)}
    tokens["forged"] = tokens["older"].partition(".")[0] + ".guess"
    for name, used in (("previous", "older"), ("current", "previous")):
        with world.writing() as uow:
            _, _, tokens[name] = refresh_session(uow, tokens[used], NOW)
            uow.commit()
    with world.writing() as uow:
        try:
            refresh_session(uow, tokens[sent], NOW + after)
            uow.commit()
        except SessionEnded:
            assert not works
    with world.reading() as uow:
        (session,) = uow.sessions.find()
        assert (session.ended_at is None) == works


@pytest.mark.parametrize("token", ["", ".", "nothing", "no-session.secret"])
def test_token_of_no_session_ends_nothing(world: Store, token: str) -> None:
    _signed_in(world)
    with world.writing() as uow:
        sign_out(uow, token, NOW)
        with pytest.raises(SessionEnded):
            refresh_session(uow, token, NOW)
        assert [session.ended_at for session in uow.sessions.find()] == [None]
