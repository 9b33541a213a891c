"""A whole installation in a directory of its own: every process for real, as `fieldstock run` starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from api.secrets import load_secrets
from api.settings import Settings
from tests.ports import free_port, free_run_of_ports
from tracking.store.unit_of_work import Store

ROOT = Path(__file__).resolve().parents[2]
Found = TypeVar("Found")


@dataclass
class Installation:
    """Its settings, its environment, and its running supervisor, if it runs."""

    settings: Settings
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def log(self) -> Path:
        """What the processes said."""
        return self.settings.data_dir / "run.log"

    def store(self) -> Store:
        """Open the database."""
        store = Store(self.settings.relational_url, load_secrets(self.settings.data_dir).custody_key)
        store.migrate()
        return store

    def start(self) -> None:
        """Start the supervisor and wait until every process gives a sign of life."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "run"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        wait_for(self._is_ready, 90, lambda: self.log.read_text()[-4000:])

    def stop(self) -> int:
        """Stop it as Ctrl-C does, and return the exit code; nothing of it may be left."""
        if self.process is None:
            return 0
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(60)
        finally:
            _, alive = psutil.wait_procs(children, timeout=5)
            for child in alive:
                child.kill()
        assert not alive, f"left behind: {alive}"
        self.process = None
        return code

    def child(self, name: str) -> psutil.Process:
        """Return the process of one child, by its command."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):  # one that is just ending has no command line any more
                words = child.cmdline()
                if words[-1:] == [name] or (name == "api" and "gunicorn" in words):
                    return child
        raise AssertionError(f"no process {name}")

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `fieldstock` with these words."""
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *words],
            cwd=ROOT,
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
            timeout=280,
        )

    def get(self, login: str, path: str) -> Any:
        """Ask the API as somebody, and return the JSON."""
        return self.call(login, "GET", path).json()

    def call(self, login: str, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the API as somebody who has signed in with the tests' password."""
        headers = {"Authorization": f"Bearer {self.token(login)}"}
        return httpx.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=20)

    def token(self, login: str) -> str:
        """Return an access token; signs in once."""
        from tests.api_server import PASSWORD

        if login not in self.tokens:
            body = {"login": login, "password": PASSWORD}
            answer = httpx.post(f"{self.url}/v1/auth/sign-in", json=body, timeout=20)
            assert answer.is_success, answer.text
            self.tokens[login] = answer.json()["access_token"]
        return self.tokens[login]

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=2)
        except httpx.HTTPError:
            return False
        alive = answer.json()["processes"].keys()
        return answer.is_success and {"broker", "gateway", "fold", "planner", "worker", "api"} <= set(alive)


def new_installation(directory: Path, **settings: object) -> Installation:
    """Return an installation that does not run yet, on free ports."""
    health = free_run_of_ports(24)
    chosen: dict[str, object] = {
        "data_dir": directory,
        "port": free_port(),
        "mqtt_port": free_port(),
        "health_port": health,
        **settings,
    }
    directory.mkdir(parents=True, exist_ok=True)
    names = {f"FIELDSTOCK_{name.upper()}": str(value) for name, value in chosen.items()}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FIELDSTOCK_")} | names
    return Installation(Settings(**chosen), environment)  # type: ignore[arg-type]


def wait_for(look: Callable[[], Found | None], seconds: float, tell: Callable[[], str] = lambda: "") -> Found:
    """Return the first truthy answer of `look`, asked until the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"nothing within {seconds} s. {tell()}"
        time.sleep(0.1)
