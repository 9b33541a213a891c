"""The installed base: machines at customers' sites."""

from __future__ import annotations

from dataclasses import dataclass

from tracking.parts.part import checked_identifier, checked_model


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that parts are for; `serial` is its maker's, and with `model` names it too."""

    machine_id: str
    site_id: str
    model: str
    serial: str

    def __post_init__(self) -> None:
        checked_identifier(self.machine_id, "machine")
        checked_identifier(self.serial, "machine's serial")
        checked_model(self.model)
