"""A small strange web on this machine: a server for each way in which a site can answer, and a guard at the door."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

WORDS = "<p>Twelve neighbours tell how they began, what it cost them, and what they would do otherwise now.</p>"
PAGE = f"<!doctype html><title>A report on time banks</title><h1>Time banks</h1>{WORDS}"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    """Answers as the function for the path says; 404 where there is none."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers))
        behave = self.server.behaviours.get(self.path.partition("?")[0])
        self.close_connection = True
        if behave is None:
            self.say(404, "<title>Nothing</title>")
        else:
            behave(self)

    do_HEAD = do_GET  # noqa: N815  (the name that the library asks for)

    def say(self, status: int, body: str | bytes = PAGE, **headers: str) -> None:
        """An answer with a body, which HEAD leaves out. Names of headers are written with underscores."""
        raw = body.encode() if isinstance(body, str) else body
        told = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(raw))}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_response(status)
        for name, value in told.items():
            if value:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


Behaviour = Callable[[Handler], object]


class Server(ThreadingHTTPServer):
    """A site. `behaviours` say by path how it answers; `asked` is what it was asked."""

    daemon_threads = True
    scheme = "http"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours: dict[str, Behaviour] = {}
        self.asked: list[Asked] = []
        self.done = threading.Event()

    @property
    def address(self) -> str:
        """The address of the site without the last slash."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def on(self, path: str, behave: Behaviour) -> str:
        """Let a path behave so; its address."""
        self.behaviours[path] = behave
        return self.address + path

    def page(self, path: str, status: int = 200, body: str | bytes = PAGE, **headers: str) -> str:
        """Let a path answer so; its address."""
        return self.on(path, lambda handler: handler.say(status, body, **headers))

    def methods(self, path: str) -> list[str]:
        """How a path was asked, in order."""
        return [one.method for one in self.asked if one.path == path]

    def handle_error(self, request: object, client_address: object) -> None:
        """One who hangs up is no news."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Server]:
    """A site, over TLS if there is a certificate."""
    with Server() as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.scheme = "https"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.done.set()
            server.shutdown()


# --- behaviours ---------------------------------------------------------------------------------------------
def stall(handler: Handler) -> None:
    """Say nothing for longer than anybody waits."""
    handler.server.done.wait(10)


def drip(handler: Handler) -> None:
    """Begin well, then let each byte take longer than the last."""
    handler.say(200, "", Content_Length="1000000")
    while handler.command == "GET" and not handler.server.done.wait(0.05):
        handler.wfile.write(b" ")


def reset(handler: Handler) -> None:
    """Slam the door: the connection is reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def only_get(handler: Handler) -> None:
    """Understand GET and nothing else."""
    if handler.command == "HEAD":
        handler.say(405, "", Allow="GET")
    else:
        handler.say(200)


def deaf_to_head(handler: Handler) -> None:
    """Never answer HEAD."""
    if handler.command == "HEAD":
        stall(handler)
    else:
        handler.say(200)


def busy(times: int, status: int = 429, after: str = "7") -> Behaviour:
    """Ask for patience so many times, then answer."""
    left = [times]

    def behave(handler: Handler) -> None:
        left[0] -= 1
        if left[0] >= 0:
            handler.say(status, "", Retry_After=after)
        else:
            handler.say(200)

    return behave


def unchanged(etag: str) -> Behaviour:
    """Have an entity tag, and say so if the page did not change."""

    def behave(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.say(304, "", ETag=etag, Content_Length="", Content_Type="")
        else:
            handler.say(200, PAGE, ETag=etag, Last_Modified="Wed, 03 Mar 2027 10:00:00 GMT")

    return behave


def wants_cookie(handler: Handler) -> None:
    """Lead back to the same address, with a cookie, until the cookie comes."""
    if "seen=1" in (handler.headers.get("Cookie") or ""):
        handler.say(200)
    else:
        handler.say(302, "", Location=handler.path, Set_Cookie="seen=1")


def zipped(handler: Handler) -> None:
    """Send a page packed, though nobody asked for it."""
    handler.say(
        200, gzip.compress(PAGE.replace("A report on time banks", "Page not found").encode()), Content_Encoding="gzip"
    )


# --- the guard ----------------------------------------------------------------------------------------------
@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """No test gets out: what asks for another machine fails, and fails the test. Names in `.invalid` are unknown."""
    strayed: list[str] = []
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] != "127.0.0.1":
            strayed.append(str(address))
            raise PermissionError("no test gets out")
        connect(self, address)

    def only_known(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name == "127.0.0.1":
            return resolve(host, *arguments, **options)
        if not name.endswith(".invalid"):
            strayed.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket.socket, "connect", only_here)
    monkeypatch.setattr(socket, "getaddrinfo", only_known)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield strayed
    assert strayed == []
