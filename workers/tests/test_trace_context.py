"""The trace that requests belong to."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from opentelemetry.trace import Span, Tracer

from tests.conftest import MakeClient
from tests.scripted_gateway import ScriptedGateway, answer
from tests.spans import TRACER, UNSAMPLED, traceparent_of
from thunderline import Client
from thunderline.client.bridge_call import CALL

BRIDGED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


@pytest.fixture(autouse=True)
def unbridged() -> Iterator[None]:
    yield
    CALL.traceparent = None


def sent(gateway: ScriptedGateway) -> list[str | None]:
    return [request.headers.get("traceparent") for request in gateway.requests]


def log_in_span(client: Client, tracer: Tracer = TRACER) -> Span:
    with tracer.start_as_current_span("epoch") as span:
        client.log_metrics({"loss": 1.0}, trial_id="t")
    return span


def test_a_request_belongs_to_the_span_of_the_call(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    spans = []
    for _ in range(2):
        spans.append(log_in_span(client))
        assert client.flush(60)
    client.log_metrics({"loss": 1.0}, trial_id="t")
    assert client.flush(60)
    assert sent(gateway) == [*(traceparent_of(span) for span in spans), None]


def test_the_flag_of_an_unsampled_span_is_kept(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    span = log_in_span(client, UNSAMPLED)
    assert client.flush(60)
    assert sent(gateway) == [traceparent_of(span)]
    assert not span.get_span_context().trace_flags & 1


def test_of_the_calls_of_one_request_a_sampled_one_is_followed(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    client = make_client(linger_s=30.0)
    log_in_span(client, UNSAMPLED)
    span = log_in_span(client)
    log_in_span(client, UNSAMPLED)
    assert client.flush(60)
    assert sent(gateway) == [traceparent_of(span)]


def test_a_request_that_is_repeated_belongs_to_the_same_trace(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    gateway.script = [answer(503, {"code": "overloaded"})]
    client = make_client()
    span = log_in_span(client)
    assert client.flush(60)
    assert sent(gateway) == [traceparent_of(span)] * 2


def test_starts_and_ends_of_trials_carry_it_too(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client()
    with TRACER.start_as_current_span("trial") as span:
        client.trial_start("t")
    assert client.flush(60)
    assert sent(gateway) == [traceparent_of(span)]


def test_the_requests_of_a_worker_belong_to_the_call_of_its_bridge(
    gateway: ScriptedGateway, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", BRIDGED)
    client = make_client()
    client.log_metrics({"loss": 1.0}, trial_id="t")
    assert client.flush(60)
    span = log_in_span(client)
    assert client.flush(60)
    assert sent(gateway) == [BRIDGED, traceparent_of(span)]


@pytest.mark.parametrize("given", ["", "00-x", f"{BRIDGED}\r\nx: y", BRIDGED.upper()])
def test_no_other_text_of_the_environment_becomes_a_header(
    gateway: ScriptedGateway, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("TRACEPARENT", given)
    client = make_client()
    client.log_metrics({"loss": 1.0}, trial_id="t")
    assert client.flush(60)
    assert sent(gateway) == [None]


def test_a_program_without_opentelemetry_sends_none(
    gateway: ScriptedGateway, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    client = make_client()
    log_in_span(client)
    assert client.flush(60)
    assert sent(gateway) == [None]
    assert "opentelemetry.trace" not in sys.modules
