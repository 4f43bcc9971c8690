"""The floor under every page: what axe finds at 200 %, what a first visit weighs, what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.bench.measure import Sent, Server
from tests.bench.measure import served as measured
from tests.conftest import Visit
from tests.test_browser import DESKTOP, KINDS, Example, example, faults

__all__ = ["example"]
HEAVIEST = 100_000
"""Bytes, compressed, that a first visit may fetch at most."""
WEIGHED = [kind for kind in KINDS if kind != "lost"]
"""The server that measures has no page for a wrong address."""
SHIFTS = """() => new Promise((told) => {
    new PerformanceObserver((list) => told(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => told(0), 300);
})"""


# --- axe ----------------------------------------------------------------------------------------------------------
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


@pytest.mark.parametrize("kind", WEIGHED)
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
    assert size <= HEAVIEST
    assert elsewhere == []
    assert round(shift, 2) == 0
