"""One operation that the bridge asks for (docs/bridge-contract.md)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "CEREBROS_BRIDGE_"
DEADLINE = f"{PREFIX}DEADLINE_MS"
MAX_ENVIRONMENT_BYTES = 98_304
"""A larger payload is only on STDIN: one string of the environment cannot hold it."""


@dataclass(frozen=True)
class Call:
    """An operation with its payload. `status` is the end of the run or trial that `finalize_run` and `record_trial`
    report, else empty; `attempt` counts how often the trial was started."""

    op: str
    run_id: str
    trial_id: str | None = None
    correlation_id: str = ""
    status: str = ""
    attempt: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)
    traceparent: str | None = None
    deadline_ms: int | None = None
    """Unix time at which the bridge ends the attempt; set in the calls of a served worker."""
    command_id: str | None = None
    """Set in the lines of a served worker, and repeated in the result."""


def call_of_environment(environment: Mapping[str, str], stdin: bytes) -> Call:
    """The call of a process that runs one operation. STDIN holds the payload; the environment holds it too if it is
    small. Raises ValueError if the variables are not those of a bridge, or the payload is not a JSON object."""
    op = environment.get(f"{PREFIX}OP")
    if not op:
        raise ValueError(f"{PREFIX}OP is not set: start this script through the bridge, or with --serve")
    payload = _object(stdin.decode() if stdin.strip() else environment.get(f"{PREFIX}PAYLOAD") or "{}")
    attempt = environment.get(f"{PREFIX}ATTEMPT") or payload.get("attempt") or 0
    return Call(
        op=op,
        run_id=environment.get(f"{PREFIX}RUN_ID") or str(payload.get("run_id") or ""),
        trial_id=environment.get(f"{PREFIX}TRIAL_ID") or _text(payload.get("trial_id")),
        correlation_id=environment.get(f"{PREFIX}CORRELATION", ""),
        status=environment.get(f"{PREFIX}STATUS", ""),
        attempt=int(attempt),
        payload=payload,
        traceparent=environment.get("TRACEPARENT"),
    )


def call_of_line(line: Mapping[str, Any]) -> Call:
    """The call of one line of a served worker; its time starts on receipt."""
    timeout_ms = line.get("timeout_ms")
    return Call(
        op=line["op"],
        run_id=line["run_id"],
        trial_id=line.get("trial_id") or _text(line["payload"].get("trial_id")),
        correlation_id=line.get("correlation") or "",
        status=line.get("status") or "",
        attempt=line.get("attempt") or 0,
        payload=line["payload"],
        traceparent=line.get("traceparent"),
        deadline_ms=None if timeout_ms is None else time.time_ns() // 1_000_000 + timeout_ms,
        command_id=line["command_id"],
    )


def environment_of(call: Call) -> dict[str, str | None]:
    """The variables that a process of this one call would have; None for one that is absent. A served worker sets them
    for each command, so that training code, and the processes that it starts, find the same in both modes."""
    payload = json.dumps(call.payload)
    small = len(payload.encode()) <= MAX_ENVIRONMENT_BYTES and "\0" not in payload
    return {
        f"{PREFIX}OP": call.op,
        f"{PREFIX}RUN_ID": call.run_id,
        f"{PREFIX}TRIAL_ID": call.trial_id,
        f"{PREFIX}CORRELATION": call.correlation_id,
        f"{PREFIX}STATUS": call.status,
        f"{PREFIX}ATTEMPT": str(call.attempt),
        DEADLINE: None if call.deadline_ms is None else str(call.deadline_ms),
        f"{PREFIX}PAYLOAD": payload if small else None,
        f"{PREFIX}PAYLOAD_BYTES": str(len(payload.encode())),
        "TRACEPARENT": call.traceparent,
    }


def _object(text: str) -> Mapping[str, Any]:
    payload = json.loads(text)
    if not isinstance(payload, dict):
        raise ValueError(f"the payload must be a JSON object, got {type(payload).__name__}")
    return payload


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
