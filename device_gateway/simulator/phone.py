"""A simulated courier: drives the planned route, sends fixes over MQTT and reports over the HTTP API."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.protocol import topics
from device_gateway.protocol.messages import (
    PROPERTY_BOOT_ID,
    PROPERTY_SEQ_RANGE,
    FixesMessage,
    FixMessage,
    encode,
)
from device_gateway.simulator.device import Device
from mobile_contract.driver import (
    DriverEvent,
    DriverEventKind,
    DriverEvents,
    DriverRoute,
    FailureReason,
    OpenCompartment,
    Verdicts,
    WithdrawalState,
    WithdrawalView,
)
from mobile_contract.fleet import StepKind, StepState, StepView, StopState, StopView
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import bearing_deg, destination, great_circle_m
from tracking.values.ids import new_id

log = logging.getLogger(__name__)

ARRIVED_WITHIN_M = 15.0
TICK_S = 1.0
FIX_EVERY_S = 2.0
LOOK_EVERY_S = 2.5
LOCKER_PATIENCE_S = 45.0
GPS_NOISE_M = 3.0

Take = Callable[[str, str, int], None]
"""Takes pieces out of an open compartment, as a hand would: (locker, compartment, quantity)."""


@dataclass(frozen=True)
class Driving:
    """How a simulated courier drives and works: `speed_mps` as the crow flies, `service_s` at a step."""

    speed_mps: float = 50 / 3.6 / 1.35
    service_s: tuple[float, float] = (6.0, 14.0)


@dataclass
class PhoneAccount:
    """Who the courier is: to the broker, and to the HTTP API at `base_url`."""

    broker: BrokerAddress
    base_url: str
    login: str
    password: str = field(repr=False)


class SimulatedPhone:
    """One courier with one phone; `run` lasts until it is told to stop."""

    def __init__(
        self, account: PhoneAccount, start: Coordinate, driving: Driving, take: Take, seed: int
    ) -> None:
        self._account = account
        self._at = start
        self._heading_deg = 0.0
        self._speed_mps = 0.0
        self._driving = driving
        self._take = take
        self._chance = random.Random(seed)
        self._boot_id = new_id()
        self._seq = 0
        self._event_seq = 0
        self._version = 0
        self._device = Device(account.broker)
        self._http = httpx.Client(base_url=account.base_url, timeout=20)
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Drive and work until `stop` is set."""
        self._stop = stop
        if not self._connect():
            return
        threading.Thread(target=self._send_fixes, name=f"fixes-{self._account.login}", daemon=True).start()
        while not stop.is_set():
            try:
                stop_view = self._next_stop()
                if stop_view is None:
                    stop.wait(LOOK_EVERY_S)
                else:
                    self._serve(stop_view)
            except httpx.HTTPError as error:
                log.debug("%s is offline: %s", self._account.login, error)
                stop.wait(2)
        self._device.close()

    def _connect(self) -> bool:
        while not self._stop.is_set():
            try:
                self._device.connect()
                self._sign_in()
            except (BrokerRefused, httpx.HTTPError) as error:
                log.debug("%s cannot connect yet: %s", self._account.login, error)
                self._stop.wait(1)
            else:
                return True
        return False

    def _sign_in(self) -> None:
        body = {"login": self._account.login, "password": self._account.password}
        answer = self._http.post("/v1/auth/sign-in", json=body)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Send a request; an expired token is renewed by signing in again."""
        answer = self._http.request(method, path, json=body)
        if answer.status_code == 401:
            self._sign_in()
            answer = self._http.request(method, path, json=body)
        if answer.status_code >= 500:
            answer.raise_for_status()
        return answer

    def _next_stop(self) -> StopView | None:
        answer = self._call("GET", "/v1/driver/route")
        answer.raise_for_status()
        route = DriverRoute.model_validate_json(answer.content).route
        self._version = route.version
        waiting = [s for s in route.stops if any(step.state is StepState.PLANNED for step in s.steps)]
        return waiting[0] if waiting else None

    def _serve(self, stop: StopView) -> None:
        """Drive to a stop and do its steps; a plan that changes on the way changes the way."""
        if stop.state is StopState.PLANNED:
            self._report(DriverEventKind.EN_ROUTE, stop_id=stop.stop_id)
        if not self._drive_to(stop):
            return
        if stop.state is not StopState.ARRIVED:
            self._report(DriverEventKind.ARRIVED, stop_id=stop.stop_id)
        for step in stop.steps:
            if step.state is StepState.PLANNED and not self._stop.is_set():
                self._do(stop, step)

    def _drive_to(self, stop: StopView) -> bool:
        target = Coordinate(stop.coordinate.lat_deg, stop.coordinate.lon_deg)
        looked_at = time.monotonic()
        while (left_m := great_circle_m(self._at, target)) > ARRIVED_WITHIN_M:
            self._heading_deg = bearing_deg(self._at, target)
            self._speed_mps = self._driving.speed_mps * self._chance.uniform(0.8, 1.1)
            self._at = destination(self._at, self._heading_deg, min(left_m, self._speed_mps * TICK_S))
            if self._stop.wait(TICK_S):
                return False
            if time.monotonic() - looked_at > LOOK_EVERY_S:
                looked_at = time.monotonic()
                now_next = self._next_stop()
                if now_next is None or now_next.stop_id != stop.stop_id:
                    return False
        self._speed_mps = 0.0
        return True

    def _do(self, stop: StopView, step: StepView) -> None:
        if step.kind is StepKind.PICKUP and step.compartment is not None:
            if not self._withdraw(stop.location_id, step):
                self._report(DriverEventKind.FAILED, step_id=step.step_id, reason=FailureReason.LOCKER_FAULT)
                return
        else:
            self._stop.wait(self._chance.uniform(*self._driving.service_s))
        serials = list(step.serials)
        if step.serialised and not serials:
            serials = [f"OLD-{self._chance.randrange(10_000, 99_999)}" for _ in range(step.quantity)]
        self._report(_DONE[step.kind], step_id=step.step_id, serials=serials if step.serialised else [])

    def _withdraw(self, locker_id: str, step: StepView) -> bool:
        """Open the compartment, take out what is ordered, and wait until the door is closed again."""
        taken = False
        give_up_at = time.monotonic() + LOCKER_PATIENCE_S
        request_id = new_id()
        body = OpenCompartment(request_id=request_id, step_id=step.step_id)
        while time.monotonic() < give_up_at and not self._stop.is_set():
            answer = self._call("POST", "/v1/driver/withdrawals", body.model_dump(mode="json"))
            if answer.is_success:
                withdrawal = WithdrawalView.model_validate_json(answer.content)
                if withdrawal.state is WithdrawalState.OPENED and not taken:
                    self._take(locker_id, withdrawal.compartment, step.quantity)
                    taken = True
                if withdrawal.state in (WithdrawalState.CLOSED, WithdrawalState.SCANNED):
                    return True
                if withdrawal.state in (WithdrawalState.FAILED, WithdrawalState.EXPIRED):
                    return False
            self._stop.wait(0.5)
        return False

    def _report(
        self,
        kind: DriverEventKind,
        *,
        stop_id: str | None = None,
        step_id: str | None = None,
        serials: list[str] | None = None,
        reason: FailureReason | None = None,
    ) -> None:
        """Report one event; while there is no connection it waits, as the app's queue does."""
        self._event_seq += 1
        event = DriverEvent(
            event_id=new_id(),
            seq=self._event_seq,
            kind=kind,
            at=datetime.now(UTC),
            base_version=self._version,
            stop_id=stop_id,
            step_id=step_id,
            serials=serials or [],
            reason=reason,
        )
        while not self._stop.is_set():
            try:
                body = DriverEvents(sent_at=datetime.now(UTC), events=[event]).model_dump(mode="json")
                answer = self._call("POST", "/v1/driver/events", body)
                answer.raise_for_status()
            except httpx.HTTPError as error:
                log.debug("%s keeps an event: %s", self._account.login, error)
                self._stop.wait(2)
            else:
                (verdict,) = Verdicts.model_validate_json(answer.content).verdicts
                log.debug("%s: %s %s", self._account.login, kind, verdict.verdict)
                return

    def _send_fixes(self) -> None:
        topic = topics.fix(self._account.broker.user)
        while not self._stop.wait(FIX_EVERY_S):
            noisy = destination(self._at, self._chance.uniform(0, 360), self._chance.uniform(0, GPS_NOISE_M))
            now = datetime.now(UTC)
            fix = FixMessage(
                fix_at=now,
                lat_deg=noisy.lat_deg,
                lon_deg=noisy.lon_deg,
                accuracy_m=8.0,
                speed_mps=round(self._speed_mps, 1),
                bearing_deg=round(self._heading_deg, 1),
                battery_pct=82.0,
            )
            message = FixesMessage(boot_id=self._boot_id, first_seq=self._seq, fixes=[fix], sent_at=now)
            properties = {PROPERTY_BOOT_ID: self._boot_id, PROPERTY_SEQ_RANGE: f"{self._seq}-{self._seq}"}
            self._seq += 1
            try:
                self._device.publish(topic, encode(message), properties=properties, wait_s=5)
            except BrokerRefused as refusal:
                log.debug("%s: %s", self._account.login, refusal)


_DONE = {
    StepKind.PICKUP: DriverEventKind.PICKED_UP,
    StepKind.DELIVERY: DriverEventKind.DELIVERED,
    StepKind.RETURN_PICKUP: DriverEventKind.PICKED_UP,
    StepKind.RETURN_DROPOFF: DriverEventKind.RETURNED,
}
