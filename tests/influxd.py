"""A real InfluxDB 1.x server on free ports, for tests."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import httpx

from tests.ports import free_port

CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{directory}/meta"
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = {auth}
  log-enabled = false
[ifql]
  enabled = false
"""


class Influxd:
    """One influxd and its directory; it can be killed and started again on the same files."""

    def __init__(self, directory: Path, *, auth: bool = False) -> None:
        found = shutil.which("influxd")
        assert found, "influxd is not installed: apt-get install influxdb"
        self._executable = found
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._config = directory / "influxdb.conf"
        self._log = directory / "influxd.log"
        self._config.write_text(
            CONFIG.format(
                directory=directory, port=self.port, rpc_port=free_port(), auth="true" if auth else "false"
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._executable, "-config", str(self._config)], stdout=log, stderr=log
            )
        deadline_s = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()[-1000:]
            assert time.monotonic() < deadline_s, "influxd did not answer within 30 s"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.base}/ping", timeout=1).status_code == 204
        except httpx.HTTPError:
            return False

    def query(self, statement: str, **parameters: str) -> httpx.Response:
        return httpx.post(f"{self.base}/query", params={"q": statement, **parameters})

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
