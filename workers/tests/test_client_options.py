"""The URL, the key, the times and the other options of a client, usable or not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway, hang
from thunderline import Client, Options


@pytest.mark.parametrize("url", [None, "", "ftp://x", "http://", "http://x:port", "http://user:secret@x"])
def test_without_a_usable_url_events_are_counted_and_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str | None
) -> None:
    monkeypatch.delenv("THUNDERLINE_URL", raising=False)
    client = Client(url)
    with client.trial("t") as trial:
        trial.log_metrics({"loss": 1.0})
    assert not client.flush(0.1)
    client.close()
    assert dict(client.stats.dropped) == {"disabled": 3}
    assert len(caplog.records) == 1


def test_url_and_key_come_from_the_environment(
    gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THUNDERLINE_URL", f"{gateway.url}/prefix/")
    monkeypatch.setenv("THUNDERLINE_API_KEY", "from-environment\n")
    monkeypatch.setenv("THUNDERLINE_SPOOL_DIR", str(tmp_path))
    with Client() as client:
        client.trial_start("t")
        assert client.flush(20)
    (request,) = gateway.requests
    assert request.path == "/prefix/api/events/ml"
    assert request.headers["authorization"] == "Bearer from-environment"


def test_the_key_may_be_in_a_file(
    gateway: ScriptedGateway, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key-file"
    path.write_text("from-file\n", encoding="utf-8")
    monkeypatch.delenv("THUNDERLINE_API_KEY", raising=False)
    monkeypatch.setenv("THUNDERLINE_API_KEY_FILE", str(path))
    client = make_client(gateway.url)
    client.trial_start("t")
    assert client.flush(20)
    assert gateway.requests[0].headers["authorization"] == "Bearer from-file"


def test_a_key_file_that_cannot_be_read_is_logged_and_fails_no_call(
    gateway: ScriptedGateway,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("THUNDERLINE_API_KEY", raising=False)
    monkeypatch.setenv("THUNDERLINE_API_KEY_FILE", str(tmp_path / "absent"))
    client = make_client(gateway.url)
    client.trial_start("t")
    assert client.flush(20)
    assert "authorization" not in gateway.requests[0].headers
    assert "the file of $THUNDERLINE_API_KEY_FILE cannot be read" in caplog.text


class Url:
    """As pydantic's HttpUrl, which is no text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def test_a_url_may_be_an_object_of_a_configuration(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(Url(gateway.url))
    client.trial_start("t")
    assert client.flush(20)
    assert len(gateway.accepted) == 1


TIMES = [None, -1, 0, float("inf"), float("nan"), 1e300, "soon", "0.1", object()]


@pytest.mark.parametrize("timeout", TIMES)
def test_no_time_out_raises(gateway: ScriptedGateway, make_client: MakeClient, timeout: Any) -> None:
    durations = ("exit_timeout_s", "adopt_every_s", "linger_s", "system_metrics_every_s")
    client = make_client(**dict.fromkeys(durations, timeout))
    client.trial_start("t")
    gateway.await_accepted(1)
    client.flush(timeout)
    client.close(timeout)
    assert dict(client.stats.dropped) == {}


@pytest.mark.parametrize("value", [-1, 0, 10**30, float("nan"), "many", None])
def test_no_option_stops_a_client(gateway: ScriptedGateway, make_client: MakeClient, value: Any) -> None:
    numbers = [name for name, default in asdict(Options()).items() if type(default) in (int, float)]
    client = make_client(**dict.fromkeys(numbers, value))
    client.trial_start("t")
    assert client.flush(20)
    # A short time-out may send it again.
    assert len(set(gateway.ids)) == 1


@pytest.mark.parametrize("timeout", [-1, 0, float("-inf")])
def test_a_flush_without_time_waits_for_nothing(
    gateway: ScriptedGateway, make_client: MakeClient, timeout: float
) -> None:
    gateway.script = [hang]
    client = make_client()
    client.trial_start("t")
    gateway.await_requests(1)
    assert not client.flush(timeout)
