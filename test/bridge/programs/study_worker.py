"""A worker whose trials end as the hyperparameter `end` says; `x` is their objective."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3] / "workers")

from thunderline.worker import LiveTrial, TrialPruned, main  # noqa: E402


def train(trial: LiveTrial) -> dict[str, float]:
    x = trial.hyperparams["x"]
    end = trial.hyperparams.get("end", "complete")
    while "for" in trial.parameters and not Path(trial.parameters["for"]).exists():
        time.sleep(0.01)
    time.sleep(trial.parameters.get("pause", 0))
    if end == "pruned":
        raise TrialPruned
    if end == "raises":
        raise ValueError("no convergence")
    if end == "nan":
        return {"val_accuracy": float("nan")}
    if end == "other":
        return {"loss": x}
    for step in range(trial.parameters.get("steps", 0)):
        trial.report(x, step)
        if trial.should_prune():
            raise TrialPruned
    return {"val_accuracy": x}


if __name__ == "__main__":
    main(train)
