"""A Cerebros script as the bridge's first documents describe it: JSON on STDIN, CEREBROS_BRIDGE_* in the environment, one
JSON document on STDOUT. It knows nothing else of Thunderline.
"""

import json
import os
import sys

OP = os.environ["CEREBROS_BRIDGE_OP"]
RUN_ID = os.environ["CEREBROS_BRIDGE_RUN_ID"]


def start_run(payload):
    return {"run_id": RUN_ID, "status": "started", "correlation": os.environ["CEREBROS_BRIDGE_CORRELATION"]}


def run_trial(payload):
    print("Epoch 1/1")
    learning_rate = payload["hyperparams"].get("lr", 0.001)
    return {
        "trials": [
            {
                "trial_id": payload["trial_id"],
                "status": "succeeded",
                "spectral_norm": payload["spectral_norm"],
                "mlflow_run_id": "mlflow_abc",
                "metrics": {"accuracy": 0.95, "loss": float("nan")},
                "parameters": {"lr": learning_rate},
            }
        ]
    }


def record_trial(payload):
    return {"recorded": payload["trial_id"], "status": os.environ["CEREBROS_BRIDGE_STATUS"]}


def finalize_run(payload):
    return {"run_id": RUN_ID, "status": os.environ["CEREBROS_BRIDGE_STATUS"], "best": payload.get("best_trial_id")}


payload = json.loads(sys.stdin.read())
assert payload == json.loads(os.environ["CEREBROS_BRIDGE_PAYLOAD"])
print(json.dumps(globals()[OP](payload)))
