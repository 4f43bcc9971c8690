"""Records to views: one function for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from urllib.parse import urlsplit

from markupsafe import Markup

from kb.literature import Reference
from kb.model import (
    Archive,
    Case,
    Framework,
    Organisation,
    Outcome,
    Participant,
    Pathway,
    Principle,
    Record,
    Resource,
    SourceRef,
    Step,
    Term,
)
from kb.render import references as style
from kb.render.desk import Desk, sort_title
from kb.render.exports import record_as_work
from kb.render.views import (
    Anchor,
    Card,
    CaseView,
    Distinction,
    Fact,
    Frame,
    FrameworkView,
    MatchRow,
    Notice,
    Opening,
    OrganisationView,
    OutcomeView,
    PathwayView,
    PrincipleRow,
    PrincipleView,
    ReferenceView,
    ResourceView,
    StepView,
    TermView,
    Upkeep,
)

RecordView = (
    CaseView
    | ResourceView
    | FrameworkView
    | PrincipleView
    | OutcomeView
    | TermView
    | PathwayView
    | OrganisationView
    | ReferenceView
)
NOTHING = Markup()
_MANY = 24
"""Of principles under the same themes, those of other frameworks are named if there are at most so many in all."""
_INVERSE = {"broad": "narrow", "narrow": "broad"}


def record_view(record: Record, desk: Desk) -> RecordView:
    """What the page of a record shows."""
    match record:
        case Case():
            return _case(record, desk)
        case Resource():
            return _resource(record, desk)
        case Framework():
            return _framework(record, desk)
        case Principle():
            return _principle(record, desk)
        case Outcome():
            return _outcome(record, desk)
        case Term():
            return _term(record, desk)
        case Pathway():
            return _pathway(record, desk)
        case Organisation():
            return _organisation(record, desk)
        case _:
            raise TypeError(f"no page is known for a {record.kind}")


# --- the frame ------------------------------------------------------------------------------------
def _frame(record: Record, desk: Desk, facts: Iterable[Fact]) -> Frame:
    address = desk.address(record.id)
    previous, next = _neighbours(record, desk)
    return Frame(
        id=record.id,
        kind=desk.words["kind"][record.kind],
        kinds=Anchor(desk.words["kinds"][record.kind], f"/{record.folder}/"),
        title=desk.record_title(record),
        tongue=desk.tongue(record.id),
        lead=desk.pen.line(record.summary),
        permalink=desk.permalink(address),
        facts=tuple(fact for fact in facts if fact.values),
        story=_story(record.id, record.folder, desk),
        notice=_notice(record, desk),
        cite_page=_cite_page(record, desk),
        not_checked=record.not_checked,
        related=tuple(_related(record, desk)),
        backlinks=desk.groups(record.id, {link.id for link in record.related}),
        upkeep=_upkeep(record, desk),
        previous=previous,
        next=next,
    )


def _story(id: str, folder: str, desk: Desk) -> Markup:
    page = desk.kb.prose.get(f"{folder}/{id}.md")
    return desk.pen.text(page.body, folder).html if page else NOTHING


def _notice(record: Record, desk: Desk) -> Notice | None:
    words = desk.words["record"]
    if record.status == "retired":
        return Notice(words["retired"], record.retired_because)
    if record.status == "superseded" and record.superseded_by:
        return Notice(words["superseded"], words["superseded_by"], desk.anchor(record.superseded_by))
    return None


def _cite_page(record: Record, desk: Desk) -> Markup:
    """How to cite the page itself, in the style of its sources."""
    return style.bibliography_entry(record_as_work(record, desk), tongue=desk.tongue(record.id))


def _related(record: Record, desk: Desk) -> Iterator[Card]:
    for link in record.related:
        if link.id in desk.kb.records:
            how = desk.words["how"][link.how]
            yield desk.card(link.id, f"{how}: {link.why}" if link.why else how)


def _upkeep(record: Record, desk: Desk) -> Upkeep:
    words = desk.words
    reviewed = words.day(record.reviewed) if record.reviewed else words["record"]["never_reviewed"]
    due = record.review_by
    return Upkeep(words.day(record.added), reviewed, words.day(due), due.isoformat())


def _neighbours(record: Record, desk: Desk) -> Iterator[Anchor | None]:
    """The records before and after this one: of its framework for a principle, else of its kind by title."""
    for id in desk.neighbours.get(record.id, ("", "")):
        yield desk.anchor(id) if id else None


def _sources_line(sources: tuple[SourceRef, ...], desk: Desk) -> Markup:
    return Markup(" ").join(desk.citation(source) for source in sources)


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _opening(address: str, desk: Desk, archive: Archive | None = None) -> Opening:
    """The way out to another site. A copy that the record names goes before one that is remembered.

    While the address answers, the facts show the record's copy.
    """
    known = desk.kb.memory.of(address)
    copy = known.archive if known else ""
    if known is None or not known.suspect or known.tried is None:
        return Opening(address, _host(address), "" if archive else copy)
    trouble = desk.words["away"]["trouble"][known.verdict].format(day=desk.words.day(known.tried))
    return Opening(address, _host(address), archive.url if archive else copy, trouble)


def _text(words: str) -> tuple[Anchor, ...]:
    return (Anchor(words),) if words else ()


# --- the kinds ----------------------------------------------------------------------------------------
def _case(case: Case, desk: Desk) -> CaseView:
    pen, words = desk.pen, desk.words
    not_worked = () if isinstance(case.what_did_not_work, str) else case.what_did_not_work
    return CaseView(
        frame=_frame(case, desk, _case_facts(case, desk)),
        evidence_line=case.evidence.line,
        who_took_part=pen.block(case.who_took_part),
        what_was_done=tuple(pen.line(step) for step in case.what_was_done),
        results=tuple(desk.finding(finding) for finding in case.results),
        what_did_not_work=tuple(desk.finding(finding) for finding in not_worked),
        principles=tuple(
            PrincipleRow(
                principle=desk.anchor(shown.principle),
                framework=_framework_anchor(shown.principle, desk),
                degree=words["degree"][shown.degree],
                why=Markup("{} {}").format(shown.why, _sources_line(shown.sources, desk)),
            )
            for shown in case.principles
        ),
        strength=(
            desk.meaning("evidence-strengths", case.evidence.strength),
            desk.meaning("evidence-kinds", case.evidence.kind),
        ),
        ladder=desk.meaning("ladder-steps", case.ladder.step) if case.ladder else None,
        ladder_why=case.ladder.why if case.ladder else "",
        caveat=pen.block(case.caveat),
    )


def _case_facts(case: Case, desk: Desk) -> Iterator[Fact]:
    words = desk.words["case"]
    countries = desk.fact(words["where"], "countries", case.countries)
    yield Fact(words["where"], (*_text(case.place), *countries.values))
    yield Fact(words["when"], _text(case.years))
    yield desk.fact(words["settings"], "settings", case.settings)
    yield Fact(words["organisations"], tuple(_participant(one, desk) for one in case.organisations))
    yield desk.fact(words["phases"], "phases", case.phases)
    yield desk.fact(words["levels"], "levels", case.levels)
    yield Fact(words["outcomes"], desk.anchors(case.outcomes))
    if case.ladder:
        yield desk.fact(words["ladder"], "ladder-steps", (case.ladder.step,))
    yield desk.fact(words["topics"], "topics", case.topics)


def _participant(participant: Participant, desk: Desk) -> Anchor:
    known = desk.anchor(participant.id) if participant.id else Anchor(participant.name)
    return replace(known, aside=participant.role)


def _framework_anchor(principle: str, desk: Desk) -> Anchor:
    framework = desk.frameworks.get(principle)
    return Anchor(framework.short_title, desk.address(framework.id)) if framework else Anchor("")


def _resource(resource: Resource, desk: Desk) -> ResourceView:
    work = desk.kb.references.get(resource.cite) if resource.cite else None
    address = resource.url or (work.address if work else "")
    made = resource.co_produced
    return ResourceView(
        frame=_frame(resource, desk, _resource_facts(resource, desk)),
        opening=_opening(address, desk, resource.archive),
        why_useful=desk.pen.block(resource.why_useful),
        limits=desk.pen.block(resource.limits),
        entry=desk.entry(work) if work else NOTHING,
        work=Anchor(desk.words["record"]["about_work"], desk.address(work.key)) if work else Anchor(""),
        with_whom=made.with_whom if made else "",
        how=desk.pen.block(made.how) if made else NOTHING,
    )  # fmt: skip


def _resource_facts(resource: Resource, desk: Desk) -> Iterator[Fact]:
    words, all_words = desk.words["resource"], desk.words
    year = desk.year(resource)
    yield desk.fact(words["type"], "resource-types", (resource.type,))
    yield Fact(words["year"], _text(str(year) if year else ""))
    yield Fact(words["publisher"], _text(resource.publisher))
    yield Fact(words["minutes"], _text(all_words.count("minutes", resource.minutes) if resource.minutes else ""))
    yield Fact(words["language"], _text(all_words.name("language_name", resource.language)))
    yield Fact(words["cost"], _text(all_words["cost"][resource.cost]))
    yield Fact(words["sign_in"], _text(all_words["sign_in"][resource.sign_in]))
    yield Fact(words["licence"], _text(resource.licence))
    yield Fact(words["formats"], _text(", ".join(resource.formats)))
    yield desk.fact(words["audiences"], "audiences", resource.audiences)
    yield desk.fact(words["topics"], "topics", resource.topics)
    yield desk.fact(words["settings"], "settings", resource.settings)
    yield desk.fact(words["phases"], "phases", resource.phases)
    yield Fact(words["principles"], desk.anchors(resource.principles))
    yield Fact(words["outcomes"], desk.anchors(resource.outcomes))
    if resource.archive:
        day = all_words["away"]["copy_of"].format(day=all_words.day(resource.archive.date))
        yield Fact(words["archive"], (Anchor(day, resource.archive.url),))


def _framework(framework: Framework, desk: Desk) -> FrameworkView:
    words = desk.words["framework"]
    owner = desk.anchor(framework.owner_id) if framework.owner_id else Anchor("")
    facts = (
        Fact(words["owner"], (replace(owner, words=framework.owner),)),
        Fact(words["year"], _text(framework.year)),
        desk.fact(words["where"], "countries", framework.countries),
    )
    return FrameworkView(
        frame=_frame(framework, desk, facts),
        scope=desk.pen.block(framework.scope),
        principles=tuple(desk.card(id) for id in framework.principles if id in desk.kb.records),
        steps=framework.steps,
    )


def _principle(principle: Principle, desk: Desk) -> PrincipleView:
    words = desk.words["principle"]
    framework = desk.frameworks.get(principle.id)
    facts: list[Fact] = []
    if framework:
        at = framework.principles.index(principle.id) + 1
        facts.append(Fact(words["framework"], (desk.anchor(framework.id),)))
        facts.append(Fact(words["number"], _text(words["number_of"].format(n=at, total=len(framework.principles)))))
    facts.append(desk.fact(words["themes"], "themes", principle.themes))
    matches = tuple(_matches(principle, desk))
    matched = {row.principle for row in matches}
    return PrincipleView(
        frame=_frame(principle, desk, facts),
        statement=desk.pen.block(principle.statement),
        do=principle.in_practice.do,
        avoid=principle.in_practice.avoid,
        questions=principle.questions,
        matches=matches,
        same_theme=tuple(one for one in _same_theme(principle, desk) if one not in matched),
    )


def _matches(principle: Principle, desk: Desk) -> Iterator[MatchRow]:
    """The matches that this principle names, and those that name it, turned round."""
    for match in principle.matches:
        yield _match_row(match.target, match.match, match.why, desk)
    for id, match in desk.matched_by.get(principle.id, ()):
        yield _match_row(id, _INVERSE.get(match.match, match.match), match.why, desk)


def _match_row(id: str, match: str, why: str, desk: Desk) -> MatchRow:
    return MatchRow(desk.anchor(id), _framework_anchor(id, desk), desk.words["match"][match], why)


def _same_theme(principle: Principle, desk: Desk) -> Iterator[Anchor]:
    """Principles of other frameworks under the same themes; where they are many, the themes, which list them all."""
    home = desk.frameworks.get(principle.id)
    bearers = [desk.bearers.get(("themes", theme), ()) for theme in principle.themes]
    if max(map(len, bearers), default=0) > _MANY or len(sharing := {*chain(*bearers)}) > _MANY:
        yield from (desk.value_anchor("themes", theme) for theme in principle.themes)
    else:
        others = (id for id in sharing if desk.frameworks.get(id) is not home)
        yield from sorted(desk.anchors(others), key=lambda one: (sort_title(one.words), one.address))


def _outcome(outcome: Outcome, desk: Desk) -> OutcomeView:
    return OutcomeView(
        frame=_frame(outcome, desk, ()),
        definition=desk.pen.block(outcome.definition),
        supports=tuple(desk.finding(finding) for finding in outcome.supports),
        does_not_support=tuple(desk.finding(finding) for finding in outcome.does_not_support),
    )


def _term(term: Term, desk: Desk) -> TermView:
    return TermView(
        frame=_frame(term, desk, ()),
        definition=desk.pen.block(term.definition),
        synonyms=", ".join(term.synonyms),
        not_same_as=tuple(Distinction(desk.anchor(other.id), other.why) for other in term.not_same_as),
    )


def _pathway(pathway: Pathway, desk: Desk) -> PathwayView:
    words, total = desk.words["pathway"], desk.words.count("minutes", pathway.minutes)
    facts = (
        Fact(words["total"], _text(total)),
        Fact(words["level"], _text(desk.words["level"][pathway.level])),
        desk.fact(words["audiences"], "audiences", pathway.audiences),
    )
    longest = max(step.minutes for step in pathway.steps)
    return PathwayView(
        frame=_frame(pathway, desk, facts),
        objectives=pathway.objectives,
        prerequisites=desk.anchors(pathway.prerequisites),
        total=total,
        steps=tuple(_step(number, step, longest, desk) for number, step in enumerate(pathway.steps, start=1)),
    )


def _step(number: int, step: Step, longest: int, desk: Desk) -> StepView:
    return StepView(
        number=number,
        title=_step_title(step, desk),
        kind=desk.kind_of(step.item) if step.item else "",
        minutes=desk.words.count("minutes", step.minutes),
        share=round(100 * step.minutes / longest),
        mode=desk.words["mode"][step.mode],
        task=desk.pen.block(step.task),
        facilitator=desk.pen.block(step.facilitator) if step.facilitator else NOTHING,
    )


def _step_title(step: Step, desk: Desk) -> Anchor:
    if step.title or not step.item:
        return Anchor(step.title, desk.address(step.item) if step.item else "")
    return desk.anchor(step.item)


def _organisation(organisation: Organisation, desk: Desk) -> OrganisationView:
    words = desk.words["organisation"]
    site = Anchor(_host(organisation.url), organisation.url) if organisation.url else Anchor(words["site_unknown"])
    facts = (
        Fact(words["type"], _text(organisation.type)),
        desk.fact(words["where"], "countries", organisation.countries),
        Fact(words["site"], (site,)),
    )
    return OrganisationView(
        frame=_frame(organisation, desk, facts),
        role=desk.pen.block(organisation.role),
        opening=_opening(organisation.url or "", desk),
    )


# --- works ----------------------------------------------------------------------------------------
def reference_view(work: Reference, desk: Desk) -> ReferenceView:
    """What the page of a work shows."""
    words = desk.words["reference"]
    facts = (
        Fact(words["type"], _text(desk.words.name("reference_type", work.type))),
        Fact(words["year"], _text(str(work.year) if work.year else words["no_year"])),
        desk.fact(words["topics"], "topics", work.keywords),
        Fact(words["unchecked"], _text(desk.unchecked(work) or words["all_checked"])),
        Fact(words["seen"], _text(work.seen)),
    )
    return ReferenceView(
        frame=_reference_frame(work, desk, facts),
        entry=desk.entry(work),
        in_text=desk.cite(work.key),
        opening=_opening(work.address, desk),
        summary=desk.pen.block(work.annotation) if work.annotation else NOTHING,
        summary_unchecked="annotation" in work.unchecked,
        unchecked=desk.unchecked(work),
        bibtex=work.raw,
    )


def _reference_frame(work: Reference, desk: Desk, facts: tuple[Fact, ...]) -> Frame:
    address = desk.address(work.key)
    return Frame(
        id=work.key,
        kind=desk.words["kind"]["reference"],
        kinds=Anchor(desk.words["kinds"]["reference"], "/references/"),
        title=work.full_title,
        tongue=desk.tongue(work.key),
        lead=Markup.escape(style.author_date(work, desk.suffixes.get(work.key, ""))),
        permalink=desk.permalink(address),
        facts=tuple(fact for fact in facts if fact.values),
        story=_story(work.key, "references", desk),
        notice=None,
        cite_page=NOTHING,
        not_checked=(),
        related=tuple(desk.card(key, work.relatedstring) for key in work.related if key in desk.kb.references),
        backlinks=desk.groups(work.key),
        upkeep=Upkeep("", "", ""),
        previous=None,
        next=None,
    )
