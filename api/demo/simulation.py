"""Moves the sample region: simulated couriers and lockers on the real protocols, customers at random."""

from __future__ import annotations

import json
import random
import threading
from contextlib import suppress
from typing import Any

import httpx
import structlog

from api.demo.places import COURIERS, DEPOT, LOCKERS
from api.demo.region import SIMULATOR_SECRETS
from api.processes.gateway import broker_address
from api.secrets import secrets_folder
from api.settings import Settings
from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.simulator.cabinet import Content
from device_gateway.simulator.locker import SimulatedLocker
from device_gateway.simulator.phone import Driving, PhoneAccount, SimulatedPhone
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue

log = structlog.get_logger()

MOST_OPEN_ORDERS = 20
ORDER_EVERY_S = (35.0, 80.0)
RETURN_CHANCE = 0.25
RESTOCK_BELOW = 2


class NoSampleRegion(FieldstockError):
    """There is nothing to simulate."""

    code = "no_sample_region"
    action = "Start with FIELDSTOCK_DEMO=1 on an empty data folder."


def run_simulation(settings: Settings, stop: threading.Event, speed: float = 1.0) -> None:
    """Run couriers, lockers and customers until `stop` is set; `speed` drives that much faster."""
    path = secrets_folder(settings.data_dir) / SIMULATOR_SECRETS
    if not path.exists():
        raise NoSampleRegion("The data folder holds no sample region.")
    secrets = json.loads(path.read_text())
    region = _Region(settings, secrets, speed, stop)
    region.wait_for_api()
    lockers = region.start_lockers()
    threads = region.start_couriers(lockers)
    log.info("sample region moves", couriers=len(threads), lockers=len(lockers))
    region.be_customers()
    for thread in threads:
        thread.join(10)
    for locker in lockers.values():
        locker.stop()


class _Region:
    def __init__(
        self, settings: Settings, secrets: dict[str, Any], speed: float, stop: threading.Event
    ) -> None:
        host = "127.0.0.1" if settings.bind in ("0.0.0.0", "::") else settings.bind  # noqa: S104
        scheme = "https" if settings.tls_cert else "http"
        self._url = f"{scheme}://{host}:{settings.port}"
        self._broker = broker_address(settings, "")
        self._passwords: dict[str, str] = secrets["passwords"]
        self._devices: dict[str, dict[str, Any]] = secrets["devices"]
        self._speed = speed
        self._stop = stop
        self._chance = random.Random()
        self._desk = httpx.Client(base_url=self._url, timeout=20)
        self._tokens: dict[str, str] = {}

    def wait_for_api(self) -> None:
        """Wait until the API answers and the broker takes devices."""
        while not self._stop.wait(0.3):
            try:
                if self._desk.get("/healthz").is_success:
                    return
            except httpx.HTTPError:
                continue

    def start_lockers(self) -> dict[str, SimulatedLocker]:
        """Connect every locker, filled as the ledger says."""
        filled = self._contents()
        lockers: dict[str, SimulatedLocker] = {}
        for place in LOCKERS:
            device = self._devices[place.name]
            codes = {name: bytes.fromhex(key) for name, key in device["offline_keys"].items()}
            locker = SimulatedLocker(
                self._address(place.name),
                bytes.fromhex(device["command_key"]),
                filled.get(place.name, {}),
                code_keys=codes,
            )
            if self._connected(locker):
                lockers[place.name] = locker
        return lockers

    def start_couriers(self, lockers: dict[str, SimulatedLocker]) -> list[threading.Thread]:
        """Let every courier drive in a thread of its own."""

        def take(locker: str, compartment: str, quantity: int) -> None:
            if locker in lockers:
                with suppress(InvalidValue):  # the door fell shut again, or somebody was there before
                    lockers[locker].take(compartment, quantity)

        positions = self._positions()
        threads = []
        for seed, (name, _) in enumerate(COURIERS):
            account = PhoneAccount(self._address(name), self._url, name, self._passwords[name])
            driving = Driving(speed_mps=Driving().speed_mps * self._speed)
            phone = SimulatedPhone(account, positions.get(name, DEPOT.at), driving, take, seed)
            thread = threading.Thread(target=phone.run, args=(self._stop,), name=name, daemon=True)
            thread.start()
            threads.append(thread)
        return threads

    def be_customers(self) -> None:
        """Order parts and send broken ones back, at random, until told to stop."""
        while not self._stop.is_set():
            try:
                self._order()
                if self._chance.random() < RETURN_CHANCE:
                    self._return()
                self._restock()
            except httpx.HTTPError as error:
                log.info("customers cannot reach the desk", error=str(error))
            self._stop.wait(self._chance.uniform(*ORDER_EVERY_S))

    def _order(self) -> None:
        if len(self._list("desk", "/v1/orders?state=open")) >= MOST_OPEN_ORDERS:
            return
        part = self._chance.choice(self._list("desk", "/v1/parts"))
        urgency = self._chance.choice(["critical", "critical", "planned"])
        body = {
            "site_id": self._site(),
            "part_number": part["part_number"],
            "contract_id": self._contract(urgency),
            "urgency": urgency,
            "expect_return": part["kind"] == "repairable" and self._chance.random() < 0.5,
        }
        self._post("desk", "/v1/orders", body)

    def _contract(self, urgency: str) -> str:
        """Return a contract: what can wait may be one by service days."""
        contracts = [
            contract["contract_id"]
            for contract in self._list("desk", "/v1/contracts")
            if urgency == "planned" or contract["response"] == "within"
        ]
        return str(self._chance.choice(contracts))

    def _return(self) -> None:
        parts = [part for part in self._list("desk", "/v1/parts") if part["kind"] == "repairable"]
        body = {
            "site_id": self._site(),
            "part_number": self._chance.choice(parts)["part_number"],
            "serial": f"OLD-{self._chance.randrange(10_000, 99_999)}",
            "reason": "Broken",
        }
        self._post("desk", "/v1/returns", body)

    def _restock(self) -> None:
        """Let a supplier deliver to the depot what runs low there."""
        for line in self._list("bench", f"/v1/stock?location_id={DEPOT.name}"):
            if line["on_hand"] >= RESTOCK_BELOW:
                continue
            serialised = line["part_number"].startswith("R-")
            serials = [f"SN-{self._chance.randrange(10**6, 10**7)}" for _ in range(2)] if serialised else []
            body = {
                "location_id": DEPOT.name,
                "part_number": line["part_number"],
                "quantity": 2 if serialised else 40,
                "serials": serials,
            }
            self._post("bench", "/v1/stock/receipts", body)

    def _site(self) -> str:
        sites = self._list("desk", "/v1/locations?kind=customer_site")
        return str(self._chance.choice(sites)["location_id"])

    def _contents(self) -> dict[str, dict[str, Content]]:
        """Return what the ledger has in every compartment, empty ones included."""
        places = self._list("desk", "/v1/locations?kind=compartment")
        lines = {line["location_id"]: line for line in self._list("desk", "/v1/stock")}
        found: dict[str, dict[str, Content]] = {}
        for place in places:
            name = place["location_id"].removeprefix(f"{place['parent_id']}-c")
            line = lines.get(place["location_id"])
            serials = line["serials"] if line else []
            content = Content(
                part=line["part_number"] if line else None,
                serial=serials[0] if serials else None,
                quantity=line["on_hand"] if line else 0,
            )
            found.setdefault(place["parent_id"], {})[name] = content
        return found

    def _positions(self) -> dict[str, Coordinate]:
        return {
            courier["courier_id"]: Coordinate(**courier["position"]["coordinate"])
            for courier in self._list("desk", "/v1/couriers")
            if courier["position"] is not None
        }

    def _list(self, login: str, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            joint = "&" if "?" in path else "?"
            page = self._call(
                login, "GET", f"{path}{joint}limit=500" + (f"&cursor={cursor}" if cursor else "")
            )
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    def _post(self, login: str, path: str, body: dict[str, Any]) -> None:
        self._call(login, "POST", path, body)

    def _call(self, login: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        token = self._tokens.get(login) or self._sign_in(login)
        answer = self._desk.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        if answer.status_code == 401:
            token = self._sign_in(login)
            answer = self._desk.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _sign_in(self, login: str) -> str:
        body = {"login": login, "password": self._passwords[login]}
        answer = self._desk.post("/v1/auth/sign-in", json=body)
        answer.raise_for_status()
        self._tokens[login] = answer.json()["access_token"]
        return self._tokens[login]

    def _address(self, name: str) -> BrokerAddress:
        broker = self._broker
        return BrokerAddress(broker.host, broker.port, name, self._devices[name]["secret"], tls=broker.tls)

    def _connected(self, locker: SimulatedLocker) -> bool:
        while not self._stop.is_set():
            try:
                locker.start()
            except BrokerRefused:
                self._stop.wait(0.5)
            else:
                return True
        return False
