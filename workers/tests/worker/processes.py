"""Worker scripts as real processes, driven as the bridge drives them."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.eventually import PATIENCE_S

WORKERS = Path(__file__).parents[2]
TRAIN = WORKERS / "tests" / "programs" / "train.py"
CEREBROS_SERVICE = WORKERS / "thunderline" / "worker" / "cerebros_service.py"


def environment_without_bridge(changes: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CEREBROS", "THUNDERLINE"))}
    return {**inherited, "THUNDERLINE_MODE": "disabled", **changes}


def run_once(
    script: Path, op: str, payload: Any, stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """One operation; the payload is on STDIN and in the environment, or as `stdin` and `environment` have it."""
    text = json.dumps(payload)
    variables = {
        "CEREBROS_BRIDGE_OP": op,
        "CEREBROS_BRIDGE_RUN_ID": "study",
        "CEREBROS_BRIDGE_CORRELATION": "study/t1",
        "CEREBROS_BRIDGE_STATUS": "",
        "CEREBROS_BRIDGE_ATTEMPT": "1",
        "CEREBROS_BRIDGE_PAYLOAD": text,
        **environment,
    }
    return subprocess.run(
        [sys.executable, str(script)],
        input=text if stdin is None else stdin,
        env=environment_without_bridge(variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
        check=False,
    )


def result_of_run(script: Path, op: str, payload: Any, stdin: str | None = None, **environment: str) -> Any:
    ended = run_once(script, op, payload, stdin, **environment)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


class Served:
    """A worker that serves; `read` returns the lines that are no heartbeats."""

    def __init__(self, script: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(script), "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment_without_bridge(environment),
        )
        self._lines: queue.Queue[Any] = queue.Queue()
        self.heartbeats: queue.Queue[Any] = queue.Queue()
        self._errors: list[str] = []
        self._threads = [threading.Thread(target=self._read_lines), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def send(self, message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{message if isinstance(message, str) else json.dumps(message)}\n")
        self._process.stdin.flush()

    def command(self, command_id: str, op: str = "run_trial", **changes: Any) -> None:
        hyperparams = {name: changes.pop(name) for name in list(changes) if name in ("do", "for")}
        line = {
            "command_id": command_id,
            "op": op,
            "run_id": "study",
            "trial_id": "t1",
            "correlation": "study/t1",
            "status": "",
            "attempt": 1,
            "traceparent": None,
            "timeout_ms": 60_000,
            "payload": {"trial_id": "t1", "spectral_norm": True, "hyperparams": hyperparams, "parameters": {}},
        }
        self.send({**line, **changes})

    def read(self) -> Any:
        return self._lines.get(timeout=PATIENCE_S)

    def trial(self) -> Any:
        """The only trial of the result that comes next."""
        line = self.read()
        (trial,) = line["result"]["trials"]
        return trial

    def end(self) -> tuple[int, str]:
        """Closes STDIN; the exit code and everything written to STDERR."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self.ended()

    def ended(self) -> tuple[int, str]:
        code = self._process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join()
        return code, "".join(self._errors)

    def kill(self) -> None:
        self._process.kill()
        self.ended()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            (self.heartbeats if "heartbeat" in message else self._lines).put(message)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)
