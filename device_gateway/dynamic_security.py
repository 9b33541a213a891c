"""The accounts of a Mosquitto elsewhere, kept by its dynamic-security plugin and told over its control topic.

The plugin hashes passwords itself, so it must be told the password of each new account; what it has heard of
an account is a mark in the account's description. It rewrites its whole file at every command, so only
differences are sent. Clients and roles of it that are not ours stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import logging
import queue
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.credentials import AccountKind, BrokerAccount, by_name
from device_gateway.grants import SHARE, Access, Grant, grants
from device_gateway.tls import use_tls
from tracking.values.errors import FieldstockError

log = logging.getLogger(__name__)

CONTROL = "$CONTROL/dynamic-security/v1"
ANSWERS = f"{CONTROL}/response"
OURS = "fieldstock"
"""The text name of the clients and roles that we made."""

COMMANDS_AT_ONCE = 20
"""Commands in one message; the plugin may take 60 ms for each."""
ANSWER_S = 15.0
CONNECT_S = 10.0

Command = dict[str, Any]


class AccountsRefused(FieldstockError):
    """The broker's dynamic security did not do as it was told."""

    code = "accounts_refused"
    action = "Check that our account on the broker has the plugin's role `admin`, and the broker's log."

    def __init__(self, cause: str, names: frozenset[str] = frozenset()) -> None:
        """`names` are the accounts that were refused; all others are in force."""
        super().__init__(cause)
        self.names = names


class DynamicSecurity:
    """See `device_gateway.credentials.BrokerAccounts`; `address.user` has the plugin's role `admin`."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._answers: queue.Queue[list[dict[str, Any]]] = queue.Queue()
        self._settled = threading.Event()
        self._refusal: str | None = "no answer"

    def replace_accounts(self, accounts: Iterable[BrokerAccount]) -> None:
        """Create, change and delete what differs; whom the plugin deletes or changes it disconnects.

        An account of which the plugin knows another secret, and whose password is not there to be told, may
        not connect. An account that is refused holds up no other. Raises `BrokerRefused`, and at the end
        `AccountsRefused`; a repeat does what is left then.
        """
        wanted = by_name(accounts)
        client = self._connect()
        try:
            clients, roles = self._ours(client)
            commands = list(differences(wanted, clients, roles))
            answers = self._tell(client, commands)
        finally:
            client.disconnect()
            client.loop_stop()
        _check(commands, answers)

    def _ours(self, client: mqtt.Client) -> tuple[dict[str, Command], dict[str, Command]]:
        wishes = [
            {"command": command, "verbose": True, "count": -1, "offset": 0}
            for command in ("listClients", "listRoles")
        ]
        clients, roles = answers = self._tell(client, wishes)
        _check(wishes, answers)
        return (
            {c["username"]: c for c in clients["data"]["clients"] if c.get("textname") == OURS},
            {r["rolename"]: r for r in roles["data"]["roles"] if r.get("textname") == OURS},
        )

    def _tell(self, client: mqtt.Client, commands: Sequence[Command]) -> list[dict[str, Any]]:
        """Send commands, and return their answers in order. Raises `AccountsRefused` when there is none."""
        answers: list[dict[str, Any]] = []
        for start in range(0, len(commands), COMMANDS_AT_ONCE):
            mark = secrets.token_hex(8)
            some = [{**c, "correlationData": mark} for c in commands[start : start + COMMANDS_AT_ONCE]]
            client.publish(CONTROL, json.dumps({"commands": some}), qos=1)
            answers.extend(self._answered(mark, len(some)))
        return answers

    def _answered(self, mark: str, count: int) -> list[dict[str, Any]]:
        mine: list[dict[str, Any]] = []
        while len(mine) < count:
            try:
                answers = self._answers.get(timeout=ANSWER_S)
            except queue.Empty:
                raise AccountsRefused(f"No answer from the broker within {ANSWER_S:.0f} s.") from None
            mine.extend(answer for answer in answers if answer.get("correlationData") == mark)
        return mine

    def _connect(self) -> mqtt.Client:
        address = self._address
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{address.user}-accounts")
        client.username_pw_set(address.user, address.password)
        use_tls(client, address)
        client.on_connect = self._connected
        client.on_subscribe = self._granted
        client.on_message = self._heard
        self._settled.clear()
        try:
            client.connect(address.host, address.port, address.keepalive_s)
        except (OSError, ValueError) as error:
            raise BrokerRefused(f"The broker cannot be reached: {error}.") from error
        client.loop_start()
        if not self._settled.wait(CONNECT_S) or self._refusal is not None:
            client.disconnect()
            client.loop_stop()
            raise BrokerRefused(f"The broker refused {address.user} its control topic: {self._refusal}.")
        return client

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _p: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            self._settled.set()
            return
        client.subscribe(ANSWERS, qos=1)

    def _granted(self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _p: Any) -> None:
        self._refusal = next((str(reason) for reason in reasons if reason.is_failure), None)
        self._settled.set()

    def _heard(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            answers = json.loads(message.payload)["responses"]
        except (ValueError, KeyError, TypeError):  # an exception that left here would end paho's thread
            log.warning("The broker's dynamic security sent what is no answer.")
            return
        self._answers.put(answers)


def _check(commands: Sequence[Command], answers: Sequence[dict[str, Any]]) -> None:
    """Raise `AccountsRefused` with the first refusal, and warn of each."""
    causes: dict[str, str] = {}
    for command, answer in zip(commands, answers, strict=True):
        if "error" in answer:
            name = command.get("username") or command.get("rolename", "").removeprefix(f"{OURS}-")
            log.warning("The broker refused %s for %s: %s.", command["command"], name, answer["error"])
            causes.setdefault(name, f"{command['command']} {name}: {answer['error']}.".replace("  ", " "))
    if causes:
        raise AccountsRefused(next(iter(causes.values())), frozenset(causes) - {""})


def differences(
    wanted: Mapping[str, BrokerAccount],
    clients: Mapping[str, Command],
    roles: Mapping[str, Command],
) -> Iterator[Command]:
    """Yield the commands that lead from what the plugin has to what is wanted; who must go, goes first."""
    for name in clients.keys() - wanted.keys():
        yield {"command": "deleteClient", "username": name}
    for name in roles.keys() - {_role(name) for name in wanted}:
        yield {"command": "deleteRole", "rolename": name}
    for name, account in wanted.items():
        yield from _role_differences(account, roles.get(_role(name)))
        yield from _client_differences(account, clients.get(name))


def _role_differences(account: BrokerAccount, known: Command | None) -> Iterator[Command]:
    acls = _acls(account)
    mark = hashlib.sha256(json.dumps(acls, sort_keys=True).encode()).hexdigest()[:32]
    if known is not None and known.get("textdescription") == mark:
        return
    yield {
        "command": "createRole" if known is None else "modifyRole",
        "rolename": _role(account.name),
        "textname": OURS,
        "textdescription": mark,
        "acls": acls,
    }


def _client_differences(account: BrokerAccount, known: Command | None) -> Iterator[Command]:
    mark = hashlib.sha256(account.verifier.encode()).hexdigest()[:32]
    if known is not None and known.get("textdescription") == mark:
        if known.get("disabled"):
            yield {"command": "enableClient", "username": account.name}
        return
    if account.password is None:
        log.warning("The broker was not told the secret of %s; give it another.", account.name)
        if known is not None and not known.get("disabled"):
            yield {"command": "disableClient", "username": account.name}
        return
    told = {"username": account.name, "password": account.password, "textdescription": mark}
    if known is None:
        its = {"clientid": account.name, "textname": OURS, "roles": [{"rolename": _role(account.name)}]}
        yield {"command": "createClient", **told, **its}
        return
    yield {"command": "modifyClient", **told}
    if known.get("disabled"):
        yield {"command": "enableClient", "username": account.name}


def _role(name: str) -> str:
    return f"{OURS}-{name}"


def _acls(account: BrokerAccount) -> list[Command]:
    return [acl for grant in grants(account.kind, account.name) for acl in _acls_of(grant, account.kind)]


def _acls_of(grant: Grant, kind: AccountKind) -> Iterator[Command]:
    """Yield the plugin's rules for one grant; a device may subscribe to just the filter, and in no group."""
    if grant.access is Access.WRITE:
        yield _allow("publishClientSend", grant.topic_filter)
        return
    yield _allow("publishClientReceive", grant.topic_filter)
    yield _allow("subscribePattern", grant.topic_filter)
    if kind is AccountKind.SERVER:
        yield _allow("subscribePattern", f"{SHARE}+/{grant.topic_filter}")


def _allow(acltype: str, topic: str) -> Command:
    return {"acltype": acltype, "topic": topic, "priority": 0, "allow": True}
