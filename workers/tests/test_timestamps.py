from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thunderline.client.timestamps import as_epoch_ms, iso

NOW = 1_700_000_000_123


@pytest.mark.parametrize(
    ("value", "epoch_ms"),
    [
        (NOW, NOW),
        (NOW + 0.9, NOW),
        (1_700_000_000.123, NOW),
        (1_700_000_000, 1_700_000_000_000),
        (NOW * 1_000, NOW),
        (NOW * 1_000_000, NOW),
        (np.int64(NOW), NOW),
        (np.float64(1_700_000_000.123), NOW),
        (datetime(2023, 11, 14, 22, 13, 20, 123_000, timezone.utc), NOW),
        (datetime(2023, 11, 14, 23, 13, 20, 123_999, timezone(timedelta(hours=1))), NOW),
        (datetime(1970, 1, 1, 0, 0, 16, 777_000, timezone.utc), 16_777),
        (datetime(2038, 1, 19, 3, 14, 8, 1_000, timezone.utc), 2_147_483_648_001),
        (datetime(1969, 12, 31, 23, 59, 59, 999_000, timezone.utc), -1),
        ("2023-11-14T22:13:20.123Z", NOW),
        ("2023-11-14T22:13:20.123456789Z", NOW),
        ("2023-11-14T22:13:20.1Z", NOW - 23),
        ("2023-11-14 22:13:20,123", NOW),
        ("2023-11-14T23:13:20.123+01:00", NOW),
        (str(NOW), NOW),
        (np.datetime64(NOW, "ms"), NOW),
        (np.datetime64(NOW * 1_000_000 + 5, "ns"), NOW),
        (np.datetime64("2023-11-14"), 1_699_920_000_000),
    ],
)
def test_reads_a_time_from(value: Any, epoch_ms: int) -> None:
    assert as_epoch_ms(value) == epoch_ms


@pytest.mark.parametrize(
    "value", [None, True, math.nan, math.inf, "soon", "", object(), [NOW], np.datetime64("NaT", "ms"), 1j, "2023-02-30"]
)
def test_reads_no_time_from(value: Any) -> None:
    assert as_epoch_ms(value) is None


def test_a_naive_datetime_and_a_date_are_local_time() -> None:
    local = datetime(2023, 11, 14)
    assert as_epoch_ms(local) == as_epoch_ms(date(2023, 11, 14)) == round(local.timestamp() * 1_000)


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_datetimes_are_exact_to_the_millisecond(value: datetime) -> None:
    epoch_ms = as_epoch_ms(value)
    assert epoch_ms is not None
    text = iso(epoch_ms)
    assert text == value.isoformat(timespec="milliseconds")
    assert as_epoch_ms(text) == epoch_ms
