"""Works that are offered to the bibliography: what each says, what a register knows of it, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kb.literature import Reference
from kb.problem import Place, Problem


@dataclass(frozen=True, slots=True)
class Offered:
    """An entry that somebody offers, and where it begins.

    `head` and `tail` are its text in biblatex in front of its key and behind it. `fields` holds the values, in LaTeX,
    by their biblatex names; `reference` is what they make, None where nobody knows where the entry ends. `broken`
    says what is wrong with its syntax; `quote` is what stood in the file.
    """

    place: Place
    key: str
    head: str
    tail: str
    fields: Mapping[str, str]
    reference: Reference | None
    broken: str = ""
    quote: str = ""

    def under(self, key: str) -> str:
        """The text of the entry with this key."""
        return f"{self.head}{key}{self.tail}"

    @staticmethod
    def unread(place: Place, why: str, quote: str) -> Offered:
        """What stands where an entry should, and cannot be read as one."""
        return Offered(place, "", "", "", {}, None, why, quote)

    def bare(self) -> Offered:
        """The same entry without its fields."""
        return replace(self, tail=",\n}")

    def again(self, read: Offered) -> Offered:
        """The same entry with what was `read` of another text of it."""
        return replace(self, head=read.head, tail=read.tail, fields=read.fields, reference=read.reference)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a file offers: its entries in order, what is wrong beside them, and lines that belong to no entry.

    `remarks` are sentences on the file as a whole.
    """

    entries: tuple[Offered, ...] = ()
    problems: tuple[Problem, ...] = ()
    beside: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What was learnt of a work, in CSL-JSON, or in a few words why nothing was."""

    text: str = ""
    why: str = ""


LookUp = Callable[[tuple[str, ...]], Mapping[str, Told]]
"""Asks what is known of the works at some addresses; that of a DOI begins with https://doi.org/."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that is the same work or another version of it, and by what it is known."""

    key: str
    same: bool
    why: str


Fate = Literal["new", "known", "version", "refused"]
"""new: written. known: there already. version: written, and there is another version of it. refused: not written."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry that was offered.

    `key` is the key it was given, or that of the entry which is the same work; `other` that of the other version.
    `why` says by what they are known, or why it is not taken. `more` names fields that it has and the same work in the
    bibliography has not; `unlike` those in which the two differ. `looked_up` is a sentence on what a register said.
    """

    offered: Offered
    fate: Fate
    key: str = ""
    other: str = ""
    why: str = ""
    more: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    looked_up: str = ""
