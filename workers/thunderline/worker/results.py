"""The results of operations, as the bridge reads them (schemas/contracts/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from thunderline.client.json_values import JsonReader
from thunderline.client.values import as_count, as_number, as_text, spelled

VERSION = 1
MAX_WARNINGS = 100


def trial_result(
    trial_id: str,
    status: str,
    *,
    spectral_norm: bool = False,
    mlflow_run_id: str | None = None,
    metrics: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    duration_ms: float | None = None,
    artifact_uri: str | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """One trial as `TrialReportedV1` has it. `status`: succeeded, failed, skipped or cancelled."""
    return {
        "trial_id": trial_id,
        "status": status,
        "spectral_norm": spectral_norm,
        "mlflow_run_id": mlflow_run_id,
        "metrics": metrics_json(metrics or {}),
        "parameters": JsonReader().read(dict(parameters or {})),
        "duration_ms": as_count(duration_ms),
        "artifact_uri": artifact_uri,
        "warnings": [as_text(warning) for warning in warnings[:MAX_WARNINGS]],
    }


def result_of(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"version": VERSION, "trials": list(trials)}


def metrics_json(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics as JSON holds them: NaN and infinities as text. A value that is not a number is left out."""
    numbers = {as_text(name): as_number(value) for name, value in metrics.items()}
    return {name: spelled(number) for name, number in numbers.items() if number is not None}
