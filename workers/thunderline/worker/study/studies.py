"""The studies that this process has open."""

from __future__ import annotations

import copy
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import optuna
from optuna.exceptions import DuplicatedStudyError, ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial
from sqlalchemy.exc import IntegrityError

from thunderline.worker.study.ask_storage import AskStorage
from thunderline.worker.study.samplers import sampler_of
from thunderline.worker.study.specification import Specification, pruner_of, read_specification

TRIAL_ID = "trial_id"
"""The user attribute of an Optuna trial that names the trial of Thunderline."""

MAX_STUDIES = 256
MAX_LIVE_TRIALS = 1_000

STATES: Mapping[str, TrialState] = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}

K = TypeVar("K")
V = TypeVar("V")


class StudyConflict(ValueError):
    """Optuna's storage has another study of this name: the command must change, not the time of it."""


class Studies:
    """Ask, report and tell for many studies. Every call may be repeated: a trial that was asked for is found again by
    its id, a report of the same step and a second tell change nothing."""

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage
        self._studies: OrderedDict[str, tuple[Mapping[str, Any], Specification, optuna.Study]] = OrderedDict()
        self._live: OrderedDict[tuple[str, str], Trial] = OrderedDict()

    def ask(self, name: str, spec: Mapping[str, Any], trial_id: str, number: int | None, again: bool) -> dict[str, Any]:
        """The number and the parameter values of a trial. A trial of an earlier ask (`number`, or `again` if its number
        was lost) is continued: it has the same number and values."""
        specification, study = self._open(name, spec)
        found = self._find(study, trial_id, number, again)
        if found is not None and found.state.is_finished():
            return {"number": found.number, "params": found.params}
        optuna_id = self._create(study, trial_id) if found is None else found._trial_id
        asking = AskStorage(self._storage, study._study_id, optuna_id)
        trial = self._attach(specification, study, trial_id, asking)
        params = {parameter: _suggest(trial, parameter, d) for parameter, d in specification.distributions.items()}
        try:
            asking.write()
        except IntegrityError:
            # Another bridge continues the same trial, because this one lost its lease meanwhile: its values stand.
            self._live.pop((name, trial_id))
            return self.ask(name, spec, trial_id, trial.number, again=True)
        return {"number": trial.number, "params": params}

    def report(
        self, name: str, spec: Mapping[str, Any], trial_id: str, number: int | None, step: int, value: float
    ) -> bool:
        """Records an intermediate value; whether the trial should be pruned. False for a trial that Optuna does not
        have, or that has ended there."""
        specification, study = self._open(name, spec)
        trial = self._live.get((name, trial_id))
        if trial is None:
            found = self._find(study, trial_id, number, again=True)
            if found is None or found.state.is_finished():
                return False
            asking = AskStorage(self._storage, study._study_id, found._trial_id)
            trial = self._attach(specification, study, trial_id, asking)
            asking.write()
        self._live.move_to_end((name, trial_id))
        with warnings.catch_warnings():
            # A step that was reported before the trial was lost is reported again; Optuna keeps the first and warns.
            warnings.simplefilter("ignore")
            trial.report(value, step)
        return bool(trial.should_prune())

    def tell(
        self,
        name: str,
        spec: Mapping[str, Any],
        trial_id: str,
        number: int | None,
        state: str,
        value: float | None,
    ) -> bool:
        """Ends a trial. False: Optuna has no such trial, because it was never asked for."""
        _, study = self._open(name, spec)
        live = self._live.pop((name, trial_id), None)
        if live is not None and state != "pruned" and self._ended(live, STATES[state], value):
            return True
        found = self._find(study, trial_id, number, again=True)
        if found is None:
            return False
        study.tell(found.number, value if state == "complete" else None, STATES[state], skip_if_finished=True)
        return True

    def _ended(self, trial: Trial, state: TrialState, value: float | None) -> bool:
        """Ends a trial that this process asked for, without reading it first. A trial that has ended keeps its end."""
        values = [value] if state == TrialState.COMPLETE and value is not None else None
        try:
            return bool(self._storage.set_trial_state_values(trial._trial_id, state, values))
        except UpdateFinishedTrialError:
            return True

    def _open(self, name: str, spec: Mapping[str, Any]) -> tuple[Specification, optuna.Study]:
        opened = self._studies.get(name)
        if opened is None or opened[0] != spec:
            specification = read_specification(name, spec)
            study = self._created(specification)
            if study.direction.name.lower() != specification.direction:
                raise StudyConflict(
                    f"Optuna has a study {name!r} that is to {study.direction.name.lower()} its objective, not to "
                    f"{specification.direction} it. Use another model_run_id, or delete that study."
                )
            opened = (spec, specification, study)
        _remember(self._studies, name, opened, MAX_STUDIES)
        return opened[1], opened[2]

    def _created(self, specification: Specification) -> optuna.Study:
        """The study of that name; the bridge that creates it also names its objective, for the pages of Optuna."""
        name, storage, pruner = specification.name, self._storage, pruner_of(specification)
        try:
            study = optuna.create_study(
                study_name=name, storage=storage, direction=specification.direction, pruner=pruner
            )
        except DuplicatedStudyError:
            return optuna.load_study(study_name=name, storage=storage, pruner=pruner)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            study.set_metric_names([specification.metric])
        return study

    def _find(self, study: optuna.Study, trial_id: str, number: int | None, again: bool) -> FrozenTrial | None:
        if number is not None:
            try:
                optuna_id = self._storage.get_trial_id_from_study_id_trial_number(study._study_id, number)
                trial = self._storage.get_trial(optuna_id)
                if trial.user_attrs.get(TRIAL_ID) == trial_id:
                    return trial
            except KeyError:
                pass
        live = self._live.get((study.study_name, trial_id))
        if live is not None:
            return self._storage.get_trial(live._trial_id)
        if number is None and not again:
            return None
        trials = study.get_trials(deepcopy=False)
        return next((trial for trial in trials if trial.user_attrs.get(TRIAL_ID) == trial_id), None)

    def _create(self, study: optuna.Study, trial_id: str) -> int:
        """A running trial with its id, in one transaction: with `study.ask()` and a later `set_user_attr`, a process
        that dies between them would leave a trial that nothing continues or ends."""
        template = create_trial(state=TrialState.RUNNING, user_attrs={TRIAL_ID: trial_id})
        optuna_id: int = self._storage.create_new_trial(study._study_id, template)
        return optuna_id

    def _attach(self, specification: Specification, study: optuna.Study, trial_id: str, storage: AskStorage) -> Trial:
        # A copy has a sampler of its own, and reads the trials of other bridges that ended since the last ask.
        own = copy.copy(study)
        own._storage = cast("BaseStorage", storage)
        own.sampler = sampler_of(specification, storage.trial.number)
        trial = Trial(own, storage.trial._trial_id)
        _remember(self._live, (specification.name, trial_id), trial, MAX_LIVE_TRIALS)
        return trial


def _suggest(trial: Trial, name: str, distribution: Any) -> Any:
    if isinstance(distribution, optuna.distributions.FloatDistribution):
        return trial.suggest_float(
            name, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    if isinstance(distribution, optuna.distributions.IntDistribution):
        return trial.suggest_int(
            name, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    return trial.suggest_categorical(name, distribution.choices)


def _remember(entries: OrderedDict[K, V], key: K, value: V, limit: int) -> None:
    """Adds or refreshes the most recently used entry, and drops the least recently used ones beyond the limit."""
    entries[key] = value
    entries.move_to_end(key)
    while len(entries) > limit:
        entries.popitem(last=False)
