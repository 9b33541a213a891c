"""What dispatchers ask of couriers' phones."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.context import context
from api.operation import effect, operation
from mobile_contract.fleet import LocationRequest
from tracking.fleet.phone_commanding import request_location
from tracking.fleet.phone_commands import VALID
from tracking.identity.roles import Scope

phones = APIBlueprint("phones", __name__, url_prefix="/v1", tag="Phones")


@operation(
    phones,
    "POST",
    "/couriers/<courier_id>/report-location",
    LocationRequest,
    scope=Scope.FLEET_WRITE,
    status=202,
    idempotent=True,
    errors={404: "There is no such courier.", 409: "The courier has no phone that could be asked."},
)
def report_location(courier_id: str) -> Any:
    """Ask a courier's OwnTracks app where it is; the answer is its next position."""
    with effect() as this:
        command = request_location(this.uow, courier_id, context().clock())
        asked_at = command.issued_at
        return this.conclude(
            LocationRequest(courier_id=courier_id, asked_at=asked_at, expires_at=asked_at + VALID)
        )
