"""A real HTTP proxy: forwards requests with a whole address, and tunnels for CONNECT."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.eventually import PATIENCE_S

_HOP_BY_HOP = frozenset({"proxy-authorization", "proxy-connection", "connection"})


@dataclass(frozen=True)
class Proxied:
    """One request that the proxy received."""

    method: str
    address: str
    headers: Mapping[str, str]


@dataclass
class ProxyServer:
    """Notes what it receives. With `credentials`, as "Basic ...", it answers 407 to requests without them."""

    credentials: str | None = None
    received: list[Proxied] = field(default_factory=list)

    def __post_init__(self) -> None:
        proxy = self

        class BoundHandler(_Handler):
            def admits(self) -> bool:
                headers = {name.lower(): value for name, value in self.headers.items()}
                proxy.received.append(Proxied(self.command, self.path, headers))
                return proxy.credentials in (None, headers.get("proxy-authorization"))

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), BoundHandler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.authority = f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_S)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def admits(self) -> bool:
        raise NotImplementedError

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.admits():
            self._reply(407, b"")
            return
        address = urlsplit(self.path)
        assert address.hostname is not None, "the request names no whole address"
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE_S)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        connection.request("POST", address.path, body, headers)
        response = connection.getresponse()
        self._reply(response.status, response.read())
        connection.close()

    def do_CONNECT(self) -> None:
        if not self.admits():
            self._reply(407, b"")
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), PATIENCE_S) as upstream:
            self.send_response(200, "Connection established")
            self.end_headers()
            back = threading.Thread(target=_copy, args=(upstream, self.connection), daemon=True)
            back.start()
            _copy(self.connection, upstream)
            back.join(PATIENCE_S)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # The other side closed the tunnel.
        return
