"""The commands for makers of lockers, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def _start(directory: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words],
        cwd=ROOT,
        env=os.environ | {"FIELDSTOCK_DATA_DIR": str(directory)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(directory: Path, *words: str) -> tuple[int, str]:
    process = _start(directory, *words)
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def test_reference_locker_passes_the_check_that_a_maker_types(tmp_path: Path) -> None:
    code, added = _run(tmp_path, "device", "add", "locker-1", "--kind", "locker", "--json")
    assert code == 0, added
    given, port = tmp_path / "given.json", free_port()
    given.write_text(json.dumps(json.loads(added) | {"url": f"mqtt://127.0.0.1:{port}"}))
    options = ["--given", str(given), "--resend-after-s", "0.4", "--door-open-s", "0.2"]
    locker = _start(tmp_path, "simulate", "locker", "locker-1", *options)
    try:
        code, said = _run(tmp_path, "locker", "check", "locker-1", "--port", str(port), "--patience", "0.07")
    finally:
        locker.terminate()
        locker.communicate("status\n", timeout=20)
    assert (code, said.count("pass"), "FAIL" in said) == (0, 13, False), said
    assert "locker-1 keeps the protocol" in said


def test_check_of_a_locker_that_does_not_come_fails(tmp_path: Path) -> None:
    _run(tmp_path, "device", "add", "locker-1", "--kind", "locker", "--json")
    words = ("locker", "check", "locker-1", "--port", str(free_port()), "--patience", "0.001")
    code, said = _run(tmp_path, *words)
    assert (code, "FAIL  greets, retained, with a session: Nothing came" in said) == (1, True), said


def test_orders_are_taken_on_standard_input(tmp_path: Path) -> None:
    papers = {
        "device": "x",
        "secret": "s",
        "command_key": "00" * 32,
        "url": f"mqtt://127.0.0.1:{free_port()}",
    }
    (tmp_path / "given.json").write_text(json.dumps(papers))
    options = ["--given", str(tmp_path / "given.json"), "--at", "0.2", "power off"]
    locker = _start(tmp_path, "simulate", "locker", "x", *options)
    assert locker.stdin is not None
    assert locker.stdout is not None
    assert "say help" in locker.stdout.readline()
    locker.stdin.write("put 1 FUSE 3\n")
    locker.stdin.flush()
    assert locker.stdout.readline() == "done\n"
    assert locker.stdout.readline() == "power off: done\n"
    time.sleep(0.1)
    locker.terminate()
    assert locker.wait(20) == 0
    locker.communicate()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("locker", "check", "nobody"), "[not_found]"),
        (("simulate", "locker", "x"), "[provisioning_unreadable]"),
        (("simulate", "locker", "x", "--given", "README.md"), "[provisioning_unreadable]"),
        (("simulate", "locker", "x", "--at", "soon", "help"), "soon"),
    ],
)
def test_what_cannot_be_says_what_to_do(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    code, said = _run(tmp_path, *words)
    assert code != 0
    assert says in said
