"""An ask reads and writes little, and chooses what Optuna alone would choose."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.study.test_studies import SPEC, trials_of
from thunderline.worker.study import studies as module
from thunderline.worker.study.ask_storage import AskStorage
from thunderline.worker.study.samplers import sampler_of
from thunderline.worker.study.specification import read_specification
from thunderline.worker.study.storage import open_storage
from thunderline.worker.study.studies import Studies

optuna = pytest.importorskip("optuna")
sqlalchemy = pytest.importorskip("sqlalchemy")

TRIALS = 25
"""More than the trials that a sampler chooses at random first."""


def objective(params: dict[str, Any]) -> float:
    return float(params["n_layers"] - params["learning_rate"] + params["spectral_norm"])


def chosen_by_optuna() -> list[dict[str, Any]]:
    """The values of a study that is asked and told through Optuna's own objects, one trial after another."""
    specification = read_specification("run", SPEC)
    study = optuna.create_study(direction="maximize")
    found = []
    for number in range(TRIALS):
        study.sampler = sampler_of(specification, number)
        trial = study.ask()
        params = {name: module._suggest(trial, name, d) for name, d in specification.distributions.items()}
        found.append(copy.deepcopy(params))
        study.tell(trial, objective(params))
    return found


@contextmanager
def statements_of(storage: Any) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = storage._backend.engine
    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sqlalchemy.event.remove(engine, "before_cursor_execute", note)


def test_a_study_chooses_what_optuna_alone_would_choose(database_url: str) -> None:
    studies = Studies(open_storage(database_url))
    chosen = []
    for index in range(TRIALS):
        asked = studies.ask("run", SPEC, f"t{index}", None, False)
        chosen.append(asked["params"])
        studies.tell("run", SPEC, f"t{index}", asked["number"], "complete", objective(asked["params"]))
    assert chosen == chosen_by_optuna()
    assert [trial.params for trial in trials_of(database_url)] == chosen


def test_a_trial_takes_few_statements(database_url: str) -> None:
    storage = open_storage(database_url)
    studies = Studies(storage)
    for index in range(TRIALS):
        asked = studies.ask("run", SPEC, f"t{index}", None, False)
        studies.tell("run", SPEC, f"t{index}", asked["number"], "complete", objective(asked["params"]))
    with statements_of(storage) as statements:
        asked = studies.ask("run", SPEC, "last", None, False)
        studies.tell("run", SPEC, "last", asked["number"], "complete", 0.5)
    # Optuna's own objects take 75.
    assert len(statements) <= 25, statements
    assert sum("INSERT INTO trial_params" in statement for statement in statements) == 1


def test_values_that_another_bridge_wrote_meanwhile_stand(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SPEC | {"seed": None}
    one, other = Studies(open_storage(database_url)), Studies(open_storage(database_url))
    theirs: list[Any] = []
    write = AskStorage.write

    def write_second(storage: AskStorage) -> None:
        if not theirs:
            theirs.append(None)
            theirs[0] = other.ask("run", spec, "t0", 0, True)
        write(storage)

    monkeypatch.setattr(AskStorage, "write", write_second)
    assert one.ask("run", spec, "t0", None, False) == theirs[0]
    (trial,) = trials_of(database_url)
    assert trial.params == theirs[0]["params"]
    assert one.tell("run", spec, "t0", 0, "complete", 0.5)


def test_another_search_space_is_refused(database_url: str) -> None:
    studies = Studies(open_storage(database_url))
    studies.ask("run", SPEC, "t0", None, False)
    space = SPEC["search_space"] | {"optimizer": {"type": "int", "low": 1, "high": 2}}
    with pytest.raises(ValueError, match="Cannot set different distribution kind"):
        studies.ask("run", SPEC | {"search_space": space}, "t1", None, False)
