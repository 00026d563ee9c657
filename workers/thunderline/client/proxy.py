"""The proxy on the way to the gateway, from the variables that every HTTP client reads."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from thunderline.client.target import Target


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `headers` authenticate against it."""

    host: str
    port: int
    headers: Mapping[str, str]


def proxy_for(target: Target, environment: Mapping[str, str] = os.environ) -> Proxy | None:
    """The proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case, name for a target.

    Raises ValueError for a proxy that is no HTTP proxy.
    """
    scheme = "https" if target.secure else "http"
    url = _variable(environment, f"{scheme}_proxy") or _variable(environment, "all_proxy")
    if not url or _is_excepted(target, _variable(environment, "no_proxy")):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"the proxy {parts.scheme}://{parts.hostname} is not an http:// proxy")
    headers = {}
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    return Proxy(parts.hostname, parts.port or 80, headers)


def _variable(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    # In a CGI program HTTP_PROXY is a header of the request that it serves, not its configuration.
    if value is None and not (name == "http_proxy" and "REQUEST_METHOD" in environment):
        value = environment.get(name.upper())
    return (value or "").strip()


def _is_excepted(target: Target, exceptions: str) -> bool:
    """By curl's rules: "*", a host, a domain with or without a leading dot; each optionally with a port."""
    host = target.host.lower()
    for item in exceptions.lower().split(","):
        name, _, port = item.strip().rpartition(":") if item.count(":") == 1 else (item.strip(), "", "")
        name = name.strip("[]").lstrip("*").lstrip(".") if name != "*" else name
        if name == "*" or (
            name and (host == name or host.endswith(f".{name}")) and (not port or port == str(target.port))
        ):
            return True
    return False
