"""Lockers: set up, watched, laid into, and opened without radio."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import effect, operation
from api.paging import page_of
from api.presenters import compartment_view, deposit_view, locker_views, offline_code_view
from device_gateway.protocol.offline_codes import code_at
from mobile_contract.common import Page
from mobile_contract.fleet import CompartmentView, LockerQuery, LockerView, NewLocker
from mobile_contract.lockers import (
    DepositQuery,
    DepositView,
    NewDeposit,
    NewOfflineCode,
    OfflineCodeView,
    TemperatureLimits,
)
from tracking.fleet.courier import van_id
from tracking.identity.people import NotAllowed
from tracking.identity.roles import Scope
from tracking.lockers import depositing
from tracking.lockers import service as locker_service
from tracking.lockers.deposits import Deposit
from tracking.lockers.locker import CompartmentSize, Locker
from tracking.lockers.offline_opening import issue_offline_code
from tracking.parts.location import Location, LocationKind
from tracking.values.coordinates import Coordinate
from tracking.values.errors import NotFound

lockers = APIBlueprint("lockers", __name__, url_prefix="/v1", tag="Lockers")

_EXISTS = {404: "Something that was named does not exist.", 409: "It exists already."}
_NOT_OPENED = {409: "The locker or its compartment cannot be opened now."}


@operation(lockers, "GET", "/lockers", Page[LockerView], scope=Scope.READ, query=LockerQuery)
def list_lockers(query: LockerQuery) -> dict[str, Any]:
    """Lockers as they report themselves, and how much the ledger has in them."""
    with context().store.reading() as uow:
        return page_of(uow.records(Locker), query, lambda found: locker_views(uow, found), key="locker_id")


@operation(
    lockers,
    "POST",
    "/lockers",
    LockerView,
    scope=Scope.FLEET_WRITE,
    body=NewLocker,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def add_locker(body: NewLocker) -> Any:
    """Add a locker at its place, with its compartments."""
    at = Coordinate(body.coordinate.lat_deg, body.coordinate.lon_deg)
    place = Location(body.locker_id, LocationKind.LOCKER, body.name, at, body.address, region=body.region)
    with effect() as this:
        locker_service.add_locker(
            this.uow,
            place,
            body.compartments,
            context().clock(),
            sizes={name: CompartmentSize(size) for name, size in body.sizes.items()},
            min_temperature_c=body.min_temperature_c,
            max_temperature_c=body.max_temperature_c,
        )
        return this.conclude(locker_views(this.uow, [this.uow.lockers.require(body.locker_id)])[0])


@operation(
    lockers,
    "POST",
    "/lockers/<locker_id>/temperature-limits",
    LockerView,
    scope=Scope.FLEET_WRITE,
    body=TemperatureLimits,
    idempotent=True,
)
def set_temperature_limits(locker_id: str, body: TemperatureLimits) -> Any:
    """Say what the parts in a locker bear; beyond it an alarm is raised."""
    with effect() as this:
        locker = locker_service.set_temperature_limits(
            this.uow, locker_id, body.min_temperature_c, body.max_temperature_c
        )
        return this.conclude(locker_views(this.uow, [locker])[0])


@operation(
    lockers,
    "POST",
    "/lockers/<locker_id>/compartments/<compartment>/clear-fault",
    CompartmentView,
    scope=Scope.FLEET_WRITE,
    idempotent=True,
)
def clear_fault(locker_id: str, compartment: str) -> Any:
    """Let a compartment be used again that was repaired."""
    with effect() as this:
        locker_service.clear_fault(this.uow, locker_id, compartment, context().clock())
        return this.conclude(compartment_view(this.uow.compartments.require(locker_id, compartment)))


@operation(
    lockers,
    "POST",
    "/lockers/<locker_id>/deposits",
    DepositView,
    body=NewDeposit,
    status=201,
    idempotent=True,
    errors={404: "Something that was named does not exist.", 409: "No compartment of this size is free."},
)
def reserve_deposit(locker_id: str, body: NewDeposit) -> Any:
    """Reserve the smallest free compartment that is large enough, for half an hour."""
    _check_may_deposit(body.from_id)
    with effect() as this:
        deposit = depositing.reserve_deposit(
            this.uow,
            body.request_id,
            locker_id,
            CompartmentSize(body.size),
            caller().login,
            context().clock(),
            part_number=body.part_number,
            quantity=body.quantity,
            serials=tuple(body.serials),
            from_id=body.from_id,
        )
        _check_own(deposit)
        return this.conclude(deposit_view(deposit))


@operation(
    lockers,
    "GET",
    "/lockers/<locker_id>/deposits",
    Page[DepositView],
    scope=Scope.READ,
    query=DepositQuery,
)
def list_deposits(locker_id: str, query: DepositQuery) -> dict[str, Any]:
    """Deposits in a locker, oldest first."""
    with context().store.reading() as uow:
        uow.lockers.require(locker_id)
        return page_of(
            uow.records(Deposit),
            query,
            lambda found: [deposit_view(deposit) for deposit in found],
            key="deposit_id",
            locker_id=locker_id,
        )


@operation(lockers, "GET", "/deposits/<deposit_id>", DepositView)
def get_deposit(deposit_id: str) -> DepositView:
    """How far a deposit has come."""
    with context().store.reading() as uow:
        deposit = uow.deposits.require(deposit_id)
    _check_own(deposit, reading=True)
    return deposit_view(deposit)


@operation(
    lockers,
    "POST",
    "/deposits/<deposit_id>/open",
    DepositView,
    idempotent=True,
    errors=_NOT_OPENED,
)
def open_deposit(deposit_id: str) -> Any:
    """Open the compartment that was reserved."""
    with effect() as this:
        _check_own(this.uow.deposits.require(deposit_id))
        return this.conclude(deposit_view(depositing.open_deposit(this.uow, deposit_id, context().clock())))


@operation(
    lockers,
    "POST",
    "/deposits/<deposit_id>/cancel",
    DepositView,
    idempotent=True,
    errors={409: "The compartment was opened already, or may open yet."},
)
def cancel_deposit(deposit_id: str) -> Any:
    """Give a compartment back that nothing was laid into."""
    with effect() as this:
        _check_own(this.uow.deposits.require(deposit_id))
        return this.conclude(deposit_view(depositing.cancel_deposit(this.uow, deposit_id, context().clock())))


@operation(
    lockers,
    "POST",
    "/lockers/<locker_id>/offline-codes",
    OfflineCodeView,
    scope=Scope.FLEET_WRITE,
    body=NewOfflineCode,
    status=201,
    idempotent=True,
    errors={404: "Something that was named does not exist.", 409: "There is no code to be had now."},
)
def issue_code(locker_id: str, body: NewOfflineCode) -> Any:
    """Give out the next code of a compartment of a locker without radio."""
    now, by = context().clock(), caller().login
    with effect() as this:
        this.uow.lockers.require(locker_id)
        this.uow.couriers.require(body.courier_id)
        if body.step_id is not None:
            code, key = locker_service.authorise_by_code(
                this.uow, body.courier_id, body.step_id, body.reason, by, now
            )
        else:
            code, key = issue_offline_code(
                this.uow, locker_id, str(body.compartment), body.courier_id, body.reason, by, now
            )
        if code.locker_id != locker_id:
            raise NotFound("step at this locker", str(body.step_id))
        answer = offline_code_view(code)
        this.conclude(answer)
        return answer.model_copy(update={"code": code_at(key, code.counter)})


def _check_may_deposit(from_id: str | None) -> None:
    """Let dispatchers deposit from everywhere, and a courier from the courier's own van."""
    courier_id = caller().courier_id
    if caller().may(Scope.FLEET_WRITE):
        return
    if courier_id is None or not caller().may(Scope.DRIVE):
        raise NotAllowed(f"{caller().title} may not do this.")
    if from_id not in (None, van_id(courier_id)):
        raise NotAllowed(
            f"A courier deposits from the own van, not from {from_id}.",
            f"Name {van_id(courier_id)} as from_id, or let a dispatcher reserve it.",
        )


def _check_own(deposit: Deposit, *, reading: bool = False) -> None:
    """Let staff at every deposit, and a courier at the courier's own."""
    scope = Scope.READ if reading else Scope.FLEET_WRITE
    own = caller().may(Scope.DRIVE) and deposit.reserved_by == caller().login
    if not (own or caller().may(scope)):
        raise NotFound("deposit", deposit.deposit_id)
