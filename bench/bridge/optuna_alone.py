"""A study of trials that do nothing, run by Optuna itself: the speed that the bridge is compared with.

    python optuna_alone.py DATABASE_URL PROCESSES TRIALS

Each process runs its share of one study with `study.optimize`. Prints the trials a second, from the moment at which all
processes have opened the study.
"""

import subprocess
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)
NAME = "alone"


def objective(trial):
    trial.suggest_float("a", 0, 1)
    trial.suggest_float("b", 0.001, 1, log=True)
    trial.suggest_int("c", 1, 8)
    trial.suggest_categorical("spectral_norm", [False, True])
    return 0.5


def take_part(url, trials):
    study = optuna.load_study(study_name=NAME, storage=url)
    print("ready", flush=True)
    sys.stdin.readline()
    study.optimize(objective, n_trials=trials)


def measure(url, processes, trials):
    optuna.create_study(study_name=NAME, storage=url, direction="maximize")
    share = trials // processes
    command = [sys.executable, __file__, url, str(share)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    started = time.monotonic()
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        assert process.wait() == 0
    print(share * processes / (time.monotonic() - started))


if __name__ == "__main__":
    url = sys.argv[1].replace("postgres://", "postgresql+psycopg2://")
    if len(sys.argv) == 4:
        measure(url, int(sys.argv[2]), int(sys.argv[3]))
    else:
        take_part(url, int(sys.argv[2]))
