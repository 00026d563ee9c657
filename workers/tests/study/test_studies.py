from __future__ import annotations

import math
from typing import Any

import pytest

from tests.study.conftest import execute
from thunderline.worker.study.storage import open_storage
from thunderline.worker.study.studies import Studies, StudyConflict

optuna = pytest.importorskip("optuna")

SPEC: dict[str, Any] = {
    "search_space": {
        "learning_rate": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
        "n_layers": {"type": "int", "low": 2, "high": 6, "step": 2},
        "optimizer": {"type": "categorical", "choices": ["sgd", "adam"]},
        "spectral_norm": {"type": "categorical", "choices": [False, True], "balanced": True},
    },
    "metric": "val_accuracy",
    "direction": "maximize",
    "sampler": "tpe",
    "pruner": "median",
    "seed": 7,
}


@pytest.fixture
def studies(database_url: str) -> Studies:
    return Studies(open_storage(database_url))


def trials_of(database_url: str, name: str = "run") -> list[Any]:
    """As another program reads them."""
    return list(optuna.load_study(study_name=name, storage=open_storage(database_url)).trials)


def ask(studies: Studies, trial_id: str, number: int | None = None, again: bool = False, **changes: Any) -> Any:
    return studies.ask("run", SPEC | changes, trial_id, number, again)


def tell(studies: Studies, trial_id: str, number: int | None, state: str, value: float | None = None) -> bool:
    return studies.tell("run", SPEC, trial_id, number, state, value)


def report(studies: Studies, trial_id: str, number: int | None, step: int, value: float) -> bool:
    return studies.report("run", SPEC, trial_id, number, step, value)


def test_values_are_within_the_search_space(studies: Studies) -> None:
    for index in range(6):
        params = ask(studies, f"t{index}")["params"]
        assert 1e-4 <= params["learning_rate"] <= 0.1
        assert params["n_layers"] in (2, 4, 6)
        assert params["optimizer"] in ("sgd", "adam")
        assert type(params["spectral_norm"]) is bool


def test_a_balanced_parameter_takes_its_choices_in_turn(studies: Studies) -> None:
    flags = []
    for index in range(24):
        asked = ask(studies, f"t{index}")
        flags.append(asked["params"]["spectral_norm"])
        # One value is always better, so that a sampler by itself would favour it; 24 are more than the random start.
        tell(studies, f"t{index}", asked["number"], "complete", 0.9 if flags[-1] else 0.1)
    assert flags == [False, True] * 12


def test_the_outcome_is_in_the_storage(studies: Studies, database_url: str) -> None:
    for trial_id in ("complete", "pruned", "failed", "running"):
        ask(studies, trial_id)
    report(studies, "pruned", None, 0, 0.25)
    assert tell(studies, "complete", 0, "complete", 0.5)
    assert tell(studies, "pruned", 1, "pruned")
    assert tell(studies, "failed", 2, "failed")
    trials = trials_of(database_url)
    assert [(t.user_attrs["trial_id"], t.state.name, t.values) for t in trials] == [
        ("complete", "COMPLETE", [0.5]),
        ("pruned", "PRUNED", [0.25]),
        ("failed", "FAIL", None),
        ("running", "RUNNING", None),
    ]
    study = optuna.load_study(study_name="run", storage=open_storage(database_url))
    assert study.direction.name == "MAXIMIZE"
    assert study.metric_names == ["val_accuracy"]


def test_an_ask_for_the_same_trial_returns_the_same_trial(studies: Studies, database_url: str) -> None:
    first, second = ask(studies, "a"), ask(studies, "b")
    assert ask(studies, "a") == first
    # Another bridge, with the number from the queue and without it.
    elsewhere = Studies(open_storage(database_url))
    assert ask(elsewhere, "b", number=second["number"]) == second
    assert ask(elsewhere, "a", again=True) == first
    assert len(trials_of(database_url)) == 2


def test_a_number_of_another_trial_is_not_trusted(studies: Studies, database_url: str) -> None:
    first = ask(studies, "a")
    other = Studies(open_storage(database_url))
    assert ask(other, "b", number=first["number"])["number"] == 1
    assert ask(other, "c", number=99)["number"] == 2


def test_a_trial_that_was_lost_before_its_values_were_stored_gets_the_rest(studies: Studies, database_url: str) -> None:
    first = ask(studies, "a")
    execute(database_url, "delete from optuna.trial_params where param_name in ('n_layers', 'optimizer')")
    again = ask(Studies(open_storage(database_url)), "a", again=True)
    assert (again["number"], again["params"].keys()) == (first["number"], first["params"].keys())
    assert again["params"]["learning_rate"] == first["params"]["learning_rate"]


def test_a_second_tell_changes_nothing(studies: Studies, database_url: str) -> None:
    ask(studies, "a")
    for state, value in (("complete", 0.5), ("complete", 0.7), ("failed", None), ("pruned", None)):
        assert tell(studies, "a", 0, state, value)
    assert [(t.state.name, t.value) for t in trials_of(database_url)] == [("COMPLETE", 0.5)]
    assert ask(studies, "a", number=0)["number"] == 0
    assert not report(studies, "a", 0, 5, 0.1)


def test_a_trial_that_was_never_asked_for_is_not_told(studies: Studies, database_url: str) -> None:
    assert not tell(studies, "unknown", None, "complete", 0.5)
    assert not report(studies, "unknown", None, 0, 0.5)
    assert trials_of(database_url) == []


def test_reports_prune_below_the_median(studies: Studies) -> None:
    for index in range(5):
        ask(studies, f"t{index}")
        assert not report(studies, f"t{index}", index, 0, 0.8)
        tell(studies, f"t{index}", index, "complete", 0.8)
    ask(studies, "bad")
    ask(studies, "good")
    assert report(studies, "bad", 5, 0, 0.1)
    assert not report(studies, "good", 6, 0, 0.9)


def test_another_bridge_takes_over_the_reports_of_a_lost_trial(studies: Studies, database_url: str) -> None:
    ask(studies, "a")
    report(studies, "a", 0, 0, 0.3)
    elsewhere = Studies(open_storage(database_url))
    report(elsewhere, "a", 0, 0, 0.9)
    report(elsewhere, "a", 0, 1, math.nan)
    values = trials_of(database_url)[0].intermediate_values
    assert values[0] == 0.3
    assert math.isnan(values[1])


def test_a_study_without_a_pruner_prunes_nothing(studies: Studies) -> None:
    spec = SPEC | {"pruner": "none"}
    for index in range(8):
        studies.ask("run", spec, f"t{index}", None, False)
        assert not studies.report("run", spec, f"t{index}", index, 0, 0.8 if index < 7 else 0.1)
        studies.tell("run", spec, f"t{index}", index, "complete", 0.8)


def test_bridges_with_the_same_seed_never_repeat_each_other(database_url: str) -> None:
    bridges = [Studies(open_storage(database_url)) for _ in range(3)]
    asked = [ask(bridges[index % 3], f"t{index}") for index in range(12)]
    assert sorted(trial["number"] for trial in asked) == list(range(12))
    assert len({trial["params"]["learning_rate"] for trial in asked}) == 12


def test_a_seed_repeats_a_study(studies: Studies) -> None:
    def values(name: str, seed: int | None) -> list[Any]:
        found = []
        for index in range(13):
            asked = studies.ask(name, SPEC | {"seed": seed}, f"t{index}", None, False)
            studies.tell(name, SPEC | {"seed": seed}, f"t{index}", asked["number"], "complete", index / 13)
            found.append(asked["params"])
        return found

    assert values("first", 7) == values("second", 7)
    assert values("third", 8) != values("fourth", None)


def test_a_study_of_that_name_with_the_other_direction_is_refused(studies: Studies) -> None:
    ask(studies, "a")
    with pytest.raises(StudyConflict, match="Use another model_run_id"):
        ask(studies, "b", direction="minimize")


def test_other_tables_of_the_database_are_not_touched(studies: Studies, database_url: str) -> None:
    ask(studies, "a")
    tables = "select schemaname, count(*) from pg_tables where schemaname in ('public', 'optuna') group by 1"
    (found,) = execute(database_url, tables)
    assert found[0] == "optuna"
