"""The embedded broker: Mosquitto, configured, started, told of changed accounts, and stopped."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from device_gateway.account_files import read_verifiers, replace_private, write_credentials, write_verifiers
from device_gateway.credentials import BrokerAccount
from device_gateway.session_ender import USER, SessionEnder
from tracking.values.errors import FieldstockError, InvalidValue

log = logging.getLogger(__name__)

BROKER_USER = "mosquitto"
"""The system user that Mosquitto becomes when root starts it; its package creates it."""

SEARCHED = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/usr/local/opt/mosquitto/sbin")
START_S = 15.0
STOP_S = 15.0


class BrokerMissing(FieldstockError):
    """There is no Mosquitto on this machine."""

    code = "broker_missing"
    action = (
        "Install it (Debian, Ubuntu: apt-get install mosquitto; Fedora: dnf install mosquitto; "
        "macOS: brew install mosquitto), or set FIELDSTOCK_BROKER_URL to a broker elsewhere."
    )


class BrokerFailed(FieldstockError):
    """Mosquitto did not start, or ended by itself."""

    code = "broker_failed"
    action = "Read the named log; most often another program holds the port."


class BrokerUnsound(FieldstockError):
    """The accounts are in force, but Mosquitto's memory may be corrupt (`device_gateway.session_ender`)."""

    code = "broker_unsound"
    action = "Nothing: it is started again at once; devices connect again by themselves."


@dataclass(frozen=True, slots=True)
class TlsListener:
    """Where devices connect with TLS; the files are PEM.

    With `client_ca_file` each device needs a certificate that it signed, beside its secret. The secret alone
    says who a device is: Mosquitto's `use_identity_as_username` lets the common name choose the account, and
    the name that is claimed the session, so that one device's certificate took over another's session.
    """

    port: int
    bind: str
    cert_file: Path
    key_file: Path
    client_ca_file: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise InvalidValue(f"The TLS listener's port must lie in [1, 65535], not {self.port}.")


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """Where the broker keeps its files, where it listens, and its bounds.

    `directory` becomes its own; `max_queued_messages` and `max_packet_bytes` bound what it keeps for one
    client that is away and what one message may hold; `max_inflight_messages` what one client may have sent
    or been sent without acknowledgement, unless it asks for another number. Sessions of devices expire
    after `session_days`. `executable` None searches for it. With `tls`, `port` is for this machine alone.
    """

    directory: Path
    port: int = 1883
    bind: str = "127.0.0.1"
    max_queued_messages: int = 1_000_000
    max_packet_bytes: int = 262_144
    max_inflight_messages: int = 1_000
    session_days: int = 30
    executable: Path | None = None
    tls: TlsListener | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise InvalidValue(f"The broker's port must lie in [1, 65535], not {self.port}.")
        if self.max_queued_messages < 1:
            raise InvalidValue("max_queued_messages must be positive; 0 means trouble to Mosquitto 2.0.")

    @property
    def plain_bind(self) -> str:
        """The address of the listener without TLS."""
        return self.bind if self.tls is None else "127.0.0.1"


def find_mosquitto(named: Path | None = None) -> Path:
    """Return Mosquitto's executable. Raises `BrokerMissing`, which says how to install it."""
    places = os.pathsep.join((os.environ.get("PATH", ""), *SEARCHED))
    found = shutil.which(str(named) if named else "mosquitto", path=places)
    if found is None:
        raise BrokerMissing(f"Mosquitto was not found as {named}." if named else "Mosquitto was not found.")
    return Path(found)


class Broker:
    """One Mosquitto process and its files."""

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._directory = config.directory.absolute()
        self._executable = find_mosquitto(config.executable)
        self._process: subprocess.Popen[bytes] | None = None
        self._copied: list[int] | None = None
        self._sessions: SessionEnder | None = None
        self.log_path = self._directory / "mosquitto.log"

    def has_accounts(self) -> bool:
        """Tell whether the accounts of an earlier start lie there."""
        return self._path("passwords").exists() and self._path("acl").exists()

    def start(self, accounts: Iterable[BrokerAccount] | None = None) -> None:
        """Start with these accounts and return once it listens. Raises `BrokerFailed`.

        None starts with those that lie there (`has_accounts`).
        """
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._stop_left_over()
        if self._is_answered():
            raise BrokerFailed(
                f"Another program listens on {self._config.plain_bind}:{self._config.port} already."
            )
        if self.log_path.exists():
            self.log_path.replace(self._path("mosquitto.log.1"))
        self._sessions = SessionEnder(self._directory)
        self._own_directories(self._sessions)
        if accounts is not None:
            self._write_accounts(accounts)
        else:
            write_verifiers(self._verifiers() | self._own_account(), self._path("passwords"), self._owner())
        self._copied = self._certificate_times()
        self._write_certificates()
        replace_private(self._path("mosquitto.conf"), self._configuration(), self._owner())
        with self.log_path.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [self._executable, "-c", self._path("mosquitto.conf")],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                process_group=0,  # a Ctrl-C is for the supervisor, which stops the broker last
            )
        self._path("mosquitto.pid").write_text(str(self._process.pid))
        self._await_listening()

    def replace_accounts(self, accounts: Iterable[BrokerAccount]) -> None:
        """Put other accounts in force at once.

        Mosquitto reads its files anew and disconnects who is no longer there or has another password. Their
        sessions end before, and with them what was queued. Raises `BrokerUnsound` when it has to be started
        again.
        """
        before = self._verifiers()
        self._write_accounts(accounts)
        now = self._verifiers()
        if self._sessions is None or not self.is_running():
            return
        changed = [name for name, verifier in before.items() if now.get(name) != verifier]
        if not self._sessions.end(changed, self._reload):
            raise BrokerUnsound(
                f"A device was heard while its account changed, one of: {', '.join(changed)}."
            )

    def renew_certificates(self) -> None:
        """Put PEM files in force that the operator has replaced; a pair that does not match is not taken."""
        times = self._certificate_times()
        if self._config.tls is None or times is None or times == self._copied:
            return
        self._copied = times
        try:
            tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls_context.load_cert_chain(self._config.tls.cert_file, self._config.tls.key_file, password="")
            self._write_certificates()
        except (OSError, ValueError) as error:  # half of the files, maybe: the other half comes later
            log.warning("The changed certificate cannot be used, the old one stays: %s.", error)
            return
        self._reload()
        log.info("The changed certificate is in force.")

    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Return the process id, None before the start."""
        return None if self._process is None else self._process.pid

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the process to end and return its code, None when it still lives after `timeout_s`."""
        if self._process is None:
            return None
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Stop it, its sessions saved; by force when it takes longer than `STOP_S`."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            if self.wait(STOP_S) is None:
                log.error("Mosquitto did not stop within %.0f s; it is killed.", STOP_S)
                self._process.kill()
                self._process.wait()
        self._process = None
        if self._sessions is not None:
            self._sessions.close()

    def _path(self, name: str) -> Path:
        return self._directory / name

    def _reload(self) -> None:
        """Let Mosquitto read accounts and certificates anew."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGHUP)

    def _write_accounts(self, accounts: Iterable[BrokerAccount]) -> None:
        files = self._path("passwords"), self._path("acl")
        write_credentials(accounts, *files, self._owner(), self._own_account())

    def _own_account(self) -> dict[str, str]:
        return {} if self._sessions is None else {USER: self._sessions.verifier}

    def _verifiers(self) -> dict[str, str]:
        return read_verifiers(self._path("passwords"))

    def _owner(self) -> str | None:
        """Return the user that Mosquitto runs as when that is not oneself."""
        user = self._run_as()
        return user if user is not None and user != "root" else None

    def _run_as(self) -> str | None:
        """Return the `user` setting: root steps down to Mosquitto's user if that one can reach the files."""
        if os.geteuid() != 0:
            return None
        return BROKER_USER if _user_exists(BROKER_USER) and _is_open_way(self._directory.parent) else "root"

    def _own_directories(self, sessions: SessionEnder) -> None:
        owner = self._owner()
        if owner is None:
            return
        user = pwd.getpwnam(owner)
        made = [] if sessions.own_directory is None else [sessions.own_directory]
        for path in (self._directory, *self._directory.iterdir(), *made):
            os.chown(path, user.pw_uid, user.pw_gid)

    def _configuration(self) -> str:
        config, user = self._config, self._run_as()
        lines = [
            *([f"user {user}"] if user else []),
            "per_listener_settings false",
            *self._tls_listener(),
            *([] if self._sessions is None else [f"listener 0 {self._sessions.socket}"]),
            f"listener {config.port} {config.plain_bind}",
            "use_username_as_clientid true",
            "allow_anonymous false",
            f"password_file {self._path('passwords')}",
            f"acl_file {self._path('acl')}",
            "persistence true",
            f"persistence_location {self._directory}/",
            "autosave_interval 1",
            "autosave_on_changes false",
            f"persistent_client_expiration {config.session_days}d",
            f"max_queued_messages {config.max_queued_messages}",
            "max_queued_bytes 0",
            f"max_inflight_messages {config.max_inflight_messages}",
            "max_inflight_bytes 0",
            f"max_packet_size {config.max_packet_bytes}",
            "queue_qos0_messages false",
            "set_tcp_nodelay true",
            "connection_messages false",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        ]
        return "\n".join(lines) + "\n"

    def _tls_files(self) -> dict[str, Path]:
        """Return Mosquitto's options that name a PEM file, with the operator's file for each."""
        tls = self._config.tls
        if tls is None:
            return {}
        own = {"certfile": tls.cert_file, "keyfile": tls.key_file}
        return own | ({"cafile": tls.client_ca_file} if tls.client_ca_file else {})

    def _certificate_times(self) -> list[int] | None:
        """Return when the operator's PEM files changed, None while one is not there."""
        try:
            return [source.stat().st_mtime_ns for source in self._tls_files().values()]
        except OSError:
            return None

    def _write_certificates(self) -> None:
        """Copy the PEM files to where Mosquitto's user can read them, and nobody else."""
        for option, source in self._tls_files().items():
            replace_private(self._path(f"{option}.pem"), source.read_text(), self._owner())

    def _tls_listener(self) -> list[str]:
        tls = self._config.tls
        if tls is None:
            return []
        return [
            f"listener {tls.port} {tls.bind}",
            "use_username_as_clientid true",  # per listener, or a device takes another's session over
            "tls_version tlsv1.2",
            *(f"{option} {self._path(f'{option}.pem')}" for option in self._tls_files()),
            *(["require_certificate true"] if tls.client_ca_file else []),
        ]

    def _await_listening(self) -> None:
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s:
            if not self.is_running():
                raise BrokerFailed(
                    f"Mosquitto ended at once; its log is {self.log_path}: {self._last_words()}"
                )
            if self._is_answered():
                return
            time.sleep(0.02)
        self.stop()
        raise BrokerFailed(f"Mosquitto did not listen within {START_S:.0f} s; its log is {self.log_path}.")

    def _is_answered(self) -> bool:
        try:
            with socket.create_connection((self._config.plain_bind, self._config.port), timeout=1):
                return True
        except OSError:
            return False

    def _stop_left_over(self) -> None:
        """End the broker of an earlier run on these files whose supervisor was killed before it."""
        pid_file = self._path("mosquitto.pid")
        pid = pid_file.read_text().strip() if pid_file.exists() else ""
        command_line = Path("/proc", pid, "cmdline") if pid.isdecimal() else None
        if command_line is None or not command_line.exists():
            return
        if os.fsencode(self._path("mosquitto.conf")) not in command_line.read_bytes():
            return
        log.warning("A broker of an earlier run still lives, process %s; it is stopped.", pid)
        os.kill(int(pid), signal.SIGTERM)
        deadline_s = time.monotonic() + STOP_S
        while self._is_answered() and time.monotonic() < deadline_s:
            time.sleep(0.05)

    def _last_words(self) -> str:
        return self.log_path.read_text(errors="replace")[-500:].strip()


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _is_open_way(directory: Path) -> bool:
    """Tell whether any user may pass through a directory and all above it."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (directory, *directory.parents))
