"""Runs `python -m thunderline` and other programs in processes of their own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.eventually import PATIENCE_S
from tests.worker_process import ROOT


@dataclass(frozen=True)
class Ended:
    """A process that has ended: its exit status and what it printed."""

    status: int
    output: str
    errors: str


def environment(**variables: str) -> dict[str, str]:
    """The variables of the test run, without those that set up a client, and with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("THUNDERLINE_")}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def run_python(*arguments: str, **variables: str) -> Ended:
    """Runs a Python program to its end."""
    command = [sys.executable, *arguments]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, stdin=subprocess.DEVNULL,
        env=environment(**variables),
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def thunderline(spool_dir: Path, command: str, *arguments: str, **variables: str) -> Ended:
    """Runs one command of `python -m thunderline` on a spool directory."""
    return run_python("-m", "thunderline", command, "--spool-dir", str(spool_dir), *arguments, **variables)


def thunderline_on_terminal(spool_dir: Path, command: str, *arguments: str, typed: str = "") -> Ended:
    """The same with a terminal as its input, output and error output, on which `typed` is typed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "thunderline", command, "--spool-dir", str(spool_dir), *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(),
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown: list[bytes] = []

    def read() -> None:
        # Linux reports the end of a terminal as EIO.
        with suppress(OSError):
            while chunk := os.read(ours, 65_536):
                shown.append(chunk)

    reader = threading.Thread(target=read)
    reader.start()
    status = process.wait(PATIENCE_S)
    reader.join(PATIENCE_S)
    os.close(ours)
    return Ended(status, b"".join(shown).decode(), "")
