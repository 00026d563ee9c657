from __future__ import annotations

import threading

from thunderline.client.intake import Intake
from thunderline.client.records import Lifecycle, MetricPoint, Record
from thunderline.client.stats import Counters


def point(number: int) -> MetricPoint:
    return number, "t", "r", 0, number, {"loss": 1.0}


def started() -> bool:
    """A thread takes the records."""
    return True


def lifecycle(number: int) -> Lifecycle:
    return Lifecycle(number, "ml.trial.start", {})


def test_overflow_drops_the_oldest_metrics_and_no_lifecycle_event() -> None:
    counters = Counters()
    intake = Intake(4, counters, started)
    for number in range(10):
        intake.put_metric(point(number))
        if number < 6:
            intake.put_lifecycle(lifecycle(100 + number))
    taken = intake.take(100)
    assert [record[0] for record in taken if isinstance(record, Lifecycle)] == list(range(100, 106))
    kept = [record[0] for record in taken if not isinstance(record, Lifecycle)]
    assert kept == list(range(10 - len(kept), 10))
    assert counters.lost("queue_full") == 10 - len(kept)


def test_the_first_record_starts_what_takes_it_and_after_the_close_none_is_taken() -> None:
    counters = Counters()
    starts: list[str] = []

    def start() -> bool:
        starts.append("started")
        return True

    intake = Intake(4, counters, start)
    intake.put_metric(point(0))
    intake.put_lifecycle(lifecycle(1))
    intake.close()
    intake.put_metric(point(2))
    intake.put_lifecycle(lifecycle(3))
    assert [record[0] for record in intake.take(9)] == [0, 1]
    assert starts == ["started"]
    assert counters.lost("closed") == 2


def test_a_receipt_that_is_later_than_the_taking_of_its_record_is_not_slept_through() -> None:
    taken: list[Record] = []

    def take_at_once() -> bool:
        taken.extend(intake.take(9))
        return True

    intake = Intake(4, Counters(), take_at_once)
    receipt = intake.put_lifecycle(lifecycle(1))
    assert len(taken) == 1
    assert intake.linger(30.0)
    assert intake.due() == ([receipt], 0)


def test_take_is_bounded_and_in_order() -> None:
    intake = Intake(100, Counters(), started)
    for number in range(5):
        intake.put_metric(point(number))
    assert [record[0] for record in intake.take(3)] == [0, 1, 2]
    assert [record[0] for record in intake.take(3)] == [3, 4]
    assert intake.take(3) == []


def test_a_sleeping_sender_wakes_for_a_metric_and_lingers_until_something_is_urgent() -> None:
    intake = Intake(100, Counters(), started)
    woken, lingered = threading.Event(), threading.Event()

    def sender() -> None:
        intake.wait(30.0)
        woken.set()
        intake.linger(30.0)
        lingered.set()

    thread = threading.Thread(target=sender)
    thread.start()
    assert not woken.wait(0.02)
    intake.put_metric(point(1))
    assert woken.wait(10)
    intake.put_metric(point(2))
    assert not lingered.wait(0.02)
    intake.put_lifecycle(lifecycle(3))
    assert lingered.wait(10)
    thread.join()


def test_half_a_queue_is_urgent() -> None:
    intake = Intake(10, Counters(), started)
    for number in range(5):
        intake.put_metric(point(number))
    intake.wait(30.0)
    intake.linger(30.0)


def test_a_collector_that_lingers_before_the_first_metric_is_not_woken_by_it() -> None:
    intake = Intake(100, Counters(), started)
    lingered = threading.Event()

    def collector() -> None:
        intake.linger(30.0)
        lingered.set()

    thread = threading.Thread(target=collector)
    thread.start()
    assert not lingered.wait(0.02)
    intake.put_metric(point(1))
    assert not lingered.wait(0.02)
    intake.hurry()
    assert lingered.wait(10)
    thread.join()


def test_a_record_put_before_the_sender_sleeps_wakes_it() -> None:
    intake = Intake(10, Counters(), started)
    intake.put_metric(point(1))
    intake.wait(30.0)
    intake.hurry()
    intake.linger(30.0)


def test_many_threads_lose_nothing() -> None:
    counters = Counters()
    intake = Intake(10**6, counters, started)

    def put() -> None:
        for number in range(2_000):
            intake.put_metric(point(number))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    taken = 0
    while any(thread.is_alive() for thread in threads):
        intake.wait(0.01)
        taken += len(intake.take(10**6))
    taken += len(intake.take(10**6))
    assert taken == 16_000
