"""The connection to the gateway."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # socket and ssl load it with the first host name: half loaded it breaks a fork's child
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any

from thunderline.client.answer import Answer
from thunderline.client.deadline_socket import DeadlineSocket
from thunderline.client.options import Options
from thunderline.client.proxy import proxy_for
from thunderline.client.target import Target

MAX_ANSWER_BYTES = 4 * 1024 * 1024
_MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 307, 308})


class Unreachable(OSError):
    """The connection failed, so nothing was sent."""


class _Connection(http.client.HTTPConnection):
    """Writes the head and the body of a request at once: every system call of this thread makes the training loop hand
    over the interpreter's lock once more."""

    _parts: list[bytes] | None = None

    def request(self, *arguments: Any, **named: Any) -> None:
        parts = self._parts = []
        try:
            super().request(*arguments, **named)
        finally:
            self._parts = None
        super().send(b"".join(parts))

    def send(self, data: Any) -> None:
        if self._parts is None:
            super().send(data)
        else:
            self._parts.append(data)


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    """The same over TLS."""


class Gateway:
    """One keep-alive connection, opened when it is needed, through a proxy where the environment names one.

    One thread at a time.
    """

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._options = options
        self._connection: http.client.HTTPConnection | None = None
        # Through a plain proxy a request names the whole address; the proxy's credentials go with it.
        self._address = target.path
        self._proxy_headers: Mapping[str, str] = {}

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Posts a body, following redirects to the same host.

        Raises Unreachable, OSError or http.client.HTTPException when there is no answer. A kept connection that turns
        out to be closed is replaced once without a warning: servers close idle ones, and every event has an id.
        """
        for _ in range(_MAX_REDIRECTS):
            answer = self._post(body, headers)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            target = self._target.redirected(location)
            if target is None:
                return answer
            self.close()
            self._target = target
        return answer

    def close(self) -> None:
        """Closes the connection; the next post opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        reused = self._connection is not None
        try:
            return self._exchange(body, headers)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if not reused:
                raise
        except BaseException:
            self.close()
            raise
        try:
            return self._exchange(body, headers)
        except BaseException:
            self.close()
            raise

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connection or self._connect()
        timeout_s = self._options.request_timeout_s
        deadline = time.monotonic() + timeout_s
        # getresponse makes its response with this; typed as a class, used as a function.
        connection.response_class = lambda sock, **details: response_until(sock, deadline, details)  # type: ignore[assignment]
        # Setting a time-out makes the training loop hand over the interpreter's lock, so it is set where it changed.
        if connection.sock.gettimeout() != timeout_s:
            connection.sock.settimeout(timeout_s)
        whole = True
        try:
            connection.request("POST", self._address, body, {**headers, **self._proxy_headers})
        except ConnectionError:
            # A server that refuses a body may answer and close the connection before it has read it all.
            whole = False
        response = connection.getresponse()
        content = response.read(MAX_ANSWER_BYTES)
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
        if not (whole and response.isclosed()) or connection.sock is None:
            # http.client has closed a connection that the server does not keep.
            self.close()
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        target, options = self._target, self._options
        try:
            connection = self._open(target, options)
            connection.connect()
        except (OSError, ValueError) as error:
            raise Unreachable(f"{target.host}:{target.port}: {error}") from error
        self._connection = connection
        return connection

    def _open(self, target: Target, options: Options) -> http.client.HTTPConnection:
        proxy = proxy_for(target)
        host, port = (target.host, target.port) if proxy is None else (proxy.host, proxy.port)
        connection: http.client.HTTPConnection
        if target.secure:
            connection = _SecureConnection(host, port, timeout=options.connect_timeout_s, context=tls_context(options))
            if proxy is not None:
                connection.set_tunnel(target.host, target.port, dict(proxy.headers))
        else:
            connection = _Connection(host, port, timeout=options.connect_timeout_s)
        plain_proxy = proxy is not None and not target.secure
        self._address = target.url if plain_proxy else target.path
        self._proxy_headers = proxy.headers if proxy is not None and plain_proxy else {}
        return connection


def tls_context(options: Options) -> ssl.SSLContext:
    """Raises OSError, naming the CA bundle, where that cannot be read."""
    if options.ssl_context is not None:
        return options.ssl_context
    try:
        return ssl.create_default_context(cafile=options.ca_bundle)
    except OSError as error:
        raise OSError(f"the CA bundle {options.ca_bundle} cannot be read: {error}") from error


def response_until(sock: socket.socket, deadline: float, details: Mapping[str, Any]) -> http.client.HTTPResponse:
    """An answer whose reading ends at a deadline of time.monotonic; `details` are those of its class."""
    return http.client.HTTPResponse(DeadlineSocket(sock, deadline), **details)  # type: ignore[arg-type]
