"""Travel in a JSON problem: matrices as they are given, or made from coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from routing.formats.wire import Refuse, decode, struct, wire_fields
from routing.travel import UNREACHABLE, GeodesicSettings, GeodesicTravelTimes, Travel, TravelTimes
from routing.values import MAX_TIME_S
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

_DOC = """Roads between places: either both matrices, from row to column, whole seconds and metres, null
where no road leads; or none, and both are made from the places' coordinates: great circle x detour_factor
(1 to 3) at speed_mps (1 to 50)."""


def _wire(matrix: Any) -> type[msgspec.Struct]:
    sides = (("duration_s", matrix | None, None), ("distance_m", matrix | None, None))
    return struct("Travel", sides + wire_fields(GeodesicSettings), _DOC)


WireTravel = _wire(list[msgspec.Raw])
"""Rows are decoded one by one: all at once would take four times the memory."""

SchemaTravel = _wire(list[list[int | None]])
"""The same with its rows in the open, for the schema."""


def travel_of(
    wire: Any, path: str, points: Sequence[Coordinate] | None, roads: TravelTimes | None, refuse: Refuse
) -> Travel:
    """Return the matrices that `wire` gives, or those of `points` by `roads`, else by great circle."""
    given = [name for name in ("duration_s", "distance_m") if getattr(wire, name) is not None]
    if len(given) == 1:
        missing = "distance_m" if given == ["duration_s"] else "duration_s"
        raise refuse(f"{path}.{missing}", f"is missing, although {given[0]} is given.")
    if given:
        return _given(wire, path, points, refuse)
    if points is None:
        raise refuse(path, "must hold duration_s and distance_m, unless places with coordinates are given.")
    return (roads or _geodesic(wire, path, refuse)).matrix(points)


def plain_travel(travel: Travel) -> dict[str, list[list[int | None]]]:
    """Return the matrices as JSON holds them: null where no road leads."""
    return {name: _rows(getattr(travel, name)) for name in ("duration_s", "distance_m")}


def _rows(matrix: npt.NDArray[np.int64]) -> list[list[int | None]]:
    return [[None if value >= UNREACHABLE else value for value in row] for row in matrix.tolist()]


def _geodesic(wire: Any, path: str, refuse: Refuse) -> GeodesicTravelTimes:
    try:
        return GeodesicTravelTimes(GeodesicSettings(wire.detour_factor, wire.speed_mps))
    except InvalidValue as error:
        name, _, cause = error.cause.partition(" ")
        raise refuse(f"{path}.{name}", cause) from error


def _given(wire: Any, path: str, points: Sequence[Coordinate] | None, refuse: Refuse) -> Travel:
    size = len(points) if points is not None else len(wire.duration_s)
    sides = (_matrix(getattr(wire, n), f"{path}.{n}", size, refuse) for n in ("duration_s", "distance_m"))
    return Travel(*sides)


def _matrix(rows: list[msgspec.Raw], path: str, size: int, refuse: Refuse) -> npt.NDArray[np.int64]:
    if len(rows) != size:
        raise refuse(path, f"must hold {size} rows, one for each place, not {len(rows)}.")
    matrix = np.zeros((size, size), dtype=np.int64)
    for k, raw in enumerate(rows):
        row = decode(raw, list[int | None], refuse, f"{path}[{k}]")
        if len(row) != size:
            raise refuse(f"{path}[{k}]", f"must hold {size} numbers, one for each place, not {len(row)}.")
        values = [UNREACHABLE if value is None else value for value in row]
        if not 0 <= min(values, default=0) <= max(values, default=0) <= MAX_TIME_S:
            _require_cells(values, f"{path}[{k}]", refuse)
        matrix[k] = values
        if matrix[k, k]:
            raise refuse(f"{path}[{k}][{k}]", f"must be 0: a place is where it is, not {matrix[k, k]} away.")
    return matrix


def _require_cells(values: list[int], path: str, refuse: Refuse) -> None:
    for n, value in enumerate(values):
        if not (0 <= value <= MAX_TIME_S or value == UNREACHABLE):
            allowed = f"must lie in [0, {MAX_TIME_S}], or be null where no road leads"
            raise refuse(f"{path}[{n}]", f"{allowed}, not {value}.")
