"""Which parts fit a machine of the installed base."""

from __future__ import annotations

from tracking.parts.machine import Machine
from tracking.parts.part import Part
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import FieldstockError, InvalidValue


class PartDoesNotFit(FieldstockError):
    """A part may not go into a machine."""

    code = "part_does_not_fit"
    action = "Ask for a part that fits the machine's model, or correct the part's models in the catalogue."


def require_fitting(uow: UnitOfWork, part: Part, machine: Machine, site_id: str) -> None:
    """Hold a part against the machine that it is wanted for: it fits, or one of its substitutes does.

    Raises `InvalidValue` when the machine stands elsewhere, `PartDoesNotFit` when nothing fits.
    """
    if machine.site_id != site_id:
        raise InvalidValue(f"Machine {machine.machine_id} stands at {machine.site_id}, not at {site_id}.")
    parts = [part, *uow.parts.find_in(part_number=part.substitutes)]
    if not any(each.fits(machine.model) for each in parts):
        raise PartDoesNotFit(f"{misfit(part, machine)} and has no substitute that does.")


def misfit(part: Part, machine: Machine) -> str:
    """Return that a part does not fit a machine, as the beginning of a sentence."""
    return f"{part.part_number} does not fit a {machine.model}"
