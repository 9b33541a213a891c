"""What the courier's phone asks and tells."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.frozen_track import TrackFreezer
from api.operation import audit, operation
from api.presenters import shift_view, withdrawal_view
from api.routes_shown import route_views
from mobile_contract.driver import (
    DriverEvent,
    DriverEvents,
    DriverFixes,
    DriverRoute,
    FixesAccepted,
    OpenCompartment,
    Verdict,
    VerdictKind,
    Verdicts,
    WithdrawalView,
)
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import FailureReason, Report, ReportKind
from tracking.fleet.resting import breaks_of
from tracking.fleet.service import shift_at
from tracking.identity.people import NotAllowed
from tracking.identity.roles import Scope
from tracking.lockers.service import authorise_withdrawal
from tracking.telemetry.fixes import Fix, FixSource
from tracking.values.coordinates import Coordinate
from tracking.values.errors import NotFound

driver = APIBlueprint("driver", __name__, url_prefix="/v1/driver", tag="Driver")


@operation(driver, "GET", "/route", DriverRoute, scope=Scope.DRIVE)
def get_route() -> DriverRoute:
    """The courier's shift and open stops."""
    now = context().clock()
    with context().store.reading() as uow:
        courier = uow.couriers.require(_courier_id())
        shift = shift_at(uow, courier.courier_id, now)
        return DriverRoute(
            courier_id=courier.courier_id,
            display_name=courier.display_name,
            shift=shift_view(shift, breaks_of(uow, [shift])[shift.shift_id], now) if shift else None,
            server_at=now,
            route=route_views(uow, [courier])[0],
        )


@operation(driver, "POST", "/events", Verdicts, scope=Scope.DRIVE, body=DriverEvents)
def report_events(body: DriverEvents) -> Verdicts:
    """Report what happened; each event gets its verdict and counts once, however often it is sent."""
    received_at = context().clock()
    offset_s = (body.sent_at - received_at).total_seconds()
    freezer, writing = TrackFreezer(context().fixes), context().store.writing
    verdicts = [
        receive_report(writing, freezer.with_track(_report(event, received_at, offset_s)))
        for event in body.events
    ]
    with context().store.reading() as uow:
        version = uow.couriers.require(_courier_id()).route_version
    return Verdicts(
        verdicts=[
            Verdict(
                event_id=verdict.event_id,
                verdict=VerdictKind(verdict.kind),
                code=verdict.code,
                cause=verdict.cause,
                action=verdict.action,
            )
            for verdict in verdicts
        ],
        route_version=version,
    )


@operation(
    driver,
    "POST",
    "/fixes",
    FixesAccepted,
    scope=Scope.DRIVE,
    body=DriverFixes,
    errors={503: "The positions could not be stored: keep them and try again."},
)
def report_fixes(body: DriverFixes) -> FixesAccepted:
    """Report positions; what is answered for is durable."""
    received_at = context().clock()
    fixes = tuple(
        Fix(
            device=_courier_id(),
            boot_id=body.boot_id,
            seq=body.first_seq + n,
            fix_at=fix.fix_at,
            sent_at=body.sent_at,
            received_at=received_at,
            coordinate=Coordinate(fix.lat_deg, fix.lon_deg),
            accuracy_m=fix.accuracy_m,
            speed_mps=fix.speed_mps,
            bearing_deg=fix.bearing_deg,
            altitude_m=fix.altitude_m,
            battery_pct=fix.battery_pct,
            source=FixSource.NATIVE,
        )
        for n, fix in enumerate(body.fixes)
    )
    result = context().journal.append(context().clocks.settled(fixes))
    return FixesAccepted(stored=result.stored, duplicate=result.duplicates)


@operation(
    driver,
    "POST",
    "/withdrawals",
    WithdrawalView,
    scope=Scope.DRIVE,
    body=OpenCompartment,
    status=201,
    errors={404: "There is no such step.", 409: "The locker or its compartment cannot be opened now."},
)
def open_compartment(body: OpenCompartment) -> WithdrawalView:
    """Open a locker's compartment for a pickup; the same request opens once."""
    with context().store.writing() as uow:
        withdrawal = authorise_withdrawal(
            uow, body.request_id, _courier_id(), body.step_id, context().clock()
        )
        if withdrawal.courier_id != _courier_id():
            raise NotFound("withdrawal", body.request_id)
        audit(uow)
        uow.commit()
    return withdrawal_view(withdrawal)


@operation(driver, "GET", "/withdrawals/<withdrawal_id>", WithdrawalView, scope=Scope.DRIVE)
def get_withdrawal(withdrawal_id: str) -> WithdrawalView:
    """How far a withdrawal has come."""
    with context().store.reading() as uow:
        withdrawal = uow.withdrawals.require(withdrawal_id)
    if withdrawal.courier_id != _courier_id():
        raise NotFound("withdrawal", withdrawal_id)
    return withdrawal_view(withdrawal)


def _courier_id() -> str:
    courier_id = caller().courier_id
    if courier_id is None:
        raise NotAllowed("Only a courier has a route.")
    return courier_id


def _report(event: DriverEvent, received_at: Any, offset_s: float) -> Report:
    return Report(
        event.event_id,
        _courier_id(),
        event.seq,
        ReportKind(event.kind),
        event.at,
        received_at,
        offset_s,
        event.stop_id,
        event.step_id,
        tuple(event.serials),
        FailureReason(event.reason) if event.reason else None,
        event.note,
        break_id=event.break_id,
    )
