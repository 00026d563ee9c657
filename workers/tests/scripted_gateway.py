"""A real HTTP server that answers by a script and records what it receives."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeVar

Event = dict[str, Any]
Step = Callable[["Handler", list[Event]], None]

PATIENCE_S = 120.0

Found = TypeVar("Found")


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    events: list[Event]


@dataclass
class ScriptedGateway:
    """Answers with `script` step by step, then with 202. `await_*` block until a condition holds, or fail."""

    script: list[Step] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    accepted: list[Event] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    """Serves https with this context."""

    def __post_init__(self) -> None:
        self.released = threading.Event()
        self._changed = threading.Condition()
        gateway = self

        class BoundHandler(Handler):
            def take(self, request: Request) -> Step:
                with gateway._changed:
                    gateway.requests.append(request)
                    gateway._changed.notify_all()
                    return gateway.script.pop(0) if gateway.script else accept

            def note_accepted(self, events: list[Event]) -> None:
                with gateway._changed:
                    gateway.accepted.extend(events)
                    gateway._changed.notify_all()

            def released(self, timeout_s: float) -> bool:
                return gateway.released.wait(timeout_s)

        self._server = _Server(("127.0.0.1", 0), BoundHandler, self._changed)
        self.port = self._server.server_port
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [event["event_id"] for event in self.accepted]

    def await_requests(self, number: int) -> list[Request]:
        return self._await(
            lambda: self.requests[:number] if len(self.requests) >= number else None, f"{number} requests"
        )

    def await_accepted(self, number: int) -> list[Event]:
        return self._await(
            lambda: list(self.accepted) if len(self.accepted) >= number else None, f"{number} accepted events"
        )

    def await_accepted_event(self, name: str, **fields: Any) -> Event:
        wanted = {"event": name, **fields}
        return self._await(
            lambda: next((e for e in self.accepted if wanted.items() <= e.items()), None), f"accepted {wanted}"
        )

    def await_no_connection(self) -> None:
        """Waits until the last requests of processes that were killed are answered, by the script as it is now."""
        # Connections are accepted in turn, so those of the processes were accepted before this one.
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            port = last.getsockname()[1]
            self._await(lambda: True if port in self._server.ports else None, f"connection from {port}")
        self._await(lambda: None if self._server.open else True, "end of all connections")

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_S)

    def _await(self, look: Callable[[], Found | None], what: str) -> Found:
        with self._changed:
            self._changed.wait_for(lambda: look() is not None, PATIENCE_S)
            found = look()
            assert found is not None, f"no {what} within {PATIENCE_S} s; got {self.requests}"
            return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[Handler], changed: threading.Condition) -> None:
        super().__init__(address, handler)
        self._changed = changed
        self.ports: set[int] = set()
        """Of every client so far."""
        self.open = 0
        """Connections that are not ended."""

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self.ports.add(client_address[1])
            self.open += 1
            self._changed.notify_all()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self.open -= 1
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed leave broken connections; that is their test, not a fault."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm: ClassVar[bool] = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        array = self.headers["Content-Type"] == "application/json"
        events = json.loads(body) if array else [json.loads(line) for line in body.splitlines()]
        step = self.take(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, events))
        step(self, events)

    def take(self, request: Request) -> Step:
        raise NotImplementedError

    def note_accepted(self, events: list[Event]) -> None:
        raise NotImplementedError

    def released(self, timeout_s: float) -> bool:
        """Waits until the gateway is released or closed; False: not yet."""
        raise NotImplementedError

    def reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def accept(handler: Handler, events: list[Event]) -> None:
    handler.note_accepted(events)
    ids = [event["event_id"] for event in events]
    handler.reply(202, json.dumps({"accepted": len(events), "event_ids": ids}).encode())


def answer(status: int, body: Any = None, **headers: str) -> Step:
    """A step that answers and accepts nothing; header names are written with underscores."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _events: handler.reply(status, content, named)


def reject(*indexes: int, status: int = 207) -> Step:
    """A step that refuses the events at the indexes and accepts the others."""

    def step(handler: Handler, events: list[Event]) -> None:
        rejected = [
            {"index": i, "code": "invalid_value", "path": "step", "message": "must be an integer"} for i in indexes
        ]
        good = [event for i, event in enumerate(events) if i not in indexes]
        handler.note_accepted(good)
        handler.reply(status, json.dumps({"accepted": len(good), "rejected": rejected}).encode())

    return step


def reset_mid_answer(handler: Handler, events: list[Event]) -> None:
    """Takes the events, sends the start of an answer, and resets the connection."""
    handler.note_accepted(events)
    handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\n{")
    hang_up(handler, events)


def hang_up(handler: Handler, _events: list[Event]) -> None:
    """Resets the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang(handler: Handler, _events: list[Event]) -> None:
    """Never answers, until the gateway is released."""
    handler.released(PATIENCE_S)
    handler.close_connection = True


def accept_and_hang(handler: Handler, events: list[Event]) -> None:
    """Takes the events and never answers."""
    handler.note_accepted(events)
    hang(handler, events)


def dribble(handler: Handler, _events: list[Event]) -> None:
    """Sends an endless header, a byte now and then: each read succeeds, the answer never ends."""
    handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Endless: ")
    while not handler.released(0.05):
        handler.wfile.write(b"a")
