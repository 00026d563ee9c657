"""The sampler of one trial."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from thunderline.worker.study.specification import Specification

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial


def sampler_of(specification: Specification, number: int) -> BaseSampler:
    """A sampler for trial `number` alone. Its seed is a function of the study's seed and that number: bridges that
    share a study never repeat each other's suggestions, and a study that runs again with the same results repeats its
    own."""
    seed = None if specification.seed is None else seed_of(specification.seed, number)
    # Other trials run meanwhile, so the liar must spread them; the default since Optuna 5.
    base = RandomSampler(seed) if specification.sampler == "random" else TPESampler(seed=seed, constant_liar=True)
    return BalancedSampler(base, specification.balanced) if specification.balanced else base


def seed_of(seed: int, number: int) -> int:
    """A seed of 32 bits."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:4], "big")


class BalancedSampler(BaseSampler):  # type: ignore[misc]
    """Gives the trials the choices of some parameters in turn, by the number of the trial, and leaves the other
    parameters to another sampler. Numbers are dense, so the choices are balanced over all bridges of a study."""

    def __init__(self, base: BaseSampler, balanced: frozenset[str]) -> None:
        self._base = base
        self._balanced = balanced

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        space = self._base.infer_relative_search_space(study, trial)
        return {name: distribution for name, distribution in space.items() if name not in self._balanced}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        values: dict[str, Any] = self._base.sample_relative(study, trial, search_space)
        return values

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        if param_name in self._balanced and isinstance(param_distribution, CategoricalDistribution):
            return param_distribution.choices[trial.number % len(param_distribution.choices)]
        return self._base.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._base.before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: Any, values: Any) -> None:
        self._base.after_trial(study, trial, state, values)
