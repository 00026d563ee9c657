"""Processes that fork."""

from __future__ import annotations

import pytest

from tests.conftest import MakeWorker
from tests.points import by_trial
from tests.scripted_gateway import ScriptedGateway


@pytest.mark.parametrize("how", ["fork", "fork_multiprocessing"])
def test_a_forked_child_sends_its_own_events_and_none_of_its_parent(
    gateway: ScriptedGateway, make_worker: MakeWorker, how: str
) -> None:
    worker = make_worker(linger_s=0.5)
    worker.do("log before 100")
    assert worker.do(f"{how} 50") == 0
    assert worker.do("flush 20")
    counts = by_trial(gateway.accepted)
    assert sorted(counts.values()) == [52, 52, 102]
    assert len(set(gateway.ids)) == len(gateway.ids)


def test_a_forked_child_uses_the_latest_key(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    worker = make_worker(environment={"THUNDERLINE_API_KEY": "old"})
    assert worker.do("fork_after_a_new_key 1") == 0
    assert worker.do("flush 20")
    assert {request.headers["authorization"] for request in gateway.requests} == {"Bearer new"}


def test_a_fork_while_other_threads_log_loses_nothing(gateway: ScriptedGateway, make_worker: MakeWorker) -> None:
    worker = make_worker()
    assert worker.do("fork_while_threads_log 2000") == [0] * 5
    assert worker.do("flush 20")
    counts = by_trial(gateway.accepted)
    assert {name: count for name, count in counts.items() if name.startswith("thread")} == {
        f"thread-{index}": 2002 for index in range(4)
    }
    assert [count for name, count in counts.items() if name.startswith("child")] == [12] * 5
    assert len(set(gateway.ids)) == len(gateway.ids)


@pytest.mark.parametrize("module", ["multiprocess", "billiard"])
def test_children_of_multiprocessing_and_its_forks_send_their_last_events(
    gateway: ScriptedGateway, make_worker: MakeWorker, module: str
) -> None:
    pytest.importorskip(module)
    worker = make_worker(linger_s=60.0)
    assert worker.do(f"fork_{module} 50") == 0
    gateway.await_accepted(52)
    assert by_trial(gateway.accepted)["child"] == 52
