"""A data file: its records, and which further files it includes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.model import SECTIONS
from kb.near import nearest
from kb.problem import Place, Problem, breach
from kb.read.files import NOT_EMPTY
from kb.read.parts import Part, data_parts, known_again, marked
from kb.read.records import INCLUDE, RIGHT_TYPES, read_sections
from kb.read.salvage import salvage
from kb.read.tree import ONE_DOCUMENT, read_tree
from kb.source import Mapping, Node, Pair, Scalar, Sequence, Written


@dataclass(frozen=True, slots=True)
class Pattern:
    """An item of `include`; `text` is None where it is no single value."""

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class DataFile:
    """What a data file says. `gap` says whether nothing could be read of it.

    `include` and what is wrong with it, `misincluded`, count in the main file only.
    """

    records: tuple[Written, ...] = ()
    problems: tuple[Problem, ...] = ()
    include: tuple[Pattern, ...] = ()
    misincluded: tuple[Problem, ...] = ()
    gap: bool = False


def read_data_file(text: str, name: str, before: DataFile | None) -> DataFile:
    """What a data file says; given what it said `before`, only new records are read."""
    cut = data_parts(text)
    return (_read_again(cut, name, before) if before else None) or _read_whole(text, name, cut)


def _read_again(cut: tuple[Part, ...], name: str, before: DataFile) -> DataFile | None:
    """The same of its parts; None where that is not certain."""
    records: list[Written] = []
    problems: list[Problem] = []
    others: list[Pair] = []
    for part, known in known_again(cut, before.records):
        if known is not None:
            records.append(known)
            continue
        node, said = read_tree(part.alone, name, part.line)
        if said or not isinstance(node, Mapping):
            return None
        found, more = read_sections(node, name)
        records.extend(found)
        problems.extend(more)
        others.extend(() if part.mark else node.pairs)
    now = marked(cut, records, problems)
    return None if now is None else _said(now, tuple(problems), Mapping(tuple(others), Place(name)))


def _read_whole(text: str, name: str, cut: tuple[Part, ...]) -> DataFile:
    node, said, is_broken = _tree(text, name)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return DataFile(problems=(breach(NOT_EMPTY, Place(name), "the file holds no records"),), gap=True)
    records, more = read_sections(node, name)
    file = _said(marked(() if said else cut, records, more) or records, (*said, *more), node)
    return replace(file, gap=is_broken and isinstance(node, Mapping) and not node.pairs)


def _said(records: tuple[Written, ...], problems: tuple[Problem, ...], main: Node) -> DataFile:
    """What a data file says that has these records; `main` holds at least what stands beside its sections."""
    include = _include(main)
    amiss: tuple[Problem, ...] = ()
    if include is not None and not isinstance(include, Sequence):
        amiss = (breach(RIGHT_TYPES, include.place, "'include' must be a list of patterns"),)
    return DataFile(records, problems, tuple(_patterns(include)), amiss)


def grow(text: str, name: str) -> Node | None:
    """The tree of a data file, or of what can be read of it."""
    return _tree(text, name)[0]


def _tree(text: str, name: str) -> tuple[Node | None, tuple[Problem, ...], bool]:
    """The tree of a data file, what is wrong with it, and whether it is broken: then this is what can be read of it."""
    node, said = read_tree(text, name)
    if node is None and said:
        return *_salvaged(text, name, said), True
    return node, said, False


def _salvaged(text: str, name: str, broken: tuple[Problem, ...]) -> tuple[Mapping, tuple[Problem, ...]]:
    """What can be read of a broken file, with a word on each break: at least what the parser said of the first."""
    node, found = salvage(text, name)
    if broken[-1].rule != ONE_DOCUMENT.id:
        return node, found or broken
    return node, (*broken, *(problem for problem in found if problem.place.line != broken[-1].place.line))


def _include(main: Node) -> Node | None:
    """What `include` says, though its name be misspelt: of that it is said, and the files are read all the same."""
    if not isinstance(main, Mapping):
        return None
    misspelt = (pair.value for pair in main.pairs if nearest(pair.key.text, [*SECTIONS, INCLUDE]) == INCLUDE)
    return main.get(INCLUDE) or next(misspelt, None)


def _patterns(include: Node | None) -> Iterator[Pattern]:
    items = include.items if isinstance(include, Sequence) else (include,) if include is not None else ()
    return (Pattern(item.text if isinstance(item, Scalar) else None, item.place) for item in items)
