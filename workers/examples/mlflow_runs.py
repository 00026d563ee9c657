"""Training code that logs to MLflow itself: a parent run, and a nested run for each trial."""

import mlflow

from thunderline import Client
from thunderline.mlflow import mlflow_trial

client = Client(model_run_id="examples")
with mlflow.start_run(run_name="parent"):
    for number in range(2):
        with mlflow_trial(client, f"mlflow-{number}") as trial, mlflow.start_run(nested=True) as run:
            for step in range(3):
                mlflow.log_metric("loss", 1 / (step + 1), step)
                trial.log_metrics({"loss": 1 / (step + 1)}, step)
            trial.set_result(parameters={"mlflow_run": run.info.run_id})
