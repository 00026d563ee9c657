"""Optuna's storage while one trial is asked for."""

from __future__ import annotations

import copy
from collections.abc import Container, Mapping
from typing import Any, Final

import sqlalchemy
from optuna.distributions import BaseDistribution, check_distribution_compatibility, distribution_to_json
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

TRIAL_PARAMS: Final = sqlalchemy.table(
    "trial_params", *map(sqlalchemy.column, ("trial_id", "param_name", "param_value", "distribution_json"))
)
"""Optuna's table of the values of trials."""

SAMPLED_TOGETHER: Final = "tpe:relative_params"
"""The prefix of the attributes in which the TPE sampler shares values that it chose together."""


class AskStorage:
    """Reads the trials of a study once, and writes the values of one trial together.

    Optuna reads the trials again for each parameter, and writes each value in a transaction of its own: some 70
    statements a trial, which a study on Postgres spends most of its time on. After `write`, every call goes to the
    storage itself.
    """

    def __init__(self, storage: BaseStorage, study_id: int, trial_id: int) -> None:
        self._storage = storage
        self._trial_id = trial_id
        trials = storage.get_all_trials(study_id, deepcopy=False)
        # New trials are at the end. A copy, because the storage keeps the objects that it returned.
        index = next(index for index in reversed(range(len(trials))) if trials[index]._trial_id == trial_id)
        self.trial: FrozenTrial = copy.deepcopy(trials[index])
        self._trials: list[FrozenTrial] | None = [*trials[:index], self.trial, *trials[index + 1 :]]
        self._by_states: dict[tuple[TrialState, ...], list[FrozenTrial]] = {}
        self._params: dict[str, tuple[float, BaseDistribution]] = {}
        self._system_attrs: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        return self.trial if self._holds(trial_id) else self._storage.get_trial(trial_id)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        if self._trials is None:
            all_trials: list[FrozenTrial] = self._storage.get_all_trials(study_id, deepcopy=deepcopy, states=states)
            return all_trials
        trials = self._trials if states is None else self._in_states(self._trials, states)
        return copy.deepcopy(trials) if deepcopy else list(trials)

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        if self._trials is None or trial_id != self._trial_id:
            self._storage.set_trial_param(trial_id, param_name, param_value_internal, distribution)
            return
        earlier = next((trial for trial in self._trials if param_name in trial.distributions), None)
        if earlier is not None:
            # ValueError: the search space of the study was another one.
            check_distribution_compatibility(earlier.distributions[param_name], distribution)
        self._params[param_name] = (param_value_internal, distribution)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        if self._holds(trial_id):
            self.trial.system_attrs[key] = value
            if key.startswith(SAMPLED_TOGETHER):
                # Shows the values to other processes until they are written one after another; `write` writes all.
                return
        self._storage.set_trial_system_attr(trial_id, key, value)

    def write(self) -> None:
        """Writes the values that were set. Raises SQLAlchemy's IntegrityError if another process has written them."""
        self._trials = None
        self._by_states = {}
        if self._params:
            write_params(self._storage, self._trial_id, self._params)

    def _holds(self, trial_id: int) -> bool:
        return self._trials is not None and trial_id == self._trial_id

    def _in_states(self, trials: list[FrozenTrial], states: Container[TrialState]) -> list[FrozenTrial]:
        wanted = tuple(state for state in TrialState if state in states)
        found = self._by_states.get(wanted)
        if found is None:
            found = self._by_states[wanted] = [trial for trial in trials if trial.state in wanted]
        return found


def write_params(storage: BaseStorage, trial_id: int, params: Mapping[str, tuple[float, BaseDistribution]]) -> None:
    """Writes the values of a trial: in one statement to a database, else one after another."""
    engine = getattr(getattr(storage, "_backend", storage), "engine", None)
    if engine is None:
        for name, (value, distribution) in params.items():
            storage.set_trial_param(trial_id, name, value, distribution)
        return
    rows = [
        {
            "trial_id": trial_id,
            "param_name": name,
            "param_value": value,
            "distribution_json": distribution_to_json(distribution),
        }
        for name, (value, distribution) in params.items()
    ]
    with engine.begin() as connection:
        connection.execute(sqlalchemy.insert(TRIAL_PARAMS).values(rows))
