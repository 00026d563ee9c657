from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from thunderline.client.spool.fresh_lines import MAX_FRESH_BYTES, FreshLines

writes = st.lists(st.lists(st.integers(0, 40).map(lambda length: b"x" * length + b"\n"), min_size=1), max_size=8)


@given(writes, st.integers(1, 12), st.integers(1, 200))
def test_batches_are_full_and_hold_every_line_once_in_order(
    written: list[list[bytes]], max_events: int, max_bytes: int
) -> None:
    fresh = FreshLines()
    for lines in written:
        fresh.append(b"".join(lines), len(lines))
    expected = [line for lines in written for line in lines]
    while expected:
        body, events = fresh.first(max_events, max_bytes)
        assert body == b"".join(expected[:events])
        fits = [number for number in range(len(expected) + 1) if len(b"".join(expected[:number])) <= max_bytes]
        assert events == min(max_events, fits[-1])
        if events == 0:
            # One line that is longer than a batch is read from the file.
            body, events = expected[0], 1
        del expected[:events]
        fresh.skip(len(body))
        assert fresh.size == len(b"".join(expected))


def test_what_is_kept_is_bounded() -> None:
    fresh = FreshLines()
    for _ in range(3):
        fresh.append(b"x" * (MAX_FRESH_BYTES // 2) + b"\n", 1)
    assert fresh.size <= MAX_FRESH_BYTES
