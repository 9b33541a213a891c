"""Which counters of which devices a batch made durable, as few exact ranges as they allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from device_gateway.protocol.decoded import AckRange
from device_gateway.protocol.messages import AckMessage


def merge_acks(ranges: Iterable[AckRange]) -> dict[str, list[AckMessage]]:
    """Return one message for each device and boot; its ranges are inclusive, in order, and do not touch."""
    by_boot: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for item in ranges:
        by_boot[item.device, item.boot_id].append((item.first, item.last))
    messages: dict[str, list[AckMessage]] = defaultdict(list)
    for (device, boot_id), pairs in by_boot.items():
        messages[device].append(AckMessage(boot_id, join(pairs)))
    return dict(messages)


def join(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return inclusive ranges sorted, with those that overlap or follow each other made one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
