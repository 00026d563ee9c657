"""The four operations of the worker contract, around a function that trains one trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from thunderline.worker.bridge import Bridge
from thunderline.worker.call import Call
from thunderline.worker.live_trial import LiveTrial, as_contract_flag, is_pruned
from thunderline.worker.mlflow_runs import end_open_run
from thunderline.worker.results import VERSION, result_of, trial_result
from thunderline.worker.session import Handler

Train = Callable[[LiveTrial], Mapping[str, Any] | float | None]
"""Trains one trial and returns its final metrics by name, one number, or None for the latest metrics it logged."""

Check = Callable[[Mapping[str, Any]], list[str]]
"""Reads the payload of `start_run` before any trial runs: returns warnings, raises ValueError if no trial could run."""


def operations(train: Train, check: Check | None = None) -> Handler:
    """Answers a call. An exception of the training passes through, so that the bridge gets its traceback."""

    def start_run(call: Call, _: Bridge) -> dict[str, Any]:
        warnings = [] if check is None else check(call.payload)
        return {"version": VERSION, "run_id": call.run_id, "status": "succeeded", "warnings": warnings}

    def run_trial(call: Call, bridge: Bridge) -> dict[str, Any]:
        if not call.trial_id:
            raise ValueError("run_trial needs a trial_id in its payload")
        trial = LiveTrial(call, bridge)
        trial.start()
        try:
            metrics = train(trial)
        except BaseException as error:
            if is_pruned(error):
                return result_of([trial.result("skipped")])
            trial.result("failed")
            raise
        return result_of([trial.result("succeeded", metrics)])

    handlers: Mapping[str, Handler] = {
        "start_run": start_run,
        "run_trial": run_trial,
        "record_trial": record_trial,
        "finalize_run": finalize_run,
    }

    def handle(call: Call, bridge: Bridge) -> Mapping[str, Any]:
        handler = handlers.get(call.op)
        if handler is None:
            raise ValueError(f"unknown operation {call.op!r}: expected one of {', '.join(handlers)}")
        return handler(call, bridge)

    return handle


def record_trial(call: Call, _: Bridge) -> dict[str, Any]:
    """Takes note of the end of a trial: an MLflow run that a killed worker left open gets the status of the trial."""
    payload = call.payload
    status = call.status or payload.get("status") or "succeeded"
    mlflow_run_id = payload.get("mlflow_run_id")
    warnings = list(payload.get("warnings") or [])
    if mlflow_run_id:
        end_open_run(mlflow_run_id, status, warnings.append)
    trial = trial_result(
        call.trial_id or "",
        status,
        spectral_norm=as_contract_flag(payload.get("spectral_norm")),
        mlflow_run_id=mlflow_run_id,
        metrics=payload.get("metrics"),
        parameters=payload.get("parameters"),
        duration_ms=payload.get("duration_ms"),
        artifact_uri=payload.get("artifact_uri"),
        warnings=warnings,
    )
    return result_of([trial])


def finalize_run(call: Call, _: Bridge) -> dict[str, Any]:
    """Takes note of the end of a run."""
    payload = call.payload
    return {
        "version": VERSION,
        "run_id": call.run_id,
        "status": call.status or payload.get("status"),
        "duration_ms": payload.get("duration_ms"),
        "best_trial_id": payload.get("best_trial_id"),
        # Not `trials`, which is the list of reported trials in every result.
        "trial_counts": payload.get("trials"),
    }
