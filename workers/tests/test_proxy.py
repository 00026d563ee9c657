"""The proxy that the environment names for a gateway."""

from __future__ import annotations

import pytest

from thunderline.client.proxy import Proxy, proxy_for
from thunderline.client.target import Target

PLAIN = "http://thunderline.example:4000"
SECURE = "https://thunderline.example"


@pytest.mark.parametrize(
    ("url", "environment", "authority"),
    [
        (PLAIN, {}, None),
        (PLAIN, {"HTTP_PROXY": "http://proxy:3128"}, "proxy:3128"),
        (PLAIN, {"http_proxy": "proxy:3128"}, "proxy:3128"),
        (PLAIN, {"http_proxy": "proxy"}, "proxy:80"),
        (PLAIN, {"http_proxy": "lower", "HTTP_PROXY": "upper"}, "lower:80"),
        (PLAIN, {"http_proxy": "", "HTTP_PROXY": "upper"}, None),
        (PLAIN, {"HTTPS_PROXY": "http://proxy:3128"}, None),
        (SECURE, {"HTTPS_PROXY": "http://proxy:3128"}, "proxy:3128"),
        (SECURE, {"HTTP_PROXY": "http://proxy:3128"}, None),
        (SECURE, {"ALL_PROXY": "http://proxy:3128"}, "proxy:3128"),
        # In a CGI program this variable is a header of the request that it serves.
        (PLAIN, {"HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"}, None),
    ],
)
def test_reads_the_usual_variables(url: str, environment: dict[str, str], authority: str | None) -> None:
    proxy = proxy_for(Target.parse(url), environment)
    assert (None if proxy is None else f"{proxy.host}:{proxy.port}") == authority


@pytest.mark.parametrize(
    ("exceptions", "excepted"),
    [
        ("*", True),
        ("thunderline.example", True),
        ("THUNDERLINE.example", True),
        ("other, thunderline.example ,x", True),
        (".example", True),
        ("example", True),
        ("*.example", True),
        ("thunderline.example:4000", True),
        ("thunderline.example:4001", False),
        ("line.example", False),
        ("thunderline.example.org", False),
        ("", False),
        (",", False),
    ],
)
def test_leaves_out_the_hosts_of_no_proxy(exceptions: str, excepted: bool) -> None:
    environment = {"http_proxy": "proxy", "NO_PROXY": exceptions}
    assert (proxy_for(Target.parse(PLAIN), environment) is None) is excepted


@pytest.mark.parametrize(("host", "exceptions"), [("[::1]", "::1"), ("[::1]", "[::1]"), ("127.0.0.1", "127.0.0.1")])
def test_leaves_out_addresses_of_no_proxy(host: str, exceptions: str) -> None:
    target = Target.parse(f"http://{host}:4000")
    assert proxy_for(target, {"http_proxy": "proxy", "no_proxy": exceptions}) is None


def test_authenticates_with_the_credentials_of_the_proxy_url() -> None:
    proxy = proxy_for(Target.parse(PLAIN), {"http_proxy": "http://me%40work:p%3Aw@proxy:1"})
    assert proxy == Proxy("proxy", 1, {"Proxy-Authorization": "Basic bWVAd29yazpwOnc="})


@pytest.mark.parametrize("url", ["socks5://proxy:1", "https://me:secret@proxy", "http://"])
def test_refuses_a_proxy_of_another_kind_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="is not an http:// proxy") as caught:
        proxy_for(Target.parse(PLAIN), {"http_proxy": url})
    assert "secret" not in str(caught.value)
