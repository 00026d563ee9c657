from __future__ import annotations

import uuid

from thunderline.client.event_ids import EventIds


def test_ids_are_uuids_of_version_7_with_their_time() -> None:
    ids = EventIds(lambda: 1_700_000_000_123_456_789)
    ids.begin_batch()
    text = ids.next()
    event_id = uuid.UUID(text)
    assert str(event_id) == text
    assert (event_id.version, event_id.variant) == (7, uuid.RFC_4122)
    assert event_id.int >> 80 == 1_700_000_000_123


def test_ids_sort_in_the_order_they_were_made_even_when_the_clock_goes_back() -> None:
    times_ns = iter([5_000_000, 5_000_000, 6_000_000, 2_000_000, 2_000_000, 6_000_000, 7_000_000])
    ids = EventIds(lambda: next(times_ns))
    made = []
    for _ in range(7):
        ids.begin_batch()
        made += [ids.next(), ids.next()]
    assert made == sorted(made)
    assert len(set(made)) == 14


def test_two_instances_share_no_id() -> None:
    one, other = EventIds(lambda: 0), EventIds(lambda: 0)
    one.begin_batch()
    other.begin_batch()
    assert not {one.next() for _ in range(10_000)} & {other.next() for _ in range(10_000)}
