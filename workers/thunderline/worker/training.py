"""The training of Thunderline's own worker: a small classifier of interleaved spirals."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thunderline.client.values import as_count, as_number, as_text
from thunderline.worker.live_trial import LiveTrial, TrialPruned
from thunderline.worker.models.build_model import build_model, spectral_norms
from thunderline.worker.models.model import BACKENDS, Backend, ModelSpec

OBJECTIVE = "val_accuracy"


@dataclass(frozen=True)
class Settings:
    """The settings of one trial: hyperparameters of the search, or members of the command's payload that have the same
    names; the former count."""

    learning_rate: float = 0.03
    n_layers: int = 3
    hidden_units: int = 48
    batch_size: int = 25
    epochs: int = 10
    seed: int = 0
    backend: Backend = "numpy"


LIMITS: Mapping[str, tuple[int, int]] = {
    "n_layers": (1, 100),
    "hidden_units": (1, 10_000),
    "batch_size": (1, 1_500),
    "epochs": (0, 1_000_000),
    "seed": (0, 2**32 - 1),
}


def settings_of(parameters: Mapping[str, Any], hyperparams: Mapping[str, Any]) -> Settings:
    """Raises ValueError that names the setting and what it may be."""
    given = {**parameters, **hyperparams}
    read: dict[str, Any] = {name: _count(name, given[name]) for name in LIMITS if given.get(name) is not None}
    if given.get("learning_rate") is not None:
        rate = as_number(given["learning_rate"])
        if rate is None or not 0 < rate < 100:
            raise ValueError(f"learning_rate must be a number above 0, got {as_text(given['learning_rate'], 100)}")
        read["learning_rate"] = rate
    if given.get("backend") is not None:
        if given["backend"] not in BACKENDS:
            raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {as_text(given['backend'], 100)}")
        read["backend"] = given["backend"]
    return Settings(**read)


def _count(name: str, value: Any) -> int:
    least, greatest = LIMITS[name]
    number = as_number(value)
    count = as_count(value)
    if count is None or number != count or not least <= count <= greatest:
        raise ValueError(f"{name} must be an integer from {least} to {greatest}, got {as_text(value, 100)}")
    return count


def check(payload: Mapping[str, Any]) -> list[str]:
    """Refuses a run whose settings no trial could use, and warns of searched parameters that change nothing."""
    settings_of(payload.get("parameters") or {}, {})
    used = {*Settings.__dataclass_fields__, "spectral_norm"}
    unused = sorted(set(payload.get("search_space") or {}) - used)
    return [f"{name} is searched, but this worker does not use it" for name in unused]


def train(trial: LiveTrial) -> dict[str, Any]:
    """Trains, reports each epoch, and keeps the model. Without epochs it does nothing."""
    settings = settings_of(trial.parameters, trial.hyperparams)
    if settings.epochs == 0:
        return {}
    import numpy as np

    from thunderline.worker.spirals import DIMENSIONS, training_data, validation_data

    model = build_model(
        ModelSpec(
            inputs=DIMENSIONS,
            hidden_units=settings.hidden_units,
            n_layers=settings.n_layers,
            spectral_norm=trial.spectral_norm,
            learning_rate=settings.learning_rate,
            seed=settings.seed,
        ),
        settings.backend,
    )
    training, validation = training_data(settings.seed), validation_data()
    shuffling = np.random.default_rng(settings.seed)
    metrics: dict[str, float] = {}
    for epoch in range(settings.epochs):
        order = shuffling.permutation(len(training.labels))
        batches = [order[at : at + settings.batch_size] for at in range(0, len(order), settings.batch_size)]
        losses = [model.train_batch(training.inputs[batch], training.labels[batch]) for batch in batches]
        accuracy = model.accuracy(validation.inputs, validation.labels)
        metrics = {"train_loss": float(np.mean(losses)), OBJECTIVE: accuracy}
        trial.log_metrics(metrics, epoch)
        trial.report(accuracy, epoch)
        if trial.should_prune():
            raise TrialPruned
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{model.suffix}"
        model.save(path)
        trial.save_checkpoint(path)
    return {**metrics, "largest_singular_value": max(spectral_norms(model))}
