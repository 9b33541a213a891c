"""Who has to bring an order, and who must not: couriers that a caller names, and whether they can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from tracking.parts.location import Location
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue

REQUIRED = "required_courier_id"
FORBIDDEN = "forbidden_courier_ids"


class Wishing(Protocol):
    """An order or a promise: it is brought by the courier who is required, and by none who is forbidden."""

    @property
    def required_courier_id(self) -> str | None: ...
    @property
    def forbidden_courier_ids(self) -> tuple[str, ...]: ...


def may_bring(courier_id: str, wish: Wishing) -> bool:
    """Tell whether a courier is allowed to bring what was wished for."""
    if courier_id in wish.forbidden_courier_ids:
        return False
    return wish.required_courier_id in (None, courier_id)


def each_once(courier_ids: Iterable[str]) -> tuple[str, ...]:
    """Return forbidden couriers as they are kept: each once, in the order of their names."""
    return tuple(sorted(set(courier_ids)))


def normalised(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wishes of an amendment with its forbidden couriers as they are kept."""
    said = dict(wishes)
    if FORBIDDEN in said:
        said[FORBIDDEN] = each_once(said[FORBIDDEN])
    return said


def check_couriers(uow: UnitOfWork, wish: Wishing, site: Location) -> None:
    """Raise `InvalidValue`, with the path to the field, unless the couriers are there and go together.

    Who is required works in the region of the site.
    """
    required = wish.required_courier_id
    if required is not None:
        courier = uow.couriers.get(required)
        if courier is None:
            raise InvalidValue(f"There is no courier {required!r}.", path=REQUIRED)
        if required in wish.forbidden_courier_ids:
            cause = f"Courier {required} is required, and cannot be forbidden as well."
            raise InvalidValue(cause, "Take the courier out of one of the two.", path=FORBIDDEN)
        region = uow.locations.require(courier.home_id).region
        if region != site.region:
            cause = f"Courier {required} works in region {region}, and the site lies in {site.region}."
            raise InvalidValue(cause, "Name a courier of the site's region.", path=REQUIRED)
    known = {c.courier_id for c in uow.couriers.find_in(courier_id=wish.forbidden_courier_ids)}
    unknown = [courier_id for courier_id in wish.forbidden_courier_ids if courier_id not in known]
    if unknown:
        raise InvalidValue(f"There is no courier {', '.join(map(repr, unknown))}.", path=FORBIDDEN)
