"""Reads an answer with one deadline for the whole of it."""

from __future__ import annotations

import io
import socket
import time

_LEAST_TIMEOUT_S = 0.001
_TOLERATED_S = 0.1
"""An answer may be so much late: most begin at once, and setting a time-out costs the training loop time."""


class _DeadlineReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        # Keeps the socket open until the answer is read, as http.client expects of a file of its socket.
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the gateway's answer did not end in time")
        set_s = self._connection.gettimeout()
        if set_s is None or not left_s <= set_s <= left_s + _TOLERATED_S:
            self._connection.settimeout(max(left_s, _LEAST_TIMEOUT_S))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class DeadlineSocket:
    """The part of a socket that http.client.HTTPResponse uses: a file to read from.

    `deadline` is of time.monotonic. A read that is late raises TimeoutError, however many bytes trickled in before.
    """

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._connection, self._deadline))
