"""The study process as the bridge drives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import PATIENCE_S
from tests.study.conftest import execute
from tests.study.test_studies import SPEC
from tests.worker_process import ROOT


class StudyProcess:
    def __init__(self, database_url: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "thunderline.worker.study", "--serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.ready = self.read()["ready"]
        self.send({"database_url": database_url})
        self._last = 0

    def send(self, message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def call(self, op: str, trial_id: str, number: int | None = None, **members: Any) -> Any:
        self._last += 1
        subject = {"study": "run", "spec": SPEC, "trial_id": trial_id, "number": number}
        self.send({"id": self._last, "op": op, **subject, **members})
        answer = self.read()
        assert answer.pop("id") == self._last
        return answer

    def end(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, errors


@pytest.fixture
def study(database_url: str) -> Iterator[StudyProcess]:
    process = StudyProcess(database_url)
    yield process
    process.process.kill()
    process.process.communicate()


def test_a_study_is_asked_reported_and_told(study: StudyProcess) -> None:
    assert study.ready["protocol"] == 1
    asked = study.call("ask", "t0", again=False)["result"]
    assert (asked["number"], asked["params"]["spectral_norm"]) == (0, False)
    assert study.call("report", "t0", 0, step=0, value=0.5) == {"result": {"prune": False}}
    assert study.call("report", "t0", 0, step=1, value="NaN") == {"result": {"prune": False}}
    assert study.call("tell", "t0", 0, state="complete", value=0.5) == {"result": {"told": True}}
    assert study.call("tell", "t9", None, state="failed", value=None) == {"result": {"told": False}}
    assert study.end() == (0, "")


def test_a_call_that_cannot_succeed_is_refused_and_the_next_one_is_answered(study: StudyProcess) -> None:
    study.call("ask", "t0", again=False)
    error = study.call("ask", "t1", again=False, spec=SPEC | {"direction": "minimize"})["error"]
    assert (error["kind"], error["type"]) == ("refused", "StudyConflict")
    assert study.call("guess", "t1")["error"]["message"] == "unknown operation: 'guess'"
    assert study.call("ask", "t1", again=False)["result"]["number"] == 1


def test_a_storage_that_is_away_is_not_the_fault_of_the_call(study: StudyProcess, database_url: str) -> None:
    study.call("ask", "t0", again=False)
    name = database_url.rsplit("/", 1)[1]
    server = os.environ["DATABASE_URL"]
    execute(server, f"alter database {name} allow_connections false")
    try:
        execute(server, "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", name)
        assert study.call("ask", "t1", again=False)["error"]["kind"] == "unavailable"
    finally:
        execute(server, f"alter database {name} allow_connections true")
    assert study.call("ask", "t1", again=True)["result"]["number"] == 1


def test_a_database_that_cannot_be_opened_is_named_and_tried_again(database_url: str) -> None:
    study = StudyProcess(f"{database_url}_missing")
    try:
        for _ in range(2):
            error = study.call("ask", "t0", again=False)["error"]
            assert (error["kind"], error["type"]) == ("unavailable", "StorageUnavailable")
            assert "does not exist" in error["message"]
    finally:
        study.end()


def test_the_password_of_the_database_is_not_in_the_environment_or_the_command_line(study: StudyProcess) -> None:
    study.call("ask", "t0", again=False)
    pid = study.process.pid
    for name in ("environ", "cmdline"):
        assert b"postgres://" not in Path(f"/proc/{pid}/{name}").read_bytes()


def test_processes_that_start_at_the_same_time_create_the_tables_once(database_url: str) -> None:
    started = [StudyProcess(database_url) for _ in range(3)]
    try:
        for study in started:
            subject = {"study": "run", "spec": SPEC, "trial_id": f"t{study.process.pid}", "number": None}
            study.send({"id": 1, "op": "ask", "again": False, **subject})
        assert sorted(study.read()["result"]["number"] for study in started) == [0, 1, 2]
    finally:
        for study in started:
            study.end()
