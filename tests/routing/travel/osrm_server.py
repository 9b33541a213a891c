"""A real osrm-routed over the Liechtenstein extract, prepared once for a session of tests."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.ports import free_port

OSRM = Path(sysconfig.get_path("purelib")) / "osrm"
START_S = 20.0


def is_installed() -> bool:
    return (OSRM / "bin" / "osrm-routed").is_file()


def prepare(extract: Path, folder: Path) -> Path:
    """Extract and contract the road network; return the base path of its files."""
    copy = folder / extract.name
    shutil.copy(extract, copy)
    base = folder / f"{copy.name.removesuffix('.osm.pbf')}.osrm"
    profile = OSRM / "share" / "profiles" / "car.lua"
    for command in (["osrm-extract", "-p", str(profile), str(copy)], ["osrm-contract", str(base)]):
        subprocess.run(
            [str(OSRM / "bin" / command[0]), *command[1:]], check=True, capture_output=True, timeout=120
        )
    return base


@contextmanager
def running(base: Path, max_table_size: int = 200) -> Iterator[str]:
    """Run the server; yield its URL."""
    port = free_port()
    command = [str(OSRM / "bin" / "osrm-routed"), "--ip", "127.0.0.1", "--port", str(port), "--threads", "1"]
    limit = ["--max-table-size", str(max_table_size)]
    server = subprocess.Popen(
        [*command, *limit, str(base)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=10)


def _await(url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            httpx.get(url, timeout=1)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
