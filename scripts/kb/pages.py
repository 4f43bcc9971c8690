"""What the site is made of: pages of finished HTML, redirects, and the addresses of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be linked to. `level` is 1 for the page's own title."""

    level: int
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    `address` begins and ends with a slash; `path` is the page as a Markdown file under the folder of all pages.
    `body` is HTML that is safe to show as it is, with addresses relative to the page. `anchors` are the ids of the
    headings that the page offers for linking: those it promises to keep. `changed` is the day of the last change to
    what the page shows, as 2026-11-23; empty if nobody wrote one down. `label` is the kind in words, where a title
    needs it to be told from others.
    """

    address: str
    path: str
    kind: str
    title: str
    description: str
    body: str
    headings: tuple[Heading, ...]
    anchors: tuple[str, ...] = ()
    changed: str = ""
    label: str = ""

    @property
    def addresses(self) -> Iterator[str]:
        """Every address that the page offers: its own, and one for each anchor."""
        yield self.address
        yield from (f"{self.address}#{anchor}" for anchor in self.anchors)


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

    def addresses(self) -> Iterator[str]:
        """Every address that the site answers at."""
        for page in self.pages:
            yield from page.addresses
        yield from (redirect.address for redirect in self.redirects)


def relative(address: str, page: str) -> str:
    """`address`, which begins with a slash, as seen from the page at the address `page`."""
    depth = page.count("/") - 1
    return "../" * depth + address.lstrip("/") or "./"


def page_address(path: str) -> str:
    """The address of the page that a Markdown file makes: `about.md` is at `/about/`, `index.md` at `/`."""
    stem = path.removesuffix(".md").removesuffix("index").strip("/")
    return f"/{stem}/" if stem else "/"
