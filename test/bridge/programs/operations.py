"""A worker that notes each operation in the file OPERATIONS_LOG, with its status and payload."""

import fcntl
import json
import os
import sys

op = os.environ["CEREBROS_BRIDGE_OP"]
payload = json.load(sys.stdin)
with open(os.environ["OPERATIONS_LOG"], "a") as log:
    fcntl.flock(log, fcntl.LOCK_EX)
    log.write(json.dumps({"op": op, "status": os.environ["CEREBROS_BRIDGE_STATUS"], "payload": payload}) + "\n")

does = (payload.get("parameters") or {}).get("does")
if op == "start_run" and does == "raise":
    raise ValueError("the data set is missing")
result = {}
if op == "start_run" and does == "run_trials":
    names = ("trial_000", "own")
    result = {"trials": [{"trial_id": name, "status": "succeeded", "metrics": {"val_accuracy": 0.9}} for name in names]}
if op == "run_trial":
    result = {
        "trial_id": payload["trial_id"],
        "status": "succeeded",
        "metrics": {"val_accuracy": payload["hyperparams"]["x"]},
    }
if op == "record_trial" and payload["metrics"]["val_accuracy"] == 0.25:
    sys.exit("a report that fails changes nothing")
print(json.dumps(result))
