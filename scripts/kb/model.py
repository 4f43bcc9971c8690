"""What the knowledge base holds: every kind of record, typed, frozen, each field documented.

A field's type says more than its shape. `TopicId` is a text that must name a topic, `CitationKey` one
that must name an entry of the bibliography: the readers and the rules look these roles up here, so
that no list of fields stands twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic_core import CoreSchema


# --- roles: what a text in a record stands for ----------------------------------------------------
class Marked:
    """The ground of roles: each is told in the JSON Schema of the model too, under `role`."""

    __slots__ = ()

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "role": self}


@dataclass(frozen=True, slots=True)
class OwnId(Marked):
    """The record's own id, or one it had before."""


@dataclass(frozen=True, slots=True)
class RecordId(Marked):
    """The id of a record of one of these kinds; of any kind if there are none."""

    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation(Marked):
    """The key of an entry of the bibliography."""


@dataclass(frozen=True, slots=True)
class RecordOrCitation(Marked):
    """The id of any record, or a citation key."""


@dataclass(frozen=True, slots=True)
class ValueOf(Marked):
    """A value of the vocabulary with this id."""

    vocabulary: str


@dataclass(frozen=True, slots=True)
class Markdown(Marked):
    """Text that a person wrote in Markdown, with links to records and citations."""


@dataclass(frozen=True, slots=True)
class WebAddress(Marked):
    """An http or https address."""


@dataclass(frozen=True, slots=True)
class LinkTarget(Marked):
    """The id of a record, a citation key, or an address on this site that begins with a slash."""


@dataclass(frozen=True, slots=True)
class LanguageTag(Marked):
    """A language tag of BCP 47, such as `en` or `cy`."""


@dataclass(frozen=True, slots=True)
class FormerAddress(Marked):
    """An address on this site that a page had before."""


@dataclass(frozen=True, slots=True)
class RuleId(Marked):
    """The id of a rule that only warns."""


Role = (
    OwnId
    | RecordId
    | Citation
    | RecordOrCitation
    | ValueOf
    | Markdown
    | WebAddress
    | LinkTarget
    | LanguageTag
    | FormerAddress
    | RuleId
)

Id = Annotated[str, OwnId()]
Prose = Annotated[str, Markdown()]
Url = Annotated[str, WebAddress()]
Target = Annotated[str, LinkTarget()]
OldAddress = Annotated[str, FormerAddress()]
Language = Annotated[str, LanguageTag()]
CitationKey = Annotated[str, Citation()]
AnyId = Annotated[str, RecordId()]
PrincipleId = Annotated[str, RecordId(("principle",))]
OutcomeId = Annotated[str, RecordId(("outcome",))]
PathwayId = Annotated[str, RecordId(("pathway",))]
OrganisationId = Annotated[str, RecordId(("organisation",))]
TermId = Annotated[str, RecordId(("term",))]
RecordOrKey = Annotated[str, RecordOrCitation()]
RuleName = Annotated[str, RuleId()]
TopicId = Annotated[str, ValueOf("topics")]
AudienceId = Annotated[str, ValueOf("audiences")]
SettingId = Annotated[str, ValueOf("settings")]
PhaseId = Annotated[str, ValueOf("phases")]
LevelId = Annotated[str, ValueOf("levels")]
ThemeId = Annotated[str, ValueOf("themes")]
CountryId = Annotated[str, ValueOf("countries")]
ResourceTypeId = Annotated[str, ValueOf("resource-types")]
EvidenceKindId = Annotated[str, ValueOf("evidence-kinds")]
EvidenceStrengthId = Annotated[str, ValueOf("evidence-strengths")]
LadderStepId = Annotated[str, ValueOf("ladder-steps")]

Status = Literal["draft", "published", "superseded", "retired"]
Relation = Literal["see also", "contrasts with", "part of", "builds on", "evaluates"]
Match = Literal["exact", "close", "broad", "narrow", "related"]
Degree = Literal["shown", "partly", "not shown", "not reported"]
Cost = Literal["free", "partly free", "paid", "not checked"]
SignIn = Literal["not needed", "needed", "not checked"]
Format = Literal["web page", "PDF", "print", "e-book", "video", "audio", "slides", "spreadsheet"]
Mode = Literal["read", "watch", "discuss", "exercise", "role-play", "reflect"]
PathwayLevel = Literal["introductory", "intermediate", "advanced"]
NotReported = Literal["not reported"]


class Value(BaseModel):
    """The ground of every part of a record: frozen, strict about types, closed to unknown keys.

    Texts come without space around them: the reader takes it off, for pydantic would copy every text.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        str_min_length=1,
        use_attribute_docstrings=True,
    )


# --- parts shared by several kinds ------------------------------------------------------------------
class SourceRef(Value):
    """Where a fact was seen."""

    cite: CitationKey
    """Key of the entry in the bibliography."""
    at: str = ""
    """Page, section or part, such as `p. 12`."""


class Related(Value):
    """A typed link to another record."""

    id: AnyId
    """Id of the other record."""
    how: Relation = "see also"
    """How this record stands to the other: see also, contrasts with, part of, builds on, evaluates."""
    why: str = ""
    """Why a reader would follow the link, in a few words."""


class Finding(Value):
    """Something that was seen, with the source that says so."""

    text: Prose
    """What was seen, by whom, in one or two sentences."""
    sources: tuple[SourceRef, ...] = ()
    """Who says so; never left out."""


class Waiver(Value):
    """A warning that may stand in this record, and why."""

    rule: RuleName
    """The rule that warns: the word in brackets behind the warning."""
    because: str
    """Why the warning may stand, in one sentence."""
    until: date | None = None
    """Last day on which it may stand, if it may not stand for good."""


class Record(Value):
    """What every record has."""

    kind: ClassVar[str]
    folder: ClassVar[str]

    id: Id
    """Short name in lower case with hyphens; it becomes the address and is never reused."""
    was: tuple[Id, ...] = ()
    """Ids that this record had before; their addresses lead here."""
    title: str
    """Name shown at the head of the page."""
    summary: Prose
    """What it is, in plain English, in 60 words at most."""
    hidden: tuple[str, ...] = ()
    """Misspellings, short forms and questions by which a search should find it; not shown (SKOS hidden labels)."""
    status: Status = "published"
    """draft (checked, not shown), published, superseded or retired."""
    superseded_by: AnyId | None = None
    """Id of the record that replaces this one; only with `status: superseded`."""
    retired_because: str = ""
    """Why this record no longer holds; only with `status: retired`."""
    added: date
    """Day it was added, as 2026-11-23."""
    reviewed: date | None = None
    """Day somebody last read it against its sources."""
    review_by: date
    """Day by which somebody should read it again."""
    sources: tuple[SourceRef, ...] = ()
    """What the record as a whole rests on."""
    related: tuple[Related, ...] = ()
    """Other records that a reader of this one would want."""
    not_checked: tuple[str, ...] = ()
    """What is said here from general knowledge and was not seen in a source, one statement each."""
    waive: tuple[Waiver, ...] = ()
    """Warnings that may stand here, each with the reason; errors cannot be waived."""


# --- kinds ----------------------------------------------------------------------------------------
class Archive(Value):
    """A copy kept by a web archive."""

    url: Url
    """Address of the copy."""
    date: date
    """Day the copy was taken."""


class CoProduced(Value):
    """Whether the work itself was co-produced."""

    with_whom: str
    """Who made it together."""
    how: Prose
    """What each side did and decided."""


class Resource(Record):
    """Something to read, watch, take part in or use."""

    kind: ClassVar[str] = "resource"
    folder: ClassVar[str] = "resources"

    title: str = ""
    """Name shown at the head of the page; left out when `cite` gives it."""
    cite: CitationKey | None = None
    """Key of its entry in the bibliography: title, authors, year and address then come from there."""
    publisher: str = ""
    """Who published it; only without `cite`."""
    year: int | None = None
    """Year of publication; only without `cite`."""
    url: Url | None = None
    """Where to read, watch or use it, if the bibliography does not say."""
    type: ResourceTypeId
    """What it is: a value of the vocabulary of resource types."""
    topics: tuple[TopicId, ...] = Field(min_length=1)
    """What it is about."""
    audiences: tuple[AudienceId, ...] = Field(min_length=1)
    """Whom it serves."""
    settings: tuple[SettingId, ...] = ()
    """Where it applies."""
    phases: tuple[PhaseId, ...] = ()
    """Which phases of co-production it deals with."""
    principles: tuple[PrincipleId, ...] = ()
    """Principles it helps with."""
    outcomes: tuple[OutcomeId, ...] = ()
    """Claimed outcomes it bears on."""
    language: Language = "en"
    """Language that it and its title are written in, as a language tag such as `en` or `cy`."""
    cost: Cost = "not checked"
    """Whether it can be had for nothing."""
    sign_in: SignIn = "not checked"
    """Whether an account is needed."""
    licence: str = ""
    """Terms of reuse, such as CC BY 4.0; left out when not known."""
    formats: tuple[Format, ...] = ()
    """Forms in which it can be had."""
    minutes: int | None = Field(default=None, gt=0)
    """Rough time to read, watch or do it, in minutes."""
    why_useful: Prose
    """What a reader gains from it."""
    limits: Prose
    """What it does not do, or where to be careful."""
    co_produced: CoProduced | None = None
    """With whom and how it was co-produced, if it was and the source says so."""
    archive: Archive | None = None
    """A copy in a web archive."""


class Participant(Value):
    """An organisation that took part in a case."""

    id: OrganisationId | None = None
    """Id of its record here, if it has one."""
    name: str = ""
    """Its name, if it has no record here."""
    role: str = ""
    """What it did, in a few words."""


class PrincipleShown(Value):
    """How far a case shows one principle: an editorial judgement."""

    principle: PrincipleId
    """Id of the principle."""
    degree: Degree
    """shown, partly, not shown, or not reported."""
    why: str = ""
    """What in the case speaks for this, in a few words."""
    sources: tuple[SourceRef, ...] = ()
    """Where that can be read."""


class LadderStep(Value):
    """Where a case stands on a ladder of participation: an editorial judgement."""

    step: LadderStepId
    """A value of the vocabulary of ladder steps."""
    why: str
    """What speaks for this step."""


class Evidence(Value):
    """What kind of evidence there is, and how strong."""

    kind: EvidenceKindId
    """A value of the vocabulary of kinds of evidence."""
    strength: EvidenceStrengthId
    """A value of the vocabulary of strengths of evidence."""
    line: str
    """The evidence in one line, such as `One randomised trial, 169 adults, United Kingdom`."""


def _findings_or_text(value: object) -> str:
    return "as-text" if isinstance(value, str) else "as-findings"


class Case(Record):
    """Real practice: what was done, by whom, what came of it and what did not."""

    kind: ClassVar[str] = "case"
    folder: ClassVar[str] = "cases"

    organisations: tuple[Participant, ...] = Field(min_length=1)
    """Who ran it, paid for it or studied it."""
    countries: tuple[CountryId, ...] = Field(min_length=1)
    """Where it took place."""
    place: str = ""
    """Town, region or sites."""
    settings: tuple[SettingId, ...] = Field(min_length=1)
    """Kinds of service or place."""
    topics: tuple[TopicId, ...] = ()
    """What it is about."""
    years: str
    """When, in words, such as `2008 onwards`."""
    who_took_part: Prose
    """The people: who used, who worked, who decided."""
    what_was_done: tuple[Prose, ...] = Field(min_length=1)
    """What happened, one step each."""
    results: tuple[Finding, ...] = Field(min_length=1)
    """What was seen to come of it, each with its source."""
    what_did_not_work: Annotated[
        Annotated[NotReported, Tag("as-text")]
        | Annotated[tuple[Finding, ...], Tag("as-findings"), Field(min_length=1)],
        Discriminator(_findings_or_text),
    ]
    """What failed, stalled or did not change, each with its source; or the words `not reported`."""
    phases: tuple[PhaseId, ...] = Field(min_length=1)
    """Phases in which people took part."""
    levels: tuple[LevelId, ...] = Field(min_length=1)
    """Individual, group or collective."""
    principles: tuple[PrincipleShown, ...] = Field(min_length=1)
    """Principles it shows, and how far."""
    outcomes: tuple[OutcomeId, ...] = ()
    """Claimed outcomes it bears on."""
    ladder: LadderStep | None = None
    """Where it stands on the ladder of participation, and why."""
    evidence: Evidence
    """What kind of evidence there is, and how strong."""
    caveat: Prose
    """What a reader must know before using it as an argument."""


class Framework(Record):
    """A published set of principles."""

    kind: ClassVar[str] = "framework"
    folder: ClassVar[str] = "frameworks"

    owner: str
    """Who drew it up."""
    owner_id: OrganisationId | None = None
    """Id of the owner's record here, if it has one."""
    year: str
    """Year or years of publication, in words."""
    countries: tuple[CountryId, ...] = Field(min_length=1)
    """Where it was drawn up."""
    scope: Prose
    """What it is meant for."""
    principles: tuple[PrincipleId, ...] = Field(min_length=1)
    """Ids of its principles, in the order of the source."""
    steps: tuple[str, ...] = ()
    """Practical steps that the source adds to its principles."""
    short_title: str
    """Name of two or three words at most, for tables."""


class InPractice(Value):
    """What the principle asks people to do and to avoid."""

    do: tuple[str, ...] = Field(min_length=1)
    """What to do."""
    avoid: tuple[str, ...] = Field(min_length=1)
    """What to avoid."""


class PrincipleMatch(Value):
    """A principle of another framework that says something like this one: an editorial mapping."""

    target: PrincipleId
    """Id of the other principle."""
    match: Match
    """exact, close, broad (the other is broader), narrow (the other is narrower) or related: SKOS."""
    why: str = ""
    """Why they match, in a few words."""


class Principle(Record):
    """One principle of one framework."""

    kind: ClassVar[str] = "principle"
    folder: ClassVar[str] = "principles"

    statement: Prose
    """What the principle asks, in our own words."""
    themes: tuple[ThemeId, ...] = Field(min_length=1)
    """Themes of the crosswalk between frameworks that it falls under."""
    in_practice: InPractice
    """What to do and what to avoid."""
    questions: tuple[str, ...] = Field(min_length=1)
    """Questions for discussion."""
    matches: tuple[PrincipleMatch, ...] = ()
    """Principles of other frameworks that say something like it; each pair is written once."""


class Outcome(Record):
    """What co-production is claimed to bring."""

    kind: ClassVar[str] = "outcome"
    folder: ClassVar[str] = "outcomes"

    definition: Prose
    """What the claim means."""
    supports: tuple[Finding, ...] = Field(min_length=1)
    """What was seen that speaks for the claim."""
    does_not_support: tuple[Finding, ...] = Field(min_length=1)
    """What was seen that speaks against it, or limits it."""


class NotSameAs(Value):
    """A term that is easily taken for this one."""

    id: TermId
    """Id of the other term."""
    why: str
    """How they differ, in one sentence."""


class Term(Record):
    """A word of the field, explained."""

    kind: ClassVar[str] = "term"
    folder: ClassVar[str] = "glossary"

    definition: Prose
    """What it means, in plain English."""
    synonyms: tuple[str, ...] = ()
    """Other names in use."""
    not_same_as: tuple[NotSameAs, ...] = ()
    """Terms that are easily taken for this one."""


class Step(Value):
    """One step of a pathway."""

    item: RecordOrKey | None = None
    """Id of the record, or key of the work, that the step is about."""
    title: str = ""
    """Name of the step; left out when `item` gives it."""
    minutes: int = Field(gt=0)
    """Time for it, in minutes."""
    mode: Mode
    """read, watch, discuss, exercise, role-play or reflect."""
    task: Prose
    """What the learner does."""
    facilitator: Prose = ""
    """What the person who leads should know, prepare and look out for."""


class Pathway(Record):
    """A route through the knowledge base for a learner or a trainer."""

    kind: ClassVar[str] = "pathway"
    folder: ClassVar[str] = "pathways"

    audiences: tuple[AudienceId, ...] = Field(min_length=1)
    """Whom it serves."""
    level: PathwayLevel
    """introductory, intermediate or advanced."""
    objectives: tuple[str, ...] = Field(min_length=1)
    """What learners can do at the end."""
    prerequisites: tuple[PathwayId, ...] = ()
    """Pathways to take first."""
    steps: tuple[Step, ...] = Field(min_length=1)
    """The steps in order; their minutes add up to the total."""

    @property
    def minutes(self) -> int:
        """Total time in minutes."""
        return sum(step.minutes for step in self.steps)


class Organisation(Record):
    """Who made or did it."""

    kind: ClassVar[str] = "organisation"
    folder: ClassVar[str] = "organisations"

    countries: tuple[CountryId, ...] = Field(min_length=1)
    """Where it works."""
    language: Language | None = None
    """Language of its name, as a language tag such as `cy`; left out where it is that of the site."""
    url: Url | None = None
    """Its own site."""
    type: str
    """What sort of body it is, in a few words."""
    role: Prose
    """What it has to do with co-production."""


class VocabularyValue(Value):
    """One value of a closed list."""

    id: Id
    """Short name in lower case with hyphens."""
    was: tuple[Id, ...] = ()
    """Ids that this value had before; their addresses lead here."""
    label: str
    """Name shown to readers."""
    definition: str
    """What falls under it."""


class Vocabulary(Value):
    """A closed list of values."""

    kind: ClassVar[str] = "vocabulary"

    id: Id
    """Short name in lower case with hyphens; the model refers to it."""
    title: str
    """Name shown to readers."""
    definition: str
    """What the list is for, and where it comes from."""
    sources: tuple[SourceRef, ...] = ()
    """What the list rests on."""
    values: tuple[VocabularyValue, ...] = Field(min_length=1)
    """The values in order."""
    waive: tuple[Waiver, ...] = ()
    """Warnings that may stand here, each with the reason; errors cannot be waived."""


# --- pages that people write under docs/ ------------------------------------------------------------
class StartHere(Value):
    """One way in for one kind of reader, on the home page."""

    who: str
    """Whom it is for, in the reader's own words."""
    to: Target
    """Where it leads: the id of a record, or an address on this site such as `/cases/`."""
    why: str
    """What they will find there, in one sentence."""


class MovedHeading(Value):
    """A heading whose id changed."""

    was: str
    """The id that was given out."""
    now: str
    """The id of the heading that holds this now."""


class FrontMatter(Value):
    """What stands between the two lines `---` at the head of a page."""

    title: str = ""
    """Name of the page."""
    description: str = ""
    """What it says, in one sentence."""
    hidden: tuple[str, ...] = ()
    """Misspellings, short forms and questions by which a search should find it; not shown."""
    was: tuple[OldAddress, ...] = ()
    """Addresses that the page had before, such as `/old-name/`; they lead here."""
    moved_headings: tuple[MovedHeading, ...] = ()
    """Ids that headings of this page had before; links to them still work."""
    start_here: tuple[StartHere, ...] = ()
    """Ways in for different readers; only on the home page."""
    waive: tuple[Waiver, ...] = ()
    """Warnings that may stand here, each with the reason; errors cannot be waived."""


KINDS: tuple[type[Record], ...] = (
    Resource,
    Case,
    Framework,
    Principle,
    Outcome,
    Term,
    Pathway,
    Organisation,
)
SECTIONS: dict[str, type[Value]] = {f"{kind.kind}s": kind for kind in KINDS} | {"vocabularies": Vocabulary}
"""Top-level key of a data file, and the kind of record that its list holds."""


def roles(metadata: list[Any]) -> Iterator[Role]:
    """The roles among the annotations of a field."""
    return (mark for mark in metadata if isinstance(mark, Role))
