"""A worker script with trials for tests: the hyperparameter `do` names what its training does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[2])

from thunderline.worker import LiveTrial, TrialPruned, main  # noqa: E402  (found by the path above)


def train(trial: LiveTrial) -> Mapping[str, Any] | float | None:
    do = trial.hyperparams.get("do")
    if do == "print":
        print("Epoch 1/10")
        os.write(1, b'{"trials": "a library wrote this"}\n')
        subprocess.run(["echo", "a child wrote this"], check=True)
    elif do == "read":
        trial.warn(f"read {sys.stdin.read()!r}")
    elif do == "raise":
        raise ValueError("the learning rate \udcff is too high")
    elif do == "exit":
        sys.exit("no GPU found")
    elif do == "nan":
        return {"loss": float("nan"), "best": float("-inf"), "name": "adam"}
    elif do == "number":
        return 0.25
    elif do == "prune":
        raise TrialPruned
    elif do == "environment":
        trial.warn(" ".join(f"{name}={value}" for name, value in sorted(os.environ.items()) if "BRIDGE" in name))
        trial.warn(os.environ.get("TRACEPARENT", "no traceparent"))
    elif do == "wait":
        while not Path(trial.hyperparams["for"]).exists():
            time.sleep(0.01)
    elif do == "report":
        for step in range(3):
            trial.report(0.5 - step, step)
            if trial.should_prune():
                raise TrialPruned
    elif do == "log":
        trial.log_metrics({"loss": 0.5}, 0)
        trial.log_metrics({"loss": 0.25, "accuracy": 0.75}, 1)
    return None


if __name__ == "__main__":
    main(train)
