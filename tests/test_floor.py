"""The floor under every page: what axe finds, what paper clips, what a first visit weighs, what moves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.bench.measure import Sent, Server
from tests.bench.measure import served as measured
from tests.conftest import Saw, Visit
from tests.test_browser import DESKTOP, KINDS, PHONE, Example, example, faults, sideways

__all__ = ["example"]
PARTS = 8
"""The walk over all pages in parts, so that several workers share it; a multiple of the number of screens."""
SCREENS = ((DESKTOP, False), (PHONE, False), (DESKTOP, True), (PHONE, True))
"""Width, and whether it is dark."""
UPRIGHT, ON_ITS_SIDE = 680, 1000
"""Pixels that A4 leaves between its margins; the table of frameworks is printed on its side."""
BEYOND_THE_PAPER = """() => {
    const paper = document.documentElement.clientWidth;
    return [...document.body.querySelectorAll("*")].filter((one) => {
        const box = one.getBoundingClientRect();
        const hides = getComputedStyle(one).overflowX !== "visible" && one.clientWidth > 1;
        const beyond = box.right > paper + 1 || box.left < -1 || (hides && one.scrollWidth > one.clientWidth + 1);
        return beyond && one.checkVisibility() && !one.closest(".kb-unseen");
    }).map((one) => one.outerHTML.slice(0, 160));
}"""
HEAVIEST = 100_000
"""Bytes, compressed, that a first visit may fetch at most."""
WEIGHED = [kind for kind in KINDS if kind != "lost"]
"""The server that measures has no page for a wrong address."""
SHIFTS = """() => new Promise((told) => {
    new PerformanceObserver((list) => told(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => told(0), 300);
})"""


# --- every page -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_sound_on_screen_and_on_paper(
    browser: Browser, visit: Visit, pages: dict[str, str], saw: Saw, part: int
) -> None:
    """Axe finds nothing, nothing scrolls sideways, and nothing is wider than the paper.

    Each page is seen on one screen, in turn on each of `SCREENS`; one of every kind is seen on all four in
    `tests/test_browser.py`.
    """
    width, dark = SCREENS[part % len(SCREENS)]
    mine = proper(pages)[part::PARTS]
    found: dict[str, list[str]] = {}
    with visit("/about/", width=width, dark=dark, still=True) as page:
        root = page.url.removesuffix("/about/")
        for path in mine:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(root + path)
            page.evaluate("document.querySelectorAll('.kb-page details').forEach((one) => { one.open = true })")
            said = faults(page) + [f"scrolls sideways by {sideways(page)}"] * (sideways(page) > 0) + on_paper(page)
            found |= {path: said} if said else {}
        version = str(page.evaluate("axe.version"))
    assert found == {}
    saw("axe", version, len(mine))
    saw("Chromium", browser.version, len(mine))


def proper(pages: dict[str, str]) -> list[str]:
    """The addresses of all pages that are no redirects."""
    return [path for path, html in pages.items() if 'http-equiv="refresh"' not in html]


def on_paper(page: Page) -> list[str]:
    """What is wider than paper of the size A4, cut off or folded there, in the order in which a browser prints."""
    wide = page.locator(".kb-crosswalk").count() > 0
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": ON_ITS_SIDE if wide else UPRIGHT, "height": 800})
    found = page.evaluate(BEYOND_THE_PAPER)
    folded = page.locator(".kb-page details:not([open], .kb-bibtex)").evaluate_all(
        "all => all.map((one) => one.innerText)"
    )
    page.emulate_media(media="screen")
    return [f"beyond the paper: {one}" for one in found] + [f"folded: {one}" for one in folded]


def test_what_paper_would_clip_is_found(visit: Visit) -> None:
    with visit("/about/") as page:
        assert on_paper(page) == []
        page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<p id=a>' + 'x'.repeat(999))")
        page.evaluate("document.querySelector('#a').style.cssText = 'overflow: hidden; overflow-wrap: normal'")
        assert [one[:27] for one in on_paper(page)] == ['beyond the paper: <p id="a"']


@pytest.mark.parametrize("kind", KINDS)
def test_a_printed_page_is_a4(visit: Visit, example: Example, kind: str) -> None:
    with visit(example(kind)) as page:
        paper = page.pdf(format="A4", prefer_css_page_size=True)
    sizes = {(float(x), float(y)) for x, y in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)}
    assert sizes
    assert all(sorted(size) == pytest.approx([595.3, 841.9], abs=1.5) for size in sizes)
    assert any(x > y for x, y in sizes) == (kind == "frameworks")


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


@pytest.mark.parametrize(("width", "height"), [(PHONE, 640), (412, 823)], ids=["small", "as Lighthouse has it"])
@pytest.mark.parametrize("kind", WEIGHED)
def test_on_a_phone_nothing_moves_when_the_scripts_come_late(
    browser: Browser, weighed: Server, example: Example, kind: str, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()

        def late(route: Route) -> None:
            page.wait_for_timeout(400)
            route.continue_()

        page.route(re.compile(r"/assets/(kb|reading-list)\.js"), late)
        page.goto(weighed.address + example(kind).lstrip("/"), wait_until="networkidle")
        shift = float(page.evaluate(SHIFTS))
        page.unroute_all(behavior="wait")
    finally:
        context.close()
    assert round(shift, 2) == 0
