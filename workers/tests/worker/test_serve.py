"""A worker that serves commands one after another."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.eventually import PATIENCE_S
from tests.worker.conftest import Serve
from tests.worker.processes import TRAIN


def test_commands_are_answered_in_order(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.command("c1", do="number")
    worker.command("c2", op="start_run")
    worker.command("c3", do="prune")
    first, second, third = worker.read(), worker.read(), worker.read()
    assert [line["command_id"] for line in (first, second, third)] == ["c1", "c2", "c3"]
    assert first["result"]["trials"][0]["metrics"] == {"value": 0.25}
    assert second["result"]["run_id"] == "study"
    assert third["result"]["trials"][0]["status"] == "skipped"
    assert worker.end() == (0, "")


def test_prints_and_children_do_not_reach_the_protocol(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.command("c1", do="print")
    assert worker.trial()["status"] == "succeeded"
    worker.command("c2", do="read")
    assert worker.trial()["warnings"] == ["read ''"]
    _, errors = worker.end()
    assert errors.splitlines() == ["Epoch 1/10", '{"trials": "a library wrote this"}', "a child wrote this"]


def test_an_exception_is_reported_and_the_next_command_runs(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.command("c1", do="raise")
    line = worker.read()
    assert line["command_id"] == "c1"
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["message"] == "the learning rate \ufffd is too high"
    assert "in train" in line["error"]["traceback"]
    worker.command("c2", do="exit")
    assert worker.read()["error"] | {"traceback": ""} == {
        "type": "SystemExit",
        "message": "no GPU found",
        "traceback": "",
    }
    worker.command("c3", do="number")
    assert worker.trial()["metrics"] == {"value": 0.25}


def test_heartbeats_go_on_while_a_trial_trains(serve: Serve, tmp_path: Path) -> None:
    worker = serve(TRAIN)
    release = tmp_path / "release"
    worker.command("c1", **{"do": "wait", "for": str(release)})
    for _ in range(2):
        assert worker.heartbeats.get(timeout=PATIENCE_S) == {"heartbeat": True}
    release.touch()
    assert worker.trial()["status"] == "succeeded"


def test_each_command_has_the_environment_of_a_process_of_its_own(serve: Serve) -> None:
    worker = serve(TRAIN)
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    before_ms = time.time_ns() // 1_000_000
    worker.command("c1", do="environment", attempt=2, traceparent=traceparent, timeout_ms=60_000)
    bridge, trace = worker.trial()["warnings"]
    for variable in ("ATTEMPT=2", "CORRELATION=study/t1", "OP=run_trial"):
        assert f"CEREBROS_BRIDGE_{variable} " in bridge
    ends_ms = re.search(r"CEREBROS_BRIDGE_DEADLINE_MS=(\d+)", bridge)
    assert ends_ms is not None
    assert before_ms + 60_000 <= int(ends_ms[1]) <= time.time_ns() // 1_000_000 + 60_000
    assert 'CEREBROS_BRIDGE_PAYLOAD={"trial_id": "t1"' in bridge
    assert trace == traceparent
    worker.command("c2", do="environment", attempt=3)
    bridge, trace = worker.trial()["warnings"]
    assert "CEREBROS_BRIDGE_ATTEMPT=3" in bridge
    assert trace == "no traceparent"


def test_the_study_prunes_a_trial(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.command("c1", do="report")
    assert worker.read() == {"report": {"step": 0, "value": 0.5}}
    worker.send({"prune": False})
    assert worker.read() == {"report": {"step": 1, "value": -0.5}}
    worker.send({"prune": True})
    assert worker.trial()["status"] == "skipped"
    worker.command("c2", do="report")
    for step in range(3):
        assert worker.read()["report"]["step"] == step
        worker.send({"prune": False})
    assert worker.trial()["status"] == "succeeded"


def test_the_command_that_runs_is_finished_when_the_bridge_closes_its_end(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.command("c1", do="report")
    worker.read()
    code, _ = worker.end()
    assert code == 0
    # No answer can arrive any more, so the other reports do not wait for one.
    assert [worker.read()["report"]["step"] for _ in range(2)] == [1, 2]
    assert worker.trial()["status"] == "succeeded"


def test_a_worker_stops_when_it_is_asked_to(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.send({"stop": True})
    assert worker.ended() == (0, "")


def test_a_line_that_is_no_json_object_ends_the_worker(serve: Serve) -> None:
    worker = serve(TRAIN)
    worker.send("[1, 2]")
    _, errors = worker.ended()
    assert "ValueError: expected a JSON object, got b'[1, 2]" in errors
