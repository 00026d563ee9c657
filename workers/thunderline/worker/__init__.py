"""The Python side of the bridge.

cerebros_service.py  the script that the bridge runs unless it is configured with another one
main.py              `main(train)`: the entrance of a worker script
operations.py        the four operations, around a function that trains one trial
live_trial.py        the trial that training code gets
session.py           a served worker: commands one after another, heartbeats, reports
report_channel.py    the reports of a process that runs one operation
call.py              one operation, from the environment or a line
lines.py             JSON lines over descriptors that `print` does not reach
mlflow_log.py        a run of MLflow for one trial
upload.py            uploads of a trial's files
training.py          the training of `cerebros_service.py`
models/              its models, in numpy, torch and keras
study/               `python -m thunderline.worker.study --serve`: the Optuna studies of one bridge
"""

from thunderline.worker.live_trial import LiveTrial, TrialPruned
from thunderline.worker.main import main

__all__ = ["LiveTrial", "TrialPruned", "main"]
