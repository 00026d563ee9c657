"""Gateways that redirect."""

from __future__ import annotations

import pytest

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.points import log_points
from tests.scripted_gateway import ScriptedGateway, answer

pytestmark = pytest.mark.usefixtures("no_proxy_of_this_machine")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_port_of_the_same_host_is_followed_and_kept(
    gateway: ScriptedGateway, make_client: MakeClient, status: int
) -> None:
    new = ScriptedGateway()
    try:
        gateway.script = [answer(status, Location=f"{new.url}/moved/api/events/ml")]
        client = make_client(api_key="key")
        for _ in range(2):
            log_points(client, 3)
            assert client.flush(20)
        assert len(gateway.requests) == 1
        assert {request.path for request in new.requests} == {"/moved/api/events/ml"}
        assert {request.headers["authorization"] for request in new.requests} == {"Bearer key"}
        assert len(new.accepted) == 6
        assert client.stats.retries == 0
    finally:
        new.close()


def test_a_redirect_to_another_host_is_named_and_receives_no_key(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = ScriptedGateway()
    try:
        location = f"http://localhost:{elsewhere.port}/api/events/ml"
        gateway.script = [answer(307, Location=location)]
        client = make_client(api_key="key", refused_retry_s=3_600)
        log_points(client, 3)
        assert not client.flush(0.5)
        eventually(lambda: f"it redirects to {location}; change the URL to it" in caplog.text, "the redirect is named")
        assert elsewhere.requests == []
        assert dict(client.stats.dropped) == {}
    finally:
        elsewhere.close()


def test_a_circle_of_redirects_ends(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    gateway.script = [answer(307, Location="/api/events/ml")] * 1_000
    client = make_client(refused_retry_s=3_600)
    log_points(client, 3)
    assert not client.flush(0.5)
    assert len(gateway.requests) < 10
