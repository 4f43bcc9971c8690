"""What the tests of the finished site share: the real project, built once, its address, and a browser that tells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import make, statement

ROOT = Path(__file__).parent.parent
UNDER = "/commons/"
"""The tests serve the site below the root of its host, so that a link that forgets this leads nowhere."""
PATIENCE = 300
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
POLICY = next(
    line.removeprefix("Content-Security-Policy: ")
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("Content-Security-Policy: ")
)
"""The strict policy that the README states: what it forbids would be an error in the console, and so a failed test."""

Visit = Callable[..., AbstractContextManager[Page]]
Saw = Callable[[str, str, int], None]


def mkdocs_build(folder: Path, config: Path = ROOT / "mkdocs.yml", **environment: str) -> None:
    """Build a site in a process of its own, as a person would."""
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", config, "-d", folder],
        cwd=config.parent,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "SITE_URL": f"https://commons.example{UNDER}"} | environment,
        check=True,
    )


@pytest.fixture(scope="session", autouse=True)
def always_the_same_day() -> Iterator[None]:
    """No test fails one day because a review has come due."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", make.epoch(make.TODAY))
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_with_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What builds keep for the next goes where pytest keeps the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("kept")))
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the real project's site. The first worker builds it, the others wait for it."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here
    folder, done, failed = shared / "site", shared / "site-done", shared / "site-failed"
    try:
        (shared / "site-begun").mkdir()
    except FileExistsError:
        _wait_for(done, failed)
        return folder
    try:
        mkdocs_build(folder)
    except BaseException:
        failed.touch()
        raise
    done.touch()
    return folder


def _wait_for(done: Path, failed: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not done.exists():
        if failed.exists() or time.monotonic() > end:
            pytest.fail("The site could not be built: another worker of this run says why.")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, str]:
    return read_pages(site)


def read_pages(site: Path) -> dict[str, str]:
    """The HTML of every page by its address, redirects and the page for a wrong address included."""
    found = {file: file.read_text(encoding="utf-8") for file in sorted(site.rglob("*.html"))}
    return {address_of(file.relative_to(site)): html for file, html in found.items()}


def address_of(file: Path) -> str:
    path = "/" + file.as_posix()
    return path.removesuffix("index.html") if path.endswith("/index.html") else path


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    folder: Path

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes a connection early is no news."""


class _Handler(SimpleHTTPRequestHandler):
    """As a static host does it: the site under a path, and its 404.html for what is not there."""

    server: _Server

    def translate_path(self, path: str) -> str:
        self.directory = str(self.server.folder)
        plain = path.partition("?")[0]
        if not plain.startswith(UNDER):
            return str(self.server.folder / "no-such-file")
        return super().translate_path("/" + plain.removeprefix(UNDER))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = self.server.folder / "404.html"
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address, without the last slash, at which a folder is served."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.folder = folder
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{UNDER.rstrip('/')}"
        finally:
            server.shutdown()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with served(site) as found:
        yield found


def chromium() -> str:
    """The program of the system's browser, for none is downloaded."""
    names = (shutil.which(name) for name in BROWSERS)
    path = os.environ.get("KB_CHROMIUM") or next((found for found in names if found), None)
    return path or pytest.fail("The browser tests need Chromium: install it, or name its program in KB_CHROMIUM.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for each worker."""
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Visit:
    """Opens a page, which may not complain, ask elsewhere or set a cookie.

    `with visit("/", width=320) as page:`; where files are kept from a `troubled` page, the browser may say so.
    """

    @contextmanager
    def opened(
        path: str,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        script: bool = True,
        still: bool = False,
        troubled: bool = False,
    ) -> Iterator[Page]:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce" if still else "no-preference",
        )
        complaints: list[str] = []
        elsewhere: list[str] = []
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("request", lambda asked: None if asked.url.startswith(address) else elsewhere.append(asked.url))
        try:
            page.goto(address + path)
            yield page
            missing = troubled or page.url.endswith("/no-such-page/")
            lost = [one for one in complaints if one.startswith("Failed to load resource")] if missing else []
            assert [one for one in complaints if one not in lost] == []
            assert elsewhere == []
            assert context.cookies() == []
        finally:
            context.close()

    return opened


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test that is marked `alone` while no other worker runs one.

    Whoever wants to begin a test waits in a queue, which the first of it keeps shut until the room is free for it.
    """
    if sys.platform == "win32" or "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    import fcntl  # which Windows lacks: there tests run side by side

    alone = item.get_closest_marker("alone")
    shared = Path(item.config.getoption("basetemp")).parent  # each worker has a folder of its own in it
    with (shared / "queue").open("w") as queue, (shared / "room").open("w") as room:
        fcntl.flock(queue, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(queue, fcntl.LOCK_UN)
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `-m "not browser"` leave out what needs a browser; run last what runs alone, so that nobody waits long."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)


# --- figures that tests come upon ------------------------------------------------------------------------------
@pytest.fixture
def saw(record_property: Callable[[str, object], None]) -> Saw:
    """Tells for the accessibility page: a tool, its version, and on how many pages it found nothing new."""
    return lambda tool, version, pages: record_property("saw", (tool, version, pages))


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int) -> None:
    """Print what tests measured and recorded under `measured`, whichever worker ran them; keep what they `saw`."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, ())]
    said = [value for one in reports for name, value in one.user_properties if name == "measured"]
    if said:
        terminalreporter.section("measured")
        for line in said:
            terminalreporter.write_line(line)
    seen = [value for one in reports for name, value in one.user_properties if name == "saw"]
    whole = "PYTEST_XDIST_WORKER" not in os.environ  # a worker ends with a summary too, of its own part
    if seen and whole and exitstatus == 0 and os.environ.get("KB_ACCEPT"):
        statement.accept(seen)
