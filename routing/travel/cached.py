"""Keeps travel times by content, so that a matrix with one new stop costs the new rows and columns alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routing.travel.matrix import Table, Travel
from routing.travel.port import TravelTimes
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

Bucket = Callable[[datetime | None], Hashable]
Indices = npt.NDArray[np.intp]

_BYTES_A_PAIR = 8
_UNKNOWN = -1


def any_time(_: datetime | None) -> Hashable:
    """Return the same bucket for every time: for sources that know no time of day."""
    return None


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """`max_mb` (1 to 16 384) bounds the matrices kept: 8 B for each pair of points; `bucket` names the
    times at which the wrapped source answers alike.
    """

    max_mb: int = 64
    bucket: Bucket = any_time

    def __post_init__(self) -> None:
        if not 1 <= self.max_mb <= 16_384:
            raise InvalidValue(f"max_mb must lie in [1, 16384], not {self.max_mb}.")

    @property
    def max_points(self) -> int:
        """How many points one matrix may hold."""
        return int((self.max_mb * 1_000_000 / _BYTES_A_PAIR) ** 0.5)


@dataclass
class CacheCounts:
    """What the cache did: pairs asked of the source, pairs answered, requests too large to be kept."""

    pairs_asked: int = 0
    pairs_answered: int = 0
    too_large: int = 0


class CachedTravelTimes:
    """Implements `TravelTimes` on top of another whose answers depend on points and bucket alone.

    Pairs stay known when stops leave; the points unused for longest go when memory is short. Not for
    several threads at once.
    """

    def __init__(self, source: TravelTimes, settings: CacheSettings | None = None) -> None:
        self._source = source
        self._settings = settings or CacheSettings()
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self.counts = CacheCounts()

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return the matrix of `points`, of which only unknown pairs are asked."""
        return Travel.trusted(self.table(points, points, at))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the table, of which only unknown pairs are asked."""
        self.counts.pairs_answered += len(sources) * len(targets)
        points = sources if sources is targets else [*sources, *targets]
        if len(points) > self._settings.max_points and len(set(points)) > self._settings.max_points:
            self.counts.too_large += 1
            return self._ask(sources, targets, at)
        known = self._bucket(at)
        slots, is_new = known.hold(points, self._settings.max_points)
        rows = _Side(slots[: len(sources)], is_new[: len(sources)])
        columns = rows if sources is targets else _Side(slots[len(sources) :], is_new[len(sources) :])
        found = known.read(rows.slots, columns.slots)
        self._learn(known, rows, columns, found, at)
        self._bound()
        return found

    def _learn(self, known: _Known, rows: _Side, columns: _Side, found: Table, at: datetime | None) -> None:
        """Ask for the rows of new points, then for their columns, then for what else is missing."""
        new, old = np.flatnonzero(rows.is_new), np.flatnonzero(~rows.is_new)
        self._fill(known, rows, new, columns, np.arange(columns.slots.size), found, at)
        self._fill(known, rows, old, columns, np.flatnonzero(columns.is_new), found, at)
        if bool((found.duration_s < 0).any()):  # points that never met before
            missing = found.duration_s == _UNKNOWN
            across, down = np.flatnonzero(missing.any(axis=1)), np.flatnonzero(missing.any(axis=0))
            self._fill(known, rows, across, columns, down, found, at)

    def _fill(
        self,
        known: _Known,
        rows: _Side,
        across: Indices,
        columns: _Side,
        down: Indices,
        found: Table,
        at: datetime | None,
    ) -> None:
        """Ask from the rows `across` to the columns `down` of a table, and note the answer in it too."""
        if across.size == 0 or down.size == 0:
            return
        from_slots, to_slots = rows.slots[across], columns.slots[down]
        answer = self._ask(known.points(from_slots), known.points(to_slots), at)
        known.write(from_slots, to_slots, answer)
        found.duration_s[np.ix_(across, down)] = answer.duration_s
        found.distance_m[np.ix_(across, down)] = answer.distance_m

    def _ask(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None
    ) -> Table:
        self.counts.pairs_asked += len(sources) * len(targets)
        return self._source.table(sources, targets, at)

    def _bucket(self, at: datetime | None) -> _Known:
        bucket = self._settings.bucket(at)
        known = self._known.setdefault(bucket, _Known())
        self._known.move_to_end(bucket)
        return known

    def _bound(self) -> None:
        """Forget the buckets unused for longest until the rest fits; the newest always does."""
        limit = self._settings.max_points**2
        while sum(known.capacity**2 for known in self._known.values()) > limit and len(self._known) > 1:
            self._known.popitem(last=False)


class _Side(NamedTuple):
    """The slots of a table's rows, or of its columns, and which of their points are new."""

    slots: Indices
    is_new: npt.NDArray[np.bool_]


class _Known:
    """The pairs known in one bucket: square matrices whose slots points take and leave."""

    def __init__(self) -> None:
        self._slots: dict[tuple[float, float], int] = {}
        self._points: list[Coordinate] = []
        self._used_at: Indices = np.zeros(0, dtype=np.intp)
        self._tick = 0
        self._duration_s = _blank(0)
        self._distance_m = _blank(0)

    @property
    def capacity(self) -> int:
        """How many points there is memory for."""
        return int(self._duration_s.shape[0])

    def points(self, slots: Indices) -> list[Coordinate]:
        """Return the points in these slots."""
        return [self._points[slot] for slot in slots.tolist()]

    def hold(self, points: Sequence[Coordinate], limit: int) -> tuple[Indices, npt.NDArray[np.bool_]]:
        """Return the slots of `points`, and which points are new: these take the slots unused for longest."""
        keys = [(point.lat_deg, point.lon_deg) for point in points]
        self._tick += 1
        held = [slot for key in keys if (slot := self._slots.get(key)) is not None]
        self._used_at[held] = self._tick
        if len(held) == len(keys):
            return np.array(held, dtype=np.intp), np.zeros(len(keys), dtype=np.bool_)
        new = {key: point for key, point in zip(keys, points, strict=True) if key not in self._slots}
        self._grow(min(limit, len(self._slots) + len(new)), limit)
        for (key, point), slot in zip(new.items(), self._free(len(new)), strict=True):
            self._points[slot : slot + 1] = [point]
            self._slots[key] = slot
            self._used_at[slot] = self._tick
        slots = np.array([self._slots[key] for key in keys], dtype=np.intp)
        return slots, np.array([key in new for key in keys], dtype=np.bool_)

    def read(self, rows: Indices, columns: Indices) -> Table:
        """Return a copy of what is known from `rows` to `columns`."""
        return Table(*(_part(matrix, rows, columns) for matrix in (self._duration_s, self._distance_m)))

    def write(self, rows: Indices, columns: Indices, table: Table) -> None:
        """Note what a source answered."""
        self._duration_s[np.ix_(rows, columns)] = table.duration_s
        self._distance_m[np.ix_(rows, columns)] = table.distance_m

    def _free(self, count: int) -> list[int]:
        """Return slots that hold nothing, of which some may have been emptied for it."""
        blank = list(range(len(self._points), min(self.capacity, len(self._points) + count)))
        short = count - len(blank)
        if short == 0:
            return blank
        oldest = np.argsort(self._used_at[: len(self._points)], kind="stable")[:short]
        for point in self.points(oldest):
            del self._slots[point.lat_deg, point.lon_deg]
        for matrix in (self._duration_s, self._distance_m):
            matrix[oldest, :] = _UNKNOWN
            matrix[:, oldest] = _UNKNOWN
        return [*blank, *(int(slot) for slot in oldest)]

    def _grow(self, needed: int, limit: int) -> None:
        if needed <= self.capacity:
            return
        size, old = min(limit, max(needed, self.capacity * 5 // 4, 64)), self.capacity
        self._duration_s = _grown(self._duration_s, size)
        self._distance_m = _grown(self._distance_m, size)
        self._used_at = np.concatenate([self._used_at, np.zeros(size - old, dtype=np.intp)])


def _part(matrix: npt.NDArray[np.int32], rows: Indices, columns: Indices) -> npt.NDArray[np.int32]:
    # Whole rows first, which are copied faster than single cells; slots lie inside, so "clip" changes
    # nothing, and is three times as fast as checking them.
    return matrix.take(rows, axis=0, mode="clip").take(columns, axis=1, mode="clip")


def _blank(size: int) -> npt.NDArray[np.int32]:
    return np.full((size, size), _UNKNOWN, dtype=np.int32)


def _grown(matrix: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.int32]:
    grown = _blank(size)
    old = matrix.shape[0]
    grown[:old, :old] = matrix
    return grown
