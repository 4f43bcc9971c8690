"""A server that does what static hosts do, and a browser that searches as people do; what each visit cost."""

from __future__ import annotations

import gzip
import json
import mimetypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

WATCH = Path(__file__).parent / "watch.js"
COMPRESSED = ("text/", "application/json", "application/javascript", "application/xml", "image/svg+xml")
LEVEL = 6
"""How hard the server compresses: gzip's own default, as most hosts have it."""
PIECE = 16_384
IDLE = 0.15
"""Seconds without a request, after which a page counts as loaded."""
KEYS = 40
"""Milliseconds between two keys of somebody who types fast."""
PATIENCE = 120_000


# --- the server ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Network:
    """What lies between server and browser: seconds until an answer begins, and bytes a second for all together.

    The server itself waits, because Chromium slows no request of a worker. An answer costs one round trip. Browsers
    ask for six at a time over HTTP/1.1, which is all that the server speaks: many small files cost more than they would
    on a host with HTTP/2.
    """

    name: str
    delay: float = 0.0
    speed: float = inf


HERE = Network("this computer")
FAST_4G = Network("fast 4G", 0.060, 9e6 / 8)


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer: what was asked for, and all its bytes, head and body, as they went over the wire."""

    path: str
    size: int


class Server(ThreadingHTTPServer):
    """Serves a folder and remembers what it sent. Nothing is compressed twice."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.network = HERE
        self.sent: list[Sent] = []
        self.answering = 0
        self.last = 0.0
        self.lock = threading.Lock()
        self.free = 0.0
        self.answer = cache(self._answer)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def _answer(self, path: str) -> tuple[int, str, bytes, bool]:
        file = self.folder / path.lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return 404, "text/plain", b"", False
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        content = file.read_bytes()
        if kind.startswith(COMPRESSED):
            return 200, kind, gzip.compress(content, LEVEL, mtime=0), True
        return 200, kind, content, False

    def turn(self, size: int) -> float:
        """The moment at which the network has carried so many more bytes, by `time.monotonic`."""
        with self.lock:
            self.free = max(self.free, time.monotonic()) + size / self.network.speed
            return self.free

    def settle(self) -> None:
        """Wait until nothing has been asked for in a while."""
        while self.answering or time.monotonic() - self.last < IDLE:
            time.sleep(0.01)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes a connection early is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.answering += 1
        try:
            status, kind, body, packed = server.answer(urlsplit(self.path).path)
            time.sleep(server.network.delay)
            self._send(status, kind, body, packed)
        finally:
            with server.lock:
                server.answering -= 1
                server.last = time.monotonic()

    def _send(self, status: int, kind: str, body: bytes, packed: bool) -> None:
        lines = [
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not Found'}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Cache-Control: max-age=600",
            *(["Content-Encoding: gzip"] if packed else []),
        ]
        answer = "\r\n".join([*lines, "", ""]).encode() + body
        self.server.sent.append(Sent(self.path, len(answer)))
        for start in range(0, len(answer), PIECE):
            piece = answer[start : start + PIECE]
            time.sleep(max(self.server.turn(len(piece)) - time.monotonic(), 0))
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server of a folder. What is not a page is compressed beforehand: that is no part of what is timed."""
    with Server(folder) as server:
        for path in folder.rglob("*.js*"):
            server.answer(f"/{path.relative_to(folder).as_posix()}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


# --- the browser --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Place:
    """Where results stand on a page: an element within which they appear, their links, and what is said of them.

    These are selectors. `none` is said where there are no results.
    """

    within: str
    found: str
    told: str
    none: str


@dataclass(frozen=True, slots=True)
class Contestant:
    """How somebody searches a site: what is pressed or clicked to begin, the box, and where results stand.

    `explore` is the address of the view with facets, and `facets` the boxes there; empty if there are none.
    """

    name: str
    folder: str
    key: str
    box: str
    place: Place
    explore: str = ""
    explored: Place | None = None
    facets: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer cost: milliseconds until it stood on the page, bytes, requests; and how many results stand.

    `told` is until that stood which is said of the answer: how many results there are, the counts of facets.
    """

    milliseconds: float
    told: float
    size: int
    requests: int
    found: int


class Visitor:
    """Visits one site in one browser, each time as if for the first."""

    def __init__(self, browser: Browser, server: Server, who: Contestant) -> None:
        self.browser = browser
        self.server = server
        self.who = who
        self.own: frozenset[str] = frozenset()

    @contextmanager
    def page(self, place: Place) -> Iterator[Page]:
        context = self.browser.new_context(viewport={"width": 1280, "height": 800})
        try:
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.add_init_script(f"{WATCH.read_text(encoding='utf-8')}\nkbWatch({json.dumps(asdict(place))});")
            yield page
        finally:
            context.close()

    def before(self) -> tuple[int, int]:
        """Bytes fetched before anybody searches: scripts that the page names, and all that those ask for."""
        with self.page(self.who.place) as page:
            start = self._go(page, "")
            page.wait_for_load_state("networkidle")
            self.server.settle()
            scripts = page.eval_on_selector_all("script[src]", "all => all.map((one) => new URL(one.src).pathname)")
            self.own = frozenset(scripts)
            named = sum(sent.size for sent in self.server.sent[start:] if sent.path in self.own)
            return named, sum(sent.size for sent in self._fetched(start))

    def search(self, queries: list[str]) -> list[Cost]:
        """What the first query on a page costs, with all that its scripts fetched before; then the others."""
        costs = []
        with self.page(self.who.place) as page:
            start = self._go(page, "")
            if self.who.key:
                page.keyboard.press(self.who.key)
            else:
                page.click(self.who.box)
            for query in queries:
                page.fill(self.who.box, "")
                page.wait_for_timeout(KEYS)
                page.locator(self.who.box).press_sequentially(query, delay=KEYS)
                costs.append(self._cost(page, start))
                start = len(self.server.sent)
        return costs

    def explore(self, clicks: int) -> tuple[Cost, list[Cost]]:
        """What the first view with facets costs, and each click on a facet's value: on, and off again."""
        with self.page(self.who.explored or self.who.place) as page:
            start = self._go(page, self.who.explore)
            first = self._cost(page, start)
            costs = []
            boxes = page.locator(self.who.facets)
            for number in range(min(clicks, boxes.count())):
                for _ in ("on", "off"):
                    start = len(self.server.sent)
                    boxes.nth(number).click()
                    costs.append(self._cost(page, start))
            return first, costs

    def _go(self, page: Page, path: str) -> int:
        """Open a page; the number of its first answer."""
        self.server.settle()
        start = len(self.server.sent)
        page.goto(self.server.address + path, wait_until="load")
        return start

    def _cost(self, page: Page, start: int) -> Cost:
        answer = page.wait_for_function("kbAnswer()", polling=50).json_value()
        self.server.settle()
        fetched = self._fetched(start)
        return Cost(
            answer["milliseconds"], answer["told"], sum(sent.size for sent in fetched), len(fetched), answer["found"]
        )

    def _fetched(self, start: int) -> list[Sent]:
        """What was sent since, without pages, styles, images, fonts, and the scripts that every page names."""
        return [sent for sent in self.server.sent[start:] if sent.path not in self.own and not _is_dress(sent.path)]


def _is_dress(path: str) -> bool:
    path = path.partition("?")[0]
    return path.endswith(("/", ".html", ".css", ".png", ".ico", ".svg", ".woff", ".woff2"))
