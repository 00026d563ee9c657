"""The calls of a client that wait for its events to be sent."""

from __future__ import annotations

import time

from thunderline.client.bridge_call import CALL
from thunderline.client.options import Options
from thunderline.client.outbox import Outbox
from thunderline.client.system_metrics.sampler import Sampler
from thunderline.client.values import LONGEST_S, as_seconds

FLUSH_TIMEOUT_S = 30.0


class FlushCalls:
    """The only calls, beside uploads, that take longer than a moment; none raises, whatever the time-out. Under a
    bridge they end before the attempt does."""

    _options: Options
    _outbox: Outbox | None
    _sampler: Sampler | None

    async def aflush(self, timeout: float | None = FLUSH_TIMEOUT_S) -> bool:
        """`flush` for a coroutine: waits without blocking the event loop."""
        import asyncio

        return await asyncio.to_thread(self.flush, timeout)

    def flush(self, timeout: float | None = FLUSH_TIMEOUT_S) -> bool:
        """Waits up to `timeout` seconds for an answer to every event; None: without a limit of its own. False: some
        have none, or were lost meanwhile."""
        limit_s = min(LONGEST_S if timeout is None else as_seconds(timeout, FLUSH_TIMEOUT_S), CALL.time_left_s())
        return self._outbox is not None and self._outbox.flush(limit_s)

    def close(self, timeout: float | None = None) -> None:
        """Sends the remaining events for at most `timeout` seconds (default `exit_timeout_s`), and stops. Events that
        cannot be sent stay on disk for the next process. The end of the process closes every client by itself."""
        if self._sampler is not None:
            self._sampler.stop()
        if self._outbox is not None:
            limit_s = min(as_seconds(timeout, self._options.exit_timeout_s), CALL.time_left_s())
            self._outbox.close(time.monotonic() + limit_s)
