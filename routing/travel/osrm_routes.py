"""The way along real roads, and a recorded trace laid onto them: OSRM's route and match services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from routing.travel.osrm_client import OsrmClient, OsrmSettings
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.times import to_ms

_GEOMETRY = "overview=full&geometries=geojson"


@dataclass(frozen=True, slots=True)
class Drive:
    """The fastest way through some points: `legs_s` and `legs_m` between each two, and the `line` driven."""

    legs_s: tuple[float, ...]
    legs_m: tuple[float, ...]
    line: tuple[Coordinate, ...]

    @property
    def duration_s(self) -> float:
        """The time of all legs."""
        return sum(self.legs_s)

    @property
    def distance_m(self) -> float:
        """The length of all legs."""
        return sum(self.legs_m)


@dataclass(frozen=True, slots=True)
class TracePoint:
    """One fix: where, when, and how exactly, in m (more than 0; None where it is not known)."""

    coordinate: Coordinate
    at: datetime
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a trace that lies on roads: the `line` driven, its length, and how sure that is (0 to 1)."""

    line: tuple[Coordinate, ...]
    distance_m: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Matched:
    """A trace on the roads: `snapped` holds for each fix its place on a road, None where it has none."""

    stretches: tuple[Stretch, ...]
    snapped: tuple[Coordinate | None, ...]


class OsrmRoads:
    """Asks one OSRM server for ways and matches."""

    def __init__(self, settings: OsrmSettings) -> None:
        self._client = OsrmClient(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def route(self, points: Sequence[Coordinate]) -> Drive | None:
        """Return the way through at least two points in this order, or None when no road joins them.

        Raises `TravelUnavailable`.
        """
        if len(points) < 2:
            raise InvalidValue("A way leads through at least two points.")
        # Couriers may turn round where they stop, as the table has it too.
        options = f"{_GEOMETRY}&continue_straight=false"
        answer = self._client.ask("route", points, options, ("routes", "waypoints"), ("NoRoute", "NoSegment"))
        if answer is None or any(p["distance"] > self._client.settings.snap_m for p in answer["waypoints"]):
            return None
        legs = answer["routes"][0]["legs"]
        return Drive(
            tuple(float(leg["duration"]) for leg in legs),
            tuple(float(leg["distance"]) for leg in legs),
            _line(answer["routes"][0]),
        )

    def match(self, trace: Sequence[TracePoint]) -> Matched:
        """Lay a trace, in order of time, onto the roads; where it jumps, or leaves them, it is split.

        Of several fixes of one second the first counts. Raises `TravelUnavailable`.
        """
        snapped: dict[int, Coordinate] = {}
        stretches: list[Stretch] = []
        for piece in _pieces(trace, self._client.settings.match_points):
            found = self._match(piece)
            stretches += found.stretches
            snapped |= {k: p for (k, _), p in zip(piece, found.snapped, strict=True) if p is not None}
        return Matched(tuple(stretches), tuple(snapped.get(k) for k in range(len(trace))))

    def _match(self, piece: list[tuple[int, TracePoint]]) -> Matched:
        fixes = [fix for _, fix in piece]
        seconds = ";".join(str(to_ms(fix.at) // 1000) for fix in fixes)
        radii = ";".join("" if fix.accuracy_m is None else f"{max(1.0, fix.accuracy_m):.1f}" for fix in fixes)
        options = f"{_GEOMETRY}&gaps=split&timestamps={seconds}&radiuses={radii}"
        points = [fix.coordinate for fix in fixes]
        answer = self._client.ask(
            "match", points, options, ("matchings", "tracepoints"), ("NoMatch", "NoSegment")
        )
        if answer is None:
            return Matched((), (None,) * len(piece))
        stretches = tuple(
            Stretch(_line(matching), float(matching["distance"]), float(matching["confidence"]))
            for matching in answer["matchings"]
        )
        return Matched(stretches, tuple(p and _coordinate(p["location"]) for p in answer["tracepoints"]))


def _pieces(trace: Sequence[TracePoint], size: int) -> Iterator[list[tuple[int, TracePoint]]]:
    """Yield runs of numbered fixes of different seconds; each begins with the last fix of the one before."""
    fixes: list[tuple[int, TracePoint]] = []
    for k, fix in enumerate(trace):
        if fixes and to_ms(fix.at) // 1000 <= to_ms(fixes[-1][1].at) // 1000:
            continue
        fixes.append((k, fix))
        if len(fixes) == size:
            yield fixes
            fixes = fixes[-1:]
    if len(fixes) > 1:
        yield fixes


def _line(drawn: dict[str, Any]) -> tuple[Coordinate, ...]:
    return tuple(_coordinate(pair) for pair in drawn["geometry"]["coordinates"])


def _coordinate(pair: Sequence[float]) -> Coordinate:
    return Coordinate(lat_deg=pair[1], lon_deg=pair[0])
