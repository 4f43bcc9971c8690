"""What a change does to a knowledge base, in words: for the people who judge it."""

from __future__ import annotations

from dataclasses import dataclass

from kb.problem import Place, Problem

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A record, a work of the bibliography or a page, as a reader sees it; `facts` are names with values in words."""

    kind: str
    id: str
    title: str
    sentence: str
    facts: Facts
    place: Place


@dataclass(frozen=True, slots=True)
class Edited:
    """Something that was there before and says other things now: `fields` with their words before and after."""

    now: Shown
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """Two that may be the same; `why` says what both have."""

    one: Shown
    other: Shown
    why: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """What becomes of the addresses of pages. `redirected` lead elsewhere now; `lost` lead nowhere."""

    new: tuple[str, ...] = ()
    redirected: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A change as a whole.

    `addresses` is None where errors keep one of both sites from being made. `older` counts problems that were there
    before, elsewhere. `files` are the names of all that changed; `owners` those who look after them.
    """

    added: tuple[Shown, ...]
    edited: tuple[Edited, ...]
    removed: tuple[Shown, ...]
    twins: tuple[Twin, ...]
    blocking: tuple[Problem, ...]
    beside: tuple[Problem, ...]
    older: int
    addresses: Addresses | None
    files: tuple[str, ...]
    owners: tuple[str, ...]
