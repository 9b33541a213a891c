"""How long a turn waits for more: not at all for a lone message, longer the more steadily they come."""

from __future__ import annotations

import socket

import pytest

from device_gateway.hearing import BATCH_LINGER
from device_gateway.linger import Linger, LingerConfig
from device_gateway.paho_client import READ_BYTES, READ_LINGER, BufferedSocket
from tracking.values.errors import InvalidValue


def steady(linger: Linger, per_s: float, seconds: float = 3.0) -> None:
    """Let messages come at a steady rate, each turn as long as was waited, or 2 ms."""
    left_s = seconds
    while left_s > 0:
        took_s = max(linger.wait_s, 0.002)
        linger.turned(round(per_s * took_s), took_s)
        left_s -= took_s


@pytest.mark.parametrize("config", [BATCH_LINGER, READ_LINGER])
def test_lone_messages_and_small_bursts_are_waited_for_no_longer_than_one(config: LingerConfig) -> None:
    linger = Linger(config)
    for messages, took_s in ((1, 5.0), (3, 0.005), (2, 0.005), (0, 0.2), (8, 0.001), (1, 0.05)):
        linger.turned(messages, took_s)
        assert linger.wait_s == config.lone_s


@pytest.mark.parametrize("config", [BATCH_LINGER, READ_LINGER])
def test_turns_of_a_steady_flow_hold_as_many_messages_at_half_the_rate(config: LingerConfig) -> None:
    waited_s = []
    for per_s in (1_000, 2_000):
        linger = Linger(config)
        steady(linger, per_s)
        waited_s.append(linger.wait_s)
        assert linger.wait_s * per_s == pytest.approx(config.messages, rel=0.05)
    assert waited_s[0] == pytest.approx(2 * waited_s[1], rel=0.05)


@pytest.mark.parametrize("config", [BATCH_LINGER, READ_LINGER])
@pytest.mark.parametrize("per_s", [1_000, 5_000, 50_000])
def test_a_wait_stays_within_its_bounds(config: LingerConfig, per_s: int) -> None:
    linger = Linger(config)
    steady(linger, per_s)
    assert config.busy_s <= linger.wait_s <= config.longest_s


def test_a_wait_grows_step_by_step_and_is_gone_when_the_flow_ends() -> None:
    linger = Linger(BATCH_LINGER)
    waits_s = []
    for _ in range(6):
        linger.turned(100, 0.05)
        waits_s.append(linger.wait_s)
    assert waits_s == pytest.approx([0.01, 0.02, 0.04, 0.08, 0.08, 0.08])
    linger.turned(0, 0.2)
    assert linger.wait_s == BATCH_LINGER.lone_s


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("negative", {"lone_s": -0.1}),
        ("never grows", {"lone_s": 0.0, "first_s": 0.0}),
        ("falls", {"busy_s": 0.3}),
        ("too long", {"longest_s": 11.0}),
        ("for nothing", {"messages": 0}),
        ("always busy", {"busy_per_s": 0.0}),
    ],
)
def test_waits_that_make_no_sense_are_refused(reason: str, wrong: dict[str, float]) -> None:
    good = {"lone_s": 0.005, "first_s": 0.01, "busy_s": 0.08, "longest_s": 0.16, "messages": 160}
    with pytest.raises(InvalidValue):
        LingerConfig(**(good | wrong))  # type: ignore[arg-type]


def test_a_socket_is_read_out_only_when_neither_buffer_nor_kernel_holds_anything() -> None:
    here, there = socket.socketpair()
    with here, there:
        reader = BufferedSocket(here)
        assert reader.is_read_out()
        there.sendall(b"x" * (READ_BYTES + 1))
        assert not reader.is_read_out()
        assert reader.recv(1) == b"x"
        while not reader.is_read_out():
            reader.recv(READ_BYTES)
        assert reader.pending() == 0
