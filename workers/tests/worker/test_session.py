"""Answers of the bridge that arrive late."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from tests.eventually import PATIENCE_S
from thunderline.worker import session
from thunderline.worker.bridge import Bridge
from thunderline.worker.call import Call
from thunderline.worker.lines import Lines
from thunderline.worker.session import Session


def test_an_answer_to_the_command_before_prunes_no_later_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "set_environment", lambda _: None)
    monkeypatch.setattr(session, "REPLY_TIMEOUT_S", 0.0)
    from_bridge, to_worker = os.pipe()
    from_worker, to_bridge = os.pipe()
    pruned: dict[str, list[bool]] = {"c1": [], "c2": []}
    may_report = threading.Event()

    def handle(call: Call, bridge: Bridge) -> Mapping[str, Any]:
        if call.command_id == "c2":
            assert may_report.wait(PATIENCE_S)
            # Waits for the answer this time, which is the second one to arrive.
            monkeypatch.setattr(session, "REPLY_TIMEOUT_S", PATIENCE_S)
        pruned[call.command_id or ""].append(bridge.report(0, 0.5))
        return {}

    with os.fdopen(from_bridge, "rb") as reading, os.fdopen(from_worker) as results:
        serving = threading.Thread(target=Session(Lines(reading, to_bridge)).serve, args=(handle,))
        serving.start()

        def say(message: Any) -> None:
            os.write(to_worker, json.dumps(message).encode() + b"\n")

        def read(kind: str) -> None:
            assert kind in json.loads(results.readline())

        read("ready")
        for command_id in ("c1", "c2"):
            say({"command_id": command_id, "op": "run_trial", "run_id": "r", "payload": {}})
        read("report")
        read("result")
        may_report.set()
        read("report")
        say({"prune": True})
        say({"prune": False})
        read("result")
        os.close(to_worker)
        serving.join(PATIENCE_S)
        os.close(to_bridge)
    assert pruned == {"c1": [False], "c2": [False]}
