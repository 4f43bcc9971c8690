"""What the templates see: small frozen values, all text ready to print, nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from kb.pages import HOME, Tongue


@dataclass(frozen=True, slots=True)
class Anchor:
    """Words that lead to an address; words alone where it is empty. `aside` stands in brackets after them."""

    words: str
    address: str = ""
    tongue: Tongue = HOME
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the list of facts."""

    label: str
    values: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A record in a list: the same in listings, backlinks and related records."""

    kind: str
    title: str
    address: str
    sentence: str
    facts: tuple[str, ...] = ()
    note: str = ""
    tongue: Tongue = HOME


@dataclass(frozen=True, slots=True)
class Group:
    """Cards under a heading."""

    label: str
    cards: tuple[Card, ...]
    id: str = ""
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader must know before reading on."""

    text: str
    detail: str = ""
    link: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Upkeep:
    """When a record was added and read, and the day it is due, in words and as 2026-11-23."""

    added: str
    reviewed: str
    review_by: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class EditorsView:
    """Gaps as numbers: what is missing, and the values that few entries bear."""

    title: str
    missing: tuple[str, ...]
    scarce: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every record page has around its own text."""

    id: str
    kind: str
    kinds: Anchor
    title: str
    tongue: Tongue
    lead: Markup
    permalink: str
    facts: tuple[Fact, ...]
    story: Markup
    notice: Notice | None
    cite_page: Markup
    not_checked: tuple[str, ...]
    related: tuple[Card, ...]
    backlinks: tuple[Group, ...]
    upkeep: Upkeep | None
    previous: Anchor | None
    next: Anchor | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case study."""

    frame: Frame
    evidence_line: str
    who_took_part: Markup
    what_was_done: tuple[Markup, ...]
    results: tuple[Markup, ...]
    what_did_not_work: tuple[Markup, ...]
    principles: tuple[PrincipleRow, ...]
    strength: tuple[Meaning, ...]
    ladder: Meaning | None
    ladder_why: str
    caveat: Markup


@dataclass(frozen=True, slots=True)
class PrincipleRow:
    """How far a case shows a principle."""

    principle: Anchor
    framework: Anchor
    degree: str
    why: Markup


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word of a closed list, and what it means."""

    label: str
    address: str
    definition: str


@dataclass(frozen=True, slots=True)
class Opening:
    """The way out to another site: its address, the name of the site, and a copy in an archive if one is known.

    `trouble` says in a sentence how the address failed; it is empty as long as the address is not suspect.
    """

    address: str
    host: str
    copy: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource."""

    frame: Frame
    opening: Opening
    why_useful: Markup
    limits: Markup
    entry: Markup
    work: Anchor
    with_whom: str
    how: Markup


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """A framework with its principles."""

    frame: Frame
    scope: Markup
    principles: tuple[Card, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A principle of another framework, and how it stands to this one."""

    principle: Anchor
    framework: Anchor
    match: str
    why: str


@dataclass(frozen=True, slots=True)
class PrincipleView:
    """A principle."""

    frame: Frame
    statement: Markup
    do: tuple[str, ...]
    avoid: tuple[str, ...]
    questions: tuple[str, ...]
    matches: tuple[MatchRow, ...]
    same_theme: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A claimed outcome."""

    frame: Frame
    definition: Markup
    supports: tuple[Markup, ...]
    does_not_support: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Distinction:
    """A term that is not the same, and why."""

    term: Anchor
    why: str


@dataclass(frozen=True, slots=True)
class TermView:
    """A word of the glossary."""

    frame: Frame
    definition: Markup
    synonyms: str
    not_same_as: tuple[Distinction, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a pathway; `share` is its part of the longest step, in per cent."""

    number: int
    title: Anchor
    kind: str
    minutes: str
    share: int
    mode: str
    task: Markup
    facilitator: Markup


@dataclass(frozen=True, slots=True)
class PathwayView:
    """A learning pathway."""

    frame: Frame
    objectives: tuple[str, ...]
    prerequisites: tuple[Anchor, ...]
    total: str
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation."""

    frame: Frame
    role: Markup
    opening: Opening


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """A work of the bibliography."""

    frame: Frame
    entry: Markup
    in_text: str
    opening: Opening
    summary: Markup
    summary_unchecked: bool
    unchecked: str
    bibtex: str


@dataclass(frozen=True, slots=True)
class ListingView:
    """A list of records."""

    title: str
    kind: str
    lead: Markup
    crumbs: tuple[Anchor, ...]
    jumps: tuple[Anchor, ...]
    groups: tuple[Group, ...]
    crosswalk: Crosswalk | None = None
    references: tuple[LetterGroup, ...] = ()
    browse: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """References under the first letter of their sorting: each in full, its name in a sentence, and its address."""

    letter: str
    id: str
    entries: tuple[tuple[Markup, str, str], ...]


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """A theme, and for each framework its principles under it."""

    theme: Anchor
    cells: tuple[tuple[Anchor, ...], ...]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Frameworks side by side."""

    frameworks: tuple[Anchor, ...]
    rows: tuple[CrosswalkRow, ...]


@dataclass(frozen=True, slots=True)
class DoorView:
    """A way in for one kind of reader."""

    who: str
    title: str
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class NumberView:
    """An honest number in a sentence, and how to read it."""

    n: int
    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class HomeView:
    """The home page."""

    title: str
    lead: Markup
    doors: tuple[DoorView, ...]
    numbers: tuple[NumberView, ...]
    new: tuple[Card, ...]
    browse: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class ProseView:
    """A page that people wrote."""

    id: str
    title: str
    lead: str
    text: Markup
    contents: tuple[Anchor, ...]
    permalink: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """An entry of a page's list of sources; `back` are the ids of the places in the text that cite it.

    `name` tells its links apart for those who hear them alone.
    """

    key: str
    name: str
    entry: Markup
    about: str
    back: tuple[str, ...]
    at: str
    unchecked: str
