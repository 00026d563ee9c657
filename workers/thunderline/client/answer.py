"""The gateway's answers, and what each means for the batch that was sent. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from thunderline.client.backoff import retry_after_s


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """The values of the headers, by their names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """The reason why one event was rejected."""

    index: int
    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Every event has its final answer: accepted or rejected."""

    accepted: int
    rejected: int
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The batch is too large as a whole, though its events may be fine: send it in parts. A part of one event is
    rejected."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Plainer:
    """The gateway does not take NDJSON or gzip: send plain JSON."""


@dataclass(frozen=True, slots=True)
class Later:
    """No event is answered yet: keep the batch and try again."""

    reason: str
    after_s: float | None
    """The wait the gateway asked for; None leaves it to the back-off."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No event is answered until a person changes a key or an address: keep the batch and try again seldom."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The batch is refused by an answer outside the contract, from a proxy perhaps: find the event that causes it and
    set it aside, so that it delays no other event."""

    reason: str


Verdict = Settled | TooLarge | Plainer | Later | Refused | Doubtful

_PASSING = frozenset({408, 425, 429})
# These statuses are about the sender or the address, not about the events.
_FOR_A_PERSON = frozenset({401, 402, 403, 404, 405, 407, 421, 426, 451, 511})


def judge(answer: Answer, events: int) -> Verdict:
    """Returns the meaning of an answer to a batch of `events` events.

    Only an answer of the contract settles an event: neither the 200 of a login page nor the bare 400 of a proxy loses
    one.
    """
    status = answer.status
    if status == 202:
        return Settled(events, 0)
    if status in (207, 422):
        return _settled(answer, events)
    if status == 413 or (status == 400 and _text(_json(answer), "code") == "malformed_json"):
        body = _json(answer)
        code = _text(body, "code") or "body_too_large"
        return TooLarge(Fault(0, code, "", _text(body, "detail") or _text(body, "title")))
    if status == 415:
        return Plainer()
    if status in _PASSING or (status >= 500 and status not in _FOR_A_PERSON):
        wait_s = retry_after_s(answer.headers.get("retry-after"), answer.headers.get("date"))
        return Later(_reason(answer), wait_s)
    if 400 <= status < 500 and status not in _FOR_A_PERSON:
        return Doubtful(_reason(answer))
    if 300 <= status < 400:
        return Refused(f"{_reason(answer)}: it redirects to {_text(answer.headers, 'location')}; change the URL to it")
    return Refused(_reason(answer))


def _settled(answer: Answer, events: int) -> Verdict:
    body = _json(answer)
    entries = body.get("rejected")
    if not isinstance(entries, list) and not (answer.status == 422 and _text(body, "code")):
        return Later(f"{_reason(answer)} without a readable list of rejected events", None)
    faults = tuple(fault for entry in entries or () if (fault := _fault(entry, events)) is not None)
    if answer.status == 422:
        return Settled(0, events, faults or (Fault(0, _text(body, "code"), "", _text(body, "detail")),))
    accepted = body.get("accepted")
    # The list of faults is bounded and may name an event twice; the number of accepted events is exact.
    if not isinstance(accepted, int) or not 0 <= accepted <= events:
        accepted = events - len({fault.index for fault in faults})
    return Settled(accepted, events - accepted, faults)


def _fault(entry: Any, events: int) -> Fault | None:
    if not isinstance(entry, dict):
        return None
    index = entry.get("index")
    if not isinstance(index, int) or not 0 <= index < events:
        return None
    return Fault(index, _text(entry, "code") or "unknown", _text(entry, "path"), _text(entry, "message"))


def _json(answer: Answer) -> dict[str, Any]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value[:1_000] if isinstance(value, str) else ""


def _reason(answer: Answer) -> str:
    code = _text(_json(answer), "code")
    return f"HTTP {answer.status} {code}".rstrip()
