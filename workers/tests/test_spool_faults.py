"""Disks that are full, fail to open files, disappear or recover; and many journals of dead processes."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.lines import ids, joined, lifecycle, metric
from tests.scripted_gateway import ScriptedGateway, answer
from thunderline import Client, Options
from thunderline.client.context import Context
from thunderline.client.spool import segment
from thunderline.client.spool import spool as spool_module
from thunderline.client.spool.adoption import MAX_ADOPTED
from thunderline.client.spool.journal import Journal
from thunderline.client.spool.spool import Spool


def sent_of(spool: Spool) -> list[str]:
    seen: list[str] = []
    while True:
        spool.adopt()
        batch = spool.peek(100, 10_000)
        if batch is None:
            return seen
        seen += ids(batch)
        spool.settle(batch)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def failing(module: Any, name: str, code: int) -> Iterator[None]:
    def raises(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    with patch.object(module, name, raises):
        yield


def test_many_journals_of_dead_processes_take_few_descriptors(tmp_path: Path) -> None:
    for number in range(300):
        journal = Journal.create(tmp_path, 1_000)
        journal.append(*joined([lifecycle(number)]))
        journal.disown()
    spool = Spool(tmp_path, Context(Options()))
    before = open_descriptors()
    spool.adopt()
    assert open_descriptors() - before <= MAX_ADOPTED
    assert spool.wants_adoption is False
    # Journals of one millisecond have no order among themselves.
    assert sorted(sent_of(spool)) == sorted(f"l{number}" for number in range(300))


def test_a_search_looks_at_few_journals_of_living_processes(tmp_path: Path) -> None:
    living = [Journal.create(tmp_path, 1_000) for _ in range(200)]
    with patch.object(Journal, "adopt", wraps=Journal.adopt) as adopt:
        Spool(tmp_path, Context(Options())).adopt()
    assert adopt.call_count <= 64
    for journal in living:
        journal.close()


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO, errno.ESTALE])
def test_a_file_that_cannot_be_read_now_is_not_counted_as_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(spool_module, "_UNREADABLE_RETRY_S", 0.0)
    journal = Journal.create(tmp_path, 1_000)
    journal.append(*joined([metric(0), lifecycle(1)]))
    journal.disown()
    context = Context(Options())
    spool = Spool(tmp_path, context)
    spool.adopt()
    with failing(Path, "open", code):
        assert spool.peek(100, 10_000) is None
    assert sent_of(spool) == ["m0", "l1"]
    assert context.counters.lost("spool_damaged") == 0


def test_events_that_a_full_disk_refused_return_to_it(tmp_path: Path) -> None:
    context = Context(Options())
    spool = Spool(tmp_path, context)
    spool.append(*joined([lifecycle(0)]))
    with failing(os, "write", errno.ENOSPC):
        spool.append(*joined([lifecycle(1), lifecycle(2)]))
    assert not spool.durable
    spool.append(*joined([lifecycle(3)]))
    assert spool.durable
    assert spool.close() == 0
    heir = Spool(tmp_path, Context(Options()))
    assert sorted(sent_of(heir)) == ["l0", "l1", "l2", "l3"]


def test_a_disk_that_is_free_again_at_the_close_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Context(Options()))
    with failing(os, "write", errno.ENOSPC):
        spool.append(*joined([lifecycle(0)]))
    assert spool.close() == 0
    assert sent_of(Spool(tmp_path, Context(Options()))) == ["l0"]


def test_a_spool_that_is_removed_in_use_is_made_again(
    gateway: ScriptedGateway,
    make_client: MakeClient,
    options: Options,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segment, "LOOK_EVERY_S", 0.0)
    assert options.spool_dir is not None
    gateway.script = [answer(503)] * 1_000
    client = make_client()
    client.trial_start("before")
    eventually(lambda: client.stats.spooled == 1, "the first event is on disk")
    shutil.rmtree(options.spool_dir)
    client.trial_start("after")
    eventually(lambda: client.stats.spooled >= 2, "the second event is on disk")
    gateway.script = []
    assert client.flush(20)
    assert {event["trial_id"] for event in gateway.accepted} == {"before", "after"}
    assert "was removed while in use" in caplog.text


@pytest.mark.parametrize("segment_bytes", [10, 100_000])
def test_no_event_is_lost_in_a_file_that_was_removed_since_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segment_bytes: int
) -> None:
    """It is looked for again before it is closed: when it is full, and when the spool closes."""
    monkeypatch.setattr(segment, "LOOK_EVERY_S", 3_600.0)
    context = Context(Options(segment_bytes=segment_bytes))
    spool = Spool(tmp_path, context)
    spool.append(*joined([lifecycle(0)]))
    shutil.rmtree(tmp_path)
    spool.append(*joined([lifecycle(1)]))
    assert spool.close() == 0
    assert sent_of(Spool(tmp_path, Context(Options()))) == ["l0", "l1"]
    assert context.counters.lost("spool_damaged") == 0


def test_a_write_costs_one_call_of_the_system(tmp_path: Path) -> None:
    """Each one makes the training loop hand over the interpreter's lock."""
    spool = Spool(tmp_path, Context(Options()))
    spool.append(*joined([metric(0)]))
    with patch.object(os, "fstat", wraps=os.fstat) as fstat, patch.object(os, "write", wraps=os.write) as write:
        for number in range(50):
            spool.append(*joined([metric(number)]))
    assert write.call_count == 50
    # On a busy machine this takes longer than the second after which the file is looked for again.
    assert fstat.call_count < 25
    spool.close()


def test_events_whose_files_were_removed_are_counted(tmp_path: Path) -> None:
    context = Context(Options(segment_bytes=10))
    spool = Spool(tmp_path, context)
    for number in range(3):
        spool.append(*joined([lifecycle(number)]))
    shutil.rmtree(tmp_path)
    spool.append(*joined([lifecycle(3)]))
    seen = sent_of(spool)
    assert len(seen) + context.counters.lost("spool_damaged") == 4
    assert "l3" in seen


def test_without_a_home_directory_events_wait_in_memory(
    gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def homeless(*_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("THUNDERLINE_SPOOL_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with Client(gateway.url) as client:
        client.trial_start("t")
        assert client.flush(20)
    assert dict(client.stats.dropped) == {}
    assert "wait in memory" in caplog.text
