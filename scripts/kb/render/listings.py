"""Lists to views: one for each kind, one for each value of a vocabulary, the home page and the way to all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby

from markupsafe import Markup

from kb.model import KINDS, Case, Framework, Principle, Record, Resource, Vocabulary, VocabularyValue
from kb.render import references as style
from kb.render.desk import Desk, letter, letter_id, sort_title
from kb.render.views import (
    Anchor,
    Card,
    Crosswalk,
    CrosswalkRow,
    DoorView,
    EditorsView,
    Fact,
    Group,
    HomeView,
    LetterGroup,
    ListingView,
    NumberView,
)

NEWEST = 6
"""How many records the home page shows as new."""


def kind_listing(kind: type[Record], desk: Desk) -> ListingView:
    """All records of a kind."""
    name = kind.kind
    groups = _groups(kind, desk)
    return ListingView(
        title=_title(f"{kind.folder}/index.md", desk.words["kinds"][name], desk),
        kind=name,
        lead=_lead(f"{kind.folder}/index.md", desk),
        crumbs=(),
        jumps=tuple(Anchor(group.label, f"#{group.id}") for group in groups if group.id and group.label),
        groups=groups,
        crosswalk=crosswalk(desk) if kind is Framework else None,
        browse=_browse(name, desk),
    )


def _title(path: str, default: str, desk: Desk) -> str:
    page = desk.kb.prose.get(path)
    return page.meta.title if page and page.meta.title else default


def _lead(path: str, desk: Desk) -> Markup:
    page = desk.kb.prose.get(path)
    return desk.pen.text(page.body, path.rpartition("/")[0]).html if page else Markup("")


def _groups(kind: type[Record], desk: Desk) -> tuple[Group, ...]:
    ids = desk.order[kind.kind]
    if kind is Principle:
        groups = tuple(_by_framework(desk))
    elif kind.kind == "term":
        groups = tuple(
            Group(first, tuple(desk.card(id) for id in those), letter_id(first))
            for first, those in groupby(ids, key=lambda id: letter(desk.title(id)))
        )
    else:
        groups = (Group("", tuple(desk.card(id) for id in ids)),) if ids else ()
    if gone := desk.ids[kind.kind, False]:
        groups += (Group(desk.words["listing"]["retired"], tuple(desk.card(id) for id in gone), "retired"),)
    return groups


def _by_framework(desk: Desk) -> Iterator[Group]:
    for framework in desk.of_kind("framework"):
        if isinstance(framework, Framework):
            cards = tuple(desk.card(id) for id in framework.principles if id in desk.kb.records)
            yield Group(framework.title, cards, framework.id)


def _browse(kind: str, desk: Desk) -> tuple[Fact, ...]:
    """The values of each vocabulary that records of this kind bear."""
    return tuple(
        Fact(vocabulary.title, tuple(_value_link(vocabulary, value, bearers) for value, bearers in used))
        for vocabulary in desk.kb.vocabularies.values()
        if (used := [(value, n) for value in vocabulary.values if (n := _number(vocabulary, value, desk, kind))])
    )


def _value_link(vocabulary: Vocabulary, value: VocabularyValue, n: int) -> Anchor:
    return Anchor(f"{value.label} ({n})", f"/{vocabulary.id}/{value.id}/")


def _number(vocabulary: Vocabulary, value: VocabularyValue, desk: Desk, kind: str = "") -> int:
    return desk.counts.get((vocabulary.id, value.id, kind), 0)


def crosswalk(desk: Desk) -> Crosswalk | None:
    """The frameworks side by side: their principles by theme."""
    themes = desk.vocabulary("themes")
    frameworks = [one for one in desk.of_kind("framework") if isinstance(one, Framework)]
    if themes is None or not frameworks:
        return None
    rows = tuple(
        CrosswalkRow(
            desk.value_anchor("themes", theme.id),
            tuple(tuple(_under(theme.id, framework, desk)) for framework in frameworks),
        )
        for theme in themes.values
    )
    return Crosswalk(tuple(Anchor(one.short_title, desk.address(one.id)) for one in frameworks), rows)


def _under(theme: str, framework: Framework, desk: Desk) -> Iterator[Anchor]:
    for id in framework.principles:
        principle = desk.kb.records.get(id)
        if isinstance(principle, Principle) and theme in principle.themes:
            yield desk.anchor(id)


def references_listing(desk: Desk) -> ListingView:
    """The whole bibliography, by the letter it is sorted under."""
    works = sorted(desk.kb.references.values(), key=style.sort_key)
    letters = tuple(
        LetterGroup(
            first,
            letter_id(first),
            tuple((desk.entry(work), desk.author_date(work), desk.address(work.key)) for work in those),
        )
        for first, those in groupby(works, key=lambda work: letter(style.plain_sort_key(work)))
    )
    return ListingView(
        title=_title("references/index.md", desk.words["kinds"]["reference"], desk),
        kind="reference",
        lead=_lead("references/index.md", desk),
        crumbs=(),
        jumps=tuple(Anchor(one.letter, f"#{one.id}") for one in letters),
        groups=(),
        references=letters,
    )


def vocabulary_listing(vocabulary: Vocabulary, desk: Desk) -> ListingView:
    """All values of a vocabulary with their definitions."""
    cards = tuple(
        Card("", value.label, f"/{vocabulary.id}/{value.id}/", value.definition,
             (desk.words.count("entries", _number(vocabulary, value, desk)),))
        for value in vocabulary.values
    )  # fmt: skip
    cited = Markup(" ").join(desk.citation(source) for source in vocabulary.sources)
    return ListingView(
        title=vocabulary.title,
        kind="",
        lead=Markup("<p>{} {}</p>").format(vocabulary.definition, cited),
        crumbs=(_explore(desk),),
        jumps=(),
        groups=(Group("", cards),),
    )


def value_listing(vocabulary: Vocabulary, value: VocabularyValue, desk: Desk) -> ListingView:
    """Everything that bears a value, by kind."""
    bearers = desk.bearers.get((vocabulary.id, value.id), ())
    groups = tuple(_by_kind(bearers, desk))
    return ListingView(
        title=value.label,
        kind="",
        lead=Markup("<p>{}</p>").format(value.definition),
        crumbs=(_explore(desk), Anchor(vocabulary.title, f"/{vocabulary.id}/")),
        jumps=tuple(Anchor(f"{group.label} ({len(group.cards)})", f"#{group.id}") for group in groups),
        groups=groups,
    )


def _explore(desk: Desk) -> Anchor:
    return Anchor(desk.words["explore"]["title"], "/explore/")


def _by_kind(ids: tuple[str, ...], desk: Desk) -> Iterator[Group]:
    folders = {kind.kind: kind.folder for kind in KINDS} | {"reference": "references"}
    parted: dict[str, list[str]] = {}
    for id in ids:
        parted.setdefault(desk.name_of_kind(id), []).append(id)
    for kind in ("pathway", "case", "principle", "resource", "framework", "organisation", "reference"):
        if kind in parted:
            cards = sorted(map(desk.card, parted[kind]), key=lambda card: sort_title(card.title))
            yield Group(desk.words["kinds"][kind], tuple(cards), folders[kind])


def explore(desk: Desk) -> ListingView:
    """The way to every list."""
    words = desk.words
    kinds = [
        Anchor(f"{words['kinds'][kind.kind]} ({len(desk.ids[kind.kind, True])})", f"/{kind.folder}/") for kind in KINDS
    ]
    kinds.append(Anchor(f"{words['kinds']['reference']} ({len(desk.kb.references)})", "/references/"))
    vocabularies = tuple(
        Fact(vocabulary.title, tuple(_value_link(vocabulary, value, n) for value, n in used))
        for vocabulary in desk.kb.vocabularies.values()
        if (used := [(value, n) for value in vocabulary.values if (n := _number(vocabulary, value, desk))])
    )
    return ListingView(
        title=words["explore"]["title"],
        kind="",
        lead=Markup("<p>{}</p>").format(words["explore"]["lead"]),
        crumbs=(),
        jumps=(),
        groups=(),
        browse=(Fact(words["explore"]["by_kind"], tuple(kinds)), *vocabularies),
    )


def home(desk: Desk) -> HomeView:
    """The home page."""
    page = desk.kb.prose.get("index.md")
    words = desk.words
    doors = page.meta.start_here if page else ()
    return HomeView(
        title=page.meta.title if page and page.meta.title else desk.site,
        lead=desk.pen.block(page.body) if page else Markup(""),
        doors=tuple(DoorView(door.who, desk.place_name(door.to), desk.address(door.to), door.why) for door in doors),
        numbers=tuple(_numbers(desk)),
        new=tuple(desk.card(record.id, words.day(record.added)) for record in _newest(desk)),
        browse=tuple(
            Anchor(words["kinds"][kind.kind], f"/{kind.folder}/") for kind in KINDS if desk.ids[kind.kind, True]
        ),
    )


def _numbers(desk: Desk) -> Iterator[NumberView]:
    words = desk.words["home"]
    cases = [one for one in desk.of_kind("case") if isinstance(one, Case)]
    works = desk.kb.references.values()
    counts: Mapping[str, tuple[int, int]] = {
        "cases": (sum(1 for case in cases if not isinstance(case.what_did_not_work, str)), len(cases)),
        "compared": (sum(1 for case in cases if case.evidence.strength == "tested"), len(cases)),
        "unchecked": (sum(1 for work in works if work.unchecked), len(works)),
    }
    for name, (n, total) in counts.items():
        if total:
            yield NumberView(n, words[name].format(n=n, total=total), words[f"{name}_why"])


SCARCE = 2
"""Up to how many entries a value of a vocabulary counts as seldom covered."""


def editors(desk: Desk) -> EditorsView:
    """Gaps as numbers, for those who look after the knowledge base."""
    records = [one for one in desk.kb.records.values() if one.status == "published"]
    cases = [one for one in records if isinstance(one, Case)]
    resources = [one for one in records if isinstance(one, Resource)]
    works = desk.kb.references.values()
    counts = {
        "unreviewed": (sum(one.reviewed is None for one in records), len(records)),
        "no_failure": (sum(isinstance(one.what_did_not_work, str) for one in cases), len(cases)),
        "no_archive": (sum(one.archive is None for one in resources), len(resources)),
        "no_welsh": (sum(one.language != "cy" for one in resources), len(resources)),
        "unchecked": (sum(bool(one.unchecked) for one in works), len(works)),
    }
    words = desk.words["editors"]
    return EditorsView(
        title=words["title"],
        missing=tuple(words[name].format(n=n, total=total) for name, (n, total) in counts.items() if n),
        scarce=tuple(
            Fact(one.title, scarce)
            for name in ("topics", "settings", "audiences", "countries")
            if (one := desk.vocabulary(name)) and (scarce := tuple(_scarce(one, desk)))
        ),
    )


def _scarce(vocabulary: Vocabulary, desk: Desk) -> Iterator[Anchor]:
    for value in vocabulary.values:
        n = _number(vocabulary, value, desk)
        if n <= SCARCE:
            yield _value_link(vocabulary, value, n)


def _newest(desk: Desk) -> list[Record]:
    """The records added last, of every kind in turn, so that one large batch does not show one kind alone."""
    shown = [desk.of_kind(kind) for kind in ("pathway", "case", "resource", "framework", "outcome", "term")]
    ranked = [
        (record.added, -rank, -order, record)
        for order, records in enumerate(shown)
        for rank, record in enumerate(sorted(records, key=_added, reverse=True))
    ]
    return [record for *_, record in sorted(ranked, key=lambda one: one[:3], reverse=True)[:NEWEST]]


def _added(record: Record) -> date:
    return record.added
