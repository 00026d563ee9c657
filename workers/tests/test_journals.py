"""One behaviour for both journals, the one on disk and the one in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lines import ids, joined, lifecycle, metric
from thunderline.client.spool.journal import Journal
from thunderline.client.spool.memory_journal import MemoryJournal

AnyJournal = Journal | MemoryJournal


@pytest.fixture(params=["disk", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AnyJournal:
    return Journal.create(tmp_path, segment_bytes=200) if request.param == "disk" else MemoryJournal()


def drain(journal: AnyJournal, max_events: int = 100) -> list[str]:
    seen: list[str] = []
    while (batch := journal.peek(max_events, 10_000)) is not None:
        seen += ids(batch)
        journal.settle(batch)
    return seen


def test_a_journal_lends_events_in_order(journal: AnyJournal) -> None:
    for start in range(0, 20, 5):
        journal.append(*joined([metric(number) for number in range(start, start + 5)]))
    assert journal.waiting == 20
    assert drain(journal, max_events=3) == [f"m{number}" for number in range(20)]
    assert (journal.waiting, journal.waiting_bytes) == (0, 0)
    assert journal.peek(1, 1) is None


def test_a_batch_is_bounded_by_events_and_bytes(journal: AnyJournal) -> None:
    journal.append(*joined([metric(number) for number in range(3)]))
    assert ids(journal.peek(2, 10_000)) == ["m0", "m1"]
    journal.give_back()
    assert ids(journal.peek(10, len(metric(0)) * 2)) == ["m0", "m1"]


def test_a_line_larger_than_a_batch_travels_alone(journal: AnyJournal) -> None:
    journal.append(*joined([metric(0, padding=5_000), metric(1)]))
    batch = journal.peek(1, 100)
    assert ids(batch) == ["m0"]


def test_events_that_are_given_back_are_lent_again(journal: AnyJournal) -> None:
    journal.append(*joined([metric(0), lifecycle(1)]))
    assert ids(journal.peek(1, 10_000)) == ["m0"]
    journal.give_back()
    assert journal.waiting == 2
    assert drain(journal) == ["m0", "l1"]


def test_events_may_be_appended_while_others_are_lent(journal: AnyJournal) -> None:
    journal.append(*joined([metric(0)]))
    batch = journal.peek(10, 10_000)
    assert batch is not None
    journal.append(*joined([metric(1)]))
    journal.settle(batch)
    assert drain(journal) == ["m1"]


def test_drops_the_oldest_metrics_and_no_lifecycle_event(journal: AnyJournal) -> None:
    for number in range(20):
        journal.append(*joined([metric(number, padding=50), lifecycle(number)]))
    dropped = 0
    for _ in range(3):
        metrics, damaged = journal.drop_oldest_metrics()
        assert damaged == 0
        assert metrics > 0
        dropped += metrics
    left = drain(journal)
    assert [name for name in left if name[0] == "l"] == [f"l{number}" for number in range(20)]
    assert [name for name in left if name[0] == "m"] == [f"m{number}" for number in range(dropped, 20)]


def test_events_that_are_lent_are_not_dropped(journal: AnyJournal) -> None:
    for number in range(10):
        journal.append(*joined([metric(number, padding=100)]))
    batch = journal.peek(1, 10_000)
    assert batch is not None
    assert journal.drop_oldest_metrics()[0] > 0
    journal.settle(batch)
    assert "m0" not in drain(journal)


def test_lifecycle_events_alone_cannot_be_dropped(journal: AnyJournal) -> None:
    for number in range(10):
        journal.append(*joined([lifecycle(number, padding=100)]))
    assert journal.drop_oldest_metrics() == (0, 0)
    assert journal.waiting == 10
