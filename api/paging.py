"""How every list is paged: by the key of the last item, in an opaque cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeVar

from mobile_contract.common import PageQuery
from tracking.store.records import SqlRecords
from tracking.values.errors import InvalidValue

Entity = TypeVar("Entity")
View = TypeVar("View")


def page_of(
    records: SqlRecords[Entity],
    query: PageQuery,
    show: Callable[[list[Entity]], list[View]],
    *,
    key: str,
    newest_first: bool = False,
    **equals: object,
) -> dict[str, Any]:
    """Return one page of records, by their key, as the fields of a `Page`.

    Filters with the value None are left out. Raises `InvalidValue` for a cursor that is not ours.
    """
    column = records.table.c[key]
    statement = records.query().where(
        *(records.table.c[name] == value for name, value in equals.items() if value is not None)
    )
    statement = statement.order_by(None).order_by(column.desc() if newest_first else column)
    if query.cursor is not None:
        after = decoded_cursor(query.cursor)
        statement = statement.where(column < after if newest_first else column > after)
    found = records.select(statement.limit(query.limit + 1))
    items = found[: query.limit]
    more = len(found) > query.limit
    return {"items": show(items), "next_cursor": encoded_cursor(getattr(items[-1], key)) if more else None}


def page_of_list(items: list[View], query: PageQuery, key: Callable[[View], str]) -> dict[str, Any]:
    """Return one page of a list that is in memory, sorted by `key`, as the fields of a `Page`."""
    ordered = sorted(items, key=key)
    if query.cursor is not None:
        after = decoded_cursor(query.cursor)
        ordered = [item for item in ordered if key(item) > after]
    shown = ordered[: query.limit]
    more = len(ordered) > query.limit
    return {"items": shown, "next_cursor": encoded_cursor(key(shown[-1])) if more else None}


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
        raise InvalidValue("This cursor is not one that the server gave out.")
    return key
