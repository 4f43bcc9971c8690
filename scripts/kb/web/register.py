"""What registers of DOIs and pages on the web tell of a work, in CSL-JSON.

A DOI is asked by content negotiation (https://www.doi.org/the-identifier/resources/handbook, chapter 5). A page tells
in the names that Google Scholar reads, those of Dublin Core, or its title alone.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence

from kb.liveness import DOI, asked_as
from kb.offer import Told
from kb.web.answers import Answer, Steps
from kb.web.signs import says_lost, see
from kb.web.visits import Way, walk

RESOLVER = DOI
"""Where a DOI is asked for."""
CSL = "application/vnd.citationstyles.csl+json"
_META = re.compile(r"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|property|content)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_TITLE = ("citation_title", "dc.title", "dcterms.title", "og:title")
_AUTHOR = ("citation_author", "dc.creator", "dcterms.creator", "author")
_DATE = ("citation_publication_date", "citation_date", "dc.date", "dcterms.date", "article:published_time")
_SITE = ("og:site_name", "citation_publisher", "dc.publisher")
_DAY = re.compile(r"(\d{4})(?:[-/](\d{1,2}))?(?:[-/](\d{1,2}))?")
_WHY = {
    "later": "the site asks to be left alone for a while",
    "too-slow": "the site did not answer in time",
    "no-such-site": "there is no site of this name, or this computer is cut off",
}


def tell(address: str) -> Steps[Told]:
    """What is told of the work at an address."""
    if address.startswith(DOI):
        return (yield from _register(address.removeprefix(DOI)))
    answer = yield from walk(Way(address, address), "GET")
    if answer.status != 200:
        return _nothing(answer)
    if answer.media_type not in {"text/html", "application/xhtml+xml"}:
        return Told(why=f"it is no page but {answer.media_type or 'something unnamed'}")
    names = _names(answer.text)
    if doi := _first(names, ("citation_doi", "dc.identifier.doi", "prism.doi")):
        told = yield from _register(re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", doi, flags=re.IGNORECASE))
        if told.text:
            return told
    return _of_page(address, answer.text, names)


def _register(doi: str) -> Steps[Told]:
    where = RESOLVER + asked_as(DOI + doi).removeprefix(DOI)
    answer = yield from walk(Way(where, where, CSL), "GET")
    if answer.status == 404:
        return Told(why="no register knows this DOI")
    if answer.status != 200:
        return _nothing(answer)
    if "json" not in answer.media_type or not answer.whole:
        return Told(why="the register has no record of it that can be read")
    return Told(answer.text)


def _nothing(answer: Answer) -> Told:
    if answer.fault:
        return Told(why=_WHY.get(answer.fault, f"the site gives no answer ({answer.fault})"))
    return Told(why=f"the site answers {answer.status}")


def _names(page: str) -> list[tuple[str, str]]:
    """What a page says of itself in its head, by name."""
    found = []
    for tag in _META.findall(page):
        said = {name.lower(): html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}
        name = said.get("name") or said.get("property")
        if name and said.get("content", "").strip():
            found.append((name.lower(), said["content"].strip()))
    return found


def _first(names: Sequence[tuple[str, str]], wanted: Sequence[str]) -> str:
    known = dict(reversed(names))
    return next((known[name] for name in wanted if name in known), "")


def _of_page(address: str, page: str, names: Sequence[tuple[str, str]]) -> Told:
    seen = see(page)
    title = _first(names, _TITLE) or seen.title or seen.heading
    if not title or says_lost(seen):
        return Told(why="the page does not say what it is")
    day = _DAY.match(_first(names, _DATE))
    authors = next(([text for name, text in names if name == one] for one in _AUTHOR if _first(names, [one])), [])
    said = {
        "type": "webpage",
        "title": title,
        "author": [_author(text) for text in authors],
        "publisher": _first(names, _SITE),
        "URL": address,
    }
    dated = {"issued": {"date-parts": [[int(part) for part in day.groups() if part]]}} if day else {}
    return Told(json.dumps(said | dated, ensure_ascii=False))


def _author(text: str) -> dict[str, str]:
    """A name as a page gives it: with a comma it is a person's, without one it may be a body's."""
    family, comma, given = text.partition(",")
    return {"family": family.strip(), "given": given.strip()} if comma else {"literal": text}
