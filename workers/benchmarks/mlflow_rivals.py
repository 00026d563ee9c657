"""The ways in which MLflow's own client logs metrics: `python -m benchmarks.mlflow_rivals WAY` measures one, as JSON.

Each way logs two metrics a step from one process to one run of the server that MLFLOW_TRACKING_URI names. `call_us` is
the time for which a metric keeps the training loop waiting. `per_s` is the rate at which metrics are stored; the wait
for the last one counts.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import mlflow
from mlflow.entities import Metric
from mlflow.utils.autologging_utils import BatchMetricsLogger

NAMES = ("train_loss", "val_accuracy")
SECONDS = 8.0
FULL_CALL = 1_000
STEP_S = 0.001
"""The duration of a step for autologging, which gives logging a share of the time of training."""


def nothing() -> None:
    """For a way whose calls wait for the server, and for a loop that only logs."""


@dataclass(frozen=True)
class Way:
    """Logs a step, and waits at the end until everything is stored."""

    log: Callable[[int], None]
    finish: Callable[[], None]
    most_steps: int = sys.maxsize
    """A way that only queues what it logs would queue forever."""
    train: Callable[[], None] = nothing


def values(step: int) -> dict[str, float]:
    return dict.fromkeys(NAMES, 1 / (step + 1))


def log_metric(_run_id: str) -> Way:
    def log(step: int) -> None:
        for name, value in values(step).items():
            mlflow.log_metric(name, value, step)

    return Way(log, nothing)


def log_metrics(_run_id: str) -> Way:
    return Way(lambda step: mlflow.log_metrics(values(step), step), nothing)


def asynchronous(_run_id: str) -> Way:
    """With MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS in the environment it sends batches."""

    def log(step: int) -> None:
        for name, value in values(step).items():
            mlflow.log_metric(name, value, step, synchronous=False)

    return Way(log, mlflow.flush_async_logging, most_steps=300)


def buffered(run_id: str) -> Way:
    way = asynchronous(run_id)
    return Way(way.log, way.finish, most_steps=3_000)


def log_batch(run_id: str) -> Way:
    """Training code that collects its metrics and sends full calls itself."""
    client = mlflow.MlflowClient()
    collected: list[Metric] = []

    def send() -> None:
        client.log_batch(run_id, collected)
        collected.clear()

    def log(step: int) -> None:
        at = int(time.time() * 1_000)
        collected.extend(Metric(name, value, at, step) for name, value in values(step).items())
        if len(collected) >= FULL_CALL:
            send()

    return Way(log, send)


def autolog(run_id: str) -> Way:
    """The logger behind the autologging of Keras, XGBoost, LightGBM and others."""
    logger = BatchMetricsLogger(run_id)

    return Way(lambda step: logger.record_metrics(values(step), step), logger.flush, train=lambda: time.sleep(STEP_S))


WAYS: dict[str, Callable[[str], Way]] = {
    make.__name__: make for make in (log_metric, log_metrics, asynchronous, buffered, log_batch, autolog)
}


def measure(way: Way) -> dict[str, float]:
    steps = 0
    waiting = 0.0
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS and steps < way.most_steps:
        way.train()
        before = time.perf_counter()
        way.log(steps)
        waiting += time.perf_counter() - before
        steps += 1
    way.finish()
    metrics = steps * len(NAMES)
    return {"call_us": 1e6 * waiting / metrics, "per_s": metrics / (time.perf_counter() - started)}


def main(name: str) -> None:
    mlflow.set_experiment(f"bench-rivals-{time.time_ns()}")
    with mlflow.start_run() as run:
        print(json.dumps(measure(WAYS[name](run.info.run_id))))


if __name__ == "__main__":
    main(sys.argv[1])
