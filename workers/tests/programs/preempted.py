"""Starts a trial and waits for SIGTERM, in the way that its first argument names.

Arguments: the way, the gateway's URL, the spool directory and `exit_timeout_s`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from thunderline import Client, Options, Trial

way, url, spool_dir, exit_timeout_s = sys.argv[1:]
client = Client(
    url, model_run_id="r", options=Options(spool_dir=Path(spool_dir), exit_timeout_s=float(exit_timeout_s), linger_s=60)
)


def checkpoint(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(7)


def start(trial_id: str = "t") -> Trial:
    trial = client.trial(trial_id, hyperparams={"lr": 0.1})
    trial.start()
    trial.log_metrics({"loss": 0.5}, 0)
    return trial


def wait() -> None:
    print("ready", flush=True)
    # Short, because Python runs a handler between two instructions of the main thread: a signal that arrives just
    # before a call blocks waits for the end of that call.
    while True:
        time.sleep(0.05)


if way == "several":
    trials = [start(f"t{number}") for number in range(3)]
    trials[0].end()
    wait()
elif way == "block":
    with client.trial("t") as opened:
        opened.log_metrics({"loss": 0.5}, 0)
        wait()
elif way == "in a call":
    # Metrics fill the queue again and again, so that the signal interrupts the client at any point.
    trial = start()
    print("ready", flush=True)
    while True:
        trial.log_metrics({"loss": 1.0})
elif way == "in a flush":
    trial = start()
    print("ready", flush=True)
    client.flush(600)
elif way == "handler before":
    signal.signal(signal.SIGTERM, checkpoint)
    trial = start()
    wait()
elif way == "ignored":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with client.trial("t"):
        print("ready", flush=True)
        sys.stdin.readline()
elif way == "handler after":
    trial = start()
    signal.signal(signal.SIGTERM, checkpoint)
    wait()
elif way == "chained":
    trial = start()
    previous = signal.getsignal(signal.SIGTERM)

    def chained(number: int, frame: FrameType | None) -> None:
        print("checkpoint", flush=True)
        assert callable(previous)
        previous(number, frame)

    signal.signal(signal.SIGTERM, chained)
    wait()
elif way == "thread":
    # Only the main thread can install a handler; here no trial starts on it.
    trials = []
    thread = threading.Thread(target=lambda: trials.append(start()))
    thread.start()
    thread.join()
    wait()
elif way == "child":
    with client.trial("t"):
        child = os.fork()
        if child == 0:
            wait()
        sys.stdin.readline()
        os.kill(child, signal.SIGTERM)
        status = os.waitpid(child, 0)[1]
    print(os.WTERMSIG(status), flush=True)
elif way == "child with a trial":
    with client.trial("t"):
        child = os.fork()
        if child == 0:
            trial = start("child")
            wait()
        sys.stdin.readline()
        os.kill(child, signal.SIGTERM)
        status = os.waitpid(child, 0)[1]
    print(os.WTERMSIG(status), flush=True)
