"""The floor under every page: what axe finds, what a first visit weighs, what moves, what paper clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.bench.measure import Sent, Server
from tests.bench.measure import served as measured
from tests.conftest import Visit
from tests.test_browser import AXE_SCRIPT, COLOURS, DESKTOP, KINDS, PHONE, Example, example, faults, sideways

__all__ = ["example"]
PARTS = 8
LIGHTEST = 100_000
"""Bytes, compressed, that a first visit may fetch at most."""
SHIFTS = """() => new Promise((told) => {
    new PerformanceObserver((list) => told(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => told(0), 300);
})"""
CLIPPED = """() => [...document.querySelectorAll("article :is(table, pre, code, .kb-table)")]
    .filter((one) => one.checkVisibility() && one.scrollWidth - one.clientWidth > 1 && one.clientWidth > 0)
    .map((one) => one.outerHTML.slice(0, 120))"""
PAPER = 680
"""Pixels that A4 leaves between its margins, upright; the table of frameworks is printed on its side."""
ON_ITS_SIDE = 1000


# --- axe ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page(visit: Visit, pages: dict[str, str], part: int) -> None:
    """Each page but redirects is seen once: in turn light or dark, wide or 320 px.

    `tests/test_browser.py` sees every kind of page in all four.
    """
    found = {}
    proper = [address for address, html in pages.items() if 'http-equiv="refresh"' not in html]
    for dark, width in ((False, DESKTOP), (False, PHONE), (True, DESKTOP), (True, PHONE)):
        turn = (dark * 2 + (width == PHONE) + part) % 4
        mine = proper[part::PARTS][turn::4]
        with visit("/about/", dark=dark, width=width, still=True) as page:
            root = page.url.removesuffix("/about/")
            for address in mine:
                page.goto(root + address)
                page.evaluate("document.querySelectorAll('.kb-page details').forEach((one) => { one.open = true })")
                said = faults(page) + (["it scrolls sideways"] if sideways(page) > 0 else [])
                found |= {f"{address} {width} {'dark' if dark else 'light'}": said} if said else {}
    assert found == {}


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_at_200_percent(visit: Visit, example: Example, kind: str) -> None:
    with visit(example(kind), width=DESKTOP // 2, height=400) as page:
        assert faults(page) == []


# --- weight -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def weighed(site: Path) -> Iterator[Server]:
    with measured(site) as server:
        yield server


def first_visit(page: Page, server: Server, path: str) -> list[Sent]:
    """All that the server sent for a page to a browser that keeps nothing yet."""
    server.settle()
    start = len(server.sent)
    page.goto(server.address + path.lstrip("/"), wait_until="networkidle")
    server.settle()
    return server.sent[start:]


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_visit_is_light_and_nothing_moves(
    browser: Browser, weighed: Server, example: Example, kind: str, record_property: Callable[[str, object], None]
) -> None:
    context = browser.new_context(viewport={"width": DESKTOP, "height": 800})
    try:
        page = context.new_page()
        elsewhere: list[str] = []
        page.on("request", lambda one: None if one.url.startswith(weighed.address) else elsewhere.append(one.url))
        sent = first_visit(page, weighed, example(kind))
        shift = float(page.evaluate(SHIFTS))
    finally:
        context.close()
    size = sum(one.size for one in sent)
    record_property(
        "measured", f"first visit, {kind}: {len(sent)} requests, {size / 1000:.1f} kB gzip, layout shift {shift:.3f}"
    )
    assert size <= LIGHTEST
    assert elsewhere == []
    assert shift == 0


# --- paper --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_paper_clips_no_table_and_no_code(visit: Visit, example: Example, kind: str) -> None:
    with visit(example(kind), width=ON_ITS_SIDE if kind == "frameworks" else PAPER) as page:
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(CLIPPED) == []
        assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF-")
