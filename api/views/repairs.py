"""Work orders of the bench, and the test procedures of its parts."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import Effect, effect, operation
from api.paging import page_of, page_of_list
from api.repair_presenters import procedure_view, work_order_detail, work_order_views
from mobile_contract.common import Page
from mobile_contract.repairs import (
    NewConsumedPart,
    NewLabour,
    NewProcedure,
    NewRun,
    NewWorkOrder,
    NewWorkPhotos,
    ProcedureQuery,
    ProcedureView,
    RepairStatisticsView,
    StatisticsQuery,
    WorkClosing,
    WorkOrderDetail,
    WorkOrderQuery,
    WorkOrderView,
    WorkStep,
)
from tracking.identity.roles import Scope
from tracking.parts.part import Condition
from tracking.repairs import service as bench
from tracking.repairs.procedure import Measurement, Procedure
from tracking.repairs.service import Actor
from tracking.repairs.statistics import HISTORY, repair_statistics
from tracking.repairs.work_order import WorkOrder, WorkState
from tracking.values.errors import InvalidValue

repairs = APIBlueprint("repairs", __name__, url_prefix="/v1", tag="Repairs")

_WRITE: dict[str, Any] = {
    "scope": Scope.REPAIRS_WRITE,
    "idempotent": True,
    "errors": {404: "Something that was named does not exist.", 409: "Its state does not allow this."},
}


@operation(repairs, "GET", "/repairs", Page[WorkOrderView], scope=Scope.READ, query=WorkOrderQuery)
def list_work_orders(query: WorkOrderQuery) -> dict[str, Any]:
    """Work orders, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(WorkOrder),
            query,
            lambda found: work_order_views(uow, found),
            key="work_order_id",
            newest_first=True,
        )


@operation(repairs, "POST", "/repairs", WorkOrderDetail, body=NewWorkOrder, status=201, **_WRITE)
def open_work_order(body: NewWorkOrder) -> Any:
    """Open a work order for the unit of an inspected return, or for one that lies at a bench."""
    if (body.return_id is None) == (body.serial is None) or (body.return_id and body.unopened):
        raise InvalidValue("Name either return_id, or serial and if it is so unopened.")
    with effect() as this:
        if body.return_id is not None:
            order = bench.open_for_return(this.uow, body.return_id, _actor(), body.note)
        else:
            order = bench.open_for_unit(
                this.uow, body.serial or "", _actor(), unopened=body.unopened, note=body.note
            )
        return _shown(this, order.work_order_id)


@operation(
    repairs,
    "GET",
    "/repairs/statistics",
    Page[RepairStatisticsView],
    scope=Scope.READ,
    query=StatisticsQuery,
)
def get_repair_statistics(query: StatisticsQuery) -> dict[str, Any]:
    """Turnaround, yield, no-fault-found and cost for each part number, for planning."""
    with context().store.reading() as uow:
        since = query.since or (query.until or context().clock()) - HISTORY
        found = repair_statistics(uow, query.part_number, since, query.until)
    views = [RepairStatisticsView(**dataclasses.asdict(each)) for each in found]
    return page_of_list(views, query, lambda view: view.part_number)


@operation(repairs, "GET", "/repairs/<work_order_id>", WorkOrderDetail, scope=Scope.READ)
def get_work_order(work_order_id: str) -> WorkOrderDetail:
    """One work order with its tests, parts and labour."""
    with context().store.reading() as uow:
        return work_order_detail(uow, uow.work_orders.require(work_order_id))


@operation(repairs, "POST", "/repairs/<work_order_id>/state", WorkOrderDetail, body=WorkStep, **_WRITE)
def advance_work_order(work_order_id: str, body: WorkStep) -> Any:
    """Bring a work order into its next state; a sound unit has passed its tests since."""
    with effect() as this:
        bench.advance(this.uow, work_order_id, WorkState(body.state), body.finding, _actor())
        return _shown(this, work_order_id)


@operation(repairs, "POST", "/repairs/<work_order_id>/tests", WorkOrderDetail, body=NewRun, **_WRITE)
def record_test(work_order_id: str, body: NewRun) -> Any:
    """Record measured values; what passes follows from the procedure's limits."""
    values = {reading.step: reading.value for reading in body.readings}
    if len(values) != len(body.readings):
        raise InvalidValue("readings: a step is named twice.")
    with effect() as this:
        bench.record_run(this.uow, work_order_id, body.procedure_id, values, _actor())
        return _shown(this, work_order_id)


@operation(repairs, "POST", "/repairs/<work_order_id>/parts", WorkOrderDetail, body=NewConsumedPart, **_WRITE)
def consume_part(work_order_id: str, body: NewConsumedPart) -> Any:
    """Take parts for the repair out of stock."""
    with effect() as this:
        bench.consume(
            this.uow,
            work_order_id,
            body.part_number,
            body.quantity,
            tuple(body.serials),
            body.from_location_id,
            _actor(),
        )
        return _shown(this, work_order_id)


@operation(repairs, "POST", "/repairs/<work_order_id>/labour", WorkOrderDetail, body=NewLabour, **_WRITE)
def book_labour(work_order_id: str, body: NewLabour) -> Any:
    """Note minutes that somebody worked."""
    with effect() as this:
        person = body.person or caller().login
        bench.book_labour(this.uow, work_order_id, person, body.minutes, body.note, _actor())
        return _shown(this, work_order_id)


@operation(repairs, "POST", "/repairs/<work_order_id>/photos", WorkOrderDetail, body=NewWorkPhotos, **_WRITE)
def add_work_photos(work_order_id: str, body: NewWorkPhotos) -> Any:
    """Add photos that were uploaded before."""
    with effect() as this:
        bench.add_photos(this.uow, work_order_id, tuple(body.photos), _actor())
        return _shown(this, work_order_id)


@operation(repairs, "POST", "/repairs/<work_order_id>/close", WorkOrderDetail, body=WorkClosing, **_WRITE)
def close_work_order(work_order_id: str, body: WorkClosing) -> Any:
    """Grade the unit and let it go: back to stock, to the supplier or to scrap."""
    with effect() as this:
        grade = Condition(body.grade)
        bench.close(this.uow, work_order_id, grade, body.to_location_id, body.warranty_days, _actor())
        return _shown(this, work_order_id)


@operation(repairs, "GET", "/test-procedures", Page[ProcedureView], scope=Scope.READ, query=ProcedureQuery)
def list_procedures(query: ProcedureQuery) -> dict[str, Any]:
    """Test procedures with all their versions, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Procedure),
            query,
            lambda found: [procedure_view(procedure) for procedure in found],
            key="procedure_id",
            newest_first=True,
        )


@operation(repairs, "POST", "/test-procedures", ProcedureView, body=NewProcedure, status=201, **_WRITE)
def add_procedure(body: NewProcedure) -> Any:
    """Add a test procedure, or the next version of one."""
    steps = tuple(Measurement(s.name, s.quantity, s.unit, s.lower, s.upper) for s in body.steps)
    with effect() as this:
        procedure = bench.add_procedure(this.uow, body.part_number, body.name, steps, _actor())
        return this.conclude(procedure_view(procedure))


def _actor() -> Actor:
    return Actor(caller().login, context().clock())


def _shown(this: Effect, work_order_id: str) -> WorkOrderDetail:
    """Commit, and answer with the work order as it stands."""
    order = this.uow.work_orders.require(work_order_id)
    return this.conclude(work_order_detail(this.uow, order))  # type: ignore[return-value]
