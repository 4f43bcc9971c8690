"""The words of links make sense alone, or with the list entry, table column or label that they stand in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from tests.conftest import Visit

EMPTY = {"", "here", "click here", "more", "read more", "learn more", "this", "this page", "link", "details"}
CONTAINERS = ("li", "td", "dd", "nav")


@dataclass(eq=False)
class Container:
    """What a screen reader tells along with a link: the text around it, a label, the number of a column."""

    tag: str
    label: str
    around: list[str] = field(default_factory=list)


@dataclass
class Link:
    address: str
    label: str
    within: tuple[Container, ...]
    text: str = ""

    @property
    def name(self) -> str:
        return " ".join((self.label or self.text).split())

    @property
    def context(self) -> str:
        return " | ".join(" ".join([one.label, *one.around]) for one in self.within)


class Links(HTMLParser):
    """The links of a page that a screen reader lists, with what stands around each."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Link] = []
        self.stack: list[Container] = []
        self.link: Link | None = None
        self.term = ""
        self.column = 0
        self.in_term = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.column = 0 if tag == "tr" else self.column + (tag in ("td", "th"))
        if tag == "dt":
            self.term, self.in_term = "", True
        if tag in CONTAINERS:
            labels = {"nav": told.get("aria-label", ""), "dd": self.term, "td": f"column {self.column}"}
            self.stack.append(Container(tag, labels.get(tag, "")))
        if tag == "a" and "href" in told and told.get("aria-hidden") != "true":
            self.link = Link(told["href"], told.get("aria-label", ""), tuple(self.stack))
            self.found.append(self.link)

    def handle_endtag(self, tag: str) -> None:
        if tag in CONTAINERS:
            while self.stack and self.stack.pop().tag != tag:
                pass
        if tag == "dt":
            self.in_term = False
        if tag == "a":
            self.link = None

    def handle_data(self, data: str) -> None:
        if self.in_term:
            self.term += data
        if self.link:
            self.link.text += data
        if self.stack and data.strip():
            self.stack[-1].around.append(data.strip())


def vague(html: str) -> list[str]:
    """Links whose words say nothing."""
    return [f"{one.name!r} -> {one.address}" for one in Links(html).found if one.name.casefold().rstrip(".… ") in EMPTY]


def alike(address: str, html: str) -> list[str]:
    """Links that sound the same, in the same surroundings, and lead to different places."""
    heard: dict[tuple[str, str], set[str]] = defaultdict(set)
    for link in Links(html).found:
        heard[link.name, link.context].add(urljoin(address, link.address))
    return [f"{name!r} -> {sorted(places)}" for (name, _), places in heard.items() if len(places) > 1]


def test_no_link_is_vague(pages: dict[str, str]) -> None:
    assert {address: said for address, html in pages.items() if (said := vague(html))} == {}


def test_links_with_the_same_words_lead_to_the_same_place(pages: dict[str, str]) -> None:
    assert {address: said for address, html in pages.items() if (said := alike(address, html))} == {}


def test_vague_words_are_found() -> None:
    assert vague('<a href="/a/">Here</a> <a href="/b/"></a> <a href="/c/" aria-label="Power">more</a>') == [
        "'Here' -> /a/",
        "'' -> /b/",
    ]


def test_links_that_sound_alike_are_found() -> None:
    same = '<p><a href="/a/">Power</a></p><p><a href="/b/">Power</a></p>'
    cards = '<ul><li><p>Topic</p><a href="/a/">Power</a></li><li><p>Page</p><a href="/b/">Power</a></li></ul>'
    facts = '<dl><dt>Topic</dt><dd><a href="/a/">Power</a></dd><dt>Phase</dt><dd><a href="/b/">Power</a></dd></dl>'
    cells = '<table><tr><td><a href="/a/">Power</a></td><td><a href="/b/">Power</a></td></tr></table>'
    assert alike("/", same) == ["'Power' -> ['/a/', '/b/']"]
    assert [alike("/", html) for html in (cards, facts, cells)] == [[], [], []]


def test_a_link_to_a_work_names_the_work(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        names = [one.get_attribute("aria-label") or "" for one in page.locator(".kb-sources__links a").all()]
        assert len(set(names)) == len(names)
        assert all(": " in name for name in names)
