"""A worker script that runs one operation and ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.worker.processes import TRAIN, result_of_run, run_once


def run_trial(do: str, **environment: str) -> Any:
    payload = {"trial_id": "t1", "spectral_norm": True, "hyperparams": {"do": do}, "parameters": {}}
    result = result_of_run(TRAIN, "run_trial", payload, **environment)
    assert result["version"] == 1
    (trial,) = result["trials"]
    return trial


def test_a_trial_is_reported_with_every_member_of_the_contract() -> None:
    trial = run_trial("number")
    assert type(trial.pop("duration_ms")) is int
    assert trial == {
        "trial_id": "t1",
        "status": "succeeded",
        "spectral_norm": True,
        "mlflow_run_id": None,
        "metrics": {"value": 0.25},
        "parameters": {"do": "number"},
        "artifact_uri": None,
        "warnings": [],
    }


def test_the_result_is_all_that_reaches_stdout() -> None:
    payload = {"trial_id": "t1", "hyperparams": {"do": "print"}}
    ended = run_once(TRAIN, "run_trial", payload)
    assert len(ended.stdout.splitlines()) == 1
    assert json.loads(ended.stdout)["trials"][0]["status"] == "succeeded"
    assert ended.stderr.splitlines() == [
        "Epoch 1/10",
        '{"trials": "a library wrote this"}',
        "a child wrote this",
    ]


def test_the_training_reads_an_empty_stdin() -> None:
    assert run_trial("read")["warnings"] == ["read ''"]


def test_values_that_json_lacks_are_texts_and_a_metric_that_is_no_number_is_left_out() -> None:
    assert run_trial("nan")["metrics"] == {"loss": "NaN", "best": "-Infinity"}


def test_a_trial_that_returns_nothing_has_its_latest_metrics() -> None:
    assert run_trial("log")["metrics"] == {"loss": 0.25, "accuracy": 0.75}


def test_a_pruned_trial_is_skipped() -> None:
    assert run_trial("prune")["status"] == "skipped"


def test_a_report_prunes_nothing_without_a_bridge_that_answers() -> None:
    assert run_trial("report")["status"] == "succeeded"


def test_an_exception_ends_the_process_with_its_traceback() -> None:
    ended = run_once(TRAIN, "run_trial", {"trial_id": "t1", "hyperparams": {"do": "raise"}})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1] == "ValueError: the learning rate \\udcff is too high"
    assert "in train" in ended.stderr


@pytest.mark.parametrize(
    ("stdin", "in_environment"),
    [(json.dumps({"trial_id": "t1", "hyperparams": {"do": "number"}}), "{}"), ("", None)],
    ids=["on stdin", "in the environment"],
)
def test_the_payload_may_be_in_one_place(stdin: str, in_environment: str | None) -> None:
    payload = {"trial_id": "t1", "hyperparams": {"do": "number"}}
    changes = {} if in_environment is None else {"CEREBROS_BRIDGE_PAYLOAD": in_environment}
    (trial,) = result_of_run(TRAIN, "run_trial", payload, stdin, **changes)["trials"]
    assert trial["metrics"] == {"value": 0.25}


def test_a_payload_that_no_variable_could_hold_is_read_from_stdin() -> None:
    payload = {"trial_id": "t1", "hyperparams": {"do": "number"}, "parameters": {"notes": "x" * 300_000}}
    (trial,) = result_of_run(TRAIN, "run_trial", payload, json.dumps(payload), CEREBROS_BRIDGE_PAYLOAD="")["trials"]
    assert trial["metrics"] == {"value": 0.25}


@pytest.mark.parametrize(("flag", "expected"), [(True, True), ("true", True), (1, True), (0, False), ("yes", False)])
def test_a_flag_that_the_contract_does_not_know_is_false(flag: Any, expected: bool) -> None:
    payload = {"trial_id": "t1", "spectral_norm": flag, "hyperparams": {"do": "number"}}
    assert result_of_run(TRAIN, "run_trial", payload)["trials"][0]["spectral_norm"] is expected


@pytest.mark.parametrize(
    ("op", "payload", "message"),
    [
        ("run_trial", {"hyperparams": {}}, "run_trial needs a trial_id"),
        ("train_model", {}, "unknown operation 'train_model': expected one of start_run, run_trial"),
        ("", {}, "CEREBROS_BRIDGE_OP is not set"),
        ("run_trial", [1], "the payload must be a JSON object, got list"),
    ],
)
def test_a_call_that_breaks_the_contract_says_what_to_change(op: str, payload: Any, message: str) -> None:
    ended = run_once(TRAIN, op, payload)
    assert ended.returncode == 1
    assert message in ended.stderr.splitlines()[-1]


def test_the_other_operations_report_the_run() -> None:
    assert result_of_run(TRAIN, "start_run", {"parameters": {}}) == {
        "version": 1,
        "run_id": "study",
        "status": "succeeded",
        "warnings": [],
    }
    counts = {"succeeded": 3, "failed": 1}
    finalized = result_of_run(TRAIN, "finalize_run", {"trials": counts}, CEREBROS_BRIDGE_STATUS="succeeded")
    assert (finalized["run_id"], finalized["status"], finalized["trial_counts"]) == ("study", "succeeded", counts)


def test_a_recorded_trial_is_reported_as_it_ended() -> None:
    payload = {
        "trial_id": "t9",
        "spectral_norm": "true",
        "metrics": {"loss": "NaN"},
        "parameters": {"lr": 0.1},
        "duration_ms": 1200,
        "warnings": ["slow"],
    }
    (trial,) = result_of_run(TRAIN, "record_trial", payload, CEREBROS_BRIDGE_STATUS="failed")["trials"]
    assert trial == {
        "trial_id": "t9",
        "status": "failed",
        "spectral_norm": True,
        "mlflow_run_id": None,
        "metrics": {"loss": "NaN"},
        "parameters": {"lr": 0.1},
        "duration_ms": 1200,
        "artifact_uri": None,
        "warnings": ["slow"],
    }
