"""The connection to the gateway."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # socket and ssl load it with the first host name: half loaded it breaks a fork's child
import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from thunderline.client.answer import Answer
from thunderline.client.options import Options
from thunderline.client.patient_socket import Patience, PatientSocket
from thunderline.client.target import Target

MAX_ANSWER_BYTES = 4 * 1024 * 1024


class Unreachable(OSError):
    """There is no connection, so nothing was sent."""


class _Connection(http.client.HTTPConnection):
    """Writes the head and the body of a request at once: the training loop hands over the interpreter's lock at every
    call into the kernel."""

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
    """One keep-alive connection, opened when it is needed. One thread at a time."""

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._options = options
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes, headers: Mapping[str, str], meanwhile: Callable[[], bool]) -> Answer:
        """Posts a body; `meanwhile` is called while the answer is awaited, and gives up by returning False.

        Raises Unreachable, OSError or http.client.HTTPException when there is no answer. A kept connection that turns
        out to be closed is replaced once without a word: servers close idle ones, and every event has an id.
        """
        reused = self._connection is not None
        try:
            return self._exchange(body, headers, meanwhile)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if not reused:
                raise
        except BaseException:
            self.close()
            raise
        try:
            return self._exchange(body, headers, meanwhile)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connection; the next post opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, body: bytes, headers: Mapping[str, str], meanwhile: Callable[[], bool]) -> Answer:
        connection = self._connection or self._connect()
        patience = Patience(self._options.request_timeout_s, meanwhile)
        # getresponse makes its response with this; typed as a class, used as a function.
        connection.response_class = lambda sock, **details: _response(sock, patience, details)  # type: ignore[assignment]
        whole = True
        try:
            connection.request("POST", self._target.path, body, dict(headers))
        except ConnectionError:
            # A server that refuses a body may answer and hang up before it has read it all.
            whole = False
        response = connection.getresponse()
        content = response.read(MAX_ANSWER_BYTES)
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
        if not (whole and response.isclosed()):
            self.close()
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        target, timeout_s = self._target, self._options.connect_timeout_s
        connection: http.client.HTTPConnection
        if target.secure:
            context = self._options.ssl_context or ssl.create_default_context()
            connection = _SecureConnection(target.host, target.port, timeout=timeout_s, context=context)
        else:
            connection = _Connection(target.host, target.port, timeout=timeout_s)
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(f"{target.host}:{target.port}: {error}") from error
        connection.sock.settimeout(self._options.request_timeout_s)
        self._connection = connection
        return connection


def _response(sock: socket.socket, patience: Patience, details: Mapping[str, Any]) -> http.client.HTTPResponse:
    return http.client.HTTPResponse(PatientSocket(sock, patience), **details)  # type: ignore[arg-type]
