"""A bad network: a TCP proxy that breaks each connection after a random number of bytes, or is slow."""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from contextlib import suppress


class CuttingProxy:
    """Forwards to 127.0.0.1:`port`, and cuts each connection after `cut_after` bytes, unless it is `calm`.

    What passes is held for `hold_s` seconds.
    """

    def __init__(self, port: int, seed: int, cut_after: tuple[int, int], *, hold_s: float = 0.0) -> None:
        self.cuts = 0
        self.calm = False
        self._target = port
        self._choice = random.Random(seed)
        self._cut_after = cut_after
        self._hold_s = hold_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        self._listener.settimeout(0.1)
        while not self._stop.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._forward, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward(self, client: socket.socket) -> None:
        left = self._choice.randint(*self._cut_after)
        try:
            server = socket.create_connection(("127.0.0.1", self._target), 2)
        except OSError:
            client.close()
            return
        pairs = {client: server, server: client}
        while not self._stop.is_set():
            readable, _, _ = select.select(list(pairs), [], [], 0.1)
            for source in readable:
                try:
                    data = source.recv(65_536)
                    if not self.calm and len(data) >= left:
                        data = data[:left]  # in the middle of a packet, most often
                    time.sleep(self._hold_s)
                    pairs[source].sendall(data)
                except OSError:
                    data = b""
                left -= 0 if self.calm else len(data)
                if not data or left <= 0:
                    self.cuts += left <= 0
                    client.close()
                    server.close()
                    return
        client.close()
        server.close()
