from __future__ import annotations

import random

import pytest

from thunderline.client.backoff import Backoff, retry_after_s

NOW = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Saturday, 21-Nov-26 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\u0663", None),
        ("", None),
        (None, None),
        ("9" * 1_000, 999_999_999.0),
        ("Sat, 99 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_reads_a_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


def test_the_bound_doubles_up_to_the_cap_and_the_jitter_is_full() -> None:
    class Greatest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            assert a == 0.0
            return b

    backoff = Backoff(0.5, 30.0, Greatest())
    assert [backoff.next_s() for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    backoff.reset()
    assert backoff.next_s() == 0.5
    for _ in range(5_000):
        backoff.next_s()


def test_the_seed_of_the_training_code_is_left_alone() -> None:
    random.seed(7)
    expected = random.random()
    random.seed(7)
    Backoff(0.5, 30.0).next_s()
    assert random.random() == expected
