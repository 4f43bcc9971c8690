"""New entries put at their place in a bibliography. All that stands there stays as it is, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count
from unicodedata import normalize

from kb.entry import is_key
from kb.literature import Reference

PART = "Imported, and not yet put into a part"
"""The part for new entries, in a bibliography that has parts: nobody but a person knows to which they belong."""
LONGEST_KEY = 60
_HEADING = re.compile(r"^@comment\{-{2,200}+[ \t]*+(.{0,200}?)[ \t]*+-{2,200}\}[ \t]*$", re.MULTILINE)
_SMALL_WORDS = re.compile(r"an?|and|are|as|at|by|for|from|how|in|is|of|on|or|the|to|what|when|where|why|with")


# --- keys -------------------------------------------------------------------------------------------------
def new_key(own: str, work: Reference, taken: Iterable[str]) -> str:
    """The key of a new entry: its own if that will do, or one made of its first author, year and title.

    Another work that has the key already makes it `boyle2009challengeb`. Capitals make no difference to `taken`.
    """
    key = re.sub(r"[^\w:.+/-]", "", own).lstrip("_:.+/-")
    if not is_key(key) or len(key) > LONGEST_KEY or not re.search(r"[^\W\d_]", key):
        key = _made(work)
    others = frozenset(one.casefold() for one in taken)
    tries = (key, *(f"{key}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"))
    free = (one for one in tries if one.casefold() not in others)
    return next(free, "") or next(one for n in count(27) if (one := f"{key}-{n}").casefold() not in others)


def _made(work: Reference) -> str:
    makers = work.author.names or work.editor.names
    maker = _telling(makers[0].family if makers else work.institution or work.organization)
    words = [*maker[:1], *_telling(work.title)[:2]] or ["work"]
    year = str(abs(work.year)) if work.year else ""
    return "".join((words[0][:20], year, *(word[:20] for word in words[1:2])))


def _telling(text: str) -> list[str]:
    """The words of a text that say something, in small letters of ASCII."""
    plain = normalize("NFKD", re.sub("['\u2019]", "", text[:1000])).encode("ascii", "ignore").decode().lower()
    return [word for word in re.findall(r"[a-z0-9]+", plain) if not _SMALL_WORDS.fullmatch(word)]


# --- places -----------------------------------------------------------------------------------------------
def shelved(text: str, starts: Mapping[str, int], new: Mapping[str, str]) -> str:
    """A bibliography with new entries, by their keys, each in front of the first entry whose key comes after its own.

    `starts` says on which line the entry with each key begins. Entries go into a part of their own if there are parts.
    """
    first, last, heading = _stretch(text) if new else (0, 0, "")
    offsets = _offsets(text)
    there = [(_above(text, offsets[line - 1]), key) for key, line in starts.items()]
    there = sorted((at, key) for at, key in there if first <= at < last)
    behind: dict[int, list[str]] = {}
    for key in sorted(new, key=str.casefold):
        at = next((at for at, other in there if other.casefold() > key.casefold()), last)
        behind.setdefault(at, []).append(new[key])
    for at in sorted(behind, reverse=True):
        text = _put(text, at, [*filter(None, [heading]), *behind[at]])
    return text


def _stretch(text: str) -> tuple[int, int, str]:
    """Where new entries may stand, from and to, and the heading to be written above them if there is none yet."""
    headings = [*_HEADING.finditer(text)]
    own = next((one for one in headings if one[1] == PART), None)
    if own is None and headings:
        return len(text), len(text), f"@comment{{---- {PART} ----}}"
    following = [one.start() for one in headings if own and one.start() > own.start()]
    return (own.end() if own else 0), min(following, default=len(text)), ""


def _offsets(text: str) -> list[int]:
    return [0, *(end.end() for end in re.finditer("\n", text))]


def _above(text: str, at: int) -> int:
    """The beginning of the remarks right above an entry, which belong to it."""
    while at and (line := text.rfind("\n", 0, at - 1) + 1) < at and text[line:at].lstrip().startswith("%"):
        at = line
    return at


def _put(text: str, at: int, blocks: list[str]) -> str:
    """The text with blocks at an offset, an empty line between each two."""
    before, after = text[:at], text[at:]
    gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    return before + gap + "\n\n".join(blocks) + ("\n\n" if after else "\n") + after
