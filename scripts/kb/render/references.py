"""References in APA style, seventh edition: entries of the list as safe HTML, citations as plain text."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from kb.literature import Reference
from kb.pages import HOME, Tongue
from kb.render.apa.dates import dated, in_text
from kb.render.apa.makers import listed, makers, short
from kb.render.apa.order import disambiguate, plain_sort_key, sort_key
from kb.render.apa.works import address, page_range, sources, stands_alone, titled

__all__ = [
    "Reference",
    "author_date",
    "bibliography_entry",
    "citation",
    "disambiguate",
    "plain_sort_key",
    "sort_key",
]

_ENDED = re.compile(r"[.?!…](?:</i>|</span>|[”’]|&#3[49];)*$")


def bibliography_entry(reference: Reference, suffix: str = "", tongue: Tongue = HOME) -> Markup:
    """The work in full, as safe HTML: `suffix` is the letter that `disambiguate` gives it, `tongue` is its title's."""
    head, date, title = escape(listed(reference)), escape(f"({dated(reference, suffix)})"), titled(reference, tongue)
    opening = (head, date, title) if head else (title, date)
    sentences = [_sentence(part) for part in (*opening, *sources(reference)) if part]
    return Markup(" ").join(filter(None, (*sentences, address(reference))))


def citation(reference: Reference, at: str = "", suffix: str = "") -> str:
    """A citation in brackets, plain text: `(Boyle & Harris, 2009, p. 12)`."""
    label = _label(reference)
    rest = ", ".join(filter(None, (in_text(reference, suffix), page_range(at))))
    if label.endswith("”"):
        return f"({label[:-1]},” {rest})"  # The comma goes inside the quotation marks.
    return f"({label}, {rest})" if label else f"({rest})"


def author_date(reference: Reference, suffix: str = "") -> str:
    """A citation that is part of a sentence, plain text: `Boyle & Harris (2009)`."""
    return f"{_label(reference)} ({in_text(reference, suffix)})".lstrip()


def _label(reference: Reference) -> str:
    """The makers in short; failing them the title, in quotation marks if the work is part of another."""
    title = reference.full_title
    return short(makers(reference)) or (title if stands_alone(reference) or not title else f"“{title}”")


def _sentence(part: Markup) -> Markup:
    return part if _ENDED.search(part) else part + "."
