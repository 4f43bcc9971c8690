"""What was written, and where: texts of files, the tree of values in a YAML file, records with their places."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple

from kb.literature import Reference
from kb.liveness import Memory
from kb.model import FrontMatter, Record, Role, Vocabulary
from kb.problem import Place, Problem

Plain = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `text` is what it says before YAML gives it a type, `last_line` where it ends.

    `refused` is set where a problem says already that it cannot be read.
    """

    value: Plain
    text: str
    place: Place
    last_line: int
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in order, each key once.

    `besides` are pairs that cannot be read here, and of which a problem says so: their ids still count as known.
    """

    pairs: tuple[Pair, ...]
    place: Place
    besides: tuple[Pair, ...] = ()

    def pair(self, key: str) -> Pair | None:
        """The pair with this key."""
        return next((pair for pair in self.pairs if pair.key.text == key), None)

    def get(self, key: str) -> Node | None:
        """The value of this key."""
        pair = self.pair(key)
        return pair.value if pair else None


Gap = Literal["records", "literature"]
Node = Scalar | Sequence | Mapping
Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A text in a record whose role is known, with the way to it from the record."""

    role: Role
    text: str
    route: Route


@dataclass(frozen=True, slots=True)
class Leaf:
    """A mention, and where it was written.

    `last_line` is the last line of the file that it takes up.
    """

    role: Role
    text: str
    place: Place
    last_line: int
    route: Route = ()

    @property
    def mention(self) -> Mention:
        """The same without its place."""
        return Mention(self.role, self.text, self.route)


class Mark(NamedTuple):
    """A digest of all that was read of one record or entry, and the line on which its part of the file begins.

    Those with the same digest say the same, wherever they stand. There is none where that is not certain.
    """

    digest: str = ""
    begin: int = 1

    def down(self, lines: int) -> Mark:
        """The same so many lines further down."""
        return Mark(self.digest, self.begin + lines)


UNMARKED = Mark()


@dataclass(frozen=True, slots=True)
class Written:
    """A record and where it was written.

    `kind` is empty where it cannot be told. `place` is that of its id, `start` where its first key stands.

    `record` is None where the record is sick: it then takes no part in the site, but its id counts as
    known and its `leaves`, the texts whose roles could be told, are still checked. `mentions` are the leaves
    without their places: the same objects as long as the file says the same.
    """

    kind: str
    id: str
    place: Place
    start: Place
    leaves: tuple[Leaf, ...]
    record: Record | Vocabulary | None
    mentions: tuple[Mention, ...] = ()
    mark: Mark = UNMARKED

    def down(self, lines: int) -> Written:
        """The record written so many lines further down: its leaves have other places, and say the same."""
        leaves = tuple(
            replace(one, place=one.place.down(lines), last_line=one.last_line + lines) for one in self.leaves
        )
        return replace(
            self, place=self.place.down(lines), start=self.start.down(lines), leaves=leaves, mark=self.mark.down(lines)
        )


@dataclass(frozen=True, slots=True)
class Cited:
    """An entry of the bibliography and where it was written.

    `fields` gives each field's own place; `reference` is None where the entry could not be read. `slipped` names
    fields of which it was said that nobody knows them or that they cannot be read.
    """

    key: str
    place: Place
    fields: MappingOf[str, Place]
    reference: Reference | None
    slipped: frozenset[str] = frozenset()
    mark: Mark = UNMARKED

    @property
    def start(self) -> Place:
        """Where its key stands."""
        return self.place

    def down(self, lines: int) -> Cited:
        """The entry written so many lines further down."""
        fields = MappingProxyType({name: place.down(lines) for name, place in self.fields.items()})
        return replace(self, place=self.place.down(lines), fields=fields, mark=self.mark.down(lines))


@dataclass(frozen=True, slots=True)
class PageText:
    """A page that people wrote in Markdown under `docs/`.

    `path` is relative to that folder, with forward slashes. `meta` is None where the front matter is sick.
    `leaves` are the texts of the front matter whose roles are known, and the body.
    """

    path: str
    place: Place
    meta: FrontMatter | None
    body: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A line of `permalinks.txt`: an address, perhaps with `#` and an anchor, that was once given out."""

    address: str
    place: Place


Grower = Callable[[str, str], Node | None]
"""What makes a tree of the text of a data file and its name."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that was read, and everything that went wrong in reading it.

    `texts` holds each file by its name, for showing the line a problem stands on. `gaps` says what could not be read
    at all: nothing can then be said of what refers to it. `memory` is what is remembered of addresses on other sites.
    `grow` reads the tree of a data file again, for trees take more memory than all that they say.
    """

    records: tuple[Written, ...] = ()
    literature: tuple[Cited, ...] = ()
    pages: tuple[PageText, ...] = ()
    promises: tuple[Promise, ...] = ()
    texts: MappingOf[str, str] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()
    gaps: frozenset[Gap] = frozenset()
    memory: Memory = field(default_factory=Memory)
    grow: Grower = field(default=lambda text, name: None, compare=False, repr=False)

    def of_kind(self, *kinds: str) -> Iterator[Written]:
        """The records of these kinds, sick ones too."""
        return (written for written in self.records if written.kind in kinds)

    def node(self, written: Written) -> Mapping:
        """The values of a record as a tree, each with its place. Those of one file are best asked for together."""
        name = written.start.file
        return _mappings(self.grow, self.texts.get(name, ""), name).get(written.start, Mapping((), written.start))

    def place_of(self, written: Written, *route: str | int) -> Place:
        """Where the value at the end of the route was written; where the record begins if there is none."""
        return place_of(self.node(written), route)

    def with_packed_texts(self) -> Sources:
        """The same with the texts of files packed: once they are checked, only problems ask for them."""
        for memo in (_line_starts, _offsets, _mappings):  # these would keep the texts
            memo.cache_clear()
        return replace(self, texts=_Packed({name: _pack(text) for name, text in self.texts.items()}))

    def leaves(self) -> Iterator[tuple[str | None, Leaf]]:
        """Every text whose role is known, in records and pages, with the id of its record."""
        for written in self.records:
            yield from ((written.id or None, leaf) for leaf in written.leaves)
        for page in self.pages:
            yield from ((None, leaf) for leaf in page.leaves)


@dataclass(frozen=True, slots=True)
class _Packed(MappingOf[str, str]):
    """Texts by name, packed. That which was asked for last is kept, for problems come file by file."""

    packed: MappingOf[str, bytes]

    def __getitem__(self, name: str) -> str:
        return _unpack(self.packed[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.packed)

    def __len__(self) -> int:
        return len(self.packed)


@lru_cache(maxsize=1)
def _mappings(grow: Grower, text: str, name: str) -> MappingOf[Place, Mapping]:
    """Every mapping of a data file by where it begins: no two begin at one place."""
    tree = grow(text, name)
    return {one.place: one for one in _within(tree)} if tree is not None else {}


def _within(node: Node) -> Iterator[Mapping]:
    match node:
        case Mapping():
            yield node
            for pair in (*node.pairs, *node.besides):
                yield from _within(pair.value)
        case Sequence():
            for item in node.items:
                yield from _within(item)


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), level=1)


@lru_cache(maxsize=1)
def _unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one file, from `first` to `last`, that belong together: a record, an entry, a page, a promise.

    What stands before the first record of a section is a block too. `text` is without blank lines and remarks at
    its end.
    """

    file: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """Every file that was read, cut into its blocks."""

    of_file: MappingOf[str, tuple[Block, ...]]

    def at(self, place: Place) -> Block:
        """The block in which a place stands; an empty one if the file could not be read."""
        blocks = self.of_file.get(place.file, ())
        after = bisect_right(blocks, place.line, key=lambda block: block.first)
        return blocks[max(after, 1) - 1] if blocks else Block(place.file, 1, 1, "")


def blocks(sources: Sources) -> Blocks:
    """The files of the sources cut where a section, a record, an entry of the bibliography or a promise begins."""
    beginnings: dict[str, set[int]] = {name: {1} for name in sources.texts}
    for written in sources.records:
        beginnings[written.place.file].add(min(written.place.line, written.start.line))
    lines = {name: text.split("\n") for name, text in sources.texts.items()}
    for name in {written.place.file for written in sources.records}:
        beginnings[name].update(number for number, line in enumerate(lines[name], 1) if _SECTION.match(line))
    for cited in sources.literature:
        beginnings[cited.place.file].add(_beginning(cited.place, lines[cited.place.file]))
    for promise in sources.promises:
        beginnings[promise.place.file].add(promise.place.line)
    return Blocks({name: tuple(_cut(name, lines[name], sorted(starts))) for name, starts in beginnings.items()})


_SECTION = re.compile(r"[A-Za-z_][\w-]*:")


def _beginning(key: Place, lines: list[str]) -> int:
    """The line on which an entry begins; its key may stand on the line after."""
    number = key.line
    while number > 1 and not lines[number - 1][: key.column - 1 if number == key.line else None].strip():
        number -= 1
    return number


def _cut(file: str, lines: list[str], starts: list[int]) -> Iterator[Block]:
    for start, end in pairwise([*starts, len(lines) + 1]):
        kept = lines[start - 1 : end - 1]
        while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(("#", "%"))):
            kept.pop()
        yield Block(file, start, end - 1, "\n".join(kept))


def within(text: str, leaf: Leaf, token: str, occurrence: int) -> Place:
    """Where the `occurrence`th (from 0) `token` of a leaf stands in `text`, the file that holds the leaf.

    A token that the file breaks over two lines is placed where the leaf begins.
    """
    if "\n" in token:
        return leaf.place
    starts = _line_starts(text)
    end = starts[leaf.last_line] if leaf.last_line < len(starts) else len(text)
    found = _offsets(text, starts[leaf.place.line - 1] + leaf.place.column - 1, end, token)
    if occurrence >= len(found):
        return leaf.place
    line = bisect_right(starts, found[occurrence])
    return Place(leaf.place.file, line, found[occurrence] - starts[line - 1] + 1, len(token))


@lru_cache(maxsize=64)
def _line_starts(text: str) -> tuple[int, ...]:
    """The offset of each line of a file: they are asked for once for each link in it."""
    return (0, *(end.end() for end in re.finditer("\n", text)))


@lru_cache(maxsize=1 << 10)
def _offsets(text: str, start: int, end: int, token: str) -> tuple[int, ...]:
    """Where a token stands between two offsets of a file: a text may hold it thousands of times."""
    found = [text.find(token, start, end)]
    while found[-1] >= 0:
        found.append(text.find(token, found[-1] + len(token), end))
    return tuple(found[:-1])


def place_of(node: Node, route: Route) -> Place:
    """The place of the value at the end of `route`, or of the nearest node on the way there."""
    place = node.place
    for step in route:
        if isinstance(node, Mapping) and isinstance(step, str) and (inner := node.get(step)) is not None:
            node = inner
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
        place = node.place
    return place
