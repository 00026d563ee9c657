"""Uploads of checkpoints, to a real HTTP server that answers by a script."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.worker.processes import CEREBROS_SERVICE, result_of_run
from thunderline.worker import upload as uploads
from thunderline.worker.upload import UploadFailed, upload, uploads_are_possible


class Store(BaseHTTPRequestHandler):
    answers: ClassVar[list[int]] = []
    released: ClassVar = threading.Event()
    """Ends the wait of the answer 0, which is a 201 that comes late."""
    puts: ClassVar[list[tuple[str, bytes, dict[str, str]]]] = []

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.puts.append((self.path, body, dict(self.headers)))
        status = self.answers.pop(0) if self.answers else 201
        if status == 0:
            self.released.wait(20)
            status = 201
        content = json.dumps({"uri": "s3://bucket/model", "code": "refused"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Store.answers.clear()
    Store.puts.clear()
    Store.released.clear()
    server = HTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("THUNDERLINE_URL", url)
    monkeypatch.setenv("THUNDERLINE_MODE", "online")
    monkeypatch.delenv("THUNDERLINE_API_KEY", raising=False)
    monkeypatch.setattr(uploads, "PAUSES_S", (0.0, 0.0))
    yield url
    Store.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model ü.pth"
    path.write_bytes(b"weights" * 400_000)
    return path


def test_a_file_is_sent_whole_with_its_checksum_and_the_key(
    store: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store
    monkeypatch.setenv("THUNDERLINE_API_KEY", "secret")
    assert upload(model, "team/run 1", "t1", 2) == "s3://bucket/model"
    ((path, body, headers),) = Store.puts
    assert path == "/api/runs/team%2Frun%201/trials/t1/artifacts/model%20%C3%BC.pth?attempt=2"
    assert body == model.read_bytes()
    assert headers["Content-Digest"] == f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"
    assert headers["Authorization"] == "Bearer secret"


def test_an_upload_without_an_answer_that_counts_is_sent_again(store: str, model: Path) -> None:
    del store
    Store.answers += [503, 429]
    assert upload(model, "r", "t", 0) == "s3://bucket/model"
    assert len(Store.puts) == 3


@pytest.mark.parametrize(("answers", "attempts"), [([400], 1), ([503, 503, 503], 3)])
def test_a_refusal_is_reported_with_its_answer(store: str, model: Path, answers: list[int], attempts: int) -> None:
    del store
    Store.answers += answers
    with pytest.raises(UploadFailed, match=f'answered {answers[-1]}: .*"code": "refused"'):
        upload(model, "r", "t", 0)
    assert len(Store.puts) == attempts


def test_nothing_is_uploaded_by_a_process_that_sends_no_events(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del store
    assert uploads_are_possible()
    monkeypatch.setenv("THUNDERLINE_MODE", "disabled")
    assert not uploads_are_possible()


def trained(store: str, tmp_path: Path, **bridge: str) -> dict[str, Any]:
    """The trial that the worker reports after a short training."""
    pytest.importorskip("numpy", reason="the worker's default models need numpy")
    environment = {
        "THUNDERLINE_MODE": "online",
        "THUNDERLINE_URL": store,
        "THUNDERLINE_SPOOL_DIR": str(tmp_path),
        **{f"CEREBROS_BRIDGE_{name}": value for name, value in bridge.items()},
    }
    payload = {"trial_id": "t1", "spectral_norm": True, "parameters": {"epochs": 1}}
    trial: dict[str, Any]
    (trial,) = result_of_run(CEREBROS_SERVICE, "run_trial", payload, **environment)["trials"]
    return trial


@pytest.mark.parametrize(("answers", "uri"), [([], "s3://bucket/model"), ([403], None)])
def test_the_worker_uploads_its_model_and_a_failure_is_a_warning(
    store: str, tmp_path: Path, answers: list[int], uri: str | None
) -> None:
    Store.answers += answers
    trial = trained(store, tmp_path, ATTEMPT="3")
    assert (trial["status"], trial["artifact_uri"]) == ("succeeded", uri)
    ((path, body, _),) = Store.puts
    assert path == "/api/runs/study/trials/t1/artifacts/model.npz?attempt=3"
    assert len(body) > 1_000
    assert len(trial["warnings"]) == (0 if uri else 1)


def test_a_store_that_does_not_answer_costs_the_checkpoint_and_not_the_trial(store: str, tmp_path: Path) -> None:
    Store.answers += [0]
    trial = trained(store, tmp_path, DEADLINE_MS=str(int((time.time() + 16) * 1_000)))
    assert (trial["status"], trial["artifact_uri"]) == ("succeeded", None)
    assert "is not stored" in trial["warnings"][0]
