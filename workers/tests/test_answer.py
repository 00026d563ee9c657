from __future__ import annotations

import json
from typing import Any

import pytest

from thunderline.client.answer import (
    Answer,
    Doubtful,
    Fault,
    Later,
    Plainer,
    Refused,
    Settled,
    TooLarge,
    Verdict,
    judge,
)


def fault(index: Any, code: str = "invalid_value") -> dict[str, Any]:
    return {"index": index, "code": code, "path": "step", "message": "no"}


def at(index: int) -> Fault:
    return Fault(index, "invalid_value", "step", "no")


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (202, {"accepted": 10, "event_ids": []}, Settled(10, 0)),
        (202, b"", Settled(10, 0)),
        (207, {"accepted": 8, "rejected": [fault(1), fault(3)]}, Settled(8, 2, (at(1), at(3)))),
        # One event may have several faults, and the list may be cut: what counts is the number accepted.
        (207, {"accepted": 9, "rejected": [fault(1), fault(1)]}, Settled(9, 1, (at(1), at(1)))),
        (207, {"accepted": 5, "rejected": [fault(1)]}, Settled(5, 5, (at(1),))),
        (207, {"rejected": [fault(1), fault(1)]}, Settled(9, 1, (at(1), at(1)))),
        (207, {"accepted": 99, "rejected": [fault(1)]}, Settled(9, 1, (at(1),))),
        (207, {"accepted": 9, "rejected": [fault(10), fault("x"), 7, fault(0)]}, Settled(9, 1, (at(0),))),
        (207, {"accepted": 10}, Later("HTTP 207 without a readable list of rejected events", None)),
        (207, b"not json", Later("HTTP 207 without a readable list of rejected events", None)),
        (422, {"rejected": [fault(0)], "code": "events_rejected"}, Settled(0, 10, (at(0),))),
        (422, {"code": "events_rejected", "detail": "all"}, Settled(0, 10, (Fault(0, "events_rejected", "", "all"),))),
        (422, b"<html>", Later("HTTP 422 without a readable list of rejected events", None)),
        (
            413,
            {"code": "too_many_events", "detail": "at most 5"},
            TooLarge(Fault(0, "too_many_events", "", "at most 5")),
        ),
        (413, b"<html>", TooLarge(Fault(0, "body_too_large", "", ""))),
        (400, {"code": "malformed_json", "title": "?"}, TooLarge(Fault(0, "malformed_json", "", "?"))),
        (400, {"code": "malformed_request"}, Doubtful("HTTP 400 malformed_request")),
        (400, b"<html>", Doubtful("HTTP 400")),
        (415, b"", Plainer()),
        (401, {"code": "unauthorized"}, Refused("HTTP 401 unauthorized")),
        (403, b"", Refused("HTTP 403")),
        (404, b"", Refused("HTTP 404")),
        (200, {"accepted": 10}, Refused("HTTP 200")),
        (301, b"", Refused("HTTP 301: it redirects to ; change the URL to it")),
        (408, b"", Later("HTTP 408", None)),
        (429, {"code": "rate_limited"}, Later("HTTP 429 rate_limited", None)),
        (500, b"[" * 100_000, Later("HTTP 500", None)),
        (503, {"code": "overloaded"}, Later("HTTP 503 overloaded", None)),
    ],
)
def test_judges_an_answer(status: int, body: Any, verdict: Verdict) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert judge(Answer(status, {}, content), 10) == verdict


def test_a_retry_after_reaches_the_verdict() -> None:
    assert judge(Answer(503, {"retry-after": "7"}, b""), 1) == Later("HTTP 503", 7.0)
    dates = {"date": "Sat, 21 Nov 2026 10:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}
    assert judge(Answer(429, dates, b""), 1) == Later("HTTP 429", 30.0)
