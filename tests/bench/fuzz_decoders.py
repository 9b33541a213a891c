"""The program that atheris drives: it gives random bodies to the decoder of a random topic."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["device_gateway", "tracking.telemetry", "tracking.values"]):
    from device_gateway.protocol.decode import decode
    from device_gateway.protocol.decoded import Heard
    from tracking.telemetry import codec
    from tracking.telemetry.reports import DeadLetter

TOPICS = (
    "fieldstock/v1/couriers/anna/fix",
    "fieldstock/v1/lockers/l-1/state",
    "fieldstock/v1/lockers/l-1/event",
    "fieldstock/v1/lockers/l-1/connection",
    "fieldstock/v1/lockers/l-1/reply",
    "owntracks/anna/phone",
    "owntracks/anna/phone/event",
    "owntracks/anna/phone/status",
)
AT = datetime(2026, 11, 22, tzinfo=UTC)


def try_one(data: bytes) -> None:
    """Decode what the first byte chooses, and keep whatever came of it as the journal would."""
    provider = atheris.FuzzedDataProvider(data)
    topic = provider.PickValueInList(list(TOPICS))
    decoded = decode(Heard(topic, provider.ConsumeBytes(sys.maxsize), AT))
    for value in decoded.values:
        codec.to_value(codec.to_row(value))
    for letter in decoded.unreadable:
        assert isinstance(letter, DeadLetter)
        assert not letter.reason.startswith("decoder_failed"), letter.reason


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
