"""The search space and the objective of a study (`StudySpec` in src/bridge/study/study-spec.ts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner


@dataclass(frozen=True)
class Specification:
    """A study. `balanced` names the categorical parameters whose choices the trials take in turn."""

    name: str
    direction: str
    metric: str
    distributions: Mapping[str, BaseDistribution]
    balanced: frozenset[str]
    sampler: str
    pruner: str
    seed: int | None


def read_specification(name: str, spec: Mapping[str, Any]) -> Specification:
    """Raises ValueError, KeyError or TypeError for what the bridge should not have sent."""
    space: Mapping[str, Mapping[str, Any]] = spec["search_space"]
    return Specification(
        name=name,
        direction=spec["direction"],
        metric=spec["metric"],
        distributions={parameter: _distribution(given) for parameter, given in space.items()},
        balanced=frozenset(parameter for parameter, given in space.items() if given.get("balanced")),
        sampler=spec["sampler"],
        pruner=spec["pruner"],
        seed=spec["seed"],
    )


def _distribution(given: Mapping[str, Any]) -> BaseDistribution:
    kind, log, step = given["type"], given.get("log", False), given.get("step")
    if kind == "float":
        return FloatDistribution(given["low"], given["high"], log=log, step=step)
    if kind == "int":
        return IntDistribution(given["low"], given["high"], log=log, step=1 if step is None else step)
    if kind == "categorical":
        return CategoricalDistribution(given["choices"])
    raise ValueError(f"unknown type of distribution: {kind!r}")


def pruner_of(specification: Specification) -> BasePruner:
    pruners: Mapping[str, type[BasePruner]] = {
        "median": MedianPruner,
        "successive_halving": SuccessiveHalvingPruner,
        "none": NopPruner,
    }
    return pruners[specification.pruner]()
