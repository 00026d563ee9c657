"""python workers/demo --share 0/2: runs every second trial of the study, beginning with the first."""

from __future__ import annotations

import argparse

import mlflow
from mlflow.exceptions import MlflowException
from study import trials
from trial import run_trial


def experiment_id(name: str) -> str:
    """The id of the experiment with that name; two processes may ask at the same time, and only one can create it."""
    client = mlflow.MlflowClient()
    try:
        return client.create_experiment(name)
    except MlflowException:
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            raise
        return experiment.experiment_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thunderline-url", required=True)
    parser.add_argument("--model-run-id", required=True)
    parser.add_argument("--share", default="0/1", help="INDEX/COUNT: which of COUNT processes this is")
    arguments = parser.parse_args()
    index, count = (int(part) for part in arguments.share.split("/"))

    experiment = experiment_id(arguments.model_run_id)
    for trial in trials()[index::count]:
        run_trial(trial, arguments.thunderline_url, arguments.model_run_id, experiment)
        print(f"{trial.trial_id} done", flush=True)


if __name__ == "__main__":
    main()
