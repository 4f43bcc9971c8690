"""A data file with broken syntax, read record by record, so that one slip hides nothing else.

YAML stops at the first fault. Here the file is cut where a top-level key or a record of its list begins, and each
piece is read by itself, with its own line numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kb.problem import Place, Problem, Related, breach
from kb.read.tree import UNIQUE_KEYS, YAML_SYNTAX, read_tree
from kb.source import Mapping, Node, Pair, Scalar, Sequence

_SECTION = re.compile(r"([A-Za-z_][\w-]*):\s*(.*)$")
_RECORD = re.compile(r"([ \t]*)-\s")
_FILE_NAME = re.compile(r"(?<![^\s\[\],'\"])[^\s\[\],'\"]+\.ya?ml")
_KEY = re.compile(r"(\s*)[A-Za-z_][\w-]*:(?:\s|$)")
_ID = re.compile(r"\s*(?:-\s+)?(?P<key>id):\s*['\"]?(?P<id>[^\s'\"#]+)")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of the file from number `first` (from 1) on."""

    first: int
    lines: tuple[str, ...]


def salvage(text: str, file: str) -> tuple[Mapping, tuple[Problem, ...]]:
    """The records of a broken data file that can be read, and what is wrong with the rest.

    A record that cannot be read keeps its id alone, so that links to it are not reported as well.
    """
    problems: list[Problem] = []
    pairs: dict[str, Pair] = {}
    besides: list[Pair] = []
    for section in _cut(_Piece(1, tuple(text.split("\n"))), _SECTION):
        if (head := _SECTION.match(section.lines[0])) is None:
            _, said = _read(section, file)
            problems.extend(said)
            besides.append(_lost(section, file))
            continue
        key = _key(head[1], Place(file, section.first, 1, len(head[1])))
        node, said = _section(section, head, file)
        problems.extend(said)
        if said and head[2]:
            besides.append(_lost(section, file))
        if head[1] in pairs:
            besides.append(Pair(key, node))
            first = Related(pairs[head[1]].key.place, "the first is here")
            message = f"the key '{head[1]}' stands here a second time"
            problems.append(breach(UNIQUE_KEYS, key.place, message, related=first))
        else:
            pairs[head[1]] = Pair(key, node)
    return Mapping(tuple(pairs.values()), Place(file), tuple(besides)), tuple(problems)


def _lost(section: _Piece, file: str) -> Pair:
    """The ids of records that stand where no records belong, for the line above them is broken."""
    place = Place(file, section.first)
    return Pair(_key("", place), Sequence(tuple(_ids(section, file)), place))


def _section(section: _Piece, head: re.Match[str], file: str) -> tuple[Node, tuple[Problem, ...]]:
    body = _Piece(section.first + 1, section.lines[1:])
    place = Place(file, section.first)
    if head[2] and not head[2].startswith("#"):
        node, problems = _read(section, file)
        inner = node.pairs[0].value if isinstance(node, Mapping) and node.pairs else None
        return inner or Sequence(tuple(_file_names(section, file)), place), problems
    indent = next((match[1] for line in body.lines if (match := _RECORD.match(line))), "")
    items: list[Node] = []
    problems_found: list[Problem] = []
    for piece in _cut(body, re.compile(rf"(?:{indent}-\s|[ \t]*\t[ \t]*-\s+id:)")):
        node, said = _read(piece, file) if _RECORD.match(piece.lines[0]) else (None, _no_dash(piece, file))
        problems_found.extend(said)
        items.extend(_items(node, piece, file, broken=bool(said)))
    return Sequence(tuple(items), place), tuple(problems_found)


def _no_dash(piece: _Piece, file: str) -> tuple[Problem, ...]:
    for number, line in enumerate(piece.lines, start=piece.first):
        if key := _KEY.match(line):
            place = Place(file, number, len(key[1]) + 1, len(key[0].strip()) - 1)
            message = "this record does not begin with '- '"
            return (breach(YAML_SYNTAX, place, message, help="Write '- ' in front of its first key."),)
    return _read(piece, file)[1]


def _file_names(section: _Piece, file: str) -> Iterator[Scalar]:
    """The data files that a broken line names: what is in them can still be read."""
    for number, line in enumerate(section.lines, start=section.first):
        for name in _FILE_NAME.findall(line):
            yield Scalar(name, name, Place(file, number, line.index(name) + 1, len(name)), number)


def _items(node: Node | None, piece: _Piece, file: str, *, broken: bool) -> Iterator[Node]:
    if isinstance(node, Sequence):
        yield from node.items
    elif broken:
        yield from _ids(piece, file)


def _ids(piece: _Piece, file: str) -> Iterator[Mapping]:
    """The ids of the records in a piece: the first `id`, and each that stands as far to the left."""
    column = None
    for number, line in enumerate(piece.lines, start=piece.first):
        match = _ID.match(line)
        if match and (column is None or match.start("key") <= column):
            column = match.start("key")
            place = Place(file, number, match.start("id") + 1, len(match["id"]))
            yield Mapping((Pair(_key("id", place), Scalar(match["id"], match["id"], place, number)),), place)


def _key(name: str, place: Place) -> Scalar:
    return Scalar(name, name, place, place.line)


def _read(piece: _Piece, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    return read_tree("\n".join(piece.lines), file, piece.first)


def _cut(piece: _Piece, beginning: re.Pattern[str]) -> Iterator[_Piece]:
    """The piece cut before each line that matches `beginning`; what stands before the first, if not blank."""
    starts = [number for number, line in enumerate(piece.lines) if beginning.match(line)]
    bounds = [0, *starts, len(piece.lines)]
    for start, end in pairwise(bounds):
        lines = piece.lines[start:end]
        if any(line.strip() and not line.lstrip().startswith("#") for line in lines):
            yield _Piece(piece.first + start, lines)
