"""CSV files of the records, imported and exported over HTTP."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from apiflask import APIBlueprint
from flask import Response, request

from api.access import caller, let_others_run, off_loop
from api.context import context
from api.operation import effect, operation
from mobile_contract.sheets import ImportQuery, ImportView, SheetFault
from mobile_contract.sheets import SheetKind as KindMessage
from tracking.identity.roles import Scope
from tracking.sheets.draft import Draft, SheetKind
from tracking.sheets.faults import SheetTooLarge
from tracking.sheets.reading import read_sheet
from tracking.sheets.service import KINDS, Outcome, check, export_sheet, import_sheet
from tracking.values.errors import NotFound

sheets = APIBlueprint("sheets", __name__, url_prefix="/v1", tag="Sheets")

CSV = "text/csv"
MOST_ROWS = 5_000
"""Of a file over HTTP, so that nobody waits long for others; the command line takes more."""
KEPT_IN_MEMORY = 1 << 20
"""Bytes of an export; a longer one is on the disk until it is sent."""
SENT_AT_ONCE = 1 << 16

_USE_COMMAND = f"Send at most {MOST_ROWS:,} rows, or use `fieldstock import` on the server."
_REFUSED = {
    404: "There is no such kind of file.",
    413: f"The file has more than {MOST_ROWS:,} rows or too many bytes.",
    422: "The file has faults, each with its line and column, and nothing was imported.",
}


@operation(
    sheets,
    "POST",
    "/imports/<kind>",
    ImportView,
    scope=Scope.STOCK_WRITE,
    query=ImportQuery,
    consumes=(CSV,),
    idempotent=True,
    errors=_REFUSED,
)
def import_file(kind: str, query: ImportQuery) -> Any:
    """Import a CSV file of parts, locations, stock or machines: as a whole, or nothing of it."""
    draft = _draft(_kind(kind))
    if query.dry_run:
        with context().store.reading() as uow:
            return _view(kind, check(uow, draft), dry_run=True)
    with effect() as this:
        outcome = import_sheet(this.uow, draft, caller().login, context().clock(), _take_turns)
        return this.conclude(_view(kind, outcome, dry_run=False))


@operation(
    sheets,
    "GET",
    "/exports/<kind>",
    None,
    scope=Scope.READ,
    produces=CSV,
    errors={404: "There is no such kind of file."},
)
def export_file(kind: str) -> Response:
    """All parts, locations, stock or machines at one moment, as a CSV file that can be imported."""
    file = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    with context().store.reading() as uow:
        export_sheet(uow, _kind(kind), text, _take_turns)
    text.detach()
    file.seek(0)
    response = Response(_pieces(file), mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    response.call_on_close(file.close)
    return response


def _kind(name: str) -> SheetKind:
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound("kind of file", name)
    return kind


def _draft(kind: SheetKind) -> Draft:
    try:
        return off_loop(partial(read_sheet, kind, request.get_data(), most_rows=MOST_ROWS))
    except SheetTooLarge as error:
        raise SheetTooLarge(error.cause, _USE_COMMAND) from None


def _take_turns(_: str, __: int, ___: int) -> None:
    let_others_run()


def _view(kind: str, outcome: Outcome, *, dry_run: bool) -> ImportView:
    return ImportView(
        kind=KindMessage(kind),
        dry_run=dry_run,
        added=outcome.added,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        reference=outcome.reference,
        faults=[
            SheetFault(line=fault.line, column=fault.column, reason=fault.reason, value=fault.value)
            for fault in outcome.faults
        ],
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(SENT_AT_ONCE):
        yield piece
