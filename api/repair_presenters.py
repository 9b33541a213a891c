"""How work orders, procedures and what was done at the bench are shown to people."""

from __future__ import annotations

from mobile_contract.repairs import (
    ConsumedPartView,
    Grade,
    LabourView,
    MeasurementMessage,
    ProcedureView,
    ReadingView,
    RunView,
    WorkOrderDetail,
    WorkOrderView,
    WorkPurpose,
    WorkState,
)
from tracking.repairs.procedure import Procedure, ProcedureRun
from tracking.repairs.service import current_procedures
from tracking.repairs.work import ConsumedPart, Labour
from tracking.repairs.work_order import TRANSITIONS, WorkOrder
from tracking.store.unit_of_work import SqlUnitOfWork


def work_order_views(uow: SqlUnitOfWork, found: list[WorkOrder]) -> list[WorkOrderView]:
    """Show work orders, with the names of their parts."""
    parts = uow.parts.find_in(part_number={order.part_number for order in found})
    names = {part.part_number: part.name for part in parts}
    return [_view(order, names[order.part_number]) for order in found]


def work_order_detail(uow: SqlUnitOfWork, order: WorkOrder) -> WorkOrderDetail:
    """Show a work order with all that was done."""
    of_it = {"work_order_id": order.work_order_id}
    consumed, labour = uow.consumed_parts.find(**of_it), uow.labour.find(**of_it)
    return WorkOrderDetail(
        **work_order_views(uow, [order])[0].model_dump(),
        procedures=[procedure_view(p) for p in current_procedures(uow, order.part_number)],
        runs=[_run_view(run) for run in uow.test_runs.find(**of_it)],
        parts=[_consumed_view(part) for part in consumed],
        labour=[_labour_view(each) for each in labour],
        labour_minutes=sum(each.minutes for each in labour),
        parts_cents=sum(part.cost_cents for part in consumed),
    )


def procedure_view(procedure: Procedure) -> ProcedureView:
    """Show a test procedure."""
    return ProcedureView(
        procedure_id=procedure.procedure_id,
        part_number=procedure.part_number,
        name=procedure.name,
        version=procedure.version,
        steps=[MeasurementMessage(**step) for step in procedure.steps],
        added_by=procedure.added_by,
        added_at=procedure.added_at,
    )


def _view(order: WorkOrder, part_name: str) -> WorkOrderView:
    return WorkOrderView(
        work_order_id=order.work_order_id,
        number=order.number,
        version=order.version,
        state=WorkState(order.state),
        allowed=sorted(WorkState(state) for state in TRANSITIONS[order.state]),
        purpose=WorkPurpose(order.purpose),
        serial=order.serial,
        part_number=order.part_number,
        part_name=part_name,
        bench_id=order.bench_id,
        return_id=order.return_id,
        unopened=order.unopened,
        finding=order.finding,
        photos=list(order.photos),
        opened_by=order.opened_by,
        opened_at=order.opened_at,
        state_since_at=order.state_since_at,
        outcome=WorkState(order.outcome) if order.outcome else None,
        outcome_at=order.outcome_at,
        grade=Grade(order.grade) if order.grade else None,
        moved_to_id=order.moved_to_id,
        warranty_until=order.warranty_until,
        closed_at=order.closed_at,
        closed_by=order.closed_by,
    )


def _run_view(run: ProcedureRun) -> RunView:
    return RunView(
        run_id=run.run_id,
        procedure_id=run.procedure_id,
        readings=[
            ReadingView(step=reading["name"], **{k: v for k, v in reading.items() if k != "name"})
            for reading in run.readings
        ],
        passed=run.passed,
        by=run.by,
        at=run.at,
    )


def _consumed_view(part: ConsumedPart) -> ConsumedPartView:
    return ConsumedPartView(
        consumed_id=part.consumed_id,
        part_number=part.part_number,
        quantity=part.quantity,
        serials=list(part.serials),
        from_location_id=part.from_id,
        cost_cents=part.cost_cents,
        by=part.by,
        at=part.at,
    )


def _labour_view(labour: Labour) -> LabourView:
    return LabourView(
        labour_id=labour.labour_id,
        person=labour.person,
        minutes=labour.minutes,
        note=labour.note,
        at=labour.at,
    )
