"""An Optuna study: six trials of which one is pruned and one fails."""

import optuna

from thunderline import Client
from thunderline.optuna import optuna_trial

client = Client(model_run_id="examples")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial: optuna.Trial) -> float:
    with optuna_trial(client, trial) as live:
        x = trial.suggest_float("x", -1, 1)
        trial.suggest_categorical("spectral_norm", [False, True])
        for step in range(5):
            live.log_metrics({"loss": x**2 + 1 / (step + 1)}, step)
        if trial.number == 1:
            raise optuna.TrialPruned("hopeless")
        if trial.number == 2:
            raise ValueError("broken")
        return x**2


study = optuna.create_study(study_name="optuna-example", sampler=optuna.samplers.RandomSampler(seed=0))
study.optimize(objective, n_trials=6, n_jobs=2, catch=ValueError)
