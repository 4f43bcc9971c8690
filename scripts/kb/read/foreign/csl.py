"""CSL-JSON, as Zotero writes it and registers of DOIs answer: a list of objects, or one object.

Names of variables and types are those of CSL 1.0.2; registers keep some of their own, which are taken too.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from kb.entry import latex
from kb.literature import Name
from kb.offer import Batch, Offered
from kb.problem import Place
from kb.read.bib.offers import with_fields
from kb.read.foreign.draft import Statement, in_latex, offered

TYPES = {
    **dict.fromkeys(("article-journal", "article-magazine", "article-newspaper", "journal-article"), "article"),
    **dict.fromkeys(("article", "post", "post-weblog", "posted-content", "webpage"), "online"),
    **dict.fromkeys(("book", "classic", "monograph"), "book"),
    **dict.fromkeys(("book-chapter", "book-section", "chapter"), "incollection"),
    **dict.fromkeys(("paper-conference", "proceedings-article"), "inproceedings"),
    **dict.fromkeys(("entry", "entry-dictionary", "entry-encyclopedia", "reference-entry"), "inreference"),
    **dict.fromkeys(("dissertation", "thesis"), "thesis"),
    **dict.fromkeys(("report", "report-component"), "report"),
    **dict.fromkeys(("bill", "legislation", "regulation", "treaty"), "legislation"),
    **dict.fromkeys(("review", "review-book"), "review"),
    **dict.fromkeys(("figure", "graphic", "map"), "image"),
    **dict.fromkeys(("broadcast", "motion_picture"), "video"),
    **dict.fromkeys(("document", "interview", "pamphlet", "performance", "speech"), "misc"),
    "collection": "collection",
    "dataset": "dataset",
    "edited-book": "collection",
    "legal_case": "jurisdiction",
    "manuscript": "unpublished",
    "patent": "patent",
    "periodical": "periodical",
    "personal_communication": "letter",
    "proceedings": "proceedings",
    "software": "software",
    "song": "music",
    "standard": "standard",
}
PREPRINTS = frozenset({"article", "posted-content"})
"""Types of works that were put on the web before a journal took them."""
FIELDS = {
    "DOI": "doi",
    "ISBN": "isbn",
    "ISSN": "issn",
    "PMCID": "pmcid",
    "PMID": "pmid",
    "URL": "url",
    "abstract": "abstract",
    "accessed": "urldate",
    "annote": "annotation",
    "chapter-number": "chapter",
    "collection-number": "number",
    "collection-title": "series",
    "container-title-short": "shortjournal",
    "edition": "edition",
    "event": "eventtitle",
    "event-place": "venue",
    "event-title": "eventtitle",
    "genre": "type",
    "issue": "number",
    "issued": "date",
    "journalAbbreviation": "shortjournal",
    "keyword": "keywords",
    "language": "language",
    "medium": "howpublished",
    "note": "note",
    "number": "number",
    "number-of-pages": "pagetotal",
    "number-of-volumes": "volumes",
    "original-date": "origdate",
    "page": "pages",
    "publisher-place": "location",
    "status": "pubstate",
    "subtitle": "subtitle",
    "title": "title",
    "title-short": "shorttitle",
    "version": "version",
    "volume": "volume",
}
MAKERS = {"author": "author", "container-author": "bookauthor", "editor": "editor", "translator": "translator"}
_LIST = re.compile(r'"(?:items|references)"\s*:\s*\[')
_MARKUP = re.compile(r"</?(?:i|b|sub|sup|sc|em|strong|jats:\w+|span)\b[^>]*>", re.IGNORECASE)
_GAP = re.compile(r"[\s,]*")


def read_csl(text: str, file: str) -> Batch:
    """What a file in CSL-JSON offers. Where its JSON breaks, what stands above is taken."""
    found = _LIST.search(text) if text.lstrip().startswith("{") else None
    start = found.end() if found else text.find("[") + 1 if text.lstrip().startswith("[") else 0
    entries: list[Offered] = []
    while (start := _end_of_gap(text, start)) < len(text) and text[start] != "]":
        place = Place(file, text.count("\n", 0, start) + 1)
        try:
            one, end = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            return Batch((*entries, Offered.unread(place, _broken(error, text, place), text[start:].rstrip())))
        entries.append(_offered(one, place, text[start:end]))
        start = end
    return Batch(tuple(entries))


def read_told(text: str, file: str) -> Offered | None:
    """The work of which a register or a page told, without what only the register needs; None if that is no work."""
    entries = read_csl(text, file).entries
    if not entries or "title" not in entries[0].fields:
        return None
    own = {name: value for name, value in entries[0].fields.items() if not name.startswith("x-") and name != "abstract"}
    return with_fields(entries[0].bare(), own)


def _end_of_gap(text: str, start: int) -> int:
    found = _GAP.match(text, start)
    return found.end() if found else start


def _broken(error: Exception, text: str, place: Place) -> str:
    line = text.count("\n", 0, getattr(error, "pos", 0)) + 1 if isinstance(error, ValueError) else place.line
    return f"line {line} is no JSON, so nothing from line {place.line} on can be read. Export the file again."


def _offered(one: object, place: Place, quote: str) -> Offered:
    known: Mapping[str, Any] = one if isinstance(one, dict) else MappingProxyType({"value": one})
    kind = str(known.get("type", ""))
    type = TYPES.get(kind, "misc")
    said = [statement for name, value in known.items() for statement in _statements(name, value, type)]
    if kind and kind not in TYPES:
        said.append(("type", "", kind))
    if kind in PREPRINTS:
        said.append(("type", "type", "preprint"))
    return offered("csl", str(known.get("id", "")), type, said, place, quote)


def _statements(name: str, value: Any, type: str) -> Iterator[Statement]:
    if name in {"id", "type"}:
        return
    if name in MAKERS and isinstance(value, list):
        yield from ((name, MAKERS[name], _name(one)) for one in value)
    elif name in {"issued", "accessed", "original-date"} and isinstance(value, dict):
        yield name, FIELDS[name], _date(value)
    elif isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        joint = ": " if name in {"title", "container-title"} else ", " if name == "ISBN" else "; "
        yield name, _field(name, type), joint.join(map(_text, value))
    elif isinstance(value, str | int | float):
        yield name, _field(name, type), _text(value)
    elif value:
        yield name, "", json.dumps(value, ensure_ascii=False)


def _field(name: str, type: str) -> str:
    if name == "container-title":
        within = {"incollection": "booktitle", "inproceedings": "booktitle", "inreference": "booktitle"}
        return within.get(type, "organization" if type == "online" else "journaltitle")
    if name == "publisher":
        return {"report": "institution", "thesis": "institution", "online": "organization"}.get(type, "publisher")
    return FIELDS.get(name, "")


def _text(value: object) -> str:
    """What a value says: the signs of HTML that registers use for letters as such, without their marks for slants."""
    return html.unescape(_MARKUP.sub("", str(value)))


def _name(said: Any) -> str:
    if not isinstance(said, dict):
        return f"{{{latex(str(said))}}}"
    part = {name: _text(value) for name, value in said.items() if isinstance(value, str)}
    if whole := part.get("literal") or part.get("name"):
        return in_latex(Name(whole, corporate=True))
    particle = " ".join(filter(None, (part.get("dropping-particle"), part.get("non-dropping-particle"))))
    return in_latex(Name(part.get("family", ""), part.get("given", ""), particle, part.get("suffix", "")))


def _date(said: Mapping[str, Any]) -> str:
    """A date or a range; what is no date comes back as it is."""
    parts = said.get("date-parts")
    if isinstance(parts, list) and parts and all(isinstance(one, list) for one in parts):
        days = ["-".join(str(part).zfill(2) for part in one if part is not None) for one in parts]
        return "/".join(filter(None, days)) + ("~" if said.get("circa") else "")
    return str(said.get("raw") or said.get("literal") or json.dumps(said))
