"""Whether a work is there already: by its DOI, its ISBN or its address, or by its title, year and first author.

The only user of rapidfuzz. In doubt a work is another version and not the same: it is then written, and not lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rapidfuzz import fuzz

from kb.literature import Reference
from kb.match.marks import Marks, marks
from kb.offer import Match

__all__ = ["Shelf", "unlike"]

ALIKE = 90.0
"""How near two titles are at least, of 100, so that they may be one. A missing subtitle counts for nothing."""
NOT_UNLIKE = 60.0
"""How near titles are at least, where the DOI, the ISBN or the address says that the work is the same."""
ONE_AUTHOR = 85.0
FEW_LETTERS = 12
"""Titles that are shorter than this, such as `Editorial`, say too little: they must be equal."""


def unlike(own: Reference, other: Reference) -> bool:
    """Whether the titles of two works have nothing to do with each other."""
    return _unlike(marks(own), marks(other))


class Shelf:
    """Works that are there, put where works that might be the same will look for them."""

    def __init__(self) -> None:
        self._by_mark: defaultdict[str, list[Marks]] = defaultdict(list)

    def add(self, work: Reference) -> None:
        """Put a work on the shelf."""
        own = marks(work)
        for place in own.places:
            self._by_mark[place].append(own)

    def find(self, work: Reference) -> Match | None:
        """The same work, or else another version of it; None if there is neither."""
        own = marks(work)
        met = {one.key: one for place in own.places for one in self._by_mark[place]}
        found = [match for key in sorted(met) for match in _matches(own, met[key])]
        return min(found, key=lambda rated: rated[0])[1] if found else None


def _matches(own: Marks, other: Marks) -> Iterator[tuple[int, Match]]:
    """What two works are to each other, and how sure that is: the less the surer."""
    if own.words == other.words:
        yield 0, Match(other.key, True, "word for word")
    elif why := _identity(own, other):
        yield 1, Match(other.key, True, why)
    elif _tell_alike(own, other):
        why = _apart(own, other)
        yield (3 if why else 2), Match(other.key, not why, why or "the same title, year and first author")


def _unlike(own: Marks, other: Marks) -> bool:
    return bool(own.title and other.title) and fuzz.partial_ratio(own.title, other.title) < NOT_UNLIKE


def _identity(own: Marks, other: Marks) -> str:
    """What says that two works are one, unless their titles have nothing to do with each other."""
    if _unlike(own, other):
        return ""
    if own.doi and own.doi == other.doi:
        return "the same DOI"
    if own.doi and other.doi:
        return ""
    if own.isbns & other.isbns and not own.is_part and not other.is_part and own.volume == other.volume:
        return "the same ISBN"
    return "the same address" if own.address and own.address == other.address else ""


def _tell_alike(own: Marks, other: Marks) -> bool:
    """Whether titles and first authors are so near that the two are one work, or versions of one."""
    if own.numbers != other.numbers or not own.title or not other.title:
        return False  # Part 1 is not Part 2.
    if own.title != other.title and not _titles_alike(own, other):
        return False
    if own.maker and other.maker:
        return _makers_alike(own.maker, other.maker)
    return own.year == other.year


def _titles_alike(own: Marks, other: Marks) -> bool:
    if min(len(own.title), len(other.title)) < FEW_LETTERS:
        return False
    if fuzz.ratio(own.title, other.title) >= ALIKE:
        return True
    shorter, longer = sorted((own, other), key=lambda one: len(one.title))
    return not shorter.has_subtitle and longer.has_subtitle and fuzz.ratio(shorter.title, longer.main) >= ALIKE


def _makers_alike(one: str, other: str) -> bool:
    """Whether two names are one, of which a part may be missing if they are as long as those of bodies."""
    ratio = fuzz.partial_ratio if min(len(one), len(other)) >= FEW_LETTERS else fuzz.ratio
    return ratio(one, other) >= ONE_AUTHOR


def _apart(own: Marks, other: Marks) -> str:
    """What tells two works with one title and one author apart; empty if nothing does."""
    if own.preprint != other.preprint:
        return "one is a preprint"
    if own.year and other.year and abs(own.year - other.year) > 1:
        return f"another year ({own.year}, there {other.year})"
    elsewhere = bool(own.address and other.address and own.address != other.address)
    dated = own.year is not None and own.year == other.year
    if fuzz.ratio(own.title, other.title) < ALIKE and (elsewhere or not dated):
        return "one has a subtitle"
    if own.sort and other.sort and own.sort != other.sort:
        return "another type"
    differs = ("DOI", own.doi, other.doi), *((name, own.exact[name], other.exact[name]) for name in own.exact)
    return next((f"another {name}" for name, one, two in differs if one and two and one != two), "")
