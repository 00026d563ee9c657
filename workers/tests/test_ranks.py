from __future__ import annotations

import logging
import sys
from types import SimpleNamespace

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline.client import ranks
from thunderline.client.ranks import is_launched_as_rank_zero, is_rank_zero_of_group

VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "LOCAL_RANK", "NODE_RANK", "MASTER_ADDR")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "_logged", set())
    monkeypatch.delitem(sys.modules, "torch.distributed", raising=False)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "launched", "of_group"),
    [
        ({}, True, True),
        ({"RANK": "0", "LOCAL_RANK": "1"}, True, True),
        ({"RANK": "3", "LOCAL_RANK": "0"}, False, True),
        ({"RANK": "3", "LOCAL_RANK": "0", "MASTER_ADDR": "node-0"}, False, False),
        ({"RANK": "0", "LOCAL_RANK": "0", "MASTER_ADDR": "node-0"}, True, True),
        ({"NODE_RANK": "0", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1"}, False, False),
        ({"NODE_RANK": "1", "LOCAL_RANK": "0", "MASTER_ADDR": "node-0"}, True, False),
        # Tasks of Slurm and MPI may be trials of their own.
        ({"SLURM_PROCID": "1"}, False, True),
        ({"OMPI_COMM_WORLD_RANK": "2"}, False, True),
        ({"RANK": "unset", "MASTER_ADDR": "node-0"}, True, True),
    ],
)
def test_finds_rank_zero(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], launched: bool, of_group: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (is_launched_as_rank_zero(), is_rank_zero_of_group()) == (launched, of_group)


@pytest.mark.parametrize(("initialized", "rank", "zero"), [(True, 2, False), (True, 0, True), (False, 2, True)])
def test_asks_torch_where_the_program_has_imported_it(
    monkeypatch: pytest.MonkeyPatch, initialized: bool, rank: int, zero: bool
) -> None:
    distributed = SimpleNamespace(is_available=lambda: True, is_initialized=lambda: initialized, get_rank=lambda: rank)
    monkeypatch.setitem(sys.modules, "torch.distributed", distributed)
    assert is_rank_zero_of_group() is zero


@pytest.mark.parametrize(("every_rank", "events"), [(False, 0), (True, 3)])
def test_a_trial_is_reported_by_rank_zero_unless_every_rank_is_asked_for(
    gateway: ScriptedGateway,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    every_rank: bool,
    events: int,
) -> None:
    caplog.set_level(logging.INFO, "thunderline")
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("MASTER_ADDR", "node-0")
    client = make_client()
    with client.trial("t", every_rank=every_rank) as trial:
        trial.log_metrics({"loss": 1.0})
        trial.set_result({"loss": 1.0})
        assert trial.upload_artifact("no such file") is None
    assert client.flush(20)
    assert len(gateway.accepted) == events
    assert ("RANK is 1" in caplog.text) is not every_rank


def test_a_rank_that_may_be_a_trial_of_its_own_is_a_warning_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLURM_PROCID", "1")
    assert not is_launched_as_rank_zero()
    assert not is_launched_as_rank_zero()
    assert [(record.levelname, "SLURM_PROCID is 1" in record.message) for record in caplog.records] == [
        ("WARNING", True)
    ]
