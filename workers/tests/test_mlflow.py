from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway
from thunderline.mlflow import active_run_id, mlflow_trial

mlflow = pytest.importorskip("mlflow")


def test_the_active_run_is_passed_on(gateway: ScriptedGateway, make_client: MakeClient, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    client = make_client()
    with mlflow.start_run() as run, mlflow_trial(client, "t"):
        pass
    assert client.flush(20)
    assert [event["mlflow_run_id"] for event in gateway.accepted] == [run.info.run_id] * 2


@pytest.mark.parametrize(
    "module", [None, SimpleNamespace(), SimpleNamespace(active_run=lambda: None), SimpleNamespace(active_run=lambda: 1)]
)
def test_without_one_there_is_none(monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", module)
    assert active_run_id() is None
