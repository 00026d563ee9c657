"""The entrance of a worker script."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from thunderline.worker.call import call_of_environment
from thunderline.worker.lines import take_over_descriptors
from thunderline.worker.operations import Check, Train, operations
from thunderline.worker.report_channel import bridge_of_environment
from thunderline.worker.session import Session


def main(train: Train, check: Check | None = None, arguments: Sequence[str] | None = None) -> None:
    """Runs the operation that the environment names, or, with `--serve`, the commands that arrive on STDIN.

    >>> def train(trial):
    ...     for step in range(10):
    ...         trial.log_metrics({"loss": 1 / (step + 1)}, step)
    ...     return {"loss": 0.1}
    >>> main(train)

    The result goes to STDOUT as one JSON object, and what the training prints to STDERR. An exception is printed with
    its traceback, and the process ends with exit code 1.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    handle = operations(train, check)
    if "--serve" in arguments:
        Session(take_over_descriptors()).serve(handle)
        return
    stdin = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    lines = take_over_descriptors()
    bridge = bridge_of_environment(os.environ)
    lines.send(handle(call_of_environment(os.environ, stdin), bridge))
