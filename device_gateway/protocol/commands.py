"""Commands to lockers: how they are signed, written and read (HMAC-SHA256, RFC 2104, over canonical JSON)."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from device_gateway.protocol.messages import CommandMessage
from tracking.values.errors import FieldstockError
from tracking.values.ids import checked_name
from tracking.values.times import utc

_decode = msgspec.json.Decoder(CommandMessage).decode


class CommandInvalid(FieldstockError):
    """A command that a locker must not execute."""

    code = "command_invalid"
    action = "Refuse the command; it did not come from the server, or not whole."


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerCommand:
    """A command for one session of one locker, to be executed once within `valid_for_s` of its arrival.

    `key` is the locker's command key; `action` is a word such as `open`; `sealed` goes with `rotate` alone.
    """

    locker: str
    command_id: str
    session: str
    action: str
    compartment: str | None
    issued_at: datetime
    valid_for_s: int
    key: bytes = field(repr=False)
    sealed: str | None = None

    def __post_init__(self) -> None:
        checked_name(self.locker, "locker")
        _checked(encode_command(self))


def canonical(message: CommandMessage) -> bytes:
    """Return what is signed: the command's JSON without `hmac`, keys sorted, no spaces, UTF-8.

    `sealed` is part of it only where it is given, `compartment` always.
    """
    body: dict[str, str | int | None] = {
        "action": message.action,
        "command_id": message.command_id,
        "compartment": message.compartment,
        "issued_at": message.issued_at,
        "session": message.session,
        "valid_for_s": message.valid_for_s,
    }
    if message.sealed is not None:
        body["sealed"] = message.sealed
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def encode_command(command: LockerCommand) -> bytes:
    """Return the signed message of a command."""
    text = canonical(
        CommandMessage(
            command.command_id,
            command.session,
            command.action,
            command.compartment,
            utc(command.issued_at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            command.valid_for_s,
            hmac="",
            sealed=command.sealed,
        )
    )
    return json.dumps({**json.loads(text), "hmac": _sign(text, command.key)}, ensure_ascii=False).encode()


def decode_command(payload: bytes, key: bytes) -> CommandMessage:
    """Return a command that `key` signed. Raises `CommandInvalid`; compares in constant time."""
    message = _checked(payload)
    if not hmac.compare_digest(_sign(canonical(message), key), message.hmac):
        raise CommandInvalid("The command's signature is not the server's.")
    return message


def _checked(payload: bytes) -> CommandMessage:
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandInvalid(f"The command cannot be read: {error}.") from error


def _sign(text: bytes, key: bytes) -> str:
    return hmac.new(key, text, hashlib.sha256).hexdigest()
