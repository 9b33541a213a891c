"""What dispatchers see of couriers' phones."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta

from tests.api_server import Api
from tests.device_gateway.protocol import payloads
from tracking.fleet.service import open_shift
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device
from tracking.telemetry.fold import Fold
from tracking.values.times import system_clock


def test_dispatchers_see_battery_charging_connection_and_mode(api: Api) -> None:
    now = system_clock()
    with api.context.store.writing() as uow:
        open_shift(uow, "ben", now - timedelta(hours=1), now + timedelta(hours=1), now)
        _, secret = add_device(uow, "ben", DeviceKind.COURIER, now)
        uow.commit()
    said = {"bs": 2, "conn": "m", "m": 1, "tst": int(now.timestamp()) - 5}
    body = json.dumps(json.loads(payloads.OWNTRACKS_ANDROID) | said).encode()
    basic = b64encode(f"ben:{secret}".encode()).decode()
    api.client().post("/ingest/owntracks", data=body, headers={"Authorization": f"Basic {basic}"})
    fold = Fold(api.context.journal, api.context.store.writing)
    while fold.step():
        pass
    couriers = api.signed_in("dispatcher").get("/v1/couriers").json["items"]
    position = next(courier["position"] for courier in couriers if courier["courier_id"] == "ben")
    shown = {name: position[name] for name in ("battery_pct", "charging", "network", "tracking")}
    assert shown == {"battery_pct": 81, "charging": True, "network": "mobile", "tracking": "significant"}
