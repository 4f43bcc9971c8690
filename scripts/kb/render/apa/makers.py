"""Who made a work: authors, or editors in their place, in full for the list and in short for the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.literature import Name, Names, Reference

PARTS = frozenset({"article", "inbook", "incollection", "inproceedings", "inreference", "review", "suppbook"})
"""Types of works within works, whose editors edit the whole and so never stand in for an author."""
MOST_NAMES = 20

_WORD = re.compile(r"[^\s.]+")
_TWO_CAPITALS = re.compile(r"\b([A-Z])([A-Z])\b")


def makers(work: Reference) -> Names:
    """The names that a work goes by: its authors, else its editors, else none."""
    if work.author or work.type in PARTS:
        return work.author
    return work.editor


def listed(work: Reference) -> str:
    """The makers at the head of an entry; empty if there are none."""
    names = makers(work)
    if names is work.editor and names:
        return f"{_joined([_inverted(name) for name in names.names], names)} ({editors_label(names)})"
    return _joined([_inverted(name) for name in names.names], names)


def in_order(names: Names) -> str:
    """Names with the initials in front, as after "In": `E. Loeffler & T. Bovaird`."""
    texts = [_straight(name) for name in names.names]
    if names.others:
        return f"{', '.join(texts)}{',' if len(texts) > 1 else ''} et al."
    if len(texts) < 3:
        return " & ".join(texts)
    return f"{', '.join(texts[:-1])}, & {texts[-1]}"


def editors_label(names: Names) -> str:
    """`Ed.` for one editor, `Eds.` for more."""
    return "Eds." if len(names.names) > 1 or names.others else "Ed."


def short(names: Names) -> str:
    """The names as a citation has them: one, two, or the first and `et al.`."""
    families = [_family(name) for name in names.names]
    if len(families) > 2 or (names.others and families):
        return f"{families[0]} et al."
    return " & ".join(families)


def bodies(names: Names) -> frozenset[str]:
    """The names of makers that are all bodies, for leaving out a publisher that is the same."""
    if not all(name.corporate for name in names.names):
        return frozenset()
    return frozenset(name.family.casefold() for name in names.names)


def initials(given: str) -> str:
    """Initials with full stops: `Jean-Paul M` becomes `J.-P. M.`.

    A part after a hyphen counts if it has a capital (`Lee-ann` is `L.`). A word in a script without capitals
    stays whole, for its first sign is no initial, and so does a small word between others (`M. de L.`).
    """
    words = _WORD.findall(_TWO_CAPITALS.sub(r"\1 \2", given.replace(".-", "-")))
    return " ".join(_initial(word, small=given.islower()) for word in words if word.strip("-"))


def _initial(word: str, *, small: bool) -> str:
    first, *others = [part for part in word.split("-") if part]
    if first[0].lower() == first[0].upper() or (word.islower() and not small):
        return word
    letters = [first[0].upper(), *(part[0] for part in others if part[0].isupper())]
    return "-".join(f"{letter}." for letter in letters)


def _family(name: Name) -> str:
    return f"{name.particle} {name.family}".strip()


def _inverted(name: Name) -> str:
    return ", ".join(filter(None, (_family(name), initials(name.given), name.suffix)))


def _straight(name: Name) -> str:
    return " ".join(filter(None, (initials(name.given), _family(name), name.suffix)))


def _joined(texts: Sequence[str], names: Names) -> str:
    """Up to 20 names with & before the last; of more, the first 19, an ellipsis and the last (9.8).

    The ellipsis is one sign, as citeproc sets it: the manual's ". . ." would break over a line.
    """
    if names.others and texts:
        comma = "," if len(texts) > 1 or "," in texts[0] else ""
        return f"{', '.join(texts)}{comma} et al."
    if len(texts) > MOST_NAMES:
        return f"{', '.join(texts[: MOST_NAMES - 1])}, … {texts[-1]}"
    if len(texts) < 2:
        return "".join(texts)
    # Two names need the comma after the first one's initials; a body has none.
    comma = "" if len(texts) == 2 and names.names[0].corporate else ","
    return f"{', '.join(texts[:-1])}{comma} & {texts[-1]}"
