"""A process with a client. It runs the commands on its standard input, one a line, and answers each with a line of
JSON.

Arguments: the gateway's URL and the options as JSON.
"""

from __future__ import annotations

import atexit
import importlib
import json
import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from thunderline import Client, Options


def make_client() -> Client:
    options = json.loads(sys.argv[2])
    return Client(sys.argv[1], options=Options(**{**options, "spool_dir": Path(options["spool_dir"])}))


def log(client: Client, trial_id: str, number: int) -> None:
    """A trial of `number` points that has ended."""
    with client.trial(trial_id, model_run_id="r") as trial:
        for step in range(number):
            trial.log_metrics({"loss": step}, step)


def fork(client: Client, number: int) -> int:
    """The child logs and ends as a script ends; the parent logs and waits for it."""
    child = os.fork()
    if child == 0:
        log(client, f"child-{os.getpid()}", number)
        sys.exit(0)
    log(client, "parent", number)
    return os.waitpid(child, 0)[1]


def fork_after_a_new_key(client: Client, number: int) -> int:
    client.api_key = "new"
    return fork(client, number)


def fork_multiprocessing(client: Client, number: int) -> int | None:
    context = multiprocessing.get_context("fork")
    process = context.Process(target=log, args=(client, "multiprocessing", number))
    process.start()
    log(client, "parent", number)
    process.join()
    return process.exitcode


def _fork_with(module: str, client: Client, number: int) -> int | None:
    """The child logs and ends without running exit handlers."""
    process = importlib.import_module(module).get_context("fork").Process(target=log, args=(client, "child", number))
    process.start()
    process.join()
    exitcode: int | None = process.exitcode
    return exitcode


def fork_multiprocess(client: Client, number: int) -> int | None:
    return _fork_with("multiprocess", client, number)


def fork_billiard(client: Client, number: int) -> int | None:
    return _fork_with("billiard", client, number)


def log_metrics(client: Client, number: int) -> None:
    for step in range(number):
        client.log_metrics({"loss": step}, step, trial_id="t", model_run_id="r")


def close(client: Client, milliseconds: int) -> None:
    client.close(milliseconds / 1_000)


def fork_while_threads_log(client: Client, number: int) -> list[int]:
    """Forks while other threads log, so that they hold locks that the child inherits without the threads."""
    threads = [threading.Thread(target=log, args=(client, f"thread-{index}", number)) for index in range(4)]
    for thread in threads:
        thread.start()
    statuses = [fork(client, 10) for _ in range(5)]
    for thread in threads:
        thread.join()
    return statuses


def log_from_signals(client: Client, number: int) -> int:
    """Logs from a signal handler that interrupts the thread while it logs; how many trials both have started."""
    handled = 0
    started = 0

    def handler(*_: object) -> None:
        nonlocal handled
        handled += 1
        client.log_metrics({"signal": handled}, handled, trial_id="t", model_run_id="r")
        client.trial_start(f"signal-{handled}", model_run_id="r")

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    while handled < number:
        client.trial_start("main", model_run_id="r")
        client.log_metrics({"main": handled}, handled, trial_id="t", model_run_id="r")
        started += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    return handled + started


def stats(client: Client) -> dict[str, Any]:
    return asdict(client.stats)


def end(client: Client, how: str) -> NoReturn:
    if how == "raise":
        raise ValueError("the training failed")
    if how == "exit_at_once":
        log(client, "last", 0)
        os._exit(0)
    if how == "kill_at_once":
        log(client, "last", 0)
        os.kill(os.getpid(), signal.SIGKILL)
    sys.exit(0)


def main() -> None:
    clients: list[Client] = []
    # Exit handlers run in the reverse order of their registration, and a client registers one of its own.
    if "LOG_AFTER_CLOSE" in os.environ:
        atexit.register(lambda: log(clients[0], "after-close", 1))
    client = make_client()
    clients.append(client)
    if "LOG_AT_EXIT" in os.environ:
        atexit.register(lambda: log(client, "at-exit", 1))
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "log":
            log(client, arguments[0], int(arguments[1]))
            result: Any = None
        elif command == "flush":
            result = client.flush(float(arguments[0]))
        elif command == "stats":
            result = stats(client)
        elif command == "end":
            end(client, arguments[0])
        else:
            result = globals()[command](client, int(arguments[0]))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
