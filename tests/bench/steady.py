"""A steady 2,000 messages a second: how long until a device knows its fix durable, and what gateways cost.

The same flow goes to one gateway and to two that share it; both write the same journal, as on one machine.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from api.secrets import load_secrets
from device_gateway.broker import Broker, BrokerConfig
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import AccountKind, BrokerAccount
from tests.bench.bench import Bench, Row, percentiles, say
from tests.bench.region import COURIERS
from tests.bench.throughput import cpu_s, running
from tests.device_gateway.acking_phone import AckingPhone
from tests.e2e.installation import Installation, new_installation, wait_for
from tracking.identity.secrets import device_secret
from tracking.values.times import system_clock

PER_SECOND = 2_000
SECONDS = 8
ROUNDS = 3
AGAIN = 0.05
"""The share of messages that may be sent again, for want of an answer within a second, in a steady flow."""
SECRET = "a courier's secret"


class Steady(NamedTuple):
    """What one flow came to: seconds until each fix was known durable, CPU time of the gateways a message.

    A fix that a phone sent again, where nobody answered within a second, is another message; `again` is
    their share.
    """

    durable_s: list[float]
    cpu_us: float
    again: float


def measure(bench: Bench) -> list[Row]:
    """Return the latency with one gateway, and the cost of two against one within each round."""
    rounds: list[tuple[Steady, Steady]] = []
    while sum(_is_steady(each) for each in rounds) < ROUNDS and len(rounds) < 2 * ROUNDS:
        say(f"steady, round {len(rounds) + 1}: {PER_SECOND} messages/s, one gateway, then two")
        at = bench.new_directory(f"steady-{len(rounds)}")
        rounds.append((_flow(at / "one", 1), _flow(at / "two", 2)))
    kept = [each for each in rounds if _is_steady(each)] or rounds
    rows = percentiles("publish to known durable, one gateway", [s for one, _ in kept for s in one.durable_s])
    rows += percentiles(
        "publish to known durable, two gateways", [s for _, two in kept for s in two.durable_s]
    )
    for name, flows in zip(("one gateway", "two together"), zip(*kept, strict=True), strict=True):
        rows.append(Row(f"CPU of {name}", statistics.median(flow.cpu_us for flow in flows), "us/message"))
    ratios = [two.cpu_us / one.cpu_us for one, two in kept]
    rows.append(Row("CPU of two / of one, median of the rounds", statistics.median(ratios), ""))
    rows.append(Row("the same, highest", max(ratios), ""))
    return [*rows, Row("rounds that were steady", sum(map(_is_steady, rounds)), f"of {len(rounds)}")]


def _is_steady(flows: tuple[Steady, Steady]) -> bool:
    """Tell whether the machine kept up; where it did not, a backlog was measured and no steady flow."""
    return max(flow.again for flow in flows) <= AGAIN


def _flow(directory: Path, gateways: int) -> Steady:
    directory.mkdir()
    here = new_installation(directory / "var", gateways=gateways)
    here.store().close()
    with ExitStack() as stack:
        _start_broker(directory, here, stack)
        words = [["gateway", "--number", str(n + 1)] for n in range(gateways)]
        processes = [
            stack.enter_context(running("api.cli", each, os.environ | here.environment, here.log))
            for each in words
        ]
        wait_for(lambda: _subscribed(here) == gateways, 30, here.log.read_text)
        count = PER_SECOND * SECONDS // len(COURIERS)
        before_s = sum(cpu_s(process) for process in processes)
        phones = [_phone(here, name, count) for name in COURIERS]
        wait_for(lambda: all(phone.is_done() for phone in phones), 60, here.log.read_text)
        spent_s = sum(cpu_s(process) for process in processes) - before_s
        for phone in phones:
            phone.stop()
    durable_s = [seconds for phone in phones for seconds in phone.durable_s]
    sent = sum(phone.sent for phone in phones)
    return Steady(durable_s, 1e6 * spent_s / sent, 1 - count * len(COURIERS) / sent)


def _start_broker(directory: Path, here: Installation, stack: ExitStack) -> None:
    verifier = device_secret(load_secrets(here.settings.data_dir).gateway_password).broker_verifier
    accounts = [BrokerAccount(f"gateway-{n}", AccountKind.SERVER, verifier) for n in (1, 2)]
    own = device_secret(SECRET).broker_verifier
    accounts += [BrokerAccount(name, AccountKind.COURIER, own) for name in COURIERS]
    broker = Broker(BrokerConfig(directory / "broker", port=here.settings.mqtt_port))
    broker.start(accounts)
    stack.callback(broker.stop)


def _subscribed(here: Installation) -> int:
    store = here.store()
    with store.reading() as uow:
        found = len(uow.gateway_slots.find())
    store.close()
    return found


def _phone(here: Installation, name: str, count: int) -> AckingPhone:
    started_at = system_clock() - timedelta(hours=1)
    phone = AckingPhone(
        BrokerAddress("127.0.0.1", here.settings.mqtt_port, name, SECRET),
        count,
        per_second=PER_SECOND / len(COURIERS),
        time_of=lambda seq: started_at + timedelta(seconds=seq),
    )
    phone.start()
    time.sleep(0.01)
    return phone
