"""Reading and writing entities: the fields of a frozen dataclass are the columns of a row."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, insert, select, update

from tracking.store.columns import insert_all, upsert
from tracking.store.tables import KEYS, TABLES
from tracking.values.coordinates import Coordinate
from tracking.values.errors import Conflict, NotFound

Entity = TypeVar("Entity")
SCANNED_AT_ONCE = 1000


@dataclass(frozen=True)
class _Shape:
    """What is the same for every transaction: the table of an entity, and how its fields lie in it."""

    table: Table
    kind: str
    key: tuple[str, ...]
    fields: tuple[str, ...]
    versioned: bool
    placed: bool
    query: Select[Any]


@functools.cache
def _shape_of(entity: type[Any]) -> _Shape:
    table, (_, key) = TABLES[entity], KEYS[entity]
    fields = tuple(field.name for field in dataclasses.fields(entity))
    kind = re.sub("(?<!^)(?=[A-Z])", " ", entity.__name__).lower()
    query = select(table).order_by(*(table.c[name] for name in key))
    return _Shape(table, kind, key, fields, "version" in fields, "coordinate" in fields, query)


class SqlRecords(Generic[Entity]):
    """All records of one entity in one transaction; see `tracking.unit_of_work.Records`."""

    def __init__(self, connection: Connection, entity: type[Entity]) -> None:
        self._connection = connection
        self._entity = entity
        self._shape = _shape_of(cast("Any", entity))
        self.table = self._shape.table

    def get(self, *key: str | int, lock: bool = False) -> Entity | None:
        query = select(self.table).where(self._has_key(key))
        row = self._connection.execute(query.with_for_update() if lock else query).mappings().first()
        return None if row is None else self._entity_of(row)

    def require(self, *key: str | int | None, lock: bool = False) -> Entity:
        known = [part for part in key if part is not None]
        entity = self.get(*known, lock=lock) if len(known) == len(key) else None
        if entity is None:
            raise NotFound(self._shape.kind, "/".join(str(part) for part in key))
        return entity

    def find(self, **equals: object) -> list[Entity]:
        return self.select(self.query().where(*(self._matches(n, v) for n, v in equals.items())))

    def find_in(self, **among: Iterable[object]) -> list[Entity]:
        return self.select(self._query_in(among))

    def lock_in(self, **among: Iterable[object]) -> list[Entity]:
        return self.select(self._query_in(among).with_for_update())

    def find_between(self, name: str, since: datetime, until: datetime, **equals: object) -> list[Entity]:
        column = self.table.c[name]
        matching = (self._matches(n, v) for n, v in equals.items())
        return self.select(self.query().where(column >= since, column < until, *matching))

    def query(self) -> Select[Any]:
        """Return a query of all columns in the order of the key, to be narrowed and given to `select`."""
        return self._shape.query

    def select(self, query: Select[Any]) -> list[Entity]:
        """Return the entities of a query made from `query`."""
        return [self._entity_of(row) for row in self._connection.execute(query).mappings()]

    def add(self, entity: Entity) -> None:
        self._connection.execute(insert(self.table).values(self._row_of(entity)))

    def scan(self) -> Iterator[Entity]:
        rows = self._connection.execute(self.query().execution_options(yield_per=SCANNED_AT_ONCE))
        for row in rows.mappings():
            yield self._entity_of(row)

    def add_all(self, entities: Sequence[Entity]) -> None:
        insert_all(self._connection, self.table, [self._row_of(entity) for entity in entities])

    def save_all(self, entities: Sequence[Entity]) -> None:
        if self._shape.versioned:
            raise TypeError(f"A {self._shape.kind} record carries a version: save it by itself.")
        keys, columns = self._shape.key, [c.name for c in self.table.c if c.name not in self._shape.key]
        change = (
            update(self.table)
            .where(*(self.table.c[name] == bindparam(f"key_{name}") for name in keys))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        rows = [self._row_of(entity) for entity in entities]
        named = [
            {f"key_{name}": row[name] for name in keys} | {f"new_{name}": row[name] for name in columns}
            for row in rows
        ]
        if named:
            self._connection.execute(change, named)

    def ensure(self, entity: Entity) -> Entity:
        row, keys = self._row_of(entity), self._shape.key
        add = upsert(self._connection, self.table).values(row)
        self._connection.execute(  # an update that changes nothing, because it locks the row that is there
            add.on_conflict_do_update(index_elements=keys, set_={keys[0]: row[keys[0]]})
        )
        return self.require(*(row[name] for name in keys))

    def save(self, entity: Entity) -> None:
        row = self._row_of(entity)
        where = [self.table.c[name] == row[name] for name in self._shape.key]
        if self._shape.versioned:
            where.append(self.table.c.version == row["version"])
            row["version"] += 1
        done = self._connection.execute(update(self.table).where(and_(*where)).values(row))
        if done.rowcount != 1:
            raise Conflict(f"This {self._shape.kind} record was changed by somebody else meanwhile.")

    def remove(self, *key: str | int) -> None:
        self._connection.execute(delete(self.table).where(self._has_key(key)))

    def _query_in(self, among: Mapping[str, Iterable[object]]) -> Select[Any]:
        return self.query().where(*(self.table.c[name].in_(list(values)) for name, values in among.items()))

    def _has_key(self, key: tuple[str | int, ...]) -> Any:
        return and_(*(self.table.c[name] == part for name, part in zip(self._shape.key, key, strict=True)))

    def _matches(self, name: str, value: object) -> Any:
        column = self.table.c[name]
        return column.is_(None) if value is None else column == value

    def _row_of(self, entity: Entity) -> dict[str, Any]:
        row = {name: getattr(entity, name) for name in self._shape.fields}
        if self._shape.placed:
            point: Coordinate | None = row.pop("coordinate")
            row["lat_deg"] = point.lat_deg if point else None
            row["lon_deg"] = point.lon_deg if point else None
        return row

    def _entity_of(self, row: Mapping[Any, Any]) -> Entity:
        values = dict(row)
        if self._shape.placed:
            lat, lon = values.pop("lat_deg"), values.pop("lon_deg")
            values["coordinate"] = None if lat is None else Coordinate(lat, lon)
        return self._entity(**values)
