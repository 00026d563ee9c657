"""Makes old runs with plain MLflow code, in the experiment of the second argument, and prints their ids as JSON."""

import json
import math
import sys
import tempfile
import time
from pathlib import Path

import mlflow
from mlflow.entities import Metric, Param, RunTag

uri, experiment, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
mlflow.set_tracking_uri(uri)
mlflow.set_experiment(experiment)
client = mlflow.MlflowClient()
experiment_id = client.get_experiment_by_name(experiment).experiment_id
STARTED = 1_600_000_000_000
made = {}


def fluent(name: str, log, status: str = "FINISHED") -> None:
    with mlflow.start_run(run_name=name) as run:
        log()
        made[name] = run.info.run_id
    client.set_terminated(made[name], status)


def training() -> None:
    mlflow.log_params({"lr": 0.1, "layers": 3, "optimizer": "adam", "spectral_norm": True, "eps": 1e-08, "version": "1.10"})
    mlflow.set_tags({"team": "vision", "trial_id": "old-7", "constraint_method": "spectral_norm"})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step)
        mlflow.log_metrics({"val/acc": step / 5, "größe": float(step)}, step)
    mlflow.log_metric("loss", math.nan, 5)
    mlflow.log_metric("loss", math.inf, 6)
    mlflow.log_metric("loss", -math.inf, 7)


def with_artifacts() -> None:
    mlflow.log_metric("loss", 1.0)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("model.pth", "notes.txt"):
            path = Path(folder) / name
            path.write_text(name)
            mlflow.log_artifact(str(path))


def with_one_artifact() -> None:
    mlflow.log_metric("loss", 2.0)
    mlflow.log_text("weights", "model.pth")


fluent("training", training)
fluent("artifacts", with_artifacts)
fluent("failed", with_one_artifact, "FAILED")
fluent("killed", training, "KILLED")
fluent("empty", lambda: None)

# Two points of one step, a step that is logged again with another value, and the same value at another time.
repeated = client.create_run(experiment_id, start_time=STARTED, run_name="repeated").info.run_id
for value, timestamp in ((1.0, STARTED), (1.0, STARTED + 1), (2.0, STARTED), (1.0, STARTED)):
    client.log_metric(repeated, "loss", value, timestamp, 3)
made["repeated"] = repeated

# The series of many points needs several pages, and more of them than one bulk answer has.
long = client.create_run(experiment_id, start_time=STARTED + 1, run_name="long").info.run_id
for first in range(0, 26_000, 1_000):
    points = [Metric("loss", 1 / (step + 1), STARTED + step, step % 100) for step in range(first, first + 1_000)]
    client.log_batch(long, metrics=points)
client.set_terminated(long, end_time=STARTED + 30_000)
made["long"] = long

negative = client.create_run(experiment_id, start_time=STARTED + 2, run_name="negative").info.run_id
client.log_batch(negative, metrics=[Metric("loss", 1.0, STARTED, -1), Metric("loss", 2.0, STARTED, 0)])
client.set_terminated(negative)
made["negative"] = negative

deleted = client.create_run(experiment_id, run_name="deleted").info.run_id
client.log_metric(deleted, "loss", 1.0)
client.delete_run(deleted)

# Written by the mirror of Thunderline, under the key of another trial.
mirrored = client.create_run(experiment_id, tags={"thunderline.key": "5d1a5a0e-8f9c-5f63-8a7d-0a4c6a7f4b11"}).info.run_id
client.log_metric(mirrored, "loss", 1.0)
made["mirrored"] = mirrored

for number in range(count - len(made)):
    name = f"run {number}"
    run_id = client.create_run(experiment_id, start_time=STARTED + 10 + number, run_name=name).info.run_id
    points = [
        Metric(key, math.sin(step + number), STARTED + 1_000 * step, step)
        for key in ("loss", "accuracy", "lr")
        for step in range(20)
    ]
    client.log_batch(run_id, metrics=points, params=[Param("seed", str(number))], tags=[RunTag("group", str(number % 3))])
    client.set_terminated(run_id, end_time=STARTED + 100_000)
    made[name] = run_id

print(json.dumps(made))
