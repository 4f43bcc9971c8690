"""The order of a list of references, and the letters that tell works of one author and year apart."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from kb.literature import Name, Reference
from kb.render.apa.dates import DAILY, in_text
from kb.render.apa.makers import initials, makers, short

SortKey = tuple[tuple[tuple[str, str, str], ...], tuple[int, int, int, int], str, str]

_ARTICLE = re.compile(r"^(?:a|an|the)\s+", re.IGNORECASE)
_BASIC_LETTERS = str.maketrans({"æ": "ae", "đ": "d", "ð": "d", "ł": "l", "œ": "oe", "ø": "o", "þ": "th"})
_LAST = "\U0010ffff"


def sort_key(work: Reference) -> SortKey:
    """By makers, one alone before the same with others, then by date, then by title (9.44 to 9.49)."""
    names = makers(work)
    under = tuple(_name_key(name) for name in names.names) or ((_title_key(work), "", ""),)
    if names.others:
        under = (*under, (_LAST, "", ""))
    return under, _date_key(work), _title_key(work), work.key


def plain_sort_key(work: Reference) -> str:
    """The word that a work is sorted under, in basic letters."""
    return sort_key(work)[0][0][0]


def disambiguate(works: Iterable[Reference]) -> Mapping[str, str]:
    """For each work that would be cited in the same words as another, its letter: `a`, `b` and so on.

    Letters follow the order of the list. Works are told apart by letters even where only the first author is
    the same, for which the manual would have more names written out: a label then never depends on
    who else is in the bibliography.
    """
    same: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for work in sorted(works, key=sort_key):
        same[short(makers(work)) or work.full_title, in_text(work)].append(work)
    return {work.key: _letter(number) for those in same.values() if len(those) > 1 for number, work in enumerate(those)}


def _letter(number: int) -> str:
    """Letters from a to z, then aa, ab and so on."""
    rest, last = divmod(number, 26)
    return (_letter(rest - 1) if rest else "") + chr(ord("a") + last)


def _name_key(name: Name) -> tuple[str, str, str]:
    return _basic(f"{name.particle}{name.family}"), _basic(initials(name.given)), _basic(name.suffix)


def _title_key(work: Reference) -> str:
    return _basic(_ARTICLE.sub("", work.full_title, count=1))


def _date_key(work: Reference) -> tuple[int, int, int, int]:
    """No date first, then dates, then what is still in press; only what is shown counts."""
    if work.pubstate:
        return 2, 0, 0, 0
    day = work.date and (work.date.start or work.date.end)
    if not day:
        return 0, 0, 0, 0
    if work.type not in DAILY:
        return 1, day.year, 0, 0
    return 1, day.year, day.month or 0, day.day or 0


def _basic(text: str) -> str:
    """Letters and digits only, without accents, so that Österberg stands between Osborne and Ostrom."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_BASIC_LETTERS))
    return "".join(sign for sign in letters if sign.isalnum())
