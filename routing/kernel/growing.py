"""An engine that takes in one shipment after another: its arrays have room behind their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.compiled import Compiled
from routing.kernel import layout, routes
from routing.kernel.engine import Engine, Place
from routing.kernel.filling import Row, eligible_rows, roads, shipment_rows, visit_rows

_More = Sequence[Row] | npt.NDArray[Any]

_OF_DATA = ("node", "window", "shipment", "draw", "eligible")
_OF_STATE = ("link", "chosen", "stock", "kept")


class Rows:
    """The rows of an array that are in use, with room behind them."""

    def __init__(self, rows: npt.NDArray[Any]) -> None:
        self.rows = self._room = rows

    def append(self, more: _More) -> None:
        """Add rows; where there is no room left, move to an array of twice the length."""
        added = np.asarray(more, dtype=self.rows.dtype).reshape(len(more), *self.rows.shape[1:])
        count = len(self.rows) + len(added)
        if count > len(self._room):
            self._room = np.empty((2 * count, *self.rows.shape[1:]), dtype=self.rows.dtype)
            self._room[: len(self.rows)] = self.rows
        self._room[len(self.rows) : count] = added
        self.rows = self._room[:count]

    def cut(self, count: int) -> None:
        """Keep the first `count` rows."""
        self.rows = self._room[:count]


class GrowingEngine(Engine):
    """An engine for insertions one by one, without a memory of places."""

    def __init__(self, compiled: Compiled) -> None:
        super().__init__(compiled, remembering=False)
        of_data = {name: Rows(getattr(self.data, name)) for name in _OF_DATA}
        self._rows = of_data | {name: Rows(getattr(self.state, name)) for name in _OF_STATE}

    def extend(self, compiled: Compiled) -> None:
        """Take in the last shipment of `compiled`, the one that the engine does not hold yet."""
        s, first = len(self.data.shipment), len(self.data.node)
        pickups, deliveries = compiled.pickups[s], compiled.deliveries[s]
        visits = (*pickups, *deliveries)
        between, last = first + len(pickups), first + len(visits)
        nodes, windows, draws = visit_rows(
            visits, self._stock_keys, len(self.data.window), len(self.data.draw)
        )
        self._append(
            node=nodes,
            window=windows,
            draw=draws,
            shipment=shipment_rows(compiled, [s], [(first, between)], [(between, last)]),
            eligible=eligible_rows([compiled.eligible[s]], len(compiled.couriers)),
            link=np.full((len(visits), layout.LINK_COLUMNS), -1),
            chosen=np.full((1, layout.CHOSEN_COLUMNS), -1),
            stock=np.zeros(len(self._stock_keys) - len(self.state.stock)),
            kept=np.zeros((len(visits), layout.LINK_COLUMNS + 1)),
        )
        for v, visit in enumerate(visits, start=first):
            self._visits[v] = visit
        if compiled.problem.travel is not self.compiled.problem.travel:
            duration, distance = roads(compiled)
            self.data = self.data._replace(duration=duration, distance=distance)
        self.compiled = compiled

    @contextmanager
    def trying(self, compiled: Compiled) -> Iterator[None]:
        """Extend for as long as the context lasts; nothing may be put meanwhile."""
        before, duration, distance = self.compiled, self.data.duration, self.data.distance
        counts = {name: len(rows.rows) for name, rows in self._rows.items()}
        self.extend(compiled)
        try:
            yield
        finally:
            for name, count in counts.items():
                self._rows[name].cut(count)
            self._show()
            self.data = self.data._replace(duration=duration, distance=distance)
            self.compiled = before

    def put(self, s: int, place: Place) -> None:
        """Let shipment `s` be served at its place."""
        _, courier, *where = place
        routes.put(self.data, self.state, s, courier, *where)

    def _append(self, **more: _More) -> None:
        for name, rows in more.items():
            self._rows[name].append(rows)
        self._show()

    def _show(self) -> None:
        """Let the problem and the working plan be the rows in use."""
        rows = {name: each.rows for name, each in self._rows.items()}
        soft = bool((rows["node"][:, layout.LATE] > 0).any())
        self.data = self.data._replace(soft=soft, **{name: rows[name] for name in _OF_DATA})
        scratch = self.state.scratch
        if scratch.shape[1] < len(rows["kept"]):
            scratch = np.zeros((len(scratch), 2 * len(rows["kept"])), dtype=scratch.dtype)
        self.state = self.state._replace(scratch=scratch, **{name: rows[name] for name in _OF_STATE})
