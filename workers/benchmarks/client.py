"""Measures the client: `python -m benchmarks.client`. Exit status 1 where a target is missed.

It runs against a server that takes everything, or against the gateway at THUNDERLINE_URL.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.training import Step, calibrated, numpy_matrices, pure_python
from thunderline import Client, Options

BURST_EVENTS = 100_000
STEP_S = 0.001
WINDOW_STEPS = 1_000
METRICS = {"train_loss": 0.6931471805599453, "val_accuracy": 0.8765}


@contextmanager
def gateway() -> Iterator[str]:
    url = os.environ.get("THUNDERLINE_URL")
    if url:
        yield url
        return
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink_server"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


@contextmanager
def client_of(url: str) -> Iterator[Client]:
    with tempfile.TemporaryDirectory() as directory:
        settings = Options(spool_dir=Path(directory), max_queue_events=2 * BURST_EVENTS)
        client = Client(url, model_run_id="benchmark", options=settings)
        client.log_metrics(METRICS, 0, trial_id="warm-up")
        assert client.flush(60), client.stats
        yield client
        assert client.flush(60), client.stats
        stats = client.stats
        assert not stats.dropped, stats
        assert stats.accepted == stats.enqueued, stats
        client.close()


def events_per_second(url: str) -> float:
    """The speed at which one thread enqueues a burst of events, all of which arrive."""
    with client_of(url) as client:
        began = time.perf_counter()
        for step in range(BURST_EVENTS):
            client.log_metrics(METRICS, step, trial_id="trial_007")
        return BURST_EVENTS / (time.perf_counter() - began)


def call_microseconds(url: str) -> list[float]:
    """The duration of each call at a steady 1,000 a second while the sender works; reading the clock is included."""
    calls = []
    with client_of(url) as client:
        due = time.perf_counter()
        for step in range(3_000):
            due += STEP_S
            while time.perf_counter() < due:
                pass
            began = time.perf_counter_ns()
            client.log_metrics(METRICS, step, trial_id="trial_007")
            calls.append((time.perf_counter_ns() - began) / 1_000)
    return calls


def slowdown_percent(url: str, step: Step, rounds: int, windows: int = 5) -> float:
    """How much longer steps take on average when they log 1,000 events a second.

    The speed of the machine changes by more from one second to the next than the difference to be measured. So two
    steps of ten log nothing, and the second of them measures a step by itself at that moment. The average of all ten
    contains the calls, their later effects and the waits for the sender. The same measurement without any logging is
    subtracted.
    """

    def overhead(client: Client | None) -> float:
        clock = time.perf_counter
        took = []
        last = clock()
        for number in range(WINDOW_STEPS):
            loss = step()
            if client is not None and number % 10 < 8:
                client.log_metrics({"train_loss": loss, "val_accuracy": 0.8765}, number, trial_id="trial_007")
            now = clock()
            took.append(now - last)
            last = now
        return statistics.fmean(took) / statistics.median(took[9::10]) - 1

    logging, nothing = [], []
    with client_of(url) as client:
        for _ in range(rounds):
            overhead(client)  # From the second window on, as many events are sent as logged.
            logging += [overhead(client) for _ in range(windows)]
            assert client.flush(60), client.stats
            nothing += [overhead(None) for _ in range(windows)]
    # Eight events in ten steps; the mark is for ten.
    return (statistics.median(logging) - statistics.median(nothing)) * 100 * 10 / 8


def measure(rounds: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    with gateway() as url:
        rates = sorted(events_per_second(url) for _ in range(5))
        figures["enqueued_events_per_s"] = statistics.median(rates)
        calls = sorted(call_microseconds(url))
        figures["call_p50_us"] = calls[len(calls) // 2]
        figures["call_p99_us"] = calls[len(calls) * 99 // 100]
        for name, step in {
            "python": calibrated(pure_python, STEP_S, 10_000),
            "numpy": calibrated(numpy_matrices, STEP_S, 100),
        }.items():
            if step is not None:
                figures[f"slowdown_{name}_percent"] = slowdown_percent(url, step, rounds)
    return figures


TARGETS = {
    "enqueued_events_per_s": (">=", 100_000.0),
    "call_p50_us": ("<", 2.0),
    "slowdown_python_percent": ("<", 1.0),
    "slowdown_numpy_percent": ("<", 1.0),
}


def met(name: str, value: float) -> bool:
    relation, bound = TARGETS.get(name, ("<", float("inf")))
    return value >= bound if relation == ">=" else value < bound


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the Python client.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of 5 s with and 5 s without logging")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    arguments = parser.parse_args()
    figures = measure(arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            relation, bound = TARGETS.get(name, ("", None))
            target = "" if bound is None else f"{relation} {bound:,.0f}"
            print(f"{name:28}{value:>14,.2f}   {target:12}{'' if met(name, value) else 'MISSED'}".rstrip())
    return 0 if all(met(name, value) for name, value in figures.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
