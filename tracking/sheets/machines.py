"""The sheet of the installed base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from tracking.parts.location import LocationKind
from tracking.parts.machine import Machine
from tracking.sheets.cells import Column, identifier, model, name
from tracking.sheets.draft import (
    Draft,
    Occasion,
    Prepared,
    Row,
    SheetKind,
    known,
    repeated,
    settle,
    write_records,
)
from tracking.sheets.faults import Fault
from tracking.unit_of_work import UnitOfWork

_COLUMNS = (
    Column("machine_id", identifier, "1-64 printable ASCII characters without spaces", "ct-0042"),
    Column("site_id", name, "a location of the kind `customer_site`", "hospital-vaduz"),
    Column("model", model, "1-64 printable characters without a vertical bar", "Infusomat 3000"),
    Column("serial", identifier, "the maker's; each model and serial names one machine", "SN4711"),
)


def _check_file(rows: Sequence[Row]) -> Iterator[Fault]:
    yield from repeated(rows, "machine_id")
    yield from repeated(rows, "model", "serial")


def _prepare(uow: UnitOfWork, draft: Draft) -> Prepared[Machine]:
    prepared: Prepared[Machine] = Prepared()
    of_file = {column: {row.values.get(column) for row in draft.rows} for column in draft.columns}
    there = {m.machine_id: m for m in known(uow.machines, "machine_id", of_file.get("machine_id", ()))}
    serials = known(uow.machines, "serial", of_file.get("serial", ()))
    owners = {(machine.model, machine.serial): machine.machine_id for machine in serials}
    sites = {p.location_id: p.kind for p in known(uow.locations, "location_id", of_file.get("site_id", ()))}
    for row in draft.rows:
        values = row.values
        prepared.faults += _faults(row, sites, owners)
        if not draft.faults and not prepared.faults:
            old = there.get(values["machine_id"])
            settle(prepared, old, replace(old, **values) if old else Machine(**values))
    return prepared


def _faults(
    row: Row, sites: Mapping[str, LocationKind], owners: Mapping[tuple[str, str], str]
) -> Iterator[Fault]:
    values = row.values
    if "site_id" in values and (kind := sites.get(values["site_id"])) is not LocationKind.CUSTOMER_SITE:
        reason = f"is a {kind}, not a customer site" if kind else "is no location that is known"
        yield row.fault("site_id", reason)
    owner = owners.get((values.get("model", ""), values.get("serial", "")))
    if owner is not None and owner != values.get("machine_id", owner):
        yield row.fault("serial", f"belongs to the machine {owner} of that model already")


def _write(uow: UnitOfWork, prepared: Prepared[Machine], occasion: Occasion) -> None:
    write_records(uow.machines, prepared, occasion.progress, "machines")


def _lines(uow: UnitOfWork) -> Iterator[Mapping[str, Any]]:
    return (asdict(machine) for machine in uow.machines.scan())


MACHINES = SheetKind("machines", _COLUMNS, _check_file, _prepare, _write, _lines)
