"""The ways to a gateway: proxies and certificates, each of them real."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeClient
from tests.eventually import PATIENCE_S, eventually
from tests.points import log_points
from tests.proxy_server import ProxyServer
from tests.scripted_gateway import Event, Handler, ScriptedGateway

pytestmark = pytest.mark.usefixtures("no_proxy_of_this_machine")


@pytest.fixture
def proxy() -> Iterator[ProxyServer]:
    proxy = ProxyServer()
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
    command = [openssl, "req", *kind, *names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    return certificate, key


@pytest.fixture
def secure_gateway(certificate: tuple[Path, Path]) -> Iterator[ScriptedGateway]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    gateway = ScriptedGateway(tls=context)
    yield gateway
    gateway.close()


def test_a_plain_gateway_is_reached_through_the_proxy(
    gateway: ScriptedGateway, make_client: MakeClient, proxy: ProxyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.authority}")
    client = make_client(api_key="key")
    log_points(client, 3)
    assert client.flush(20)
    assert [(request.method, request.address) for request in proxy.received] == [
        ("POST", f"{gateway.url}/api/events/ml")
    ]
    assert gateway.requests[0].path == "/api/events/ml"
    assert gateway.requests[0].headers["host"] == f"127.0.0.1:{gateway.port}"
    assert len(gateway.accepted) == 3


def test_a_secure_gateway_is_reached_through_a_tunnel(
    secure_gateway: ScriptedGateway,
    make_client: MakeClient,
    proxy: ProxyServer,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{proxy.authority}")
    proxy.credentials = "Basic bWU6c2VjcmV0"
    client = make_client(secure_gateway.url, api_key="key", ca_bundle=certificate[0])
    log_points(client, 3)
    assert client.flush(20)
    (tunnel,) = proxy.received
    assert (tunnel.method, tunnel.address) == ("CONNECT", f"127.0.0.1:{secure_gateway.port}")
    # The proxy never sees the API key, and the gateway never the credentials of the proxy.
    assert "authorization" not in tunnel.headers
    assert "proxy-authorization" not in secure_gateway.requests[0].headers
    assert len(secure_gateway.accepted) == 3


@pytest.mark.parametrize("secure", [False, True])
def test_a_proxy_that_refuses_keeps_the_events_on_disk_and_is_named(
    gateway: ScriptedGateway,
    secure_gateway: ScriptedGateway,
    make_client: MakeClient,
    proxy: ProxyServer,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    secure: bool,
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://me:wrong@{proxy.authority}")
    proxy.credentials = "Basic bWU6c2VjcmV0"
    client = make_client((secure_gateway if secure else gateway).url, ca_bundle=certificate[0])
    log_points(client, 3)
    assert not client.flush(0.5)
    assert dict(client.stats.dropped) == {}
    eventually(lambda: "407" in caplog.text, "the refusal is logged")
    assert "wrong" not in caplog.text
    # Long enough for the thread to end: it must not connect while the gateway closes.
    client.close(30.0)
    assert client.stats.waiting == 3


def test_hosts_of_no_proxy_are_reached_directly(
    make_client: MakeClient, proxy: ProxyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.authority}")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    client = make_client()
    log_points(client, 3)
    assert client.flush(20)
    assert proxy.received == []


def test_a_proxy_of_another_kind_is_named_in_the_log(
    gateway: ScriptedGateway,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    client = make_client()
    log_points(client, 3)
    assert not client.flush(0.3)
    eventually(lambda: "the proxy socks5://127.0.0.1 is not an http:// proxy" in caplog.text, "the proxy is named")
    assert gateway.requests == []


def test_a_certificate_of_the_ca_bundle_is_trusted(
    secure_gateway: ScriptedGateway, make_client: MakeClient, certificate: tuple[Path, Path]
) -> None:
    client = make_client(secure_gateway.url, ca_bundle=certificate[0])
    log_points(client, 3)
    assert client.flush(20)
    assert len(secure_gateway.accepted) == 3


def test_a_certificate_of_ssl_cert_file_is_trusted(
    secure_gateway: ScriptedGateway,
    make_client: MakeClient,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    client = make_client(secure_gateway.url)
    log_points(client, 3)
    assert client.flush(20)


def test_an_unknown_certificate_is_refused_and_the_events_wait(
    secure_gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(secure_gateway.url)
    log_points(client, 3)
    assert not client.flush(0.5)
    eventually(lambda: "CERTIFICATE_VERIFY_FAILED" in caplog.text, "the certificate is refused")
    assert secure_gateway.requests == []
    # Long enough for the thread to end: it must not connect while the gateway closes.
    client.close(30.0)
    assert client.stats.waiting == 3


def test_a_ca_bundle_that_is_missing_is_named(
    secure_gateway: ScriptedGateway, make_client: MakeClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(secure_gateway.url, ca_bundle=tmp_path / "absent.pem")
    log_points(client, 3)
    assert not client.flush(0.5)
    eventually(lambda: f"{tmp_path / 'absent.pem'}" in caplog.text, "the bundle is named")
    client.close(30.0)


def test_a_url_needs_no_scheme(gateway: ScriptedGateway, make_client: MakeClient) -> None:
    client = make_client(f"localhost:{gateway.port}")
    log_points(client, 3)
    assert client.flush(20)
    assert len(gateway.accepted) == 3


def test_a_password_in_the_url_is_refused_and_never_printed(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client("http://me:secret@127.0.0.1:1")
    log_points(client, 3)
    assert "pass the API key as api_key instead" in caplog.text
    assert "secret" not in caplog.text
    assert dict(client.stats.dropped) == {"disabled": 3}


def test_a_server_that_closes_each_connection_delays_nothing(
    gateway: ScriptedGateway, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    def accept_and_close(handler: Handler, events: list[Event]) -> None:
        handler.note_accepted(events)
        handler.reply(202, b"{}", {"Connection": "close"})

    gateway.script = [accept_and_close] * 3
    client = make_client()
    for number in range(3):
        client.trial_start(f"t{number}")
        assert client.flush(20)
    assert client.stats.retries == 0
    assert caplog.records == []
