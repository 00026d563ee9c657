"""Sends the journals of one directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from thunderline.client.answer import Later, Refused, Verdict
from thunderline.client.context import Context
from thunderline.client.delivery import Delivery
from thunderline.client.gateway import Gateway
from thunderline.client.rejections import Rejections
from thunderline.client.spool.spool import Spool
from thunderline.client.target import Target


@dataclass(frozen=True, slots=True)
class Destination:
    """The gateway that events are sent to, and the key they are sent with."""

    target: Target
    api_key: str | None


def transfer(
    root: Path, destination: Destination, context: Context, timeout_s: float, on_progress: Callable[[], None]
) -> str | None:
    """Sends what ended processes left in `root`, in order, from the calling thread.

    Waits as long as the gateway asks for, and gives up `timeout_s` after the last answer. Returns the reason why events
    are left; None if nothing stopped it.
    """
    spool = Spool(root, context)
    gateway = Gateway(destination.target, context.options)
    delivery = Delivery(spool, gateway.post, context, Rejections(context, None))
    delivery.api_key = destination.api_key
    give_up_at = time.monotonic() + timeout_s
    try:
        while True:
            if spool.wants_adoption or not spool.holds_adopted:
                spool.adopt()
            batch = delivery.begin()
            if batch is None:
                if spool.wants_adoption:
                    continue
                return "a file cannot be read" if spool.holds_adopted else _set_aside(spool)
            verdict = delivery.exchange(batch)
            goes_on = delivery.end(batch, verdict)
            on_progress()
            if goes_on:
                give_up_at = time.monotonic() + timeout_s
                continue
            if isinstance(verdict, Refused) or time.monotonic() + delivery.due_in_s() > give_up_at:
                return _reason(verdict)
            time.sleep(delivery.due_in_s())
    finally:
        spool.close()
        gateway.close()


def _reason(verdict: Verdict) -> str:
    return verdict.reason if isinstance(verdict, (Later, Refused)) else "the gateway takes no JSON"


def _set_aside(spool: Spool) -> str | None:
    return "the gateway refuses them without a reason" if spool.waiting > 0 else None
