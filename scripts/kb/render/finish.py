"""What can only be done once a page is whole: each term linked once, citations numbered, addresses made relative."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from kb.pages import relative

_TERM = re.compile(r'<a class="term" href="term:([a-z0-9-]+)">(.*?)</a>')
_CITE = re.compile(r'<a class="cite" href="cite:([^"]*)"([^>]*)>(.*?)</a>')
_SITE = re.compile(r'(href|action)="site:(/[^"]*)"')
SOURCES = "<!-- sources -->"
"""Where a template wants the list of sources."""


def link_terms(html: str, page: str) -> str:
    """The first use of each term of the glossary as a link; none to the page itself."""
    seen: set[str] = set()

    def first_only(found: re.Match[str]) -> str:
        id, words = found.groups()
        address = f"/glossary/{id}/"
        if id in seen or address == page:
            return words
        seen.add(id)
        return f'<a class="term" href="site:{address}">{words}</a>'

    return _TERM.sub(first_only, html)


def number_citations(html: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Citations that lead to the list of sources, and for each key, in order, the ids of its places in the text."""
    places: dict[str, list[str]] = {}

    def numbered(found: re.Match[str]) -> str:
        key, rest, words = found.groups()
        back = places.setdefault(key, [])
        back.append(f"cited-{source_id(key)}-{len(back) + 1}")
        return f'<a class="cite" id="{back[-1]}" href="#{source_id(key)}"{rest}>{words}</a>'

    return _CITE.sub(numbered, html), {key: tuple(back) for key, back in places.items()}


def source_id(key: str) -> str:
    """The id of a work in a page's list of sources."""
    return "source-" + quote(key, safe="").replace("%", "_")


def relative_addresses(html: str, page: str) -> str:
    """Addresses on this site as seen from the page."""
    return _SITE.sub(lambda found: f'{found[1]}="{relative(found[2], page)}"', html)


def finish(body: str, page: str, sources: Callable[[Mapping[str, tuple[str, ...]]], str]) -> str:
    """A page's body made whole. `sources` writes the list of sources from the places that cite each."""
    html, places = number_citations(link_terms(body, page))
    return relative_addresses(html.replace(SOURCES, sources(places)), page)
