"""Uploads of artifacts, to a real HTTP server that answers by a script."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.artifact_store import URI, Handler, Step, Store, answer, hang_up, refuse_at_once, stored
from tests.conftest import MakeClient
from tests.spans import TRACER, traceparent_of
from thunderline.client.bridge_call import CALL


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    handler = type("BoundHandler", (Handler,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    store.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield store
    store.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model ü.pth"
    path.write_bytes(bytes(range(256)) * 4_096)
    return path


def test_a_file_is_stored_whole_with_its_checksum(store: Store, make_client: MakeClient, model: Path) -> None:
    client = make_client(store.url, api_key="key", model_run_id="team a/7")
    assert client.upload_artifact(model, trial_id="trial_007") == URI
    (put,) = store.puts
    assert put.path == "/api/runs/team%20a%2F7/trials/trial_007/artifacts/model%20%C3%BC.pth"
    assert put.body == model.read_bytes()
    digest = base64.b64encode(hashlib.sha256(put.body).digest()).decode()
    assert put.headers["content-digest"] == f"sha-256=:{digest}:"
    assert put.headers["authorization"] == "Bearer key"
    assert (client.stats.artifacts_uploaded, client.stats.artifacts_failed) == (1, 0)


def test_a_trial_uploads_under_its_own_ids(store: Store, make_client: MakeClient, model: Path) -> None:
    trial = make_client(store.url).trial("t", model_run_id="r")
    assert trial.upload_artifact(str(model), "checkpoints/last.pth") == URI
    assert store.puts[0].path == "/api/runs/r/trials/t/artifacts/checkpoints%2Flast.pth"


def test_an_upload_without_a_run_belongs_to_the_run_unassigned(
    store: Store, make_client: MakeClient, model: Path
) -> None:
    make_client(store.url + "/prefix/").upload_artifact(model, "m", trial_id="t")
    assert store.puts[0].path == "/prefix/api/runs/unassigned/trials/t/artifacts/m"


def test_an_upload_of_a_bridged_trial_states_its_attempt(
    store: Store, make_client: MakeClient, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CEREBROS_BRIDGE_ATTEMPT", "3")
    make_client(store.url).upload_artifact(model, "m", trial_id="t", model_run_id="r")
    assert store.puts[0].path.endswith("/artifacts/m?attempt=3")
    monkeypatch.delenv("CEREBROS_BRIDGE_ATTEMPT")
    CALL.read()


@pytest.mark.parametrize(
    "trouble",
    [
        answer(503, {"code": "store_unavailable"}, Retry_After="0"),
        answer(429, {"code": "rate_limited"}, Retry_After="0"),
        answer(408, {"code": "request_timeout"}),
        answer(502, b"<html>bad gateway</html>"),
        answer(400, {"code": "checksum_mismatch"}),
        hang_up,
    ],
)
def test_an_upload_is_sent_again_after_trouble(
    store: Store, make_client: MakeClient, model: Path, trouble: Step
) -> None:
    store.script = [trouble, trouble]
    client = make_client(store.url)
    assert client.upload_artifact(model, trial_id="t") == URI
    assert store.puts[-1].body == model.read_bytes()
    assert client.stats.retries == 2
    assert client.stats.artifacts_uploaded == 1


def test_the_same_content_that_is_there_already_is_a_success(
    store: Store, make_client: MakeClient, model: Path
) -> None:
    store.script = [stored(200)]
    assert make_client(store.url).upload_artifact(model, trial_id="t") == URI


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (answer(403, {"code": "forbidden", "detail": "other runs"}), "answered 403 forbidden other runs"),
        (answer(404, b"nothing here"), "answered 404"),
        (answer(400, {"code": "malformed_request", "detail": "the name"}), "malformed_request the name"),
        (answer(302, b"", Location="http://elsewhere.example/"), "answered 302"),
        (refuse_at_once, "answered 413 body_too_large"),
    ],
)
def test_a_refused_upload_is_given_up_and_logged(
    store: Store,
    make_client: MakeClient,
    model: Path,
    caplog: pytest.LogCaptureFixture,
    refusal: Step,
    reason: str,
) -> None:
    store.script = [refusal]
    client = make_client(store.url)
    assert client.upload_artifact(model, trial_id="t") is None
    assert store.script == []
    assert len(store.puts) <= 1
    assert reason in caplog.text
    assert client.stats.artifacts_failed == 1


def test_an_upload_is_given_up_at_its_deadline(
    make_client: MakeClient, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client("http://127.0.0.1:1")
    assert client.upload_artifact(model, trial_id="t", timeout=2.0) is None
    assert "no answer: ConnectionRefusedError" in caplog.text
    assert client.stats.artifacts_failed == 1


def answered_late(handler: Handler) -> None:
    """Stores the file after longer than a caller waits."""
    handler.take()
    handler.store.released.wait(20)
    handler.reply(201, {"uri": URI}, {})


def test_an_upload_without_an_answer_ends_at_its_timeout(
    store: Store, make_client: MakeClient, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.script = [answered_late]
    assert make_client(store.url).upload_artifact(model, trial_id="t", timeout=1.0) is None
    assert "no answer in time" in caplog.text


def test_an_upload_of_a_bridged_trial_ends_before_its_attempt(
    store: Store, make_client: MakeClient, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.script = [answered_late]
    ends_s = time.time() + 4
    monkeypatch.setenv("CEREBROS_BRIDGE_DEADLINE_MS", str(int(ends_s * 1_000)))
    try:
        assert make_client(store.url).upload_artifact(model, trial_id="t") is None
        assert time.time() < ends_s
    finally:
        monkeypatch.delenv("CEREBROS_BRIDGE_DEADLINE_MS")
        CALL.read()


@pytest.mark.parametrize("path", ["absent.pth", ".", 7, None])
def test_a_file_that_cannot_be_read_never_raises(store: Store, make_client: MakeClient, path: Any) -> None:
    client = make_client(store.url)
    assert client.upload_artifact(path, trial_id="t") is None
    assert client.upload_artifact(__file__, trial_id=None) is None  # type: ignore[arg-type]
    assert client.stats.artifacts_failed == 2
    assert store.puts == []


@pytest.mark.parametrize("mode", ["offline", "disabled"])
def test_a_client_that_sends_nothing_uploads_nothing(
    store: Store,
    make_client: MakeClient,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    mode: str,
) -> None:
    monkeypatch.setenv("THUNDERLINE_MODE", mode)
    client = make_client(store.url)
    assert client.upload_artifact(model, trial_id="t") is None
    assert "sends nothing" in caplog.text
    assert store.puts == []


def test_a_file_that_becomes_shorter_while_it_is_sent_is_sent_again(
    store: Store, make_client: MakeClient, model: Path
) -> None:
    def shorten(handler: Handler) -> None:
        # The kernel holds a few megabytes, so most of the file is not sent yet.
        os.truncate(model, 3)
        hang_up(handler)

    model.write_bytes(b"x" * 50_000_000)
    store.script = [shorten]
    assert make_client(store.url).upload_artifact(model, trial_id="t") == URI
    assert store.puts[-1].body == b"xxx"


def test_a_file_that_changes_while_it_is_sent_is_not_stored_under_the_checksum_of_another_content(
    store: Store, make_client: MakeClient, model: Path
) -> None:
    def change(handler: Handler) -> None:
        with model.open("r+b") as file:
            file.seek(49_000_000)
            file.write(b"changed")
        handler.take()
        digest = base64.b64encode(hashlib.sha256(store.puts[-1].body).digest()).decode()
        assert store.puts[-1].headers["content-digest"] != f"sha-256=:{digest}:"
        handler.reply(400, {"code": "checksum_mismatch"}, {})

    model.write_bytes(b"x" * 50_000_000)
    store.script = [change]
    assert make_client(store.url).upload_artifact(model, trial_id="t") == URI
    assert store.puts[-1].body == model.read_bytes()


def test_an_upload_belongs_to_the_span_of_its_caller(store: Store, make_client: MakeClient, model: Path) -> None:
    with TRACER.start_as_current_span("save") as span:
        make_client(store.url).upload_artifact(model, trial_id="t")
    assert store.puts[0].headers["traceparent"] == traceparent_of(span)
