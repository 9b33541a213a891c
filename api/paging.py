"""How every list is paged, filtered and sorted.

A query's fields say it all: `cursor`, `limit` and `sort` (a field, with `-` in front for the greatest first);
every other field is a filter. `x_from` and `x_until` bound the time `x_at`, the end left out; any other
equals the field of its name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, or_

from mobile_contract.common import PageQuery
from tracking.store.columns import Utc
from tracking.store.records import SqlRecords
from tracking.values.errors import InvalidValue

Entity = TypeVar("Entity")
View = TypeVar("View")

_PAGING = frozenset({"cursor", "limit", "sort"})
_FROM, _UNTIL = "_from", "_until"


class _Order(NamedTuple):
    """What a list is sorted by, then by its key; both the same way round."""

    field: str
    descending: bool


def page_of(
    records: SqlRecords[Entity],
    query: PageQuery,
    show: Callable[[list[Entity]], list[View]],
    *,
    key: str,
    newest_first: bool = False,
    **fixed: object,
) -> dict[str, Any]:
    """Return one page of records as the fields of a `Page`: as `query` says, else by `key`.

    What is `fixed` is filtered by too. A page begins after the last item of the one before, whatever was
    added since. Raises `InvalidValue` for a cursor that is not ours, or that another query was answered with.
    """
    order = _order(query, key, newest_first)
    columns = records.table.c
    filters = {**fixed, **_filters(query)}
    statement = records.query().where(*(_matching(records, name, value) for name, value in filters.items()))
    by = list(dict.fromkeys((columns[order.field], columns[key])))
    statement = statement.order_by(None).order_by(*(c.desc() if order.descending else c for c in by))
    mark = _mark(query, order, filters)
    if query.cursor is not None:
        value, last = _after(query.cursor, mark)
        statement = statement.where(_beyond(columns[order.field], value, columns[key], last, order))
    found = records.select(statement.limit(query.limit + 1))
    items = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        cursor = _cursor(mark, getattr(items[-1], order.field), getattr(items[-1], key))
    return {"items": show(items), "next_cursor": cursor}


def page_of_list(items: list[View], query: PageQuery, key: Callable[[View], str]) -> dict[str, Any]:
    """Return one page of a list that is in memory and filtered, as `page_of` does; by `key` unless sorted."""
    order = _order(query, "", False)

    def place(item: View) -> tuple[Any, str]:
        return (_plain(getattr(item, order.field)) if order.field else "", key(item))

    mark = _mark(query, order, _filters(query))
    ordered = sorted(items, key=place, reverse=order.descending)
    if query.cursor is not None:
        after = _after(query.cursor, mark)
        try:
            ordered = [i for i in ordered if (place(i) < after if order.descending else place(i) > after)]
        except TypeError as error:
            raise _not_ours() from error
    shown = ordered[: query.limit]
    more = len(ordered) > query.limit
    return {"items": shown, "next_cursor": _cursor(mark, *place(shown[-1])) if more else None}


def encoded_cursor(key: str) -> str:
    """Return the cursor that goes on after a key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decoded_cursor(cursor: str) -> str:
    """Return the key that a cursor goes on after. Raises `InvalidValue`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = base64.urlsafe_b64decode(padded.encode()).decode()
    except (binascii.Error, UnicodeError):
        key = ""
    if not key or not key.isprintable():
        raise _not_ours()
    return key


def _order(query: PageQuery, key: str, newest_first: bool) -> _Order:
    sort: str | None = getattr(query, "sort", None)
    return _Order(key, newest_first) if sort is None else _Order(sort.removeprefix("-"), sort.startswith("-"))


def _filters(query: PageQuery) -> dict[str, object]:
    """Return what a query filters by."""
    names = type(query).model_fields.keys() - _PAGING
    return {name: value for name in sorted(names) if (value := getattr(query, name)) is not None}


def _matching(records: SqlRecords[Any], name: str, value: object) -> ColumnElement[bool]:
    columns = records.table.c
    if name.endswith(_FROM):
        return columns[f"{name.removesuffix(_FROM)}_at"] >= value
    if name.endswith(_UNTIL):
        return columns[f"{name.removesuffix(_UNTIL)}_at"] < value
    return columns[name] == value


def _beyond(
    column: ColumnElement[Any], value: object, key: ColumnElement[Any], last: object, order: _Order
) -> ColumnElement[bool]:
    kind: type = datetime if isinstance(column.type, Utc) else column.type.python_type
    if kind is datetime:
        value = _time(value)
    if not isinstance(value, (int, float) if kind is float else kind):
        raise _not_ours()
    if order.descending:
        return or_(column < value, and_(column == value, key < last))
    return or_(column > value, and_(column == value, key > last))


def _time(value: object) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _not_ours() from error


def _mark(query: PageQuery, order: _Order, filters: dict[str, object]) -> str:
    """Return what a cursor carries so that it goes on with the very list that it was made for."""
    said = [type(query).__name__, order, sorted((name, _plain(value)) for name, value in filters.items())]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:8]


def _cursor(mark: str, value: object, key: object) -> str:
    return encoded_cursor(json.dumps([mark, _plain(value), key], separators=(",", ":")))


def _after(cursor: str, mark: str) -> tuple[Any, Any]:
    """Return the sorted field and the key of the item that a cursor goes on after."""
    try:
        made_for, value, key = json.loads(decoded_cursor(cursor))
    except (ValueError, TypeError, RecursionError) as error:
        raise _not_ours() from error
    if not isinstance(key, str):
        raise _not_ours()
    if made_for != mark:
        raise InvalidValue("This cursor goes on with another list: filter and sort as for the page before.")
    return value, key


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _not_ours() -> InvalidValue:
    return InvalidValue("This cursor is not one that the server gave out.")
