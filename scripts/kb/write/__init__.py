"""Data files written for people: records put at their place, and files put into one form. Texts in, texts out.

A file is cut into pieces along its lines, as its author sees it: sections, the records of a section, the keys of a
record. A comment belongs to what stands below it. Pieces are moved, never made anew, so nothing that somebody wrote is
lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from textwrap import wrap

from kb.model import SECTIONS
from kb.write.mend import mended
from kb.write.shelve import new_key, shelved

__all__ = ["ORDER_MATTERS", "block", "formatted", "inserted", "mended", "new_key", "shelved"]

ORDER_MATTERS = frozenset({"frameworks", "vocabularies"})
"""Sections whose records stay in the order in which they were written: a table and lists of values follow it."""
WIDTH = 100
"""Characters in a line of a new record."""
_FIRST = ("id", "was", "title", "summary", "status", "superseded_by", "retired_because")
_LAST = ("hidden", "related", "sources", "not_checked", "added", "reviewed", "review_by")
_KEY = re.compile(r"([A-Za-z_]\w*):(?=\s|$)")
_ID = re.compile(r"""[ -]*id:\s*["']?([^\s"'#]+)""")
_PLAIN = re.compile(r"[A-Za-z0-9(“‘](?:[^\n:#]|:(?=\S)|(?<=\S)#)*")
_OTHER_TYPE = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null)|[\d.][\d_.,:eE+xXa-fA-F-]*")

Lines = list[str]


@dataclass
class _Section:
    """A top-level key with the lines of its records, each with the comments above it."""

    name: str
    head: Lines
    records: list[Lines] = field(default_factory=list)
    indent: str = ""


# --- one form ---------------------------------------------------------------------------------------------
def formatted(text: str) -> str:
    """A data file in one form: records sorted by id, keys in the order of the model, a blank line between records.

    A file in this form comes back as it is. Values are not touched, and neither are records that are written in one
    line, between braces.
    """
    made = []
    for section in _cut(text):
        records = [_ordered(record, section) for record in section.records]
        if section.name in SECTIONS and section.name not in ORDER_MATTERS:
            records.sort(key=_id)
        gap = [""] if section.name in SECTIONS else []
        body = [line for record in records for line in (*gap, *_trimmed(record))][len(gap) :]
        made.append("\n".join([*_trimmed(section.head), *body]))
    return "\n\n".join(made) + "\n"


def _ordered(record: Lines, section: _Section) -> Lines:
    """A record with its keys in the order of the model; the first stands behind the dash."""
    above = [*takewhile(_is_comment, record)]
    dash, *rest = record[len(above) :]
    edge = len(section.indent)
    opened = re.match(r" *-( +)", dash)
    if section.name not in SECTIONS or opened is None:
        return record
    inner = edge + 1 + len(opened[1])
    if not _KEY.match(dash, inner):
        return record
    parts = _parts([" " * inner + dash[inner:], *rest], inner)
    order = {name: rank for rank, name in enumerate(_order(section.name))}
    parts.sort(key=lambda part: order.get(part[0], len(order)))
    (_, comments, first), *others = parts
    first[0] = section.indent + "-" + opened[1] + first[0][inner:]
    moved = [section.indent + line.lstrip() for line in comments]
    return [*above, *moved, *first, *(line for _, said, lines in others for line in (*said, *lines))]


def _order(name: str) -> tuple[str, ...]:
    """The keys of a record of a section, in the order in which people write them."""
    keys = SECTIONS[name].model_fields
    own = (key for key in keys if key not in _FIRST and key not in _LAST)
    return (*(key for key in _FIRST if key in keys), *own, *(key for key in _LAST if key in keys))


def _parts(lines: Lines, inner: int) -> list[tuple[str, Lines, Lines]]:
    """The keys of a record: the name, the comments above it, and its lines."""
    parts: list[tuple[str, Lines, Lines]] = []
    waiting: Lines = []
    for line in lines:
        key = _KEY.match(line, inner) if _edge(line) == inner else None
        if key:
            parts.append((key[1], waiting, [line]))
            waiting = []
        elif _is_comment(line) and _edge(line) <= inner:
            waiting.append(line)
        elif line.strip() or not waiting:
            parts[-1][2].extend((*waiting, line))
            waiting = []
    return [*((name, said, _trimmed(own)) for name, said, own in parts), ("", [], _trimmed(waiting))]


# --- one record more --------------------------------------------------------------------------------------
def inserted(text: str, name: str, record: str) -> str:
    """A data file with one record more, as `block` writes it, at its place in the section `name`.

    The section is made at the end if there is none. All else stays as it is, byte for byte.
    """
    sections = _cut(text)
    new = record.rstrip("\n").split("\n")
    section = next((one for one in sections if one.name == name), None)
    if section is None:
        return f"{text.rstrip()}\n\n{name}:\n{record}".lstrip("\n")
    if section.indent != "  " and section.records:
        new = [section.indent + line[2:] if line else line for line in new]
    place = len(section.records)
    if name not in ORDER_MATTERS:
        place = next((n for n, one in enumerate(section.records) if _id(one) > _id(new)), place)
    if place < len(section.records):
        new.append("")
    elif section.records and section.records[-1][-1].strip():
        section.records[-1].append("")
    elif section.records:
        new.append("")
    section.records.insert(place, new)
    lines = (line for one in sections for line in (*one.head, *(line for inner in one.records for line in inner)))
    return "\n".join(lines).rstrip("\n") + "\n"


def block(name: str, values: Mapping[str, object]) -> str:
    """A new record of a section, in YAML; keys in the order of the model, those without a value left out."""
    given = {key: values[key] for key in _order(name) if values.get(key) not in (None, "", (), [])}
    lines = [*_mapping(given, 4)]
    lines[0] = "  - " + lines[0][4:]
    return "\n".join(lines) + "\n"


def _mapping(values: Mapping[str, object], edge: int) -> Iterator[str]:
    for key, value in values.items():
        yield from _said(f"{' ' * edge}{key}:", value, edge)


def _said(start: str, value: object, edge: int) -> Iterator[str]:
    """A value behind its key or dash, over as many lines as it needs."""
    match value:
        case Mapping():
            yield start
            yield from _mapping(value, edge + 2)
        case list() | tuple():
            yield start
            for item in value:
                yield from _item(item, edge + 2)
        case str() if "\n" in value:
            yield f"{start} |-"
            yield from (f"{' ' * (edge + 2)}{line}".rstrip() for line in value.split("\n"))
        case str() if len(start) + len(value) + 1 > WIDTH and " " in value:
            yield f"{start} >-"
            yield from (f"{' ' * (edge + 2)}{line}" for line in _folded(value, WIDTH - edge - 2))
        case _:
            yield f"{start} {_scalar(value)}"


def _item(item: object, edge: int) -> Iterator[str]:
    if isinstance(item, Mapping):
        first, *rest = _mapping(item, edge + 2)
        yield f"{' ' * edge}- {first[edge + 2 :]}"
        yield from rest
    else:
        yield from _said(f"{' ' * edge}-", item, edge)


def _folded(text: str, width: int) -> list[str]:
    return wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)


def _scalar(value: object) -> str:
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else json.dumps(value)
    if _PLAIN.fullmatch(value) and not _OTHER_TYPE.fullmatch(value) and value == value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)


# --- cutting ----------------------------------------------------------------------------------------------
def _cut(text: str) -> list[_Section]:
    """The sections of a file: all its lines, in order. What stands above the first belongs to it."""
    sections: list[_Section] = []
    waiting: Lines = []
    for line in text.rstrip("\n").split("\n"):
        section = sections[-1] if sections else None
        named = _KEY.match(line)
        if named:
            sections.append(_Section(named[1], [*waiting, line]))
            waiting = []
        elif section is None or (_is_comment(line) and (_edge(line) <= len(section.indent) or not section.records)):
            waiting.append(line)
        elif _begins(line, section):
            section.records.append([*waiting, line])
            waiting = []
        elif line.strip() or not waiting:
            (section.records[-1] if section.records else section.head).extend((*waiting, line))
            waiting = []
        else:
            waiting.append(line)
    if not sections:
        return [_Section("", waiting)]
    (sections[-1].records[-1] if sections[-1].records else sections[-1].head).extend(waiting)
    return sections


def _begins(line: str, section: _Section) -> bool:
    """Whether a record begins with this line; the first says how far all are indented."""
    dash = re.match(r"( *)-(?: |$)", line)
    if dash and not section.records:
        section.indent = dash[1]
    return bool(dash and dash[1] == section.indent)


def _edge(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_comment(line: str) -> bool:
    return line.lstrip(" ").startswith("#")


def _trimmed(lines: Sequence[str]) -> Lines:
    """Lines without blanks at their ends and without empty lines at the end of all."""
    kept = [line.rstrip() for line in lines]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _id(record: Iterable[str]) -> str:
    return next((found[1] for line in record if (found := _ID.match(line))), "\uffff")
