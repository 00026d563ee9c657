"""Reads an answer with a deadline for the whole of it, and with time for other work while nothing comes."""

from __future__ import annotations

import io
import select
import socket
import ssl
import time
from collections.abc import Callable

_SLICE_S = 0.25


class Patience:
    """How long an answer is waited for, and what is done meanwhile. One thread."""

    def __init__(self, timeout_s: float, meanwhile: Callable[[], bool]) -> None:
        self._deadline = time.monotonic() + timeout_s
        self._meanwhile = meanwhile

    def await_bytes(self, connection: socket.socket) -> None:
        """Returns when a read will not block. Raises TimeoutError after the deadline, or as soon as `meanwhile`, called
        four times a second, says that there is no more time (False)."""
        if isinstance(connection, ssl.SSLSocket) and connection.pending() > 0:
            return
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        while not poll.poll(_SLICE_S * 1000):
            if time.monotonic() >= self._deadline or not self._meanwhile():
                raise TimeoutError("the gateway did not answer in time")
        if time.monotonic() >= self._deadline:
            raise TimeoutError("the answer of the gateway did not end in time")


class _PatientReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience
        # Keeps the socket open until the answer is read, as http.client expects of a file of its socket.
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        self._patience.await_bytes(self._connection)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class PatientSocket:
    """What http.client.HTTPResponse needs of a socket: a file to read from."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_PatientReader(self._connection, self._patience))
