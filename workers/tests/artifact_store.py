"""A store of artifacts whose answers a test scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

URI = "s3://bucket/artifacts/run/trial/1/model.pth"

Step = Callable[["Handler"], None]
"""Answers one request."""


@dataclass
class Put:
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Store:
    """Answers the uploads with `script` step by step, then with 201."""

    url: str = ""
    script: list[Step] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Ends the wait of an answer that is late on purpose."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def do_PUT(self) -> None:
        step = self.store.script.pop(0) if self.store.script else stored()
        step(self)

    def take(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.store.puts.append(Put(self.path, body, {name.lower(): value for name, value in self.headers.items()}))

    def reply(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def stored(status: int = 201) -> Step:
    return answer(status, {"uri": URI})


def answer(status: int, body: Any, **headers: str) -> Step:
    def step(handler: Handler) -> None:
        handler.take()
        handler.reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    return step


def refuse_at_once(handler: Handler) -> None:
    """Answers before the body was read, and closes the connection."""
    handler.reply(413, {"code": "body_too_large", "detail": "too large"}, {"Connection": "close"})
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    """Closes the connection in the middle of the body."""
    handler.rfile.read(10)
    handler.connection.close()
    handler.close_connection = True
