"""SIGTERM, sent to real processes with open trials."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import environment
from tests.eventually import PATIENCE_S
from tests.scripted_gateway import Event, ScriptedGateway, hang
from tests.spooled import spooled_lines
from tests.worker_process import ROOT

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(gateway: ScriptedGateway, tmp_path: Path) -> Iterator[Start]:
    """Starts `programs/preempted.py`, and returns once its trial has started."""
    processes: list[subprocess.Popen[str]] = []

    def start(way: str, exit_timeout_s: float = 20.0) -> subprocess.Popen[str]:
        program = str(ROOT / "tests" / "programs" / "preempted.py")
        process = subprocess.Popen(
            [sys.executable, program, way, gateway.url, str(tmp_path / "spool"), str(exit_timeout_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def terminate(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Sends SIGTERM; the exit status, output and errors of the process."""
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, output, errors


def endings(events: list[Event]) -> list[tuple[str, Any, Any]]:
    return [
        (event["trial_id"], event.get("state"), event.get("error_type"))
        for event in events
        if event["event"] in ("ml.run.stop", "ml.trial.complete", "ml.trial.failed")
    ]


def test_sigterm_ends_an_open_trial_as_preempted_and_then_the_process(gateway: ScriptedGateway, start: Start) -> None:
    assert terminate(start("block")) == (-signal.SIGTERM, "", "")
    assert endings(gateway.accepted) == [("t", "cancelled", "preempted")]
    stop = gateway.await_accepted_event("ml.run.stop")
    assert stop["metrics"] == {"loss": 0.5}
    assert stop["error_message"] == "the process received SIGTERM"


def test_sigterm_ends_every_open_trial_and_none_that_has_ended(gateway: ScriptedGateway, start: Start) -> None:
    assert terminate(start("several"))[0] == -signal.SIGTERM
    assert sorted(endings(gateway.accepted), key=lambda ending: ending[0]) == [
        ("t0", None, None),
        ("t1", "cancelled", "preempted"),
        ("t2", "cancelled", "preempted"),
    ]


def test_sigterm_in_the_middle_of_a_call_loses_no_event(gateway: ScriptedGateway, start: Start) -> None:
    for _ in range(5):
        process = start("in a call", 0.5)
        assert terminate(process) == (-signal.SIGTERM, "", "")
    assert endings(spooled_or_accepted(gateway, process)).count(("t", "cancelled", "preempted")) == 5


@pytest.mark.parametrize("way", ["block", "in a flush"])
def test_a_gateway_that_hangs_delays_the_end_by_the_exit_timeout_and_the_event_is_on_disk(
    gateway: ScriptedGateway, start: Start, way: str
) -> None:
    gateway.script = [hang] * 10
    process = start(way, 0.5)
    began = time.monotonic()
    assert terminate(process)[0] == -signal.SIGTERM
    assert time.monotonic() - began < 30
    assert endings(spooled_or_accepted(gateway, process)) == [("t", "cancelled", "preempted")]


@pytest.mark.parametrize("way", ["handler before", "handler after"])
def test_a_handler_of_the_program_is_left_alone(gateway: ScriptedGateway, start: Start, way: str) -> None:
    assert terminate(start(way)) == (7, "", "")
    assert endings(gateway.accepted) == []


def test_a_program_that_ignores_sigterm_goes_on(gateway: ScriptedGateway, start: Start) -> None:
    process = start("ignored")
    process.send_signal(signal.SIGTERM)
    process.communicate("go on\n", timeout=PATIENCE_S)
    assert process.returncode == 0
    assert endings(gateway.accepted) == [("t", None, None)]


def test_a_handler_of_the_program_may_call_the_previous_one(gateway: ScriptedGateway, start: Start) -> None:
    assert terminate(start("chained")) == (-signal.SIGTERM, "checkpoint\n", "")
    assert endings(gateway.accepted) == [("t", "cancelled", "preempted")]


def test_a_trial_of_another_thread_is_ended_too(gateway: ScriptedGateway, start: Start) -> None:
    assert terminate(start("thread"))[0] == -signal.SIGTERM
    assert endings(gateway.accepted) == [("t", "cancelled", "preempted")]


@pytest.mark.parametrize(
    ("way", "ended"),
    [
        ("child", [("t", None, None)]),
        ("child with a trial", [("child", "cancelled", "preempted"), ("t", None, None)]),
    ],
)
def test_a_forked_child_that_is_terminated_ends_only_its_own_trials(
    gateway: ScriptedGateway, start: Start, way: str, ended: list[tuple[str, Any, Any]]
) -> None:
    process = start(way)
    output, _ = process.communicate("terminate the child\n", timeout=PATIENCE_S)
    assert (process.returncode, output) == (0, f"{signal.SIGTERM.value}\n")
    assert endings(gateway.accepted) == ended


def spooled_or_accepted(gateway: ScriptedGateway, process: subprocess.Popen[str]) -> list[Event]:
    """Every event that the gateway has or that waits in the spool of the process."""
    assert isinstance(process.args, list)
    spool_dir = Path(str(process.args[4]))
    lines = spooled_lines(spool_dir)
    events = {event["event_id"]: event for event in [*gateway.accepted, *map(json.loads, lines)]}
    return list(events.values())
