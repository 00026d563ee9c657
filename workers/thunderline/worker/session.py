"""A served worker: commands one after another over JSON lines, with heartbeats."""

from __future__ import annotations

import os
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from thunderline.client.bridge_call import CALL
from thunderline.client.values import as_text, spelled
from thunderline.worker.bridge import Bridge
from thunderline.worker.call import DEADLINE, Call, call_of_line, environment_of
from thunderline.worker.lines import Lines

PROTOCOL = 1
HEARTBEAT_S = 2.0
REPLY_TIMEOUT_S = 10.0
MAX_MESSAGE_CHARACTERS = 8_192
MAX_TRACEBACK_CHARACTERS = 16_384

Handler = Callable[[Call, Bridge], Mapping[str, Any]]


class Session:
    """Serves commands until the bridge closes STDIN or sends `{"stop": true}`; the command that runs then is finished.

    A thread reads the lines, because an answer to a report may arrive at any time; another one sends the heartbeats,
    also while a command keeps the main thread busy. Commands run on the main thread, where libraries may install signal
    handlers.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._commands: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._replies = threading.Condition()
        self._reported = 0
        self._replied = 0
        self._ignored = 0
        self._prune = False
        self._closed = threading.Event()
        """Set when no further line arrives: the bridge has closed its end, or asked for a stop."""
        self._ended = threading.Event()

    def serve(self, handle: Handler) -> None:
        self._lines.send({"ready": {"protocol": PROTOCOL}})
        for target, name in ((self._read, "bridge-lines"), (self._beat, "bridge-heartbeat")):
            threading.Thread(target=target, name=f"thunderline-{name}", daemon=True).start()
        try:
            while (call := self._commands.get()) is not None:
                self._lines.send(self._answer(call, handle))
        except BrokenPipeError:
            # The bridge is gone; its keeper ends this process.
            return
        finally:
            self._ended.set()

    def report(self, step: int, value: float) -> bool:
        """Sends an intermediate value and waits for the answer; one that does not arrive in time prunes nothing."""
        with self._replies:
            self._reported += 1
            number = self._reported
        self._lines.send({"report": {"step": step, "value": spelled(value)}})
        with self._replies:
            self._replies.wait_for(lambda: self._replied >= number or self._closed.is_set(), REPLY_TIMEOUT_S)
            return self._prune

    def _answer(self, call: Call, handle: Handler) -> dict[str, Any]:
        with self._replies:
            # Answers to reports of the command before, which may still arrive, do not concern this one.
            self._ignored = self._reported
            self._prune = False
        set_environment(environment_of(call))
        try:
            return {"command_id": call.command_id, "result": handle(call, self)}
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return {"command_id": call.command_id, "error": error_of(error)}
        finally:
            set_environment({DEADLINE: None})

    def _read(self) -> None:
        try:
            for line in self._lines:
                if "command_id" in line:
                    self._commands.put(call_of_line(line))
                elif "prune" in line:
                    self._take_reply(bool(line["prune"]))
                elif line.get("stop"):
                    break
        except Exception:
            traceback.print_exc()
        finally:
            self._commands.put(None)
            self._closed.set()
            with self._replies:
                self._replies.notify_all()

    def _take_reply(self, prune: bool) -> None:
        with self._replies:
            self._replied += 1
            if self._replied > self._ignored:
                self._prune = self._prune or prune
            self._replies.notify_all()

    def _beat(self) -> None:
        try:
            while not self._ended.wait(HEARTBEAT_S):
                self._lines.send({"heartbeat": True})
        except OSError:
            return


def set_environment(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    CALL.read()


def error_of(error: BaseException) -> dict[str, str]:
    """An exception as the bridge stores it. The end of a long traceback is kept, where the cause is."""
    trace = "".join(traceback.format_exception(error))
    return {
        "type": type(error).__name__,
        "message": as_text(error, MAX_MESSAGE_CHARACTERS),
        "traceback": as_text(trace[-MAX_TRACEBACK_CHARACTERS:], MAX_TRACEBACK_CHARACTERS),
    }
