"""An offline code that was given out: who may open which compartment of a locker without radio, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.values.errors import FieldstockError

CODE_WINDOW = 10
"""How many counters ahead a locker takes, and so how many unused codes of a compartment may be out."""


@dataclass(frozen=True, slots=True)
class OfflineCode:
    """The code of one counter of a compartment's key (HOTP); the code itself is kept nowhere.

    `courier_id` is who has it: a courier, or the number of the return whose customer does. `withdrawal_id` or
    `deposit_id` is what it opens the compartment for, null for other work; `used_at` is when the locker says
    that it was.
    """

    locker_id: str
    compartment: str
    counter: int
    courier_id: str
    withdrawal_id: str | None
    reason: str
    issued_by: str
    issued_at: datetime
    used_at: datetime | None = None
    deposit_id: str | None = None


class NoOfflineKey(FieldstockError):
    """The locker was never given the key that makes the codes of this compartment."""

    code = "no_offline_key"
    action = "Provision the locker again: its compartments get their keys then."


class OfflineCodesExhausted(FieldstockError):
    """As many codes of this compartment are out and unused as a locker looks ahead."""

    code = "offline_codes_exhausted"
    action = "Use one of the codes that are out, or wait until the locker is back and says which were used."
