"""Decoders of the native courier and locker messages."""

from __future__ import annotations

from datetime import datetime

import msgspec

from device_gateway.protocol.decoded import AckRange, Decoded, Heard, reason_of
from device_gateway.protocol.messages import (
    CompartmentMessage,
    ConnectionMessage,
    EventMessage,
    FixesMessage,
    FixMessage,
    RawFixesMessage,
    ReplyMessage,
    StateMessage,
)
from device_gateway.protocol.topics import Kind
from tracking.telemetry.fixes import MAX_SEQ, Fix, FixSource
from tracking.telemetry.reports import (
    CommandResult,
    CompartmentReading,
    DeadLetter,
    Door,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerState,
    Power,
)
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

_fixes = msgspec.json.Decoder(FixesMessage)
_raw_fixes = msgspec.json.Decoder(RawFixesMessage)
_fix = msgspec.json.Decoder(FixMessage)
_state = msgspec.json.Decoder(StateMessage)
_event = msgspec.json.Decoder(EventMessage)
_connection = msgspec.json.Decoder(ConnectionMessage)
_reply = msgspec.json.Decoder(ReplyMessage)


def decode_fixes(heard: Heard, courier: str) -> Decoded:
    """Return a courier's fixes; of a message with bad ones, the good ones and a dead letter for each bad one.

    Raises what `reason_of` explains when the message as a whole cannot be read.
    """
    try:
        message = _fixes.decode(heard.payload)
        ack = _range(courier, message.boot_id, message.first_seq, len(message.fixes))
        values = [
            _to_fix(fix, heard, courier, message.boot_id, message.first_seq + i, message.sent_at)
            for i, fix in enumerate(message.fixes)
        ]
    except (msgspec.ValidationError, InvalidValue):
        return _decode_singly(heard, courier)
    return Decoded(values=tuple(values), ack=ack)


def _decode_singly(heard: Heard, courier: str) -> Decoded:
    message = _raw_fixes.decode(heard.payload)
    ack = _range(courier, message.boot_id, message.first_seq, len(message.fixes))
    values: list[Fix] = []
    unreadable: list[DeadLetter] = []
    for seq, raw in enumerate(message.fixes, message.first_seq):
        try:
            values.append(_to_fix(_fix.decode(raw), heard, courier, message.boot_id, seq, message.sent_at))
        except (msgspec.DecodeError, InvalidValue) as error:
            unreadable.append(_bad_fix(heard, courier, message.boot_id, seq, bytes(raw), reason_of(error)))
    return Decoded(tuple(values), tuple(unreadable), ack)


def _bad_fix(heard: Heard, courier: str, boot_id: str, seq: int, raw: bytes, reason: str) -> DeadLetter:
    return DeadLetter(
        topic=f"{heard.topic}?boot_id={boot_id}&seq={seq}",
        kind=Kind.FIX,
        reason=reason,
        received_at=heard.received_at,
        payload=raw,
        device=courier,
    )


def _to_fix(
    fix: FixMessage, heard: Heard, courier: str, boot_id: str, seq: int, sent_at: datetime | None
) -> Fix:
    return Fix(
        device=courier,
        fix_at=fix.fix_at,
        received_at=heard.received_at,
        coordinate=Coordinate(fix.lat_deg, fix.lon_deg),
        source=FixSource.NATIVE,
        boot_id=boot_id,
        seq=seq,
        sent_at=sent_at,
        accuracy_m=fix.accuracy_m,
        speed_mps=fix.speed_mps,
        bearing_deg=fix.bearing_deg,
        altitude_m=fix.altitude_m,
        battery_pct=fix.battery_pct,
    )


def _range(device: str, boot_id: str, first: int, count: int) -> AckRange:
    if first + count - 1 > MAX_SEQ:
        raise InvalidValue(f"The counter would pass {MAX_SEQ}.")
    return AckRange(device, boot_id, first, first + count - 1)


def decode_state(heard: Heard, locker: str) -> Decoded:
    """Return a locker's state. Raises what `reason_of` explains."""
    message = _state.decode(heard.payload)
    state = LockerState(
        device=locker,
        boot_id=message.boot_id,
        seq=message.seq,
        at=message.at,
        sent_at=message.sent_at,
        received_at=heard.received_at,
        compartments=tuple(_to_reading(item) for item in message.compartments),
        temperature_c=message.temperature_c,
        power=Power(message.power),
        battery_pct=message.battery_pct,
    )
    return Decoded(values=(state,), ack=_range(locker, message.boot_id, message.seq, 1))


def _to_reading(item: CompartmentMessage) -> CompartmentReading:
    return CompartmentReading(item.compartment, Door(item.door), item.part, item.serial, item.quantity)


def decode_event(heard: Heard, locker: str) -> Decoded:
    """Return something that happened at a locker. Raises what `reason_of` explains."""
    message = _event.decode(heard.payload)
    event = LockerEvent(
        device=locker,
        boot_id=message.boot_id,
        seq=message.seq,
        at=message.at,
        sent_at=message.sent_at,
        received_at=heard.received_at,
        kind=message.kind,
        compartment=message.compartment,
        command_id=message.command_id,
        code=message.code,
    )
    return Decoded(values=(event,), ack=_range(locker, message.boot_id, message.seq, 1))


def decode_connection(heard: Heard, locker: str) -> Decoded:
    """Return a locker's coming or going; an empty body clears what was retained. Raises as the others."""
    if not heard.payload:
        return Decoded(ignored="cleared")
    message = _connection.decode(heard.payload)
    connection = LockerConnection(
        device=locker,
        online=message.online,
        session=message.session,
        connect_count=message.connect_count,
        received_at=heard.received_at,
    )
    return Decoded(values=(connection,))


def decode_reply(heard: Heard, locker: str) -> Decoded:
    """Return a locker's answer to a command. Raises what `reason_of` explains."""
    message = _reply.decode(heard.payload)
    reply = LockerReply(
        device=locker,
        command_id=message.command_id,
        result=CommandResult(message.result),
        reason=message.reason,
        at=message.at,
        boot_id=message.boot_id,
        seq=message.seq,
        received_at=heard.received_at,
    )
    if message.boot_id is None or message.seq is None:
        return Decoded(values=(reply,))
    return Decoded(values=(reply,), ack=_range(locker, message.boot_id, message.seq, 1))
