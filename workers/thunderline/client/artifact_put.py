"""One request that uploads a file."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from thunderline.client.answer import Answer
from thunderline.client.gateway import MAX_ANSWER_BYTES, response_until, tls_context
from thunderline.client.options import Options
from thunderline.client.proxy import proxy_for
from thunderline.client.target import INGEST_PATH, Target

BLOCK_BYTES = 256 * 1024
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
ANSWER_TIMEOUT_S = 120.0
"""How long the gateway may take once it has the whole file: it completes the object before it answers."""


class FileChanged(OSError):
    """The file became shorter while it was sent."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file at one moment."""

    size_bytes: int
    sha256: str
    """In Base64."""

    @classmethod
    def of(cls, path: Path) -> Content:
        """Reads the file once. Raises OSError."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                size += len(block)
        return cls(size, base64.b64encode(digest.digest()).decode())


def artifact_target(target: Target, run: str, trial: str, name: str, attempt: int) -> Target:
    """The address of an artifact at the gateway of `target`."""
    parts = ("api", "runs", run, "trials", trial, "artifacts", name)
    path = target.path.removesuffix(INGEST_PATH) + "".join(f"/{quote(part, safe='')}" for part in parts)
    return replace(target, path=f"{path}?attempt={attempt}" if attempt > 0 else path)


def put_file(
    target: Target, path: Path, content: Content, headers: Mapping[str, str], options: Options, deadline: float
) -> Answer:
    """Sends the file in blocks, so that its size does not matter.

    Raises OSError or http.client.HTTPException when there is no answer by `deadline`, of time.monotonic; looking up the
    host may take longer.
    """
    proxy = proxy_for(target)
    host, port = (target.host, target.port) if proxy is None else (proxy.host, proxy.port)
    address, more = target.path, dict(headers)
    connect_s = _within(options.connect_timeout_s, deadline)
    connection: http.client.HTTPConnection
    if target.secure:
        connection = http.client.HTTPSConnection(host, port, timeout=connect_s, context=tls_context(options))
        if proxy is not None:
            connection.set_tunnel(target.host, target.port, dict(proxy.headers))
    else:
        connection = http.client.HTTPConnection(host, port, timeout=connect_s)
        if proxy is not None:
            address = target.url
            more |= proxy.headers
    try:
        connection.connect()
        connection.sock.settimeout(_within(options.request_timeout_s, deadline))
        connection.putrequest("PUT", address, skip_accept_encoding=True)
        for name, value in more.items():
            connection.putheader(name, value)
        connection.putheader("Content-Type", "application/octet-stream")
        connection.putheader("Content-Length", str(content.size_bytes))
        connection.putheader("Content-Digest", f"sha-256=:{content.sha256}:")
        connection.endheaders()
        _send(connection, path, content.size_bytes, options.request_timeout_s, deadline)
        until = time.monotonic() + _within(ANSWER_TIMEOUT_S, deadline)
        connection.response_class = lambda sock, **details: response_until(sock, until, details)  # type: ignore[assignment]
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read(MAX_ANSWER_BYTES))
    finally:
        connection.close()


def may_be_repeated(answer: Answer) -> bool:
    """Whether an upload that was answered so may succeed when it is sent again."""
    return answer.status in _PASSING or body_of(answer).get("code") == "checksum_mismatch"


def body_of(answer: Answer) -> dict[str, object]:
    """The JSON object of an answer; empty if it has none."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _within(limit_s: float, deadline: float) -> float:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the upload did not end in time")
    return min(limit_s, left_s)


def _send(
    connection: http.client.HTTPConnection, path: Path, size_bytes: int, timeout_s: float, deadline: float
) -> None:
    left = size_bytes
    with path.open("rb") as file:
        while left > 0:
            block = file.read(min(BLOCK_BYTES, left))
            if not block:
                raise FileChanged(f"{path} became shorter while it was sent")
            connection.sock.settimeout(_within(timeout_s, deadline))
            try:
                connection.send(block)
            except ConnectionError:
                # A server that refuses an upload may answer and close the connection before it has read it all.
                return
            left -= len(block)
