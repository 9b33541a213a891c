"""Column types, and the columns that a frozen dataclass is stored in."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Double,
    Select,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from tracking.values.coordinates import Coordinate
from tracking.values.times import EPOCH, utc

_MICROSECOND = timedelta(microseconds=1)


class Utc(TypeDecorator[datetime]):
    """An aware time, kept as whole microseconds since the epoch: exact, sortable, the same everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds since the epoch."""
        return None if value is None else (utc(value) - EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the aware time."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """JSON text; a list comes back as a tuple where the field is one, of members where it holds an enum's."""

    impl = Text
    cache_ok = True

    def __init__(self, as_tuple: bool = False, enum: type[StrEnum] | None = None) -> None:
        super().__init__()
        self.as_tuple = as_tuple
        self.enum = enum

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the JSON text."""
        return None if value is None else json.dumps(value, separators=(",", ":"), sort_keys=True)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        """Return the value that was written."""
        if value is None:
            return None
        decoded = json.loads(value)
        if self.enum is not None:
            decoded = map(self.enum, decoded)
        return tuple(decoded) if self.as_tuple else decoded


class EnumText(TypeDecorator[StrEnum]):
    """A member of a `StrEnum`, kept as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Return the member's value."""
        return None if value is None else str(self.enum(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:
        """Return the member."""
        return None if value is None else self.enum(value)


_PLAIN: dict[Any, type[TypeEngine[Any]]] = {
    str: Text,
    int: BigInteger,
    float: Double,
    bool: Boolean,
    datetime: Utc,
}


def columns_of(entity: type[Any], key: tuple[str, ...]) -> Iterator[Column[Any]]:
    """Yield the columns of a dataclass: one a field, but `lat_deg` and `lon_deg` for a `Coordinate`."""
    hints = get_type_hints(entity)
    for field in dataclasses.fields(entity):
        inner, nullable = _without_none(hints[field.name])
        if inner is Coordinate:
            yield Column("lat_deg", Double, nullable=nullable)
            yield Column("lon_deg", Double, nullable=nullable)
        else:
            yield Column(
                field.name,
                _type_of(inner),
                primary_key=field.name in key,
                nullable=nullable,
                autoincrement=False,
            )


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT of the connection's own dialect, for its ON CONFLICT clause."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_all(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, unless_there: bool = False
) -> None:
    """Insert many rows with the same columns at once; `unless_there` leaves out those whose key is taken.

    PostgreSQL is sent one array a column: a row at a time costs it three times as long.
    """
    if not rows:
        return
    insertion = upsert(connection, table)
    if unless_there:
        insertion = insertion.on_conflict_do_nothing()
    if connection.dialect.name == "postgresql":
        names = list(rows[0])
        arrays = {name: [row[name] for row in rows] for name in names}
        connection.execute(insertion.from_select(names, _from_arrays(table, names)), arrays)
    else:
        connection.execute(insertion, rows)


def _from_arrays(table: Table, names: Sequence[str]) -> Select[Any]:
    """Return the query of rows whose columns are given as parameters, one array each."""
    arrays = (bindparam(name, type_=postgresql.ARRAY(table.c[name].type, dimensions=1)) for name in names)
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    return select(*(rows.c[name] for name in names))


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (a for a in get_args(hint) if a is not type(None))
        return inner, True
    return hint, False


def _type_of(hint: Any) -> TypeEngine[Any]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return EnumText(hint)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        is_enum = isinstance(item, type) and issubclass(item, StrEnum)
        return Json(as_tuple=True, enum=item if is_enum else None)
    if get_origin(hint) is dict:
        return Json()
    return _PLAIN[hint]()
