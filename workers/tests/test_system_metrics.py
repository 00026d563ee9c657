"""System metrics, of this machine and of machines described by files."""

from __future__ import annotations

import gc
import math
import os
import sys
import threading
import time
from collections import Counter, namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.command import run_python
from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.fake_nvml import pynvml
from tests.scripted_gateway import Event, ScriptedGateway
from thunderline import Client, Options
from thunderline.client.system_metrics.gpus import Gpus
from thunderline.client.system_metrics.machine import PROC, Machine

THREAD = "thunderline-system-metrics"
MACHINE = {
    "system/cpu_percent",
    "system/process_cpu_percent",
    "system/memory_percent",
    "system/memory_used_bytes",
    "system/process_memory_bytes",
}


def write_proc(proc: Path, stat: str) -> None:
    (proc / "self").mkdir(exist_ok=True)
    (proc / "stat").write_text(f"{stat}\ncpu0 1 2 3 4\n")
    (proc / "meminfo").write_text(
        "MemTotal:        1000 kB\nMemFree:  100 kB\nMemAvailable:  400 kB\nHugePages_Total: 0\n"
    )
    (proc / "self" / "statm").write_text("900 25 10 1 0 300 0\n")


def test_reads_the_use_of_processors_and_memory_from_proc(tmp_path: Path) -> None:
    write_proc(tmp_path, "cpu  100 0 100 700 100 0 0 0 50 0")
    machine = Machine(tmp_path)
    write_proc(tmp_path, "cpu  150 10 110 750 130 20 5 25 80 0")
    readings = machine.read()
    # 120 of 200 ticks were neither idle nor waiting for a disk; the ticks of guests count once.
    assert readings["cpu_percent"] == pytest.approx(60)
    assert readings["memory_used_bytes"] == 600 * 1024
    assert readings["memory_percent"] == pytest.approx(60)
    assert readings["process_memory_bytes"] == 25 * os.sysconf("SC_PAGE_SIZE")


def test_measures_the_processor_time_of_this_process() -> None:
    machine = Machine()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 1 < machine.read()["process_cpu_percent"] <= 100 * (os.cpu_count() or 1)


@pytest.mark.skipif(not PROC.exists(), reason="needs /proc")
def test_reads_this_machine() -> None:
    readings = Machine().read()
    assert 0 < readings["memory_percent"] < 100
    assert 1_000_000 < readings["process_memory_bytes"] < readings["memory_used_bytes"] * 10


def test_reads_psutil_where_there_is_no_proc(tmp_path: Path) -> None:
    times = namedtuple("times", ["user", "system", "idle"])
    readings = iter([times(10, 10, 80), times(30, 20, 150)])
    psutil = SimpleNamespace(
        cpu_times=lambda: next(readings),
        virtual_memory=lambda: SimpleNamespace(total=1_000, available=250),
        Process=lambda: SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=77)),
    )
    found = Machine(tmp_path, psutil).read()
    found.pop("process_cpu_percent")
    assert found == {
        "cpu_percent": 30.0,
        "memory_used_bytes": 750,
        "memory_percent": 75.0,
        "process_memory_bytes": 77,
    }


@pytest.mark.parametrize("content", [None, "", "cpu\n", "garbage"])
def test_leaves_out_what_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        for name in ("stat", "meminfo"):
            (tmp_path / name).write_text(content)
    assert set(Machine(tmp_path).read()) == {"process_cpu_percent"}


GPU_0 = {"gpu/0/utilization_percent": 70, "gpu/0/memory_used_bytes": 20_000_000_000, "gpu/0/memory_percent": 25.0}
SECOND_AS_0 = {"gpu/0/memory_used_bytes": 40_000_000_000, "gpu/0/memory_percent": 50.0}
SECOND_AS_1 = {"gpu/1/memory_used_bytes": 40_000_000_000, "gpu/1/memory_percent": 50.0}


@pytest.mark.parametrize(
    ("visible", "readings"),
    [
        (None, GPU_0 | SECOND_AS_1),
        ("", {}),
        ("1", SECOND_AS_0),
        ("0,1", GPU_0 | SECOND_AS_1),
        ("GPU-bbbb", SECOND_AS_0),
        ("0,7,1", GPU_0),
    ],
)
def test_reads_the_visible_gpus_and_leaves_out_what_one_does_not_support(
    visible: str | None, readings: dict[str, float]
) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert Gpus(pynvml, environment).read() == readings


def test_a_machine_without_a_driver_has_no_gpus() -> None:
    def raising() -> None:
        raise pynvml.NVMLError("driver not loaded")

    assert Gpus(SimpleNamespace(nvmlInit=raising), {}).read() == {}
    assert Gpus(None, {}).read() == {}


def samples(events: list[Event]) -> list[Event]:
    return [event for event in events if any(name.startswith("system/") for name in event.get("measurements", {}))]


def test_logs_to_every_open_trial_with_steps_of_its_own(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(model_run_id="r", system_metrics=True, system_metrics_every_s=0.05)
    with client.trial("a") as trial:
        trial.log_metrics({"loss": 1.0})
        eventually(lambda: counted(gateway)["a"] >= 3, "three samples of a")
        with client.trial("b"):
            eventually(lambda: counted(gateway)["b"] >= 2, "two samples of b")
    client.close()
    of_a = [event for event in samples(gateway.accepted) if event.get("trial_id") == "a"]
    assert [event["step"] for event in of_a] == list(range(len(of_a)))
    assert set(of_a[1]["measurements"]) >= MACHINE
    assert all(math.isfinite(value) for event in of_a for value in event["measurements"].values())
    completed = gateway.await_accepted_event("ml.trial.complete", trial_id="a")
    assert completed["metrics"] == {"loss": 1.0}
    assert gateway.await_accepted_event("ml.run.metric", measurements={"loss": 1.0})["step"] == 0


def counted(gateway: ScriptedGateway) -> Counter[Any]:
    return Counter(event.get("trial_id") for event in samples(list(gateway.accepted)))


def test_logs_to_the_run_while_no_trial_is_open(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(model_run_id="r", system_metrics=True, system_metrics_every_s=0.05)
    eventually(lambda: counted(gateway)[None] >= 2, "two samples of the run")
    client.close()
    assert {event["model_run_id"] for event in gateway.accepted} == {"r"}


def test_a_client_that_is_closed_or_dropped_logs_nothing_more(
    gateway: ScriptedGateway, make_client: MakeClient, options: Options
) -> None:
    client = make_client(model_run_id="r", system_metrics=True, system_metrics_every_s=0.05)
    eventually(lambda: len(gateway.accepted) >= 1, "a sample")
    client.close()
    assert dict(client.stats.dropped) == {}
    assert client.stats.enqueued == client.stats.accepted
    eventually(lambda: not running(), "the thread of the closed client ends")
    dropped = Client(gateway.url, model_run_id="r", options=options, system_metrics=True)
    assert running()
    del dropped
    gc.collect()
    eventually(lambda: not running(), "the thread of the dropped client ends")


def running() -> bool:
    return any(thread.name == THREAD for thread in threading.enumerate())


def test_no_thread_runs_unless_system_metrics_are_asked_for(make_client: MakeClient) -> None:
    make_client(model_run_id="r").log_metrics({"loss": 1.0})
    assert not running()


FORKING_PROGRAM = """
import os, sys
from thunderline import Client, Options
client = Client(sys.argv[1], model_run_id="r", system_metrics=True, options=Options(system_metrics_every_s=0.05))
client.flush(20)
reading, writing = os.pipe()
if os.fork() == 0:
    # Starts no trial, and ends when its sibling and its parent have sampled.
    os.close(writing)
    os.read(reading, 1)
    assert client.stats.enqueued == 0
    sys.exit()
if os.fork() == 0:
    with client.trial("child"):
        while client.stats.enqueued < 4:
            client.flush(0.05)
    sys.exit()
assert os.wait()[1] == 0
while client.stats.accepted < 4:
    client.flush(0.05)
os.close(writing)
assert os.wait()[1] == 0
client.close()
"""


def test_a_forked_child_logs_to_its_own_trials_only(gateway: ScriptedGateway, tmp_path: Path) -> None:
    # Python 3.12 warns of every fork of a process that has threads.
    program = ["-W", "ignore::DeprecationWarning", "-c", FORKING_PROGRAM]
    ended = run_python(*program, gateway.url, THUNDERLINE_SPOOL_DIR=str(tmp_path / "spool"))
    assert (ended.status, ended.errors) == (0, "")
    assert counted(gateway)["child"] >= 2
    # A second sampler of the run would count its steps from 0 again.
    steps = [event["step"] for event in samples(gateway.accepted) if "trial_id" not in event]
    assert steps == list(range(len(steps)))
    assert len(steps) >= 2


def test_a_gpu_is_logged_through_the_package_pynvml(gateway: ScriptedGateway, tmp_path: Path) -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[2])
from thunderline import Client, Options
client = Client(sys.argv[1], model_run_id="r", system_metrics=True, options=Options(system_metrics_every_s=0.05))
while client.stats.accepted == 0:
    client.flush(1)
client.close()
"""
    folder = str(Path(pynvml.__file__).parent)
    ended = run_python("-c", program, gateway.url, folder, THUNDERLINE_SPOOL_DIR=str(tmp_path / "spool"))
    assert (ended.status, ended.errors) == (0, "")
    assert gateway.accepted[0]["measurements"]["system/gpu/0/utilization_percent"] == 70
    assert "pynvml" not in sys.modules
