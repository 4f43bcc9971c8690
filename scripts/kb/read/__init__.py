"""Files to sources: everything people wrote, each value with its place, and everything that went wrong on the way.

Reading never stops at a fault. The only room that opens files, and the only user of yaml and bibtexparser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from kb.problem import Problem, Rule, breach, shown
from kb.read import bib, files, promises, prose, records, tree
from kb.read.bib import read_bibliography_again
from kb.read.bib.offers import read_bibtex, renamed, with_fields
from kb.read.data import DataFile, Pattern, grow, read_data_file
from kb.read.files import NO_BYTE_ORDER_MARK, NO_CONFLICTS, UNIX_LINE_ENDS, decode, read_bytes
from kb.read.foreign import read_file, read_told
from kb.read.kept import Form, Known, dump_bibliography, dump_data, load_bibliography, load_data
from kb.read.memory import read_memory
from kb.read.promises import read_promises
from kb.read.prose import read_pages
from kb.read.records import REQUIRED_FIELDS
from kb.read.tree import read_tree
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


def read(layout: Layout, instead: MappingOf[str, str] = MappingProxyType({}), known: Known | None = None) -> Sources:
    """Everything that a community wrote. Never raises for what it wrote.

    `instead` holds texts that are read in the place of files, by their names. `known` is what an earlier reading left.
    """
    known = known or Known()
    shelf = _Shelf(layout.root, instead, known)
    written = _read_data(layout, shelf, known)
    text = shelf.open(layout.bibliography)
    literature, said = known.said(text, layout.bibliography, _BIBLIOGRAPHY) if text is not None else ((), ())
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
    problems, gaps = tuple(shelf.problems), frozenset(shelf.gaps)
    return Sources(written, literature, pages, kept, texts_read, problems, gaps, memory, grow)


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


def _read_data(layout: Layout, shelf: _Shelf, known: Known) -> tuple[Written, ...]:
    main = _read_data_file(layout.data, shelf, known)
    written = list(main.records)
    shelf.problems.extend(main.misincluded)
    for name in dict.fromkeys(_included(main.include, layout, shelf)):
        if name != layout.data:
            written.extend(_read_data_file(name, shelf, known).records)
    return tuple(written)


def _read_data_file(name: str, shelf: _Shelf, known: Known) -> DataFile:
    text = shelf.open(name)
    file = known.said(text, name, _DATA) if text is not None else DataFile(gap=True)
    shelf.problems.extend(file.problems)
    if file.gap:
        shelf.gaps.add("records")
    return file


_DATA = Form("data", read_data_file, dump_data, load_data)
_BIBLIOGRAPHY = Form("bibliography", read_bibliography_again, dump_bibliography, load_bibliography)


def _included(patterns: Iterable[Pattern], layout: Layout, shelf: _Shelf) -> Iterator[str]:
    folder = PurePosixPath(layout.data).parent
    for pattern in patterns:
        names = _matching(pattern.text, layout.root / folder, layout.root)
        if not names:
            shelf.gaps.add("records")
            said = "this" if pattern.text is None else f"'{shown(pattern.text)}'"
            shelf.problems.append(breach(INCLUDED_FILES, pattern.place, f"{said} names no data file of this project"))
        yield from names


def _matching(pattern: str | None, folder: Path, root: Path) -> list[str]:
    if not pattern or pattern.startswith("/") or ".." in pattern:
        return []
    if any("**" in part and part != "**" for part in pattern.split("/")):  # newer Pythons take it for one star
        return []
    try:
        return sorted(path.relative_to(root).as_posix() for path in folder.glob(pattern) if path.is_file())
    except (ValueError, NotImplementedError):  # no pattern to Python
        return []
