"""What a machine can mend without asking: forms that say the same as the right ones. Sources in, texts out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kb.model import Markdown, WebAddress
from kb.problem import Place
from kb.source import Cited, Node, Scalar, Sequence, Sources
from kb.source import Mapping as Tree

_DOI = re.compile(r"\s*=\s*[{\"]+\s*((?:https?://(?:dx\.|www\.)?doi\.org/|doi:)\s*)(?=10\.)", re.IGNORECASE)
_PAGES = re.compile(r"\s*=\s*[{\"]+\s*[A-Za-z]?\d+(\s*-\s*)(?=[A-Za-z]?\d+\s*[}\"])")
_RANGE = re.compile(r"\bpp?\.\s?\d+( ?- ?)(?=\d)")
_HTTP = re.compile(r"(http:)//[^\s\"'<>()\[\]{}]+")
_SPACES = re.compile(r"(?<![ \t])[ \t]++$", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Mend:
    """`old`, which stands at a place, is to be `new`. Neither has a line feed."""

    place: Place
    old: str
    new: str


def mended(sources: Sources) -> dict[str, str]:
    """Every text in which something can be mended, as it should be.

    A DOI written as an address becomes the bare DOI; http becomes https where the site said that it moved there for
    good; a range of pages gets its dash; and in the bibliography the spaces at the ends of lines go.
    """
    reader = _Reader(sources)
    found: dict[str, set[Mend]] = {}
    for mend in (*reader.in_records(), *reader.in_bibliography()):
        found.setdefault(mend.place.file, set()).add(mend)
    texts = {name: "\n".join(_with(reader.lines[name], mends)) for name, mends in found.items()}
    for name in {cited.place.file for cited in sources.literature}:
        texts[name] = _SPACES.sub("", texts.get(name, sources.texts[name]))
    return {name: text for name, text in texts.items() if text != sources.texts[name]}


def _with(lines: list[str], mends: set[Mend]) -> list[str]:
    made = [*lines]
    for mend in sorted(mends, reverse=True):  # from the end, so that columns hold
        line, start = made[mend.place.line - 1], mend.place.column - 1
        made[mend.place.line - 1] = line[:start] + mend.new + line[start + len(mend.old) :]
    return made


@dataclass(frozen=True)
class _Reader:
    """Looks through the lines of the files at the places of what was read."""

    sources: Sources

    @cached_property
    def lines(self) -> Mapping[str, list[str]]:
        """The lines of each file."""
        return {name: text.split("\n") for name, text in self.sources.texts.items()}

    @cached_property
    def secure(self) -> frozenset[str]:
        """Addresses with http that moved for good to the same with https."""
        moved = (one for one in self.sources.memory.lines.values() if one.verdict == "moved")
        return frozenset(one.address for one in moved if one.now == one.address.replace("http:", "https:", 1))

    def in_records(self) -> Iterator[Mend]:
        """What can be mended in records and pages."""
        for _, leaf in self.sources.leaves():
            if isinstance(leaf.role, WebAddress | Markdown):
                yield from self._secured(leaf.place, leaf.last_line)
        for written in self.sources.records:
            for at in _parts_of_works(self.sources.node(written)):
                for found in _RANGE.finditer(self._line(at.place), at.place.column - 1):
                    yield _mend(found, at.place, "\u2013")

    def in_bibliography(self) -> Iterator[Mend]:
        """What can be mended in entries, in the values that stand on the line of their field's name."""
        for cited in self.sources.literature:
            yield from self._in_field(cited, "doi", _DOI, "")
            yield from self._in_field(cited, "pages", _PAGES, "--")
            if (url := cited.fields.get("url")) is not None:
                yield from self._secured(url, url.line)

    def _in_field(self, cited: Cited, name: str, wrong: re.Pattern[str], new: str) -> Iterator[Mend]:
        if (place := cited.fields.get(name)) is not None:
            found = wrong.match(self._line(place), place.column - 1 + place.width)
            if found:
                yield _mend(found, place, new)

    def _secured(self, first: Place, last_line: int) -> Iterator[Mend]:
        for number in range(first.line, last_line + 1) if self.secure else ():
            start = first.column - 1 if number == first.line else 0
            place = Place(first.file, number)
            for found in _HTTP.finditer(self._line(place), start):
                if found[0].partition("#")[0] in self.secure:
                    yield _mend(found, place, "https:")

    def _line(self, place: Place) -> str:
        return self.lines[place.file][place.line - 1]


def _mend(found: re.Match[str], line: Place, new: str) -> Mend:
    """`new` in place of the first group of what was found on the line of a place."""
    return Mend(Place(line.file, line.line, found.start(1) + 1), found[1], new)


def _parts_of_works(node: Node) -> Iterator[Scalar]:
    """The `at` of every source in a record, where it stands on one line."""
    match node:
        case Tree():
            at = node.get("at")
            if node.get("cite") is not None and isinstance(at, Scalar) and at.last_line == at.place.line:
                yield at
            for pair in node.pairs:
                yield from _parts_of_works(pair.value)
        case Sequence():
            for item in node.items:
                yield from _parts_of_works(item)
