"""What a search may know of each page: taken from the model's own values, never from finished HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kb.knowledge import Prose
from kb.literature import Name, Reference
from kb.model import (
    Case,
    Framework,
    Markdown,
    Record,
    RecordId,
    RecordOrCitation,
    Resource,
    Term,
    ValueOf,
)
from kb.pages import Entry, Facet, page_address
from kb.render import exports
from kb.render.apa.makers import makers, short
from kb.render.desk import Desk, sort_title
from kb.source import Mention

_VOCABULARIES = {
    "topic": "topics",
    "setting": "settings",
    "audience": "audiences",
    "type": "resource-types",
    "evidence": "evidence-strengths",
    "study": "evidence-kinds",
    "phase": "phases",
    "level": "levels",
    "country": "countries",
}
"""Facets that are vocabularies: their names in addresses, and the vocabulary of each."""
_ORDER = (
    *("kind", "topic", "setting", "principle", "audience", "type", "evidence", "study", "outcome"),
    *("phase", "level", "country", "year", "language", "cost", "access"),
)
_HELD = {"shown", "partly"}
"""How far a case must show a principle to be found by it."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ISBN = re.compile(r"\d{13}|\d{9}[\dXx]")
_ELSEWHERE = {"id", "was", "title", "summary", "hidden", "synonyms", "status", "superseded_by", "sources", "waive"}
"""Fields that have a place of their own in an entry, or none."""

Facets = Mapping[str, tuple[str, ...]]


# --- facets ---------------------------------------------------------------------------------------------
def facets(entries: Iterable[Entry], desk: Desk) -> tuple[Facet, ...]:
    """The ways to narrow a list of the entries, with the values that one of them bears, in their own order."""
    borne: dict[str, dict[str, None]] = {name: {} for name in _ORDER}
    for entry in entries:
        for name, ids in entry.facets.items() if not entry.note else ():
            borne[name].update(dict.fromkeys(ids))
    labels = _labels(desk) | {"year": {year: year for year in sorted(borne["year"], reverse=True)}}
    found = []
    for name, those in borne.items():
        known = [(id, label) for id, label in labels[name].items() if id in those]
        unnamed = [(id, id) for id in sorted(those) if id not in labels[name]]
        if those:
            found.append(Facet(name, desk.words["facet"][name], (*known, *unnamed)))
    return tuple(found)


def _labels(desk: Desk) -> dict[str, Mapping[str, str]]:
    """What readers see of the values of each facet, in order."""
    words = desk.words
    values = {name: desk.vocabulary(vocabulary) for name, vocabulary in _VOCABULARIES.items()}
    return {
        **{name: {one.id: one.label for one in list.values} if list else {} for name, list in values.items()},
        "kind": words["kinds"],
        "principle": {id: f"{desk.title(id)} ({home.short_title})" for id, home in desk.frameworks.items()},
        "outcome": {one.id: one.title for one in desk.of_kind("outcome")},
        "language": words["language_name"],
        "cost": words["cost"],
        "access": words["sign_in"],
    }


def _record_facets(record: Record, desk: Desk) -> Facets:
    mentions = desk.kb.mentions[record.id]
    borne = {name: _values(vocabulary, mentions) for name, vocabulary in _VOCABULARIES.items()}
    year = _year(record, desk)
    return {
        "kind": (record.kind,),
        **borne,
        "principle": _principles(record),
        "outcome": record.outcomes if isinstance(record, Case | Resource) else (),
        "year": (str(year),) if year else (),
        **(_terms_of(record) if isinstance(record, Resource) else _written_here(desk)),
    }


def _values(vocabulary: str, mentions: Iterable[Mention]) -> tuple[str, ...]:
    """The values of a vocabulary that are mentioned, each once."""
    found = (one.text for one in mentions if isinstance(one.role, ValueOf) and one.role.vocabulary == vocabulary)
    return tuple(dict.fromkeys(found))


def _principles(record: Record) -> tuple[str, ...]:
    match record:
        case Case():
            return tuple(one.principle for one in record.principles if one.degree in _HELD)
        case Resource():
            return record.principles
        case _:
            return ()


def _terms_of(resource: Resource) -> Facets:
    return {"language": (resource.language,), "cost": (resource.cost,), "access": (resource.sign_in,)}


def _written_here(desk: Desk) -> Facets:
    """What was written for this site is in its language, costs nothing and asks for no account."""
    return {"language": (desk.words["language"],), "cost": ("free",), "access": ("not needed",)}


def _year(record: Record, desk: Desk) -> int | None:
    """The year of a record; the first that is named where it is told in words."""
    match record:
        case Resource():
            return desk.year(record)
        case Case() | Framework():
            named = _YEAR.search(record.years if isinstance(record, Case) else record.year)
            return int(named[0]) if named else None
        case _:
            return None


# --- entries --------------------------------------------------------------------------------------------
def of_record(record: Record, desk: Desk) -> tuple[Entry, str]:
    """The entry of a record's page, and the words by which it is found besides."""
    said = _said(record, desk)
    entry = Entry(
        id=record.id,
        kind=record.kind,
        title=desk.record_title(record),
        sorted_as=sort_title(desk.record_title(record)),
        sentence=desk.pen.plain(record.summary),
        citation=exports.of_record(record, desk),
        by=desk.frameworks[record.id].short_title if record.id in desk.frameworks else "",
        year=_year(record, desk),
        note=_note(record, desk),
        identifiers=(record.id, *record.was),
        names=(*record.hidden, *(record.synonyms if isinstance(record, Term) else ())),
        stands_for=isinstance(record, Term),
        people=tuple(said.people),
        labels=tuple(said.labels),
        facets=_record_facets(record, desk),
        tongue=desk.tongue(record.id),
    )
    work = desk.kb.references.get(record.cite or "") if isinstance(record, Resource) else None
    words = " ".join((*said.texts, _story(f"{record.folder}/{record.id}.md", desk)))
    return (_about(entry, work, desk) if work else entry), words


def _about(entry: Entry, work: Reference, desk: Desk) -> Entry:
    """An entry that describes a work, with what is known of the work."""
    return replace(
        entry,
        by=short(makers(work)),
        citation=exports.of_work(work, entry.id, entry.kind, desk),
        identifiers=(*entry.identifiers, work.key, *work.ids, *_numbers(work)),
        people=(*entry.people, *_people(work)),
    )


def of_work(work: Reference, desk: Desk) -> tuple[Entry, str]:
    """The entry of a work's own page, and the words by which it is found besides."""
    topics = [desk.value("topics", topic).label for topic in work.keywords]
    entry = Entry(
        id=work.key,
        kind="reference",
        title=work.full_title,
        sorted_as=sort_title(work.full_title),
        sentence=desk.pen.plain(work.annotation),
        citation=exports.of_work(work, work.key, "reference", desk),
        year=work.year,
        labels=tuple(topics),
        facets={
            "kind": ("reference",),
            "topic": work.keywords,
            "year": (str(work.year),) if work.year else (),
        },
        tongue=desk.tongue(work.key),
    )
    return _about(entry, work, desk), _story(f"references/{work.key}.md", desk)


def of_page(page: Prose, desk: Desk) -> tuple[Entry, str]:
    """The entry of a page that people wrote, and its words."""
    title = page.meta.title or page.path
    entry = _of_page("page", page_address(page.path), title, page.meta.description, page, desk)
    return entry, desk.pen.plain(page.body)


def of_list(address: str, title: str, sentence: str, desk: Desk) -> Entry:
    """The entry of a list: its name and what is in it, not the names of its members."""
    return _of_page("list", address, title, sentence, desk.kb.prose.get(f"{address.strip('/')}/index.md"), desk)


def _of_page(kind: str, address: str, title: str, sentence: str, written: Prose | None, desk: Desk) -> Entry:
    return Entry(
        id=address,
        kind=kind,
        title=title,
        sorted_as=sort_title(title),
        sentence=sentence,
        citation=exports.of_page(address, title, desk),
        identifiers=(address, *(written.meta.was if written else ())),
        names=written.meta.hidden if written else (),
        facets={"kind": (kind,), **_written_here(desk)},
    )


def _note(record: Record, desk: Desk) -> str:
    words = desk.words["record"]
    match record.status:
        case "retired":
            return f"{words['retired']} {record.retired_because}"
        case "superseded":
            return f"{words['superseded']} {words['superseded_by']} {desk.title(record.superseded_by or '')}"
        case _:
            return ""


def _numbers(work: Reference) -> Iterator[str]:
    """The DOI of a work, and its ISBNs without hyphens."""
    if work.doi:
        yield work.doi
    yield from _ISBN.findall(re.sub(r"[-\u2010-\u2013 ]", "", work.isbn))


def _people(work: Reference) -> Iterator[str]:
    """Who made a work, and where it stands."""
    for name in (*work.author.names, *work.editor.names):
        yield _full_name(name)
    yield from filter(None, (work.publisher, work.institution, work.organization, work.journaltitle, work.booktitle))


def _full_name(name: Name) -> str:
    return " ".join(filter(None, (name.given, name.particle, name.family, name.suffix)))


def _story(path: str, desk: Desk) -> str:
    page = desk.kb.prose.get(path)
    return desk.pen.plain(page.body) if page else ""


# --- the words of a record --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Said:
    """The texts of a record by what they are: names of people and bodies, words of closed lists, and the rest."""

    people: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def _said(record: Record, desk: Desk) -> _Said:
    """Every text of a record that has no place of its own in an entry."""
    said = _Said()
    mentions = {mention.route: mention for mention in desk.kb.mentions[record.id]}
    for route, text in _texts(record.model_dump(exclude=_ELSEWHERE), ()):
        role = mentions[route].role if route in mentions else None
        match role:
            case ValueOf(vocabulary):
                said.labels.append(desk.value(vocabulary, text).label)
            case Markdown():
                said.texts.append(desk.pen.plain(text))
            case RecordId(kinds) if text in desk.kb.records:
                (said.people if kinds == ("organisation",) else said.texts).append(desk.title(text))
            case RecordOrCitation():
                said.texts.append(desk.title(text))
            case None:
                said.texts.append(text)
            case _:
                pass
    return said


def _texts(value: object, route: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in nested mappings and sequences, with the way to it."""
    if isinstance(value, str):
        yield route, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*route, key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*route, number))
