"""Answers each line of standard input, a question in JSON, by a line of JSON with what MLflow's official client reads."""

import json
import re
import sys

from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.utils.validation import path_not_unique, validate_param_and_metric_name

client = MlflowClient(sys.argv[1])


def read(run_id: str) -> dict:
    run = client.get_run(run_id)
    points = [
        # A double and a step of 64 bits as text: JSON in JavaScript would not keep them.
        [point.key, repr(point.value), point.timestamp, str(point.step)]
        for key in run.data.metrics
        for point in client.get_metric_history(run_id, key)
    ]
    return {"points": points, "params": run.data.params, "tags": run.data.tags}


def active_runs(filter_string: str) -> list:
    """The runs of all experiments that a filter finds."""
    experiments = [each.experiment_id for each in client.search_experiments(view_type=ViewType.ALL)]
    runs = client.search_runs(experiments, filter_string, ViewType.ACTIVE_ONLY, max_results=1_000)
    return [{"run_id": run.info.run_id, "status": run.info.status, "tags": run.data.tags} for run in runs]


def refused_names(first: int, last: int) -> list:
    """The characters of this range that MLflow refuses in a name."""
    return [code for code in range(first, last + 1) if not re.match(r"[\ud800-\udfff]", chr(code)) and refused(chr(code))]


def refused(name: str) -> bool:
    return not validate_param_and_metric_name(name) or path_not_unique(f"a{name}a")


for line in sys.stdin:
    request = json.loads(line)
    if "run" in request:
        result = read(request["run"])
    elif "delete" in request:
        result = client.delete_run(request["delete"])
    elif "filter" in request:
        result = active_runs(request["filter"])
    else:
        result = refused_names(*request["range"])
    print(json.dumps(result), flush=True)
