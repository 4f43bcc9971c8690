"""The `@` blocks of a bibliography as their authors wrote them, before anything is made of them."""

from __future__ import annotations

from dataclasses import dataclass

from kb.read.bib.rules import Fault


@dataclass(frozen=True, slots=True)
class Piece:
    """One of the parts of a value that `#` joins: text without its braces or quotes, or a macro's name."""

    text: str
    start: int
    macro: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field as written; `start` is the offset of its name.

    It is not `sound` where a slip has put its text in doubt: more about it would say the same again.
    """

    name: str
    start: int
    pieces: tuple[Piece, ...]
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """An `@` block as written; `whole` unless a brace or a quotation mark is never closed."""

    type: str
    start: int
    end: int
    head: int
    key: str
    key_start: int
    fields: tuple[Field, ...]
    faults: tuple[Fault, ...]
    whole: bool
