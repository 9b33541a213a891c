"""The wire between a locker and the check's broker, which can be cut: plain TCP, carried on both ways."""

from __future__ import annotations

import contextlib
import socket
import threading

MAX_WIRES = 16
CHUNK_BYTES = 65_536


class Wire:
    """Listens at `bind:port` and carries every connection on to `target_port` of this machine."""

    def __init__(self, bind: str, port: int, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server((bind, port), backlog=MAX_WIRES)
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Take connections, on a thread of its own."""
        threading.Thread(target=self._accept, name="check-wire", daemon=True).start()

    def cut(self) -> None:
        """Break off every connection, as a fault of the network does; new ones are taken."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _shut(end)

    def close(self) -> None:
        """Break off every connection, and take no more."""
        _shut(self._listener)
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed: the check is over
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target_port), timeout=5.0)
            except OSError:
                _shut(near)
                continue
            far.settimeout(None)
            with self._lock:
                is_full = len(self._ends) >= 2 * MAX_WIRES
                self._ends |= set() if is_full else {near, far}
            if is_full:
                _shut(near)
                _shut(far)
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either end may be gone at any time
            while chunk := source.recv(CHUNK_BYTES):
                sink.sendall(chunk)
        with self._lock:
            self._ends -= {source, sink}
        _shut(source)
        _shut(sink)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be shut already
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
