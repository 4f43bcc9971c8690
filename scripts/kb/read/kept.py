"""What files said when they were read last, kept for the next reading: by this process or, as lines, by another.

The lines are JSON, read back by their types as any other input is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice
from types import GenericAlias, MappingProxyType, NoneType
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from pydantic import TypeAdapter

from kb.digest import digest
from kb.literature import Reference
from kb.model import SECTIONS, Role, Value, roles
from kb.problem import Place, Problem
from kb.read.bib import Bibliography
from kb.read.data import DataFile, Pattern
from kb.source import Cited, Leaf, Mark, Route, Written

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """A way to read a file of its text and its name, and to keep what it says.

    `read` is given what the file said before, if that is known. `load` takes a name and the lines that `dump` gave;
    None where they are others.
    """

    name: str
    read: Callable[[str, str, T | None], T]
    dump: Callable[[T], Iterator[bytes]]
    load: Callable[[str, Iterable[bytes]], T | None]


class Known:
    """What each file said when it was read last: what says the same now is not read again.

    `lines` are what another process left. Where they are given, what is read first of each file is left in turn: of two
    states that are compared, the present one.
    """

    def __init__(self, lines: Iterable[bytes] | None = None) -> None:
        self._made: dict[tuple[object, str], tuple[object, object]] = {}
        self._found = dict(_parted(lines or ()))
        self._left: dict[tuple[str, str], _Lines] = {}
        self._leaves = lines is not None

    def of(self, content: C, name: str, read: Callable[[C, str], T]) -> T:
        """What `read` makes of the content of a file and its name."""
        return self._made_of(content, name, read, lambda before: read(content, name))

    def said(self, text: str, name: str, form: Form[T]) -> T:
        """What a file says: read, or taken over from another process."""
        if not self._leaves:
            return self._made_of(text, name, form.read, lambda before: form.read(text, name, before))
        by, found = digest(text), self._found.get((form.name, name))
        made = form.load(name, found.lines) if found else None
        if found is None or made is None or found.by != by:
            made = form.read(text, name, made)
            found = _Lines(by, tuple(form.dump(made)))
        self._left[form.name, name] = found
        self._made[form.read, name] = text, made
        return made

    def _made_of(self, content: object, name: str, by: object, make: Callable[[Any], T]) -> T:
        """What was made of a content of a file `by` a function; if it was another, that is given to `make`."""
        before = self._made.get((by, name))
        if before is None or before[0] != content:
            self._made[by, name] = before = (content, make(before and before[1]))
        made: T = before[1]  # type: ignore[assignment]  # `make` made it
        return made

    @property
    def is_news(self) -> bool:
        """Whether something else is left than was found."""
        return self._left != self._found

    def lines(self) -> Iterator[bytes]:
        """What is left to another process."""
        for (form, name), left in self._left.items():
            yield _HEADS.dump_json((form, name, left.by, len(left.lines)))
            yield from left.lines

    def end(self, *, again: bool) -> None:
        """Everything was read and left. Unless it is to be read `again`, all is let go of: texts take much memory."""
        self._leaves = False
        self._found, self._left = {}, {}
        if not again:
            self._made.clear()


class _Lines(NamedTuple):
    """What a file said, and a digest of its text."""

    by: str
    lines: tuple[bytes, ...]


_HEADS = TypeAdapter(tuple[str, str, str, int])
"""The form of a file, its name, a digest of its text, and how many lines follow."""


def _parted(lines: Iterable[bytes]) -> Iterator[tuple[tuple[str, str], _Lines]]:
    """The lines of each file; from a line that is none on, nothing."""
    rest = iter(lines)
    with suppress(ValueError):
        for line in rest:
            form, name, by, number = _HEADS.validate_json(line, strict=True)
            yield (form, name), _Lines(by, tuple(one.rstrip(b"\n") for one in islice(rest, number)))


# --- data files ---------------------------------------------------------------------------------------------------
_At = tuple[int, int, int]
"""Line, column and width of a place in a file."""
_Told = tuple[int, int, int, int, int, Route, str | None]
"""A leaf: the number of its role, its place, its last line, its route, and its text if its record has another there."""
_KINDS = {"": NoneType} | {model.kind: model for model in SECTIONS.values()}  # type: ignore[attr-defined]  # each has one


@cache
def _rows(kind: str) -> TypeAdapter[Any]:
    """Records of one kind: id and its place, the place of the first key, the record, its leaves, and its mark."""
    row = GenericAlias(tuple, (str, _At, _At, _KINDS[kind] | None, tuple[_Told, ...], Mark))
    rows: Any = GenericAlias(tuple, (row, ...))
    return TypeAdapter(rows)


_ABOUT = TypeAdapter(tuple[tuple[Problem, ...], tuple[Pattern, ...], tuple[Problem, ...], bool])


def dump_data(file: DataFile) -> Iterator[bytes]:
    """What a data file says: about the file, then for each run of records of one kind the kind and the records."""
    yield _ABOUT.dump_json((file.problems, file.include, file.misincluded, file.gap))
    for kind, run in groupby(file.records, lambda written: written.kind):
        rows = tuple(
            (
                one.id,
                _at(one.place),
                _at(one.start),
                one.record,
                tuple(_told(leaf, one.record) for leaf in one.leaves),
                one.mark,
            )
            for one in run
        )
        yield kind.encode() + b" " + _rows(kind).dump_json(rows, exclude_unset=True)


def load_data(name: str, lines: Iterable[bytes]) -> DataFile | None:
    """What `dump_data` kept of the file with a name; None where these are not such lines."""
    try:
        first, *rest = lines
        problems, include, misincluded, gap = _ABOUT.validate_json(first, strict=True)
        records = tuple(record for line in rest for record in _records(line, name))
    except (ValueError, LookupError, AttributeError, TypeError):
        return None
    return DataFile(records, problems, include, misincluded, gap)


def _records(line: bytes, file: str) -> Iterator[Written]:
    kind, _, rows = line.partition(b" ")
    for id, place, start, record, told, mark in _rows(kind.decode()).validate_json(rows, strict=True):
        leaves = tuple(_leaf(one, record, file) for one in told)
        mentions = tuple(leaf.mention for leaf in leaves)
        yield Written(kind.decode(), id, Place(file, *place), Place(file, *start), leaves, record, mentions, mark)


def _at(place: Place) -> _At:
    return place.line, place.column, place.width


def _told(leaf: Leaf, record: object) -> _Told:
    text = None if record is not None and _end(record, leaf.route) == leaf.text else leaf.text
    return _ROLES[leaf.role], *_at(leaf.place), leaf.last_line, leaf.route, text


def _leaf(told: _Told, record: object, file: str) -> Leaf:
    role, line, column, width, last_line, route, text = told
    said = _end(record, route) if text is None else text
    return Leaf(_NUMBERED[role], said, Place(file, line, column, width), last_line, route)


def _end(record: Any, route: Route) -> str:
    """The text at the end of a route in a record."""
    for step in route:
        record = record[step] if isinstance(step, int) else getattr(record, step)
    text: str = record
    return text


def _roles_in(annotation: Any) -> Iterator[Role]:
    """Every role that a type gives to texts in it."""
    if isinstance(annotation, type) and issubclass(annotation, Value):
        for info in annotation.model_fields.values():
            yield from roles(info.metadata)
            yield from _roles_in(info.annotation)
    yield from roles(list(getattr(annotation, "__metadata__", ())))
    for inner in get_args(annotation):
        yield from _roles_in(inner)


_NUMBERED = tuple(sorted({role for model in SECTIONS.values() for role in _roles_in(model)}, key=repr))
_ROLES = {role: number for number, role in enumerate(_NUMBERED)}


# --- bibliographies -----------------------------------------------------------------------------------------------
_WORKS = TypeAdapter(tuple[tuple[str, _At, dict[str, _At], Reference | None, frozenset[str], Mark], ...])
_SLIPS = TypeAdapter(tuple[Problem, ...])


def dump_bibliography(said: Bibliography) -> Iterator[bytes]:
    """What a bibliography says: what is wrong with it, and its entries."""
    cited, problems = said
    yield _SLIPS.dump_json(problems)
    rows = tuple(
        (
            one.key,
            _at(one.place),
            {name: _at(place) for name, place in one.fields.items()},
            one.reference,
            one.slipped,
            one.mark,
        )
        for one in cited
    )
    yield _WORKS.dump_json(rows, exclude_defaults=True)


def load_bibliography(name: str, lines: Iterable[bytes]) -> Bibliography | None:
    """What `dump_bibliography` kept of the file with a name; None where these are not such lines."""
    try:
        first, rows = lines
        problems, works = _SLIPS.validate_json(first, strict=True), _WORKS.validate_json(rows, strict=True)
    except ValueError:
        return None
    cited = (
        Cited(
            key,
            Place(name, *at),
            MappingProxyType({k: Place(name, *v) for k, v in fields.items()}),
            work,
            slipped,
            mark,
        )
        for key, at, fields, work, slipped, mark in works
    )
    return tuple(cited), problems
