"""Lines of events for tests of the spool."""

from __future__ import annotations

import json

from thunderline.client.spool.batch import Batch


def metric(number: int, padding: int = 0) -> bytes:
    return b'{"event":"ml.run.metric","event_id":"m%d","pad":"%s"}\n' % (number, b"x" * padding)


def lifecycle(number: int, padding: int = 0) -> bytes:
    return b'{"event":"ml.trial.start","event_id":"l%d","pad":"%s"}\n' % (number, b"x" * padding)


def joined(lines: list[bytes]) -> tuple[bytes, int]:
    """As a journal takes them."""
    return b"".join(lines), len(lines)


def ids(batch: Batch | None) -> list[str]:
    return [] if batch is None else [json.loads(line)["event_id"] for line in batch.lines()]
