"""Records and entries cut out of their files: of an edited file only those are read that are new.

A part says the same wherever it stands. Both formats are read from the beginning on: so where one part is whole and
without fault, what follows is read as if nothing had stood before it; and what begins in a part and does not end there
is a fault of that part, read alone. What reaches further without being one is looked for here: the macros of BibTeX are
read with each entry below them, and a file of YAML that may hold two documents is not cut. One with faults of its form
is read as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, TypeVar

from kb.digest import digest
from kb.model import SECTIONS
from kb.problem import Problem
from kb.read.files import LONGEST_VALUE
from kb.source import Cited, Mark, Written

M = TypeVar("M", Written, Cited)

_TOP = re.compile(r"^(?:[^ \n#-]|-(?![ \n])).*", re.MULTILINE)
_HEAD = re.compile(r"([A-Za-z_][\w-]*):([ \t].*)?")
_ITEM = re.compile(r"^ *-(?=[ \n])", re.MULTILINE)
_NOTHING = re.compile(r" *(?:#.*)?")
_BLOCK = re.compile(r"^@(\w*)", re.MULTILINE)
_NO_ENTRIES = {"comment", "preamble", "string"}
_MACRO = re.compile(r"@\s*+string", re.IGNORECASE)


class Part(NamedTuple):
    """Whole lines of a file that can be read alone, if other lines stand `above` them.

    The part itself begins on the line `begin`. `mark` is a digest of all that is read of one record or entry; empty for
    what is neither.
    """

    above: str
    text: str
    begin: int
    mark: str

    @property
    def alone(self) -> str:
        """What to read."""
        return self.above + self.text

    @property
    def line(self) -> int:
        """The line of the file for which the first line stands that is read."""
        return self.begin - self.above.count("\n")


class _Cut(NamedTuple):
    """Where a part begins and ends, what has to stand above it, and whether it is one record or entry."""

    start: int
    end: int
    above: str
    is_one: bool


def data_parts(text: str) -> tuple[Part, ...]:
    """A data file cut before each record and each key at the top; nothing if it cannot be cut."""
    tops = [*_TOP.finditer(text)]
    heads = [head for top in tops if (head := _HEAD.fullmatch(top[0]))]
    if not tops or len({head[1] for head in heads}) < len(tops) or not _is_blank(text[: tops[0].start()]):
        return ()
    sections = zip(tops, heads, _ends(tops, text), strict=True)
    return _parts(text, (cut for top, head, end in sections for cut in _section(text, top, head, end)))


def _section(text: str, top: re.Match[str], head: re.Match[str], end: int) -> Iterator[_Cut]:
    items = [*_ITEM.finditer(text, top.end(), end)]
    own = [one.start() for one in items if len(one[0]) == len(items[0][0])]
    if head[1] in SECTIONS and own and _is_blank(head[2] or "") and _is_blank(text[top.end() : own[0]]):
        yield from (_Cut(start, stop, f"{head[1]}:\n", is_one=True) for start, stop in pairwise([*own, end]))
    else:
        yield _Cut(top.start(), end, "", is_one=False)


def _ends(found: Sequence[re.Match[str]], text: str) -> Iterator[int]:
    """Where what begins at each of these ends: where the next one begins."""
    return (end for _, end in pairwise([*(one.start() for one in found), len(text)]))


def _is_blank(text: str) -> bool:
    return all(_NOTHING.fullmatch(line) for line in text.split("\n"))


def entry_parts(text: str) -> tuple[Part, ...]:
    """A bibliography cut before each block, with the macros that stand above it; nothing if it cannot be cut."""
    blocks = [*_BLOCK.finditer(text)]
    cuts, macros = list[_Cut](), ""
    for block, (start, end) in zip(blocks, pairwise([0, *_ends(blocks, text)]), strict=True):
        kind = block[1].lower()
        cuts.append(_Cut(start, end, macros, kind not in _NO_ENTRIES))
        if kind == "string":
            macros += text[start:end]
        if len(macros) > LONGEST_VALUE or (kind != "string" and _MACRO.search(text, start, end)):
            return ()
    return _parts(text, cuts)


def _parts(text: str, cuts: Iterable[_Cut]) -> tuple[Part, ...]:
    parts, line, last = list[Part](), 1, 0
    for cut in cuts:
        line, last = line + text.count("\n", last, cut.start), cut.start
        own = text[cut.start : cut.end]
        parts.append(Part(cut.above, own, line, digest(cut.above, own) if cut.is_one else ""))
    return tuple(parts)


def marked(parts: Sequence[Part], read: Sequence[M], problems: Iterable[Problem]) -> tuple[M, ...] | None:
    """What was read of a file, each with its mark; but for what has a problem, which is to be read again.

    None if the file could not be cut, or if a part that should hold one record or entry does not.
    """
    begins = [part.begin for part in parts]
    owners = [bisect_right(begins, one.start.line) - 1 for one in read]
    held = Counter(owners)
    wanted = [number for number, part in enumerate(parts) if part.mark]
    if not wanted or any(held[number] != 1 for number in wanted):
        return None
    spoilt = {bisect_right(begins, problem.place.line) - 1 for problem in problems}
    marks = (Mark("" if one in spoilt else parts[one].mark, begins[one]) for one in owners)
    return tuple(one if one.mark == mark else replace(one, mark=mark) for one, mark in zip(read, marks, strict=True))


def known_again(parts: Iterable[Part], read: Iterable[M]) -> tuple[tuple[Part, M | None], ...]:
    """Each part with what was read of it before, at the place where it stands now; None where it has to be read.

    Nothing if all would have to be read: a file as a whole is read sooner.
    """
    known = {one.mark.digest: one for one in read if one.mark.digest}
    found = tuple((part, _moved(known.get(part.mark), part.begin)) for part in parts)
    return found if any(one for _, one in found) else ()


def _moved(one: M | None, begin: int) -> M | None:
    return one if one is None or one.mark.begin == begin else one.down(begin - one.mark.begin)
