"""Real processes that are killed and stopped, and several that share one spool."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import MakeWorker
from tests.points import by_trial
from tests.scripted_gateway import Event, ScriptedGateway, accept_and_hang, answer, hang, hang_up, reject
from tests.spooled import spooled_lines
from tests.worker_process import ROOT
from thunderline import Options

EVENTS_AROUND_POINTS = 2


def spooled(options: Options) -> list[Event]:
    assert options.spool_dir is not None
    lines = spooled_lines(options.spool_dir)
    return [json.loads(line) for line in lines]


def test_the_end_of_the_process_sends_the_remaining_events(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    worker = make_worker(linger_s=60.0)
    worker.do("log t 500")
    status, _, errors = worker.end()
    assert (status, errors) == (0, "")
    assert len(gateway.accepted) == 500 + EVENTS_AROUND_POINTS


def test_an_exception_ends_the_process_as_without_a_client(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    worker = make_worker()
    worker.do("log t 3")
    status, _, errors = worker.end("raise")
    assert status == 1
    assert errors.rstrip().endswith("ValueError: the training failed")
    assert len(gateway.accepted) == 3 + EVENTS_AROUND_POINTS


@pytest.mark.parametrize("before", [["log t 3"], []])
def test_other_exit_handlers_may_log(
    gateway: ScriptedGateway, make_worker: MakeWorker, options: Options, before: list[str]
) -> None:
    """Both those that run before the client's own and those after it, when no more threads can start."""
    worker = make_worker(environment={"LOG_AT_EXIT": "1", "LOG_AFTER_CLOSE": "1"})
    for command in before:
        worker.do(command)
    status, _, errors = worker.end()
    assert (status, errors) == (0, "")
    assert by_trial(gateway.accepted)["at-exit"] == 1 + EVENTS_AROUND_POINTS
    assert by_trial(gateway.accepted)["after-close"] == 1 + EVENTS_AROUND_POINTS
    assert spooled(options) == []


@pytest.mark.parametrize("how", ["normally", "raise"])
def test_a_gateway_that_hangs_delays_the_exit_no_longer_than_its_deadline(
    gateway: ScriptedGateway, make_worker: MakeWorker, options: Options, how: str
) -> None:
    gateway.script = [hang] * 10
    worker = make_worker(exit_timeout_s=0.5, request_timeout_s=60.0)
    worker.do("log t 100")
    gateway.await_requests(1)
    _, took_s, _ = worker.end(how)
    assert took_s < 30
    assert len(spooled(options)) == 100 + EVENTS_AROUND_POINTS


def test_a_connection_that_is_never_accepted_delays_no_exit(make_worker: MakeWorker, options: Options) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # With its queue full the kernel answers no further connection.
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        worker = make_worker(f"http://127.0.0.1:{full.getsockname()[1]}", exit_timeout_s=0.5, connect_timeout_s=60.0)
        worker.do("log t 100")
        _, took_s, _ = worker.end()
    assert took_s < 30
    assert len(spooled(options)) == 100 + EVENTS_AROUND_POINTS


def test_a_request_that_a_kill_interrupts_is_sent_again(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    gateway.script = [accept_and_hang]
    first = make_worker(linger_s=0.2)
    first.do("log t 100")
    first.await_stats(spooled=100 + EVENTS_AROUND_POINTS)
    gateway.await_requests(1)
    first.kill()
    assert make_worker().do("flush 20")
    assert len(set(gateway.ids)) == 100 + EVENTS_AROUND_POINTS
    resent = {event_id for event_id, times in Counter(gateway.ids).items() if times > 1}
    assert resent == {event["event_id"] for event in gateway.requests[0].events}


def test_an_outage_is_sent_by_the_next_process_in_order(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    gateway.script = [answer(503)] * 1000
    for number in range(3):
        worker = make_worker()
        worker.do(f"log t{number} 50")
        worker.await_stats(spooled=50 + EVENTS_AROUND_POINTS)
        worker.kill()
    gateway.await_no_connection()
    gateway.script = []
    heir = make_worker()
    heir.do("log t3 50")
    assert heir.do("flush 20")
    expected = [f"t{number}" for number in range(4) for _ in range(50 + EVENTS_AROUND_POINTS)]
    assert [event["trial_id"] for event in gateway.accepted] == expected
    assert len(set(gateway.ids)) == len(expected)


def test_a_running_process_sends_the_events_of_a_dead_one(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    gateway.script = [answer(503)] * 1000
    survivor = make_worker(adopt_every_s=0.05)
    victim = make_worker()
    victim.do("log victim 20")
    victim.await_stats(spooled=20 + EVENTS_AROUND_POINTS)
    survivor.do("log survivor 1")
    victim.kill()
    gateway.script = []
    gateway.await_accepted_event("ml.trial.complete", trial_id="victim")
    gateway.await_accepted_event("ml.trial.complete", trial_id="survivor")
    # The last request of the victim may be accepted as well: its answer was not read.
    events = {event["event_id"]: event for event in gateway.accepted}
    assert by_trial(list(events.values())) == {"victim": 22, "survivor": 3}


def test_two_processes_share_a_spool_and_send_each_event_once(
    gateway: ScriptedGateway, make_worker: MakeWorker, options: Options
) -> None:
    gateway.script = [answer(503)] * 1000
    dead = [make_worker() for _ in range(6)]
    for number, worker in enumerate(dead):
        worker.do(f"log dead-{number} 200")
        worker.await_stats(spooled=200 + EVENTS_AROUND_POINTS)
    for worker in dead:
        worker.kill()
    gateway.await_no_connection()
    gateway.script = []
    heirs = [make_worker(), make_worker()]
    for number, worker in enumerate(heirs):
        worker.do(f"log heir-{number} 200")
    for worker in heirs:
        assert worker.do("flush 20")
    assert len(gateway.ids) == len(set(gateway.ids)) == 8 * (200 + EVENTS_AROUND_POINTS)
    for worker in heirs:
        worker.end()
    assert options.spool_dir is not None
    assert [list(target.iterdir()) for target in options.spool_dir.iterdir()] == [[]]


def test_signal_handlers_may_log(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    worker = make_worker()
    started = worker.do("log_from_signals 500")
    assert worker.do("flush 20")
    assert len([event for event in gateway.accepted if event["event"] == "ml.trial.start"]) == started
    assert worker.do("stats")["dropped"] == {}


def test_a_spool_that_cannot_be_written_is_replaced_by_memory(
    gateway: ScriptedGateway, make_worker: MakeWorker, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    gateway.script = [answer(503)] * 3
    worker = make_worker(spool_dir=tmp_path / "file" / "spool")
    worker.do("log t 10")
    assert worker.do("flush 20")
    assert len(set(gateway.ids)) == 12
    assert "events wait in memory" in worker.end()[2]


def test_nothing_is_imported_after_the_package(gateway: ScriptedGateway, tmp_path: Path) -> None:
    """A child that is forked while another thread imports a module waits forever when it imports the same module."""
    gateway.script = [
        answer(503, {"code": "overloaded"}, Retry_After="Sat, 21 Nov 2026 00:00:00 GMT"),
        hang_up,
        reject(0),
        answer(415),
        answer(413),
    ]
    program = ROOT / "tests" / "programs" / "imports.py"
    arguments = [sys.executable, str(program), gateway.url, str(tmp_path)]
    output = subprocess.run(arguments, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert json.loads(output.stdout) == []


def test_metrics_of_a_process_that_is_killed_are_sent_by_the_next(
    gateway: ScriptedGateway, make_worker: MakeWorker
) -> None:
    worker = make_worker(linger_s=3_600.0)
    worker.do("log_metrics 500")
    worker.await_stats(spooled=500)
    worker.kill()
    assert make_worker().do("flush 20")
    assert len(set(gateway.ids)) == 500


@pytest.mark.parametrize("how", ["exit_at_once", "kill_at_once"])
def test_a_lifecycle_event_is_on_disk_when_its_call_returns(
    make_worker: MakeWorker, options: Options, how: str
) -> None:
    for _ in range(5):
        make_worker("http://127.0.0.1:1").end(how)
    assert by_trial(spooled(options)) == {"last": 5 * EVENTS_AROUND_POINTS}


def test_a_close_is_not_followed_by_another_wait_at_exit(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    gateway.script = [hang] * 10
    worker = make_worker(exit_timeout_s=60.0, request_timeout_s=90.0)
    worker.do("log t 3")
    gateway.await_requests(1)
    worker.do("close 200")
    _, took_s, _ = worker.end()
    assert took_s < 30


def test_a_sub_interpreter_loses_no_event(gateway: ScriptedGateway, options: Options) -> None:
    program = ROOT / "tests" / "programs" / "sub_interpreters.py"
    arguments = [sys.executable, str(program), gateway.url, str(options.spool_dir)]
    ended = subprocess.run(arguments, capture_output=True, check=True, text=True)
    # The start and the end of the trial, and at most 50 ms later the metric.
    on_disk, flushed = map(json.loads, ended.stdout.splitlines())
    assert on_disk >= EVENTS_AROUND_POINTS
    assert flushed
    assert by_trial(gateway.accepted) == {"first": 1 + EVENTS_AROUND_POINTS, "last": 1 + EVENTS_AROUND_POINTS}
    assert spooled(options) == []
