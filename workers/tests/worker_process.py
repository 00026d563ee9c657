"""Processes with a client, for tests to drive and to kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.eventually import PATIENCE_S, eventually
from thunderline import Options

ROOT = Path(__file__).parent.parent
PROGRAM = Path(__file__).parent / "programs" / "worker.py"


class WorkerProcess:
    """One process; its program is `programs/worker.py`."""

    def __init__(self, url: str, options: Options, **environment: str) -> None:
        written = asdict(options) | {"spool_dir": str(options.spool_dir)}
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), url, json.dumps(written)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )

    def do(self, command: str) -> Any:
        """Runs a command to its end and returns its result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._process.communicate()[1]
        return json.loads(line)

    def await_stats(self, **wanted: int) -> None:
        eventually(lambda: wanted.items() <= self.do("stats").items(), f"stats {wanted}")

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=PATIENCE_S)

    def end(self, how: str = "normally") -> tuple[int, float, str]:
        """Ends the process; its exit status, how many seconds the end took, and its standard error."""
        began = time.monotonic()
        _, errors = self._process.communicate(f"end {how}\n", timeout=PATIENCE_S)
        return self._process.returncode, time.monotonic() - began, errors
