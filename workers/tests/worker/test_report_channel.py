"""Reports of a process that runs one operation."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from typing import Any

from tests.eventually import PATIENCE_S
from tests.worker.processes import TRAIN, environment_without_bridge


def trial_with_answers(*answers: bytes) -> tuple[Any, list[Any]]:
    """The reported trial, and the reports that the process made; after the last answer the bridge closes its end."""
    ours, theirs = socket.socketpair()
    payload = {"trial_id": "t1", "hyperparams": {"do": "report"}}
    variables = {"CEREBROS_BRIDGE_OP": "run_trial", "CEREBROS_BRIDGE_RUN_ID": "study"}
    variables["CEREBROS_BRIDGE_REPORTS"] = str(theirs.fileno())
    reports: list[Any] = []

    def answer() -> None:
        with ours, ours.makefile("rb") as lines:
            for line, reply in zip(lines, answers, strict=False):
                reports.append(json.loads(line))
                ours.sendall(reply)

    thread = threading.Thread(target=answer)
    thread.start()
    with theirs:
        ended = subprocess.run(
            [sys.executable, str(TRAIN)],
            input=json.dumps(payload),
            env=environment_without_bridge(variables),
            pass_fds=[theirs.fileno()],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S * 2,
            check=True,
        )
    thread.join()
    (trial,) = json.loads(ended.stdout)["trials"]
    return trial, reports


def test_a_trial_is_skipped_once_the_study_prunes_it() -> None:
    trial, reports = trial_with_answers(b'{"prune": false}\n', b'{"prune": true}\n', b"")
    assert trial["status"] == "skipped"
    assert reports == [{"report": {"step": 0, "value": 0.5}}, {"report": {"step": 1, "value": -0.5}}]


def test_a_trial_goes_on_when_the_bridge_closes_the_channel() -> None:
    trial, reports = trial_with_answers(b'{"prune": false}\n')
    assert trial["status"] == "succeeded"
    assert len(reports) == 1


def test_a_trial_goes_on_after_an_answer_that_cannot_be_read() -> None:
    trial, reports = trial_with_answers(b"yes\n", b'{"prune": true}\n')
    assert trial["status"] == "succeeded"
    assert len(reports) == 1
