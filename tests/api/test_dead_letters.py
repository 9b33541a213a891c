"""Dead letters over the API and the command line: seen, read again once the key is known, thrown away."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from nacl.secret import SecretBox

from api.cli import cli
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from tests.api_server import Api, start_api
from tests.world import NOW
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device

PASSPHRASE = "a passphrase"
BEFORE = "encrypted"


def encrypted() -> bytes:
    location = {"_type": "location", "lat": 47.1, "lon": 9.5, "tst": 1_795_000_000}
    box = SecretBox(PASSPHRASE.encode().ljust(32, b"\0"))
    data = base64.b64encode(box.encrypt(json.dumps(location).encode())).decode()
    return json.dumps({"_type": "encrypted", "data": data}).encode()


def hear(api: Api, topic: str, payload: bytes) -> None:
    decoded = decode(Heard(topic, payload, datetime(2026, 11, 22, tzinfo=UTC)))
    api.context.journal.append([*decoded.values, *decoded.unreadable])


def know_passphrase(api: Api) -> None:
    from dataclasses import replace

    with api.context.store.writing() as uow:
        device, _ = add_device(uow, "anna", DeviceKind.COURIER, NOW)
        uow.devices.save(replace(device, encryption_key=PASSPHRASE))
        uow.commit()


def test_encrypted_letters_are_read_again_once_their_key_is_known(api: Api) -> None:
    hear(api, "owntracks/anna/phone", encrypted())
    hear(api, "owntracks/anna/phone", b"{")
    dispatcher = api.signed_in("dispatcher")
    shown = dispatcher.get("/v1/dead-letters?device=anna").json["items"]
    assert len(shown) == 2
    assert shown[1]["payload"] == "{"
    assert dispatcher.get("/v1/dead-letters/counts").json["reasons"].keys() >= {"malformed_json"}
    know_passphrase(api)
    answer = dispatcher.post("/v1/dead-letters/replay", json={"letter_ids": [s["letter_id"] for s in shown]})
    assert answer.json == {
        "read": 1,
        "stored": 1,
        "duplicate": 0,
        "still_unreadable": 1,
        "more": False,
        "reached_id": shown[1]["letter_id"],
    }
    [left] = dispatcher.get("/v1/dead-letters").json["items"]
    assert dispatcher.delete(f"/v1/dead-letters/{left['letter_id']}").status_code == 204
    assert dispatcher.get(f"/v1/dead-letters/{left['letter_id']}").status_code == 404
    assert api.context.journal.counters()["fix"]["stored"] == 1


def test_letters_are_paged(api: Api) -> None:
    for number in range(5):
        hear(api, "owntracks/anna/phone", b"{" * (number + 1))
    dispatcher = api.signed_in("dispatcher")
    first = dispatcher.get("/v1/dead-letters?limit=3").json
    second = dispatcher.get(f"/v1/dead-letters?limit=3&cursor={first['next_cursor']}").json
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [3, 2, None]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"letter_ids": [1], "reason": "x"}, 422),
        ({"letter_ids": [99]}, 404),
        ({"reason": "x"}, 200),
    ],
)
def test_a_choice_of_letters_names_them_or_a_reason(api: Api, body: dict[str, object], status: int) -> None:
    answer = api.signed_in("dispatcher").post("/v1/dead-letters/replay", json=body)
    assert answer.status_code == status, answer.text


def test_couriers_see_no_dead_letters(api: Api) -> None:
    assert api.signed_in("anna").get("/v1/dead-letters").status_code == 403


def test_letters_are_handled_from_the_command_line(tmp_path: Path) -> None:
    api = start_api(tmp_path)
    hear(api, "owntracks/anna/phone", encrypted())
    hear(api, "owntracks/anna/phone", b"{")
    runner, environment = CliRunner(), {"FIELDSTOCK_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> str:
        result = runner.invoke(cli, ["dead-letters", *words], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    assert "owntracks/anna/phone" in run("list")
    assert json.loads(run("list", "--json", "--reason", "malformed_json"))["payload"] == "{"
    assert run("show", "2").splitlines()[-1] == "{"
    know_passphrase(api)
    assert "1 stored, 0 duplicates, 1 letters still unreadable" in run("replay", "--all")
    assert "1 dropped" in run("drop", "2")
    assert "there are none" in run("list")
