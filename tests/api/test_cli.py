from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest

from api.first_start import BUILDING, SAMPLE_STATE, SampleRegionIncomplete, prepare
from api.replaying import TraceUnreadable, trace_span
from api.secrets import write_secret
from api.settings import Settings
from device_gateway.simulator.provisioned import read_provisioned
from tests.api_server import Api
from tests.ports import free_port
from tracking.identity.devices import DeviceKind
from tracking.identity.invitations import invite_device
from tracking.values.times import system_clock

ROOT = Path(__file__).resolve().parents[2]


def _run(directory: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=ROOT,
        env=os.environ | {"FIELDSTOCK_DATA_DIR": str(directory)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_device_is_added_rotated_and_revoked(tmp_path: Path) -> None:
    added = json.loads(_run(tmp_path, "device", "add", "locker-1", "--kind", "locker", "--json").stdout)
    assert len(added["secret"]) == 32
    assert len(added["command_key"]) == 64
    assert added["url"] == "mqtt://127.0.0.1:1883"
    rotated = json.loads(_run(tmp_path, "device", "rotate", "locker-1", "--json").stdout)
    assert rotated["secret"] != added["secret"]
    finished = _run(tmp_path, "device", "rotate", "locker-1", "--finish")
    assert "its new secret alone" in finished.stdout
    assert "[no_rotation]" in _run(tmp_path, "device", "rotate", "locker-1", "--finish").stderr
    at_once = json.loads(_run(tmp_path, "device", "rotate", "locker-1", "--now", "--json").stdout)
    assert at_once["secret"] not in (added["secret"], rotated["secret"])
    assert _run(tmp_path, "device", "revoke", "locker-1").returncode == 0


def test_courier_phone_is_added_with_links_and_codes(tmp_path: Path) -> None:
    printed = _run(tmp_path, "device", "add", "anna", "--kind", "courier", "--encrypted").stdout
    assert "anna connects to mqtt://127.0.0.1:1883" in printed
    assert "it encrypts with the passphrase" in printed
    assert "owntracks:///config?inline=" in printed


def test_device_is_invited_with_a_token_that_is_printed_once(tmp_path: Path) -> None:
    invited = json.loads(_run(tmp_path, "device", "invite", "locker-1", "--kind", "locker", "--json").stdout)
    assert len(invited["token"]) == 32
    assert invited["url"] == "http://127.0.0.1:8000/v1/devices/provision"
    assert "fetches its secret once" in _run(tmp_path, "device", "invite", "l-2", "--kind", "locker").stdout


def test_new_device_fetches_with_its_token_what_a_locker_is_started_with(tmp_path: Path, api: Api) -> None:
    with api.context.store.writing() as uow:
        _, token = invite_device(uow, "locker-schaan", DeviceKind.LOCKER, system_clock())
        uow.commit()
    server = make_server("127.0.0.1", 0, api.app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        papers = tmp_path / "papers.json"
        papers.write_text(_run(tmp_path, "device", "provision", token, "--server", url).stdout)
        again = _run(tmp_path, "device", "provision", token, "--server", url)
    finally:
        server.shutdown()
        server.server_close()
    given = read_provisioned(papers)
    assert (given.device, given.url) == ("locker-schaan", "mqtt://127.0.0.1:1883")
    assert (len(given.secret), len(given.command_key or ""), set(given.offline_keys)) == (32, 64, {"1", "2"})
    assert "[provisioning_failed]" in again.stderr
    assert "used already" in again.stderr


def test_person_is_added_with_a_password_that_is_printed_once(tmp_path: Path) -> None:
    added = _run(tmp_path, "user", "add", "maria", "--role", "desk")
    assert "maria may sign in with the password" in added.stdout
    again = _run(tmp_path, "user", "add", "maria", "--role", "desk")
    assert (again.returncode, "already" in again.stderr) == (1, True)
    assert _run(tmp_path, "user", "reset-password", "maria").returncode == 0
    assert _run(tmp_path, "user", "disable", "maria").returncode == 0


def test_token_for_scripts_is_printed(tmp_path: Path) -> None:
    assert _run(tmp_path, "token", "--role", "dispatcher").stdout.count(".") == 2


def test_token_for_scripts_says_who_it_is(api: Api) -> None:
    printed = _run(api.context.settings.data_dir, "token", "--role", "desk").stdout.strip()
    answer = api.client().get("/v1/me", headers={"Authorization": f"Bearer {printed}"})
    assert answer.status_code == 200
    assert (answer.json["login"], answer.json["role"]) == ("script-desk", "desk")


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        (("device", "revoke", "nobody"), {}, "[not_found]"),
        (("device", "add", "Bad Name", "--kind", "courier"), {}, "[invalid_value]"),
        (("device", "add", "x", "--kind", "toaster"), {}, "toaster"),
        (("device", "add", "gateway-1", "--kind", "courier"), {}, "[invalid_value]"),
        (("device", "rotate", "nobody"), {}, "[not_found]"),
        (("device", "rotate", "x", "--now", "--finish"), {}, "--now or --finish"),
        (("device", "rotate", "x", "--grace", "0"), {}, "--grace"),
        (("device", "invite", "x", "--kind", "locker", "--valid-hours", "0"), {}, "--valid-hours"),
        (("device", "provision", "x", "--server", "http://127.0.0.1:1"), {}, "[provisioning_failed]"),
        (("device", "provision", "x", "--server", "nonsense"), {}, "[provisioning_failed]"),
        (("user", "add", "x", "--role", "king"), {}, "king"),
        (("user", "add", "driver", "--role", "courier"), {}, "[not_found]"),
        (("token", "--role", "courier"), {}, "sign in instead"),
        (("token",), {}, "--role"),
        (("map", "import", "README.md"), {}, "[extract_unreadable]"),
        (("roads",), {}, "[no_roads]"),
        (("replay", "README.md"), {}, "[trace_unreadable]"),
        (("replay", "no-such-file.csv"), {}, "no-such-file.csv"),
        (("doctor",), {"FIELDSTOCK_PORT": "x"}, "[settings_invalid]"),
        (("replay", "README.md", "--speed", "0"), {}, "[speed_invalid]"),
        (("replay", "README.md", "--speed", "nan"), {}, "[speed_invalid]"),
        (("simulate",), {}, "[no_sample_region]"),
        (("simulate", "--speed", "0"), {}, "--speed"),
        (("simulate", "--speed", "nan"), {}, "--speed"),
        (("nonsense",), {}, "nonsense"),
    ],
)
def test_bad_command_gets_one_clear_error_and_no_traceback(
    tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    done = _run(tmp_path, *words, **environment)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_names_a_secret_that_others_can_read(tmp_path: Path) -> None:
    _run(tmp_path, "token", "--role", "desk")
    (tmp_path / "secrets" / "custody-key").chmod(0o644)
    done = _run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "custody-key" in done.stdout


def test_doctor_reports_a_database_that_is_away_and_makes_nothing(tmp_path: Path) -> None:
    away = f"postgresql://postgres@127.0.0.1:{free_port()}/none"
    done = _run(tmp_path / "new", "doctor", FIELDSTOCK_DATABASE_URL=away)
    assert done.returncode == 1
    assert "The database cannot be used" in done.stdout
    assert "Traceback" not in done.stderr
    _run(tmp_path / "new", "doctor")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "trace",
    [b"fix_at\n\x00", b"fix_at,lat_deg,lon_deg\n", b"a,fix_at\n1\n", b'fix_at\n"' + b"x" * 200_000],
    ids=["zero byte", "no fix", "short row", "endless field"],
)
def test_file_that_is_no_trace_is_refused(tmp_path: Path, trace: bytes) -> None:
    file = tmp_path / "trace.csv"
    file.write_bytes(trace)
    with pytest.raises(TraceUnreadable):
        trace_span(file)


def test_sample_region_that_was_not_finished_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    prepare(settings, lambda *_: None)
    prepare(settings, lambda *_: None)
    write_secret(tmp_path, SAMPLE_STATE, BUILDING)
    with pytest.raises(SampleRegionIncomplete):
        prepare(settings, lambda *_: None)
