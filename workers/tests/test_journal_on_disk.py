"""The files of a journal on disk, and the states in which a crash leaves them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tests.lines import ids, joined, lifecycle, metric
from thunderline.client.spool.journal import Journal


def left_behind(root: Path, *appends: list[bytes], segment_bytes: int = 1_000) -> Path:
    """The directory of a journal whose process died."""
    journal = Journal.create(root, segment_bytes)
    for lines in appends:
        journal.append(*joined(lines))
    journal.disown()
    return journal.directory


def drain(journal: Journal) -> tuple[list[str], int]:
    seen, damaged = [], 0
    while (batch := journal.peek(100, 10_000)) is not None:
        seen += ids(batch)
        damaged += batch.damaged
        journal.settle(batch)
    return seen, damaged


def test_the_files_are_what_goes_over_the_wire(tmp_path: Path) -> None:
    directory = left_behind(tmp_path, [metric(0), lifecycle(1)])
    (segment,) = directory.glob("*.ndjson")
    assert segment.read_bytes() == metric(0) + lifecycle(1)


def test_events_that_wait_on_disk_take_no_memory(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, 100_000)
    tracemalloc.start()
    try:
        for _ in range(50):
            journal.append(metric(0) * (100_000 // len(metric(0)) + 1), 1)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert journal.waiting_bytes > 5_000_000
    assert held < 500_000


def test_journals_of_live_processes_are_not_adopted_and_those_of_dead_ones_once(tmp_path: Path) -> None:
    living = Journal.create(tmp_path, 1_000)
    living.append(*joined([metric(0)]))
    assert Journal.adopt(living.directory, 1_000) is None
    living.disown()
    heir = Journal.adopt(living.directory, 1_000)
    assert heir is not None
    assert Journal.adopt(living.directory, 1_000) is None
    assert drain(heir) == (["m0"], 0)


@pytest.mark.parametrize("tail", [lifecycle(9)[:-1], lifecycle(9)[:7], b"\0" * 50, b"{}\n", b"\xff\xfe\n", b"3\n\n"])
def test_a_torn_tail_costs_only_itself(tmp_path: Path, tail: bytes) -> None:
    directory = left_behind(tmp_path, [metric(0), lifecycle(1)])
    with next(directory.glob("*.ndjson")).open("ab") as file:
        file.write(tail)
    journal = Journal.adopt(directory, 1_000)
    assert journal is not None
    seen, damaged = drain(journal)
    assert seen == ["m0", "l1"]
    assert damaged >= 1
    assert journal.waiting_bytes == 0


@pytest.mark.parametrize("damage", [b"\0" * 100, b"[" * 100_000, b'{"event_id":' * 50_000, b"1" * 5_000])
def test_damage_in_the_middle_costs_only_itself(tmp_path: Path, damage: bytes) -> None:
    directory = left_behind(tmp_path, [lifecycle(0), damage + b"\n", lifecycle(2)])
    journal = Journal.adopt(directory, 1_000)
    assert journal is not None
    assert drain(journal) == (["l0", "l2"], 1)


def test_files_that_were_deleted_are_counted_as_lost(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, segment_bytes=10)
    for number in range(3):
        journal.append(*joined([metric(number)]))
    for path in journal.directory.glob("*.ndjson"):
        path.unlink()
    seen, damaged = drain(journal)
    assert len(seen) + damaged == 3
    assert journal.waiting == 0


def test_an_empty_journal_is_removed(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, 1_000)
    journal.append(*joined([metric(0)]))
    drain(journal)
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_an_outage_of_days_leaves_few_files(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, segment_bytes=2_000)
    for number in range(200):
        journal.append(*joined([metric(number, padding=2_000), lifecycle(number)]))
        journal.drop_oldest_metrics()
    while journal.drop_oldest_metrics() != (0, 0):
        pass
    lifecycle_bytes = 200 * len(lifecycle(100))
    assert len(list(journal.directory.glob("*.ndjson"))) <= lifecycle_bytes / 1_000 + 2
    assert drain(journal)[0] == [f"l{number}" for number in range(199)] + ["m199", "l199"]


def test_a_removal_that_a_crash_interrupted_is_finished(tmp_path: Path) -> None:
    remains = tmp_path / "0001-1-aa"
    remains.mkdir()
    assert Journal.adopt(remains, 1_000) is None
    assert not remains.exists()
