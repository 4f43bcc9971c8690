"""Values with their macros put in: those of `@string`, in the order of the file, and the twelve months."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kb.read.bib.rules import MACROS, Fault
from kb.read.bib.written import Block, Field, Piece
from kb.read.files import LONGEST_VALUE, REASONABLE_SIZE

MONTHS = {calendar.month_abbr[month].lower(): calendar.month_name[month] for month in range(1, 13)}


@dataclass(frozen=True, slots=True)
class Value:
    """A field's name and its text, still in LaTeX.

    `start` is the offset of the name and `text_start` that of the text; where several parts are joined,
    that of the first.
    """

    name: str
    text: str
    start: int
    text_start: int
    joined: bool = False
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Filled:
    """A block with its values, and the macros that nobody defined."""

    block: Block
    values: tuple[Value, ...]
    faults: tuple[Fault, ...]


def fill_in(blocks: Iterable[Block]) -> tuple[Filled, ...]:
    """The entries among the blocks, each with the macros that stand above it put in."""
    blocks = tuple(blocks)
    below = frozenset(field.name.lower() for block in blocks if block.type == "string" for field in block.fields)
    macros = dict(MONTHS)
    filled = []
    for block in blocks:
        whole = _fill_in_block(block, macros, below)
        filled.append(whole)
        if block.type == "string":
            macros |= {value.name.lower(): value.text for value in whole.values}
    return tuple(filled)


def _fill_in_block(block: Block, macros: Mapping[str, str], below: frozenset[str]) -> Filled:
    values = tuple(_value(field, macros) for field in block.fields)
    unknown = (piece for field in block.fields if field.sound for piece in field.pieces if _is_unknown(piece, macros))
    short = tuple(
        value if len(value.text) <= LONGEST_VALUE else replace(value, text="", sound=False) for value in values
    )
    too_long = (_too_long(value) for value in values if len(value.text) > LONGEST_VALUE)
    return Filled(block, short, (*(_undefined(piece, below) for piece in unknown), *too_long))


def _too_long(value: Value) -> Fault:
    """That a value is too long: macros that hold macros can make one that fills all memory out of ten lines."""
    message = f"the value of '{value.name}' has {len(value.text):,} characters"
    return Fault(REASONABLE_SIZE, value.start, value.start + len(value.name), message)


def _value(field: Field, macros: Mapping[str, str]) -> Value:
    texts = [macros.get(piece.text.lower(), piece.text) if piece.macro else piece.text for piece in field.pieces]
    joined = len(texts) > 1 or field.pieces[0].macro
    sound = field.sound and not any(_is_unknown(piece, macros) for piece in field.pieces)
    return Value(field.name, "".join(texts), field.start, field.pieces[0].start, joined, sound)


def _is_unknown(piece: Piece, macros: Mapping[str, str]) -> bool:
    return piece.macro and piece.text.lower() not in macros


def _undefined(piece: Piece, below: frozenset[str]) -> Fault:
    name = piece.text
    message, help = f"no @string defines the macro '{name}'", ""
    if name.lower() in below:
        message = f"the macro '{name}' is used above the @string that defines it"
        help = "Move the @string to the top of the file."
    return Fault(MACROS, piece.start, piece.start + len(name), message, help)
