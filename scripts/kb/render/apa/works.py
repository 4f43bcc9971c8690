"""What a work is called and where it is: title with its brackets, source and address, as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from markupsafe import Markup, escape

from kb.literature import Reference
from kb.pages import Tongue
from kb.render.apa.dates import on_day
from kb.render.apa.makers import PARTS, bodies, editors_label, in_order, makers

SERIALS = frozenset({"article", "periodical", "review", "suppperiodical"})
_NUMBERED = frozenset({"manual", "patent", "report", "standard"})
_DESCRIPTIONS = {
    "artwork": "Artwork",
    "audio": "Audio",
    "dataset": "Data set",
    "image": "Image",
    "movie": "Film",
    "software": "Computer software",
    "unpublished": "Unpublished manuscript",
    "video": "Video",
}
_ORDINALS = dict(
    zip(
        ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
        range(2, 11),
        strict=True,
    )
)
_ITALIC = Markup("<i>{}</i>")
_LINK = Markup('<a href="{}">{}</a>')
_RANGE = re.compile(r"(?<=\w)\s*[-–—]+\s*(?=\w)")
_EDITION_WORD = re.compile(r"(?<!\s)\s*+\bed(?:n|ition)?\b\.?$", re.IGNORECASE)
_SAFE_IN_DOI = "/:;()._-~!$'*+,=@&%"
_ADDRESS = re.compile(r"https?://[^\s/?#@:<>\"\[\]]+(?::\d+)?(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)


def stands_alone(work: Reference) -> bool:
    """Whether the work is a whole of its own and no part of a journal or a book."""
    return not (work.journaltitle if work.type in SERIALS else work.type in PARTS and work.booktitle)


def page_range(text: str) -> str:
    """Page numbers with en dashes."""
    return _RANGE.sub("–", text)


# --- the title ---------------------------------------------------------------------------------------
def titled(work: Reference, tongue: Tongue) -> Markup:
    """The title, in italics if the work stands alone, with what the manual puts in brackets after it."""
    title = _in_tongue(work.full_title, tongue)
    if not stands_alone(work):
        return _spaced(title, _bracketed("[{}]", _description(work)))
    name = _ITALIC.format(title) if title else Markup()
    aside = "; ".join(filter(None, (*_numbers(work), _edited(work), ", ".join(_asides(work)))))
    return _spaced(name, _bracketed("({})", aside), _bracketed("[{}]", _description(work)))


def _in_tongue(title: str, tongue: Tongue) -> Markup:
    if not title or not tongue.lang:
        return escape(title)
    direction = Markup(' dir="{}"').format(tongue.dir) if tongue.dir else Markup()
    return Markup('<span lang="{}"{}>{}</span>').format(tongue.lang, direction, title)


def _spaced(*parts: Markup) -> Markup:
    return Markup(" ").join(part for part in parts if part)


def _bracketed(brackets: str, text: str) -> Markup:
    return Markup(brackets).format(text) if text else Markup()


def _edited(work: Reference) -> str:
    """The editor of somebody else's work: `D. Webb, Ed.`."""
    if not work.editor or makers(work) is work.editor:
        return ""
    return f"{in_order(work.editor)}, {editors_label(work.editor)}"


def _numbers(work: Reference) -> Iterator[str]:
    """The number of a report with its kind or its series: `Working paper No. 12`, `Research briefing 31`."""
    if work.type not in _NUMBERED:
        return
    if work.number and (work.subtype or not work.series):
        yield f"{work.subtype} No. {work.number}".strip()
        yield work.series
    else:
        yield f"{work.series} {work.number}".strip()


def _asides(work: Reference) -> Iterator[str]:
    """Edition, volume and pages of a book."""
    if edition := _edition(work.edition):
        yield edition
    if work.volume and work.type not in SERIALS:
        yield f"{'Vols.' if _RANGE.search(work.volume) else 'Vol.'} {page_range(work.volume)}"
    if work.pages and work.type in PARTS:
        yield f"{'pp.' if _RANGE.search(work.pages) or ',' in work.pages else 'p.'} {page_range(work.pages)}"


def _edition(text: str) -> str:
    """`2nd ed.`; a first edition is not named."""
    words = _EDITION_WORD.sub("", text)
    number = int(words) if words.isdecimal() else _ORDINALS.get(words.lower())
    if words.lower() in ("", "1", "1st", "first"):
        return ""
    return f"{_ordinal(number) if number else 'Rev.' if words.lower() == 'revised' else words} ed."


def _ordinal(number: int) -> str:
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _description(work: Reference) -> str:
    """What kind of work it is, where that is not plain from the rest."""
    if work.type == "thesis":
        return ", ".join(filter(None, (work.subtype or "Thesis", work.institution or work.publisher)))
    if work.number and work.type in _NUMBERED:
        return ""  # The kind stands with the number.
    return work.subtype or _DESCRIPTIONS.get(work.type, "")


# --- the source --------------------------------------------------------------------------------------
def sources(work: Reference) -> tuple[Markup, ...]:
    """The journal; or the book and its publisher; or the publisher. One sentence each."""
    if not stands_alone(work) and work.type in SERIALS:
        return (_in_journal(work),)
    book = () if stands_alone(work) else (_in_book(work),)
    return (*book, escape("; ".join(_publishers(work))))


def _in_journal(work: Reference) -> Markup:
    volume = _ITALIC.format(work.volume) if work.volume else Markup()
    where = f"Article {work.eid}" if work.eid else page_range(work.pages)
    parts = (_ITALIC.format(work.journaltitle), volume + _bracketed("({})", work.issue), escape(where))
    return Markup(", ").join(part for part in parts if part)


def _in_book(work: Reference) -> Markup:
    editors = f"{in_order(work.editor)} ({editors_label(work.editor)}), " if work.editor else ""
    book = _spaced(_ITALIC.format(work.booktitle), _bracketed("({})", ", ".join(_asides(work))))
    return Markup("In {}{}").format(editors, book)


def _publishers(work: Reference) -> Iterator[str]:
    """Who published it, but for the makers themselves."""
    named = {frozenset({""}), bodies(makers(work))}
    if work.type == "thesis":
        named.add(_parts(work.institution or work.publisher))  # It stands in the brackets.
    for text in (work.institution, work.organization, work.publisher, work.howpublished, _archive(work)):
        if _parts(text) not in named:
            named.add(_parts(text))
            yield text


def _parts(publisher: str) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in publisher.split(";"))


def _archive(work: Reference) -> str:
    return "arXiv" if work.eprinttype.lower() == "arxiv" else ""


# --- the address -------------------------------------------------------------------------------------
def address(work: Reference) -> Markup:
    """The address, a link if it is one of the web; with the day it was seen if the work has no date."""
    shown = work.address
    if not shown and work.eprint and _archive(work):
        shown = f"https://arxiv.org/abs/{work.eprint}"
    target = f"https://doi.org/{quote(work.doi, safe=_SAFE_IN_DOI)}" if work.doi else shown
    link = _LINK.format(target, shown) if _ADDRESS.fullmatch(target) else escape(shown)
    seen = on_day(work.urldate)
    if link and seen and not work.date and not work.pubstate:
        return Markup("Retrieved {}, from {}").format(seen, link)
    return link
