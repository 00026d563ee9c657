"""The line that the end of a process logs about losses, and its silence when all went well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import Ended, run_python
from tests.scripted_gateway import ScriptedGateway, answer, reject

PROGRAM = """
import sys
from pathlib import Path
from thunderline import Client, Options
client = Client(sys.argv[1], model_run_id="r", options=Options(spool_dir=Path(sys.argv[2]), exit_timeout_s=float(sys.argv[4])))
for step in range(10):
    client.log_metrics({"loss": step}, step)
if sys.argv[3] == "an unusable value":
    client.log_metrics({"loss": "high"}, 0)
if sys.argv[3] == "closed":
    client.close()
    for step in range(3):
        client.log_metrics({"loss": 1.0}, step)
if sys.argv[3] == "closed twice":
    client.close()
    client.close()
"""  # noqa: E501


def run(gateway: ScriptedGateway, tmp_path: Path, what: str = "", exit_timeout_s: float = 20.0) -> Ended:
    ended = run_python("-c", PROGRAM, gateway.url, str(tmp_path / "spool"), what, str(exit_timeout_s))
    assert (ended.status, ended.output) == (0, "")
    return ended


@pytest.mark.parametrize("what", ["", "closed twice"])
def test_nothing_is_printed_when_all_went_well(gateway: ScriptedGateway, tmp_path: Path, what: str) -> None:
    assert run(gateway, tmp_path, what).errors == ""
    assert len(gateway.accepted) == 10


def test_rejected_events_are_summed_up_in_one_line(gateway: ScriptedGateway, tmp_path: Path) -> None:
    gateway.script = [reject(1, 3)]
    lines = run(gateway, tmp_path).errors.splitlines()
    assert [line for line in lines if line.startswith("Of ")] == [
        "Of 10 events 8 were accepted, 2 rejected, 0 wait on disk; lost: none."
    ]
    assert len(lines) == 2


def test_lost_values_are_summed_up_by_their_cause(gateway: ScriptedGateway, tmp_path: Path) -> None:
    lines = run(gateway, tmp_path, "an unusable value").errors.splitlines()
    assert lines[-1] == "Of 10 events 10 were accepted, 0 rejected, 0 wait on disk; lost: 1 unusable_value."


def test_events_that_wait_on_disk_are_no_loss(gateway: ScriptedGateway, tmp_path: Path) -> None:
    gateway.script = [answer(503)] * 1_000
    errors = run(gateway, tmp_path, exit_timeout_s=5.0).errors
    assert errors == "The gateway does not accept events (HTTP 503); they wait on disk.\n"


def test_events_after_the_close_are_reported_once(gateway: ScriptedGateway, tmp_path: Path) -> None:
    errors = run(gateway, tmp_path, "closed").errors
    assert errors == "An event after the close of its client is lost, as are later ones.\n"
