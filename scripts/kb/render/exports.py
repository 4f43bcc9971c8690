"""Works and pages in the forms in which a reading list leaves the site: a reference, BibTeX, RIS and a row of a table.

A page of ours is cited as a work of its own: an online work by the site.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date

from kb.entry import address, entry, latex
from kb.literature import Day, Name, Names, Reference, Span
from kb.model import Record
from kb.pages import Citation
from kb.render.apa.dates import in_text
from kb.render.apa.makers import PARTS, makers
from kb.render.apa.works import page_range
from kb.render.desk import Desk
from kb.render.references import bibliography_entry

_RIS_TYPES = {
    "article": "JOUR",
    "review": "JOUR",
    "suppperiodical": "JOUR",
    "book": "BOOK",
    "booklet": "BOOK",
    "manual": "BOOK",
    "mvbook": "BOOK",
    "collection": "EDBOOK",
    "mvcollection": "EDBOOK",
    "mvreference": "EDBOOK",
    "reference": "EDBOOK",
    "bookinbook": "CHAP",
    "inbook": "CHAP",
    "incollection": "CHAP",
    "inreference": "CHAP",
    "suppbook": "CHAP",
    "suppcollection": "CHAP",
    "inproceedings": "CPAPER",
    "mvproceedings": "CONF",
    "proceedings": "CONF",
    "online": "ELEC",
    "report": "RPRT",
    "thesis": "THES",
    "unpublished": "UNPB",
}
_ITALIC = re.compile("</?i>")
_TAG = re.compile("<[^>]*>")
_NOT_IN_KEY = re.compile(r"[^\w.+-]+")


def of_work(work: Reference, id: str, kind: str, desk: Desk) -> Citation:
    """The citation of a work of the bibliography, on its own page or on that of the record `id` that describes it."""
    return _citation(work, desk.entry(work), id, kind, desk)


def of_record(record: Record, desk: Desk) -> Citation:
    """The citation of a record's page."""
    work = record_as_work(record, desk)
    return _citation(work, bibliography_entry(work), record.id, record.kind, desk)


def of_page(address: str, title: str, desk: Desk) -> Citation:
    """The citation of a page that is no record, which has no date: nobody wrote down when it was last read."""
    work = _page_as_work(address, title, desk)
    return _citation(work, bibliography_entry(work), address, "page", desk)


def record_as_work(record: Record, desk: Desk) -> Reference:
    """A record's page as a work (APA 7, section 10.16: a page on a website)."""
    return _page_as_work(record.id, desk.record_title(record), desk, record.reviewed or record.added)


def _page_as_work(id: str, title: str, desk: Desk, day: date | None = None) -> Reference:
    key, title, page = _key(id), _one_line(title), _permalink(id, desk)
    return Reference(
        key,
        "online",
        _bibtex(key, title, desk.site, day, page),
        author=Names((Name(desk.site, corporate=True),)),
        title=title,
        organization=desk.site,
        date=Span(Day(day.year, day.month, day.day)) if day else None,
        url=page,
    )


def _key(id: str) -> str:
    """A citation key: a record's id, or `page:learn:start` for the page at `/learn/start/`."""
    return f"page{_NOT_IN_KEY.sub(':', id).rstrip(':')}" if id.startswith("/") else id


def _permalink(id: str, desk: Desk) -> str:
    return desk.permalink(desk.address(id))


def _citation(work: Reference, entry: str, id: str, kind: str, desk: Desk) -> Citation:
    row = (
        id,
        desk.words.name("kind", kind),
        work.full_title,
        _authors(makers(work)),
        _year(work),
        _publisher(work),
        work.doi,
        work.address,
        _permalink(id, desk),
    )
    return Citation(_turns(entry), f"{work.raw}\n", ris(work), row)


def _turns(entry: str) -> tuple[str, ...]:
    """The text of a reference in HTML, in turns upright and italic."""
    return tuple(html.unescape(_TAG.sub("", turn)) for turn in _ITALIC.split(entry))


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- what more than one form says ---------------------------------------------------------------------
def _authors(names: Names) -> str:
    """Names for one cell of a table."""
    return "; ".join((*map(_inverted, names.names), *(("et al.",) if names.others else ())))


def _inverted(name: Name) -> str:
    """A name with the family first: `van der Graaf, Peter`, `King, Martin Luther, Jr.`; a body's whole."""
    return ", ".join((f"{name.particle} {name.family}".strip(), name.given, name.suffix)).rstrip(", ")


def _publisher(work: Reference) -> str:
    return "; ".join(dict.fromkeys(filter(None, (work.institution, work.organization, work.publisher))))


def _year(work: Reference) -> str:
    """The year as a number, or in words where it is none: `in press`, `44 B.C.E.`."""
    if work.year is not None and work.year > 0:
        return str(work.year)
    return in_text(work) if work.date or work.pubstate else ""


# --- BibTeX -------------------------------------------------------------------------------------------
def _bibtex(key: str, title: str, site: str, day: date | None, page: str) -> str:
    """An entry for a page of ours."""
    date = day.isoformat() if day else ""
    return entry(
        "online", key, {"title": latex(title), "organization": latex(site), "date": date, "url": address(page)}
    )


# --- RIS ----------------------------------------------------------------------------------------------
def ris(work: Reference) -> str:
    """The work in RIS, which ends with a newline.

    Tags are those of the specification of 2011 as Zotero and EndNote read them: a body's name ends with a comma, lest
    its last word be taken for a family name; `SN` of a report is its number; `A2` are the editors of the whole in
    which a work stands, but of anything else those of its series, so that its own editors are `ED`.
    """
    type = _RIS_TYPES.get(work.type, "GEN")
    within = work.journaltitle or work.booktitle or (work.organization if type == "ELEC" else "")
    first, _, last = page_range(work.pages).partition("–")
    tagged = (
        ("TY", type),
        ("ID", work.key),
        *(("AU", name) for name in _in_ris(work.author)),
        *(("A2" if work.type in PARTS else "ED", name) for name in _in_ris(work.editor)),
        ("TI", work.full_title),
        ("T2", within or work.series),
        ("T3", work.series if within else ""),
        ("PY", _year(work)),
        ("DA", _day(work.date)),
        ("VL", work.volume),
        ("IS", work.issue),
        ("SP", first or work.eid),
        ("EP", last),
        ("ET", work.edition),
        ("PB", _publisher(work)),
        ("CY", work.location),
        ("SN", work.number if type == "RPRT" else work.isbn or work.issn),
        ("DO", work.doi),
        ("UR", work.url or work.address),
        ("Y2", _day(work.urldate)),
        ("LA", work.language),
        ("M3", work.subtype),
        *(("KW", word) for word in work.keywords),
    )
    lines = (f"{tag}  - {text}\n" for tag, value in tagged if (text := _one_line(value)))
    return f"{''.join(lines)}ER  - \n"


def _in_ris(names: Names) -> Iterator[str]:
    for name in names.names:
        yield f"{_inverted(name)}," if name.corporate else _inverted(name)
    if names.others:
        yield "et al.,"


def _day(span: Span | None) -> str:
    """A day or a month as `2012/06/11/` or `2012/06//`; empty if only the year is known."""
    day = (span.start or span.end) if span else None
    if day is None or day.month is None or day.year < 1:
        return ""
    return f"{day.year:04}/{day.month:02}/{f'{day.day:02}' if day.day else ''}/"
