"""How routes are shown: the open stops of couriers with all that a person at the stop must know."""

from __future__ import annotations

from api.order_presenters import amendment_view
from api.presenters import coordinate_message
from mobile_contract.fleet import RouteView, StepKind, StepState, StepView, StopState, StopView
from mobile_contract.orders import AmendmentView
from tracking.fleet import stops as fleet
from tracking.fleet.courier import Courier
from tracking.orders.amendment import Amendment
from tracking.orders.on_board import SYSTEM
from tracking.orders.order import Order
from tracking.parts.location import Location, LocationKind
from tracking.parts.part import Part
from tracking.returns.rma import Return
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.errors import NotFound


def route_views(uow: SqlUnitOfWork, couriers: list[Courier]) -> list[RouteView]:
    """Show the open stops of couriers, in driving order, with all their steps."""
    courier_ids = [courier.courier_id for courier in couriers]
    stops = uow.stops.find_in(courier_id=courier_ids, state=fleet.OPEN)
    steps = uow.steps.find_in(stop_id=[stop.stop_id for stop in stops])
    shown = _StepsShown(uow, steps, {stop.place_id for stop in stops})
    return [
        RouteView(
            courier_id=courier.courier_id,
            version=courier.route_version,
            stops=[
                shown.stop(stop)
                for stop in sorted(stops, key=lambda stop: stop.position)
                if stop.courier_id == courier.courier_id
            ],
        )
        for courier in couriers
    ]


class _StepsShown:
    """Looks up once what the steps of several routes name."""

    def __init__(self, uow: SqlUnitOfWork, steps: list[fleet.Step], places: set[str]) -> None:
        jobs = {step.job_id for step in steps}
        self._steps: dict[str, list[fleet.Step]] = {}
        for step in sorted(steps, key=lambda step: step.position):
            self._steps.setdefault(step.stop_id, []).append(step)
        self._orders = {order.order_id: order for order in uow.orders.find_in(order_id=jobs)}
        self._amendments = _newest(uow.amendments.find_in(order_id=jobs))
        self._returns = {rma.return_id: rma for rma in uow.returns.find_in(return_id=jobs)}
        named = places | {step.location_id for step in steps}
        self._places = {place.location_id: place for place in uow.locations.find_in(location_id=named)}
        numbers = {order.part_number for order in self._orders.values()}
        numbers |= {rma.part_number for rma in self._returns.values()}
        self._parts = {part.part_number: part for part in uow.parts.find_in(part_number=numbers)}

    def stop(self, stop: fleet.Stop) -> StopView:
        """Show one stop."""
        place = self._place(stop.place_id)
        if place.coordinate is None:
            raise NotFound("coordinate of", place.location_id)
        return StopView(
            stop_id=stop.stop_id,
            state=StopState(stop.state),
            location_id=place.location_id,
            location_name=place.name,
            location_kind=place.kind,
            address=place.address,
            coordinate=coordinate_message(place.coordinate),
            eta_at=stop.eta_at,
            eta_early_at=stop.eta_early_at,
            eta_late_at=stop.eta_late_at,
            late_probability=stop.late_probability,
            departs_at=stop.departs_at,
            arrived_at=stop.arrived_at,
            steps=[self._step(step) for step in self._steps.get(stop.stop_id, [])],
        )

    def _step(self, step: fleet.Step) -> StepView:
        order = self._orders.get(step.job_id)
        rma = self._returns.get(step.job_id)
        job: Order | Return | None = order or rma
        if job is None:
            raise NotFound("order or return", step.job_id)
        place = self._place(step.location_id)
        in_locker = place.kind is LocationKind.COMPARTMENT
        return StepView(
            step_id=step.step_id,
            kind=StepKind(step.kind),
            state=StepState(step.state),
            order_id=order.order_id if order else None,
            return_id=rma.return_id if rma else None,
            number=job.number,
            part_number=job.part_number,
            part_name=self._part(job.part_number).name,
            serialised=self._part(job.part_number).serialised,
            quantity=order.quantity if order else 1,
            serials=list(order.serials) if order else [rma.serial] if rma and rma.serial else [],
            compartment=place.location_id.removeprefix(f"{place.parent_id}-c") if in_locker else None,
            due_at=order.due_at if order else None,
            note=order.note if order else _why_back(rma),
            amendment=self._amendments.get(step.job_id),
        )

    def _place(self, location_id: str) -> Location:
        return self._places[location_id]

    def _part(self, part_number: str) -> Part:
        return self._parts[part_number]


def _newest(amendments: list[Amendment]) -> dict[str, AmendmentView]:
    """Show the newest amendment of each order."""
    ordered = sorted(amendments, key=lambda amendment: amendment.order_version)
    return {amendment.order_id: amendment_view(amendment) for amendment in ordered}


def _why_back(rma: Return | None) -> str:
    """Say why a part that is good goes back; of others the courier knows."""
    return rma.reason if rma is not None and rma.requested_by == SYSTEM else ""
