"""The site as people meet it: on wide and narrow screens, by keyboard, in the dark, on paper, without JavaScript.

One page of each kind stands for all of its kind: the longest, for it has the most parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import UNDER, Visit

RECORDS = (
    "case",
    "framework",
    "organisation",
    "outcome",
    "pathway",
    "principle",
    "reference",
    "resource",
    "term",
)
PLACES = {
    "home": "/",
    "frameworks": "/frameworks/",
    "vocabulary": "/topics/",
    "explore": "/explore/",
    "reading list": "/reading-list/",
    "lost": "/no-such-page/",
}
KINDS = (*RECORDS, *PLACES, "listing", "value", "prose")
AXE = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("button-name", "color-contrast", "link-in-text-block")
"""The rules on which dark and light can differ."""
PHONE, DESKTOP = 320, 1280
AXE_SCRIPT = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
Example = Callable[[str], str]
expect.set_options(timeout=20_000)  # a busy machine takes its time


@pytest.fixture(scope="session")
def example(pages: dict[str, str]) -> Example:
    return partial(example_of, pages)


def example_of(pages: Mapping[str, str], kind: str) -> str:
    """The address of the page that stands for its kind."""
    pattern, name = {"value": ("/topics/.+/", "listing"), "listing": ("/cases/", kind)}.get(kind, ("/.+/", kind))
    of_kind = (path for path in pages if re.fullmatch(pattern, path) and f'kb-page--{name}"' in pages[path])
    return PLACES.get(kind) or max(of_kind, key=lambda path: len(pages[path]))


def faults(page: Page, rules: Sequence[str] = AXE) -> list[str]:
    """What axe finds: the rule, the element and the reason, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    named = {"label-content-name-mismatch": {"enabled": True}}  # on trial in axe, but WCAG asks for it (2.5.3)
    options = {"runOnly": rules, "rules": named, "resultTypes": ["violations"], "preload": False}
    found: list[dict[str, Any]] = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})" for rule in found for node in rule["nodes"]
    ]


def faults_in_both_schemes(page: Page) -> list[str]:
    found = faults(page)
    page.evaluate("document.querySelector('[data-kb-palette]').click()")
    return found + faults(page, COLOURS)


def sideways(page: Page) -> int:
    """How far the page scrolls sideways; nobody should have to."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def focused(page: Page) -> str:
    """What has the focus, by its accessible-ish name; and the focus must be seen."""
    said = page.evaluate(
        """() => {
            const one = document.activeElement, style = getComputedStyle(one);
            const box = one.getBoundingClientRect();
            const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
            return [one === document.body, seen && box.width > 0, one.innerText || one.id]
        }"""
    )
    nowhere, seen, name = said
    assert nowhere or seen, f"no outline on {name}"
    return "" if nowhere else " ".join(name.split())


def tab_to(page: Page, wanted: str, most: int = 60, key: str = "Tab") -> list[str]:
    """Press Tab, or another key, until something has the focus; what was passed on the way."""
    passed: list[str] = []
    while not passed or passed[-1] != wanted:
        assert len(passed) < most, f"{wanted} is not reached; {key} went through {passed}"
        page.keyboard.press(key)
        passed.append(focused(page))
    return passed


def search(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    expect(page.locator("[data-kb-found] a").first).to_be_visible()


# --- accessibility, on every kind of page -------------------------------------------------------------------
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_in_light_and_dark(visit: Visit, example: Example, kind: str, width: int) -> None:
    with visit(example(kind), width=width, still=True) as page:
        page.evaluate("document.querySelectorAll('.kb-page details').forEach((one) => { one.open = true })")
        assert faults_in_both_schemes(page) == []
        assert sideways(page) <= 0


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing_with_menu_or_search_open(visit: Visit, example: Example, width: int) -> None:
    with visit(example("organisation"), width=width, still=True) as page:
        if width == PHONE:
            page.get_by_text("Menu", exact=True).click()
            assert faults_in_both_schemes(page) == []
            assert sideways(page) <= 0
        page.keyboard.press("Control+k")
        assert faults(page) == []
        search(page, "reciprocity")
        assert faults_in_both_schemes(page) == []
        assert sideways(page) <= 0
        page.locator("#kb-words").fill("zzzzqqqq")
        expect(page.locator("[data-kb-sheet] [data-kb-told]")).to_contain_text("Nothing here")
        assert faults(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_at_200_percent_all_is_one_column(visit: Visit, example: Example, kind: str) -> None:
    with visit(example(kind), width=DESKTOP // 2, height=400) as page:
        assert sideways(page) <= 0
        beside = page.locator(".kb-columns > *").evaluate_all("parts => parts.map((one) => one.offsetLeft)")
        assert len(set(beside)) <= 1


def test_nothing_moves_for_those_who_ask_for_that(visit: Visit, example: Example) -> None:
    with visit(example("case"), still=True) as page:
        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((one) => {
                const style = getComputedStyle(one);
                return style.transitionDuration !== "0s" || style.animationName !== "none";
            }).map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert moving == []


# --- by keyboard --------------------------------------------------------------------------------------------
def test_the_keyboard_reaches_all_of_the_header_and_the_facts(visit: Visit, example: Example) -> None:
    with visit(example("case")) as page:
        page.keyboard.press("Tab")
        assert focused(page).startswith("Skip to")
        brand, button, *_ = tab_to(page, "Glossary")
        assert (brand, button) == ("Co-production Commons", "Search")
        passed = tab_to(page, "Facts")
        assert "Explore" in passed
        assert "Home" in passed


def test_the_skip_link_leads_to_the_text(visit: Visit, example: Example) -> None:
    with visit(example("case")) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.url.endswith("#title")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.kb-page') !== null")


def test_the_lost_have_a_skip_link_too(visit: Visit) -> None:
    with visit("/no-such-page/") as page:
        page.keyboard.press("Tab")
        assert focused(page).startswith("Skip to")
        expect(page.locator("article").get_by_role("link", name="Home")).to_have_attribute(
            "href", re.compile(rf"^{UNDER}\.?$")
        )


def test_the_whole_way_by_keyboard(visit: Visit) -> None:
    """From the home page to a record by search, onto the reading list, to Explore's filters, and back."""
    with visit("/") as page:
        page.keyboard.press("Tab")
        assert focused(page).startswith("Skip to")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.kb-page') !== null")
        search(page, "reciprocity")
        passed = tab_to(page, "Reciprocity")
        assert "Close" in passed
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/glossary/reciprocity/$"))
        passed = tab_to(page, "Add to list")
        assert {"Search", "Home", "Explore"} <= set(passed)
        page.keyboard.press("Space")
        expect(page.locator("[data-kb-list-count]")).to_have_text("1")
        tab_to(page, "Reading list 1", key="Shift+Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/reading-list/#"))
        expect(page.get_by_role("link", name="Reciprocity")).to_be_visible()
        assert "Reciprocity" in tab_to(page, "Remove")
        tab_to(page, "Explore", key="Shift+Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/explore/$"))
        expect(page.locator("[data-kb-results] a").first).to_be_visible()
        tab_to(page, "Kind")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile("kind=resource"))
        expect(page.locator("[data-kb-facet=kind] input:focus")).to_be_checked()
        page.go_back()  # Alt+Left is a key of the window, which a browser without one does not take
        expect(page.locator("[data-kb-facet=kind] input").first).not_to_be_checked()
        page.go_back()
        expect(page.get_by_role("link", name="Reciprocity")).to_be_visible()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_menu_opens_by_keyboard_on_a_phone(visit: Visit, key: str) -> None:
    with visit("/cases/", width=PHONE) as page:
        link = page.get_by_role("navigation", name="Sections").get_by_role("link", name="Explore")
        expect(link).to_be_hidden()
        tab_to(page, "Menu")
        page.keyboard.press(key)
        expect(link).to_be_visible()
        assert "Explore" in tab_to(page, "Explore")
        page.keyboard.press("Escape")
        expect(link).to_be_hidden()
        assert focused(page) == "Menu"


def test_search_and_menu_share_a_row_on_a_phone(visit: Visit) -> None:
    with visit("/", width=PHONE) as page:
        boxes = [
            page.locator(part).bounding_box() for part in (".kb-search-button", ".kb-palette", ".kb-menu > summary")
        ]
        assert len({round(box["y"]) for box in boxes if box}) == 1
        assert min(min(box["height"], box["width"]) for box in boxes if box) >= 24


def test_the_section_one_is_in_is_marked(visit: Visit, example: Example) -> None:
    with visit("/cases/") as page:
        expect(page.locator(".kb-menu [aria-current=page]")).to_have_text(["Cases"])
    with visit(example("case")) as page:
        expect(page.locator(".kb-menu [aria-current=true]")).to_have_text(["Cases"])


# --- colours --------------------------------------------------------------------------------------------------
def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_colours_switch_and_stay(visit: Visit, dark: bool) -> None:
    with visit("/cases/", dark=dark) as page:
        before = background(page)
        name = "Switch to light colours" if dark else "Switch to dark colours"
        assert name in tab_to(page, name)
        page.keyboard.press("Enter")
        after = background(page)
        assert after != before
        page.get_by_role("link", name="Home", exact=True).click()
        expect(page.locator(".kb-page--home")).to_be_visible()
        assert background(page) == after


def test_the_dark_need_no_script(visit: Visit) -> None:
    with visit("/", dark=True, script=False) as page:
        expect(page.locator("body")).to_have_css("background-color", "rgb(20, 24, 27)")


# --- without JavaScript ---------------------------------------------------------------------------------------
HIDDEN = """() => [...document.querySelectorAll(".kb-page :is(h1, h2, h3, p, li, dd, td, blockquote)")]
    .filter((one) => !one.closest(".kb-bibtex, .kb-search, [data-kb-script], [data-kb-reading-list], [data-kb-due]"))
    .filter((one) => !one.checkVisibility({ contentVisibilityAuto: true }))
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("kind", KINDS)
def test_all_is_there_without_javascript(visit: Visit, example: Example, kind: str) -> None:
    with visit(example(kind), script=False) as page:
        section = page.get_by_role("navigation", name="Sections").get_by_role("link", name="Explore")
        expect(section).to_be_visible()
        assert page.evaluate(HIDDEN) == []
        for gone in (".kb-search-button", ".kb-palette", ".kb-search"):
            expect(page.locator(gone)).not_to_be_visible()
        page.set_viewport_size({"width": PHONE, "height": 640})
        assert page.evaluate(HIDDEN) == []
        assert sideways(page) <= 0
        expect(section).to_be_hidden()
        page.get_by_text("Menu", exact=True).click()
        expect(section).to_be_visible()


# --- on paper ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [*RECORDS, "frameworks", "prose"])
def test_on_paper(visit: Visit, example: Example, kind: str) -> None:
    upright, on_its_side = 680, 1000  # what A4 leaves between its margins
    with visit(example(kind), width=on_its_side if kind == "frameworks" else upright) as page:
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        for gone in (".kb-header", ".kb-footer", ".kb-crumbs", ".kb-neighbours"):
            for part in page.locator(gone).all():
                assert not part.is_visible(), gone
        expect(page.locator("h1")).to_be_visible()
        if kind != "frameworks":
            link = page.locator(".kb-permalink a")
            expect(link).to_be_visible()
            assert link.inner_text().startswith("http")
        clipped = page.locator(".kb-table").evaluate_all(
            "parts => parts.map((one) => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight])"
            ".filter((over) => Math.max(...over) > 1)"
        )
        assert clipped == []
        assert sideways(page) <= 0


# --- what a case must show ----------------------------------------------------------------------------------------
ORDER = [
    "Who took part",
    "What was done",
    "Results",
    "What did not work",
    "Principles it shows",
    "How strong the evidence is",
    "Before you use this",
]


def test_a_case_tells_in_order_and_gives_failure_equal_weight(visit: Visit, example: Example) -> None:
    with visit(example("case")) as page:
        headings = [text.strip() for text in page.locator("h2").all_inner_texts()]
        assert [text for text in headings if text in ORDER] == ORDER
        good, bad = (
            page.locator(f"section[aria-labelledby={id}]").bounding_box() for id in ("results", "what-did-not-work")
        )
        assert good
        assert bad
        assert good["y"] == bad["y"]
        assert good["width"] == pytest.approx(bad["width"], abs=1)
        assert good["x"] + good["width"] <= bad["x"]


def test_a_source_leads_back_to_the_text(visit: Visit, example: Example) -> None:
    with visit(example("case")) as page:
        cited = page.locator("a.cite").first
        mark = cited.get_attribute("id")
        cited.click()
        page.locator("li:target").get_by_text("Back to text").click()
        assert page.url.endswith(f"#{mark}")
        expect(page.locator(f"a.cite:target[id='{mark}']")).to_be_in_viewport()
