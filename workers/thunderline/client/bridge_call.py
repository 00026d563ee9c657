"""The call of a bridge that this process executes, if any (docs/bridge-contract.md)."""

from __future__ import annotations

import math
import os
import re
import time
from typing import Any, Final

from thunderline.client.values import as_attempt, as_id, as_text

PREFIX: Final = "CEREBROS_BRIDGE_"

_RESERVE_S: Final = 5.0
"""Time of an attempt that a call leaves, so that the process can still report the result."""

_MILLISECONDS: Final = re.compile(r"[0-9]{1,15}")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class BridgeCall:
    """The call, as the environment describes it.

    A served worker changes its environment for each command, but reading a variable takes nearly as long as logging
    metrics does. So the environment is read when a client is made and at each start and end of a run or trial, and
    a served worker has it read when it has changed it.
    """

    def __init__(self) -> None:
        self.attempt = 0
        """The attempt at the trial, which every event states; 0 outside a bridge, and where no number is given."""
        self.fault: str | None = None
        """Why the attempt in the environment cannot be read."""
        self.traceparent: str | None = None
        """The trace of the call (W3C Trace Context), which requests continue; None where it has none."""
        self._deadline_text = ""
        self._deadline = math.inf
        self._is_bridged = False
        self._trial_id: str | None = None

    def read(self) -> None:
        """Reads the environment."""
        given = os.environ.get(f"{PREFIX}ATTEMPT") or "0"
        attempt = as_attempt(given)
        self.attempt = attempt or 0
        self.fault = None if attempt is not None else f"{as_text(given, 100)!r} is not an integer from 0 to 99,999"
        traceparent = os.environ.get("TRACEPARENT", "")
        self.traceparent = traceparent if _TRACEPARENT.fullmatch(traceparent) else None
        text = os.environ.get(f"{PREFIX}DEADLINE_MS", "")
        # It is read once, so that a clock that is set meanwhile changes nothing.
        if text != self._deadline_text:
            left_s = int(text) / 1_000 - time.time() if _MILLISECONDS.fullmatch(text) else math.inf
            self._deadline_text, self._deadline = text, time.monotonic() + left_s
        self._is_bridged = bool(os.environ.get(f"{PREFIX}OP"))
        self._trial_id = os.environ.get(f"{PREFIX}TRIAL_ID")

    def time_left_s(self) -> float:
        """Seconds that a call may take: the bridge ends the attempt at its deadline, and the training would be lost.
        Infinite outside a bridge and after the deadline: the process may have the variable of an earlier attempt."""
        left_s = self._deadline - time.monotonic()
        if not 0 < left_s < math.inf:
            return math.inf
        return left_s - min(_RESERVE_S, left_s / 2)

    def ends(self, trial_id: Any) -> bool:
        """Whether the bridge reports the end of this trial. A call that names its trial ends no other one."""
        return self._is_bridged and (not self._trial_id or self._trial_id == as_id(trial_id))


CALL: Final = BridgeCall()
"""The call of this process. It is not read when this module is imported."""
