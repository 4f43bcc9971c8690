"""What the site is made of: pages of finished HTML, what a search knows of them, redirects, and their addresses."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be linked to. `level` is 1 for the page's own title."""

    level: int
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language of a title, where it is not that of the site: a tag of BCP 47, and `rtl` if it runs leftward."""

    lang: str = ""
    dir: str = ""


HOME = Tongue()
"""The language of the site."""


@dataclass(frozen=True, slots=True)
class Citation:
    """How a page is cited, in every form in which a reading list leaves the site.

    `formatted` is the reference in APA style, in turns upright and italic, the first upright (perhaps empty).
    `row` are the cells of a table, under the names in `COLUMNS`.
    """

    formatted: tuple[str, ...]
    bibtex: str
    ris: str
    row: tuple[str, ...]


COLUMNS = ("id", "kind", "title", "authors", "year", "publisher", "doi", "url", "page")
"""The columns of a reading list as a table."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found of a page, and by which words besides those that the page keeps. All texts are plain.

    `id` names it in a reading list: a record's id, a citation key, or the page's address. `sorted_as` is the title as
    lists sort it, `sentence` says what it is, `by` who made it, in short. `identifiers` are names that lead to it
    alone: ids, former ids, DOI, ISBN. `names` are other names, misspellings among them; `stands_for` says that they
    all name one idea, as those of a glossary's term do. `people` made it, `labels` are the words of closed lists that
    it bears. `facets` are the values it bears under the names of `Facet`. An entry with a `note` is retired or
    replaced: only its identifiers find it. `tongue` is the language of its title.
    """

    id: str
    kind: str
    title: str
    sorted_as: str
    sentence: str
    citation: Citation
    by: str = ""
    year: int | None = None
    note: str = ""
    identifiers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stands_for: bool = False
    people: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tongue: Tongue = HOME


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a list: its name in addresses, its label, and its values in order, id and label each."""

    name: str
    label: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of data that is published beside the pages; `path` is its way from the root of the site."""

    path: str
    text: str


IMPROVE = "<!-- improve -->"
"""Where in a packed body it says how to improve the page; no text that people write is a remark of HTML."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    `address` begins and ends with a slash; `path` is the page as a Markdown file under the folder of all pages.
    `packed` keeps the body and the words, by `pack`: all pages are in memory at once. `anchors` are the ids of the
    headings that the page offers for linking: those it promises to keep. `changed` is the day of the last change to
    what the page shows, as 2026-11-23; empty if nobody wrote one down. `label` is the kind in words, where a title
    needs it to be told from others. A page without an `entry` is found by nobody who searches. `improve` says where the
    page is kept and how to mend it, in HTML: the lines of a file change while nothing else does.
    """

    address: str
    path: str
    kind: str
    title: str
    description: str
    packed: bytes
    headings: tuple[Heading, ...]
    anchors: tuple[str, ...] = ()
    changed: str = ""
    label: str = ""
    entry: Entry | None = None
    improve: str = ""

    @property
    def body(self) -> str:
        """HTML that is safe to show as it is, with addresses relative to the page."""
        return unpack(self.packed)[0].replace(IMPROVE, self.improve)

    @property
    def words(self) -> str:
        """The words by which the page is found, besides those of its entry."""
        return unpack(self.packed)[1]

    @property
    def addresses(self) -> Iterator[str]:
        """Every address that the page offers: its own, and one for each anchor."""
        yield self.address
        yield from (f"{self.address}#{anchor}" for anchor in self.anchors)


def pack(body: str, words: str = "") -> bytes:
    """The body and the words of a page as they are kept: the words stand in the body too, and take hardly any room."""
    return zlib.compress(f"{words}\0{body}".encode(), level=1)


def unpack(packed: bytes) -> tuple[str, str]:
    """The body and the words that were packed. Raises ValueError where there are none."""
    try:
        words, parted, body = zlib.decompress(packed).decode().partition("\0")
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not parted:
        raise ValueError("nothing parts the words from the body")
    return body, words


@dataclass(frozen=True, slots=True)
class Redirect:
    """An address that leads to another; `html` is a page that does so on any static host."""

    address: str
    target: str
    html: str


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that is published, in order."""

    pages: tuple[Page, ...]
    redirects: tuple[Redirect, ...] = ()
    facets: tuple[Facet, ...] = ()
    assets: tuple[Asset, ...] = ()

    def addresses(self) -> Iterator[str]:
        """Every address that the site answers at."""
        for page in self.pages:
            yield from page.addresses
        yield from (redirect.address for redirect in self.redirects)
        yield from (f"/{asset.path}" for asset in self.assets)


Progress = Callable[[int, int], None]
"""Told how many of how many pages or entries are done."""


def relative(address: str, page: str) -> str:
    """`address`, which begins with a slash, as seen from the page at the address `page`."""
    depth = page.count("/") - 1
    return "../" * depth + address.lstrip("/") or "./"


def page_address(path: str) -> str:
    """The address of the page that a Markdown file makes: `about.md` is at `/about/`, `index.md` at `/`."""
    stem = path.removesuffix(".md").removesuffix("index").strip("/")
    return f"/{stem}/" if stem else "/"
