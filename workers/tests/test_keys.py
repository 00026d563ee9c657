"""The API key of a client."""

from __future__ import annotations

import pytest

from tests.conftest import MakeClient
from tests.eventually import eventually
from tests.points import log_points
from tests.scripted_gateway import (
    ScriptedGateway,
    answer,
)


def test_events_logged_under_one_key_are_not_sent_under_another(
    gateway: ScriptedGateway, make_client: MakeClient
) -> None:
    gateway.script = [answer(503)] * 1_000
    first = make_client(api_key="first")
    log_points(first, 3)
    first.close(0.2)
    gateway.script = []
    second = make_client(api_key="second", adopt_every_s=0.01)
    log_points(second, 1)
    assert second.flush(20)
    assert len(gateway.accepted) == 1
    again = make_client(api_key="first")
    assert again.flush(20)
    assert len(gateway.accepted) == 4
    assert {request.headers["authorization"] for request in gateway.requests[-1:]} == {"Bearer first"}


class Secret:
    """A secret with the interface of pydantic's."""

    def get_secret_value(self) -> str:
        return "sealed"


@pytest.mark.parametrize(
    ("key", "sent"), [(Secret(), "Bearer sealed"), (12345, "Bearer 12345"), (" padded ", "Bearer padded")]
)
def test_a_key_may_be_held_in_many_ways(
    gateway: ScriptedGateway, make_client: MakeClient, key: object, sent: str
) -> None:
    client = make_client(api_key=key)
    log_points(client, 1)
    assert client.flush(20)
    assert gateway.requests[0].headers["authorization"] == sent


@pytest.mark.parametrize("while_refused", [True, False])
def test_a_new_key_is_used_at_once(gateway: ScriptedGateway, make_client: MakeClient, while_refused: bool) -> None:
    gateway.script = [answer(401, {"code": "unauthorized"})]
    client = make_client(api_key="old\n", refused_retry_s=3600)
    log_points(client, 1)
    gateway.await_requests(1)
    if not while_refused:
        eventually(lambda: client.stats.retries == 1, "the refusal is known")
    client.api_key = "new"
    assert client.flush(20)
    assert [request.headers["authorization"] for request in gateway.requests] == ["Bearer old", "Bearer new"]


def test_a_new_key_that_no_header_can_carry_is_logged_and_the_old_one_stays(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(api_key="old")
    client.api_key = "secret\nkey"
    log_points(client, 1)
    assert client.flush(20)
    assert gateway.requests[0].headers["authorization"] == "Bearer old"
    assert "The API key stays as it was" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("key", ["schl\N{SNOWMAN}ssel", "secret\nkey"])
def test_a_key_that_no_header_can_carry_is_never_printed(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    gateway.script = [answer(401, {"code": "unauthorized"})]
    client = make_client(api_key=key, refused_retry_s=3600)
    log_points(client, 1)
    gateway.await_requests(1)
    client.api_key = "key"
    assert client.flush(20)
    assert "authorization" not in gateway.requests[0].headers
    assert "made without a key" in caplog.text
    assert key not in caplog.text
    assert "secret" not in caplog.text
