"""A worker without a framework: the accuracy is a function of the hyperparameters. It reports no events by itself."""

import json
import sys

payload = json.load(sys.stdin)
params = payload["hyperparams"]
accuracy = 1 - (params.get("x", 0.5) - 0.3) ** 2 + (0.05 if payload["spectral_norm"] else 0)
print(
    json.dumps(
        {
            "trials": [
                {
                    "trial_id": payload["trial_id"],
                    "status": "succeeded",
                    "spectral_norm": payload["spectral_norm"],
                    "metrics": {"val_accuracy": accuracy},
                    "parameters": params,
                }
            ]
        }
    )
)
