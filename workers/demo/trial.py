"""One training loop: it trains a network, reports to Thunderline, and logs to MLflow as well."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import mlflow
import numpy as np
from dataset import DIMENSIONS, training_data, validation_data
from events import Events
from network import Network

EPOCHS = 10
BATCH_SIZE = 25


@dataclass(frozen=True)
class Hyperparams:
    learning_rate: float
    n_layers: int
    hidden_units: int
    seed: int


@dataclass(frozen=True)
class Trial:
    trial_id: str
    spectral_norm: bool
    hyperparams: Hyperparams


def run_trial(trial: Trial, thunderline_url: str, model_run_id: str, experiment_id: str) -> None:
    """Trains for `EPOCHS` epochs and reports start, each epoch and the end to both sides."""
    hyperparams = trial.hyperparams
    events = Events(thunderline_url, model_run_id, trial.trial_id)
    started = time.monotonic()

    with mlflow.start_run(experiment_id=experiment_id, run_name=f"trial-{trial.trial_id}") as run:
        mlflow.set_tag("trial_id", trial.trial_id)
        mlflow.set_tag("model_run_id", model_run_id)
        mlflow.set_tag("constraint_method", "spectral_norm" if trial.spectral_norm else "none")
        mlflow.log_param("spectral_norm", trial.spectral_norm)
        mlflow.log_params(asdict(hyperparams))
        events.start(trial.spectral_norm, asdict(hyperparams))

        sizes = [DIMENSIONS, *[hyperparams.hidden_units] * (hyperparams.n_layers - 1), 1]
        network = Network(sizes, trial.spectral_norm, hyperparams.seed)
        training = training_data(hyperparams.seed)
        validation = validation_data()
        shuffling = np.random.default_rng(hyperparams.seed)
        val_accuracy = 0.0
        for epoch in range(EPOCHS):
            order = shuffling.permutation(len(training.labels))
            batches = [order[at : at + BATCH_SIZE] for at in range(0, len(order), BATCH_SIZE)]
            losses = [
                network.train_batch(training.inputs[batch], training.labels[batch], hyperparams.learning_rate)
                for batch in batches
            ]
            train_loss = float(np.mean(losses))
            val_accuracy = network.accuracy(validation.inputs, validation.labels)
            events.metric(epoch, {"train_loss": train_loss, "val_accuracy": val_accuracy})
            mlflow.log_metric("train_loss", train_loss, step=epoch)
            mlflow.log_metric("val_accuracy", val_accuracy, step=epoch)

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.npz"
            np.savez(path, **network.weights())
            mlflow.log_artifact(str(path))

        duration_ms = round((time.monotonic() - started) * 1000)
        events.stop(
            {"success": True, "epochs": EPOCHS, "mlflow_run_id": run.info.run_id},
            {"duration_ms": duration_ms, "final_val_accuracy": val_accuracy},
        )
