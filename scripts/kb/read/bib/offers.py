"""Entries that are offered to a bibliography: each by itself, with the text that its author wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kb.entry import is_key, lines
from kb.offer import Batch, Offered
from kb.read.bib.blocks import blocks
from kb.read.bib.entries import read_entry
from kb.read.bib.macros import MONTHS, Filled, Value, fill_in
from kb.read.bib.manuscript import Manuscript, manuscript
from kb.read.bib.rules import SYNTAX
from kb.read.bib.written import Block, Field

STAND_IN = "x"
"""The key under which an entry is read whose own key will not do."""


def read_bibtex(text: str, file: str) -> Batch:
    """What a bibliography offers. Two entries with one key are two; a key that will not do is no fault."""
    page = manuscript(file, text)
    found, faults = blocks(text)
    filled = fill_in(found)
    entries = tuple(_offered(one, page) for one in filled if one.block.type != "string")
    own = [fault for one in filled if one.block.type == "string" for fault in (*one.block.faults, *one.faults)]
    problems = sorted((page.problem(fault) for fault in (*faults, *own)), key=lambda problem: problem.place)
    return Batch(entries, tuple(problems), tuple(_beside(filled, page)))


def with_fields(offered: Offered, fields: Mapping[str, str]) -> Offered:
    """The entry with more fields, in LaTeX, in front of its own."""
    bare = offered.tail.lstrip().removeprefix(",").removeprefix("\n")
    text = f"{offered.head}{STAND_IN},\n{lines(fields)}{bare}"
    return offered.again(read_bibtex(text, offered.place.file).entries[0])


def renamed(offered: Offered, old: str, new: str) -> Offered:
    """The entry with one of its fields under another name, and all else as its author wrote it."""
    text = offered.under(STAND_IN)
    values = [value for one in fill_in(blocks(text)[0]) for value in one.values if value.name.lower() == old]
    for value in reversed(values):
        text = text[: value.start] + new + text[value.start + len(value.name) :]
    return offered.again(read_bibtex(text, offered.place.file).entries[0])


def _beside(filled: tuple[Filled, ...], page: Manuscript) -> Iterator[int]:
    """The lines that are not empty and belong to no entry, not even in part."""
    taken: set[int] = set()
    for one in filled:
        if one.block.type != "string":
            end = one.block.start + len(page.text[one.block.start : one.block.end].rstrip())
            first, last = page.place(one.block.start, end).line, page.place(end - 1, end).line
            taken.update(range(first, last + 1))
    for number, line in enumerate(page.text.split("\n"), 1):
        if line.strip() and number not in taken:
            yield number


def _offered(filled: Filled, page: Manuscript) -> Offered:
    block = filled.block
    keyed = replace(block, key=block.key if is_key(block.key) else STAND_IN)
    entry = read_entry(replace(filled, block=keyed), page.text)
    head, tail = _around_key(block, _with_macros(filled, page.text))
    slip = next((page.problem(fault) for fault in entry.faults if fault.rule is SYNTAX), None)
    broken = f"line {slip.place.line}: {slip.message}. {slip.help}" if slip else ""
    fields = {name: value.text.strip() for name, value in entry.fields.items()}
    quote = page.text[block.start : block.end].rstrip()
    return Offered(page.place(block.start, block.head), block.key, head, tail, fields, entry.reference, broken, quote)


def _around_key(block: Block, text: str) -> tuple[str, str]:
    """The text in front of the key and behind it; a comma is put where no key stood."""
    start, end = block.key_start - block.start, block.key_start - block.start + len(block.key)
    if block.key:
        return text[:start], text[end:]
    head = block.head - block.start
    rest = text[head:]
    return text[:head], rest.lstrip() if rest.lstrip().startswith(",") else f",{rest}"


def _with_macros(filled: Filled, text: str) -> str:
    """The text of an entry with the file's own macros put in, for they stay behind; months are known everywhere."""
    start = filled.block.start
    made = text[start : filled.block.end].rstrip()
    for field, value in reversed(list(zip(filled.block.fields, filled.values, strict=True))):
        if value.sound and _uses_macros(field):
            first, last = _stretch(field, value, text)
            made = f"{made[: first - start]}{{{value.text}}}{made[last - start :]}"
    return made


def _uses_macros(field: Field) -> bool:
    return any(piece.macro and piece.text.lower() not in MONTHS for piece in field.pieces)


def _stretch(field: Field, value: Value, text: str) -> tuple[int, int]:
    """Where a value begins and ends, with its braces or quotation marks."""
    first, last = field.pieces[0], field.pieces[-1]
    end = last.start + len(last.text)
    begins_within = not first.macro and text[first.start - 1] in '{"'
    ends_within = not last.macro and text[last.start - 1] in '{"'
    return value.text_start - begins_within, end + ends_within
