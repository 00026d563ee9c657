"""Intermediate values of a process that runs one operation, and the answers to them."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import MutableMapping
from typing import Final

from thunderline.client.values import spelled
from thunderline.worker.bridge import Bridge, NoBridge

VARIABLE: Final = "CEREBROS_BRIDGE_REPORTS"
"""Holds the descriptor of a socket to the bridge. Absent for a trial that no study chose: nothing can prune it."""

REPLY_TIMEOUT_S = 10.0


class ReportChannel:
    """A socket on which each `{"report"}` is answered by a `{"prune"}`. One that fails prunes nothing."""

    def __init__(self, descriptor: int) -> None:
        # A child that holds the descriptor would keep the channel open after this process.
        os.set_inheritable(descriptor, False)
        self._socket = socket.socket(fileno=descriptor)
        self._socket.settimeout(REPLY_TIMEOUT_S)
        self._answers = self._socket.makefile("rb")
        self._lock = threading.Lock()
        self._is_broken = False

    def report(self, step: int, value: float) -> bool:
        line = json.dumps({"report": {"step": step, "value": spelled(value)}}, separators=(",", ":"))
        with self._lock:
            if self._is_broken:
                return False
            try:
                self._socket.sendall(line.encode() + b"\n")
                answer = self._answers.readline()
                if answer:
                    return json.loads(answer).get("prune") is True
            except (OSError, ValueError):
                pass
            # A late answer would be taken for that of the next report.
            self._is_broken = True
            return False


def bridge_of_environment(environment: MutableMapping[str, str]) -> Bridge:
    """The bridge of a process that runs one operation. Its variable is removed: no child process has the descriptor."""
    descriptor = environment.pop(VARIABLE, None)
    if descriptor is None:
        return NoBridge()
    try:
        return ReportChannel(int(descriptor))
    except (OSError, ValueError):
        return NoBridge()
