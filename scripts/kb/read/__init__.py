"""Files to sources: everything people wrote, each value with its place, and everything that went wrong on the way.

Reading never stops at a fault. The only room that opens files, and the only user of yaml and bibtexparser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TypeVar

from kb.model import SECTIONS
from kb.problem import Place, Problem, Rule, breach, nearest, shown
from kb.read import bib, files, promises, prose, records, tree
from kb.read.bib import read_bibliography
from kb.read.bib.offers import read_bibtex, renamed, with_fields
from kb.read.files import NO_BYTE_ORDER_MARK, NO_CONFLICTS, NOT_EMPTY, UNIX_LINE_ENDS, decode, read_bytes
from kb.read.foreign import read_file, read_told
from kb.read.memory import read_memory
from kb.read.promises import read_promises
from kb.read.prose import read_pages
from kb.read.records import INCLUDE, REQUIRED_FIELDS, RIGHT_TYPES, read_sections
from kb.read.salvage import salvage
from kb.read.tree import ONE_DOCUMENT, read_tree
from kb.source import Gap, Mapping, Node, Scalar, Sequence, Sources, Written

__all__ = [
    "CLEANED",
    "RULES",
    "TORN",
    "Known",
    "Layout",
    "read",
    "read_bibtex",
    "read_file",
    "read_told",
    "says_the_same",
    "renamed",
    "with_fields",
]

C = TypeVar("C")
T = TypeVar("T")

INCLUDED_FILES = Rule(
    "included-files",
    "`include` in the main data file lists patterns of further data files in this project.",
    "Write a pattern such as `resources/*.yaml` that names at least one file.",
)
RULES: tuple[Rule, ...] = (
    *files.RULES,
    *tree.RULES,
    *records.RULES,
    INCLUDED_FILES,
    *bib.RULES,
    *prose.RULES,
    *promises.RULES,
)


CLEANED = frozenset({NO_BYTE_ORDER_MARK.id, UNIX_LINE_ENDS.id})
"""Rules whose breach is not in the texts of the sources any more: to write those mends the file."""
MISSING = REQUIRED_FIELDS.id
"""Where this rule is broken, a field is missing or empty."""
TORN = NO_CONFLICTS.id
"""Where this rule is broken, only one of two versions was read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a community keeps its knowledge: names relative to `root`, with forward slashes."""

    root: Path
    data: str = "resources.yaml"
    bibliography: str = "references.bib"
    docs: str = "docs"
    permalinks: str = "permalinks.txt"
    links: str = "links.txt"


class Known:
    """What each file said when it was read last: one that says the same now is not read again."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, str], tuple[object, object]] = {}

    def of(self, content: C, name: str, read: Callable[[C, str], T]) -> T:
        """What `read` makes of the content of a file and its name."""
        before = self._made.get((read, name))
        if before is None or before[0] != content:
            self._made[read, name] = before = (content, read(content, name))
        made: T = before[1]  # type: ignore[assignment]  # `read` made it
        return made


def read(layout: Layout, instead: MappingOf[str, str] = MappingProxyType({}), known: Known | None = None) -> Sources:
    """Everything that a community wrote. Never raises for what it wrote.

    `instead` holds texts that are read in the place of files, by their names. `known` is what an earlier reading left.
    """
    known = known or Known()
    shelf = _Shelf(layout.root, instead, known)
    written = _read_data(layout, shelf, known)
    text = shelf.open(layout.bibliography)
    literature, said = known.of(text, layout.bibliography, read_bibliography) if text is not None else ((), ())
    if text is None:
        shelf.gaps.add("literature")
    shelf.problems.extend(said)
    pages, texts, said = read_pages(layout.root, layout.docs)
    shelf.texts.update(texts)
    shelf.problems.extend(said)
    listed = shelf.open(layout.permalinks) if (layout.root / layout.permalinks).exists() else ""
    kept, said = read_promises(listed or "", layout.permalinks)
    shelf.problems.extend(said)
    texts_read = MappingProxyType(shelf.texts)
    memory, said = read_memory(layout.root, layout.links)
    shelf.problems.extend(said)
    return Sources(written, literature, pages, kept, texts_read, tuple(shelf.problems), frozenset(shelf.gaps), memory)


def says_the_same(one: str, other: str, name: str) -> bool:
    """Whether two texts of a data file are sound YAML and hold the same records, in whatever order."""
    (first, wrong), (second, wrong_too) = read_tree(one, name), read_tree(other, name)
    sound = not any(problem.severity == "error" for problem in (*wrong, *wrong_too))
    return sound and first is not None and second is not None and _unordered(first) == _unordered(second)


def _unordered(node: Node, depth: int = 0) -> object:
    """What a tree says. The order of records counts for nothing; that of lists within a record does."""
    match node:
        case Scalar():
            return (type(node.value), node.value, node.text)
        case Sequence():
            items = [_unordered(item, depth + 1) for item in node.items]
            return sorted(items, key=repr) if depth == 1 else items
        case Mapping():
            return {pair.key.text: _unordered(pair.value, depth + 1) for pair in node.pairs}


class _Shelf:
    """The files opened so far, and what was wrong with them."""

    def __init__(self, root: Path, instead: MappingOf[str, str], known: Known) -> None:
        self.root = root
        self.instead = instead
        self.known = known
        self.texts: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.gaps: set[Gap] = set()

    def open(self, name: str) -> str | None:
        text, said = (self.instead[name], ()) if name in self.instead else self._decoded(name)
        self.problems.extend(said)
        if text is not None:
            self.texts[name] = text
        return text

    def _decoded(self, name: str) -> tuple[str | None, tuple[Problem, ...]]:
        raw, said = read_bytes(self.root, name)
        return (None, said) if raw is None else self.known.of(raw, name, decode)


@dataclass(frozen=True, slots=True)
class _DataFile:
    """What a data file says. `include` is the node under that name; `gap` whether nothing could be read of it."""

    records: tuple[Written, ...] = ()
    include: Node | None = None
    problems: tuple[Problem, ...] = ()
    gap: bool = False


def _read_data(layout: Layout, shelf: _Shelf, known: Known) -> tuple[Written, ...]:
    main = _read_data_file(layout.data, shelf, known)
    written = list(main.records)
    for name in dict.fromkeys(_included(main.include, layout, shelf)):
        if name != layout.data:
            written.extend(_read_data_file(name, shelf, known).records)
    return tuple(written)


def _read_data_file(name: str, shelf: _Shelf, known: Known) -> _DataFile:
    text = shelf.open(name)
    file = known.of(text, name, _data_file) if text is not None else _DataFile(gap=True)
    shelf.problems.extend(file.problems)
    if file.gap:
        shelf.gaps.add("records")
    return file


def _data_file(text: str, name: str) -> _DataFile:
    node, said = read_tree(text, name)
    gap = False
    if node is None and said:
        node, said = _salvaged(text, name, said)
        gap = not node.pairs
    elif node is None or (isinstance(node, Scalar) and node.value is None):
        return _DataFile(problems=(breach(NOT_EMPTY, Place(name), "the file holds no records"),), gap=True)
    records, more = read_sections(node, name)
    return _DataFile(records, _patterns(node), (*said, *more), gap)


def _salvaged(text: str, name: str, broken: tuple[Problem, ...]) -> tuple[Mapping, tuple[Problem, ...]]:
    """What can be read of a broken file, with a word on each break: at least what the parser said of the first."""
    node, found = salvage(text, name)
    if broken[-1].rule != ONE_DOCUMENT.id:
        return node, found or broken
    return node, (*broken, *(problem for problem in found if problem.place.line != broken[-1].place.line))


def _included(patterns: Node | None, layout: Layout, shelf: _Shelf) -> Iterator[str]:
    if patterns is None:
        return
    if not isinstance(patterns, Sequence):
        shelf.problems.append(breach(RIGHT_TYPES, patterns.place, "'include' must be a list of patterns"))
        patterns = Sequence((patterns,), patterns.place)
    folder = PurePosixPath(layout.data).parent
    for pattern in patterns.items:
        names = _matching(pattern, layout.root / folder, layout.root)
        if not names:
            shelf.gaps.add("records")
            said = f"'{shown(pattern.text)}'" if isinstance(pattern, Scalar) else "this"
            shelf.problems.append(breach(INCLUDED_FILES, pattern.place, f"{said} names no data file of this project"))
        yield from names


def _patterns(main: Node) -> Node | None:
    """What `include` says, though its name be misspelt: of that it is said, and the files are read all the same."""
    if not isinstance(main, Mapping):
        return None
    misspelt = (pair.value for pair in main.pairs if nearest(pair.key.text, [*SECTIONS, INCLUDE]) == INCLUDE)
    return main.get(INCLUDE) or next(misspelt, None)


def _matching(pattern: Node, folder: Path, root: Path) -> list[str]:
    if not isinstance(pattern, Scalar) or not pattern.text or pattern.text.startswith("/") or ".." in pattern.text:
        return []
    if any("**" in part and part != "**" for part in pattern.text.split("/")):  # newer Pythons take it for one star
        return []
    try:
        return sorted(path.relative_to(root).as_posix() for path in folder.glob(pattern.text) if path.is_file())
    except (ValueError, NotImplementedError):  # no pattern to Python
        return []
