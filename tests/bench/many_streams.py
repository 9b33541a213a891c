"""A thousand readers of the live stream in one process: notes when each of them was told of each position."""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time

OPENED_AT_ONCE = 50
EVENT = b"event: courier.position\n"


def main(port: str, token: str, streams: str, seconds: str) -> None:
    """Open the streams, say `ready`, follow them for so many seconds, and print what they heard."""
    chosen = selectors.DefaultSelector()
    request = f"GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    buffers: dict[socket.socket, bytearray] = {}
    for number in range(int(streams)):
        stream = socket.create_connection(("127.0.0.1", int(port)), 30)
        stream.sendall(request)
        buffers[stream] = bytearray()
        chosen.register(stream, selectors.EVENT_READ)
        if number % OPENED_AT_ONCE == 0:
            _read(chosen, buffers, 0.05)
    _read(chosen, buffers, 3.0)
    print("ready", flush=True)
    heard = _read(chosen, buffers, float(seconds))
    print(json.dumps(heard))


def _read(
    chosen: selectors.BaseSelector, buffers: dict[socket.socket, bytearray], seconds: float
) -> list[tuple[float, str]]:
    """Return when some stream was told of a position, with the data of the event."""
    heard: list[tuple[float, str]] = []
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        for key, _ in chosen.select(left_s):
            stream = key.fileobj
            assert isinstance(stream, socket.socket)
            data = stream.recv(65_536)
            assert data, "a stream was closed"
            buffer = buffers[stream]
            buffer += data
            *frames, rest = bytes(buffer).split(b"\n\n")
            now_s = time.time()
            heard += [(now_s, frame.partition(b"data: ")[2].decode()) for frame in frames if EVENT in frame]
            buffer[:] = rest
    return heard


if __name__ == "__main__":
    main(*sys.argv[1:])
