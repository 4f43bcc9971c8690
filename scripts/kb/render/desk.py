"""What every page is written with: the knowledge base, the words, the pen, and who leads to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TypeVar
from unicodedata import combining, normalize
from urllib.parse import quote

from markupsafe import Markup

from kb import markup
from kb.knowledge import KnowledgeBase
from kb.literature import Reference
from kb.model import (
    KINDS,
    Case,
    Finding,
    Framework,
    Organisation,
    Pathway,
    Principle,
    PrincipleMatch,
    Record,
    Resource,
    SourceRef,
    ValueOf,
    Vocabulary,
    VocabularyValue,
)
from kb.pages import Tongue, page_address
from kb.render import references as style
from kb.render.graph import Backlink, backlinks
from kb.render.ledger import Ledger
from kb.render.text import Pen
from kb.render.tongues import tongue
from kb.render.views import Anchor, Card, Fact, Group, Meaning
from kb.render.words import Words

K = TypeVar("K")
V = TypeVar("V")

_BRIEF = {"see_also", "cited_by", "mentioned_in"}
"""Backlinks that are shown as names alone, for there may be many."""


def _derived(make: Callable[[Desk], Mapping[K, V]]) -> cached_property[Mapping[K, V]]:
    """What is worked out of everything, once. Pages depend on the answers that they get from it, not on everything."""

    def watched(desk: Desk) -> Mapping[K, V]:
        with desk.ledger.aside():
            return desk.ledger.watched(make.__name__, make(desk))

    watched.__doc__ = make.__doc__
    return cached_property(watched)


@dataclass(frozen=True)
class Desk:
    """The knowledge base and everything derived from it that more than one page needs.

    `site` is the name of the site, `base` its address with a last slash, empty if it is not known. `ledger` notes
    what each page asks: pages ask `kb` and what is `_derived`; `everything` is for what belongs to no page.
    """

    everything: KnowledgeBase
    words: Words
    site: str
    base: str
    ledger: Ledger = field(default_factory=Ledger)

    @cached_property
    def kb(self) -> KnowledgeBase:
        """The knowledge base as pages ask it."""
        named = {one.name: getattr(self.everything, one.name) for one in fields(self.everything)}
        memory = replace(self.everything.memory, lines=self.ledger.watched("memory", named.pop("memory").lines))
        marks = named.pop("marks")
        watched = {name: self.ledger.watched(name, value, marks.get(name, {})) for name, value in named.items()}
        return KnowledgeBase(**watched, memory=memory)

    def derive(self, name: str) -> None:
        """Work out what pages can ask under a name."""
        getattr(self.kb if hasattr(self.kb, name) else self, name)

    # --- addresses and names -----------------------------------------------------------------------
    def address(self, id: str) -> str:
        """The address of a record, a work or a page; an address that begins with a slash is its own."""
        if id.startswith("/"):
            return id
        if (record := self.kb.records.get(id)) is not None:
            return f"/{record.folder}/{id}/"
        if id in self.kb.references:
            return f"/references/{quote(id)}/"
        return page_address(id)

    def permalink(self, address: str) -> str:
        """An address as people give it out."""
        return self.base + address.lstrip("/") if self.base else address

    def title(self, id: str) -> str:
        """The name of a record, a work or a page."""
        if (record := self.kb.records.get(id)) is not None:
            return self.record_title(record)
        if (work := self.kb.references.get(id)) is not None:
            return work.full_title
        return self.kb.prose[id].meta.title if id in self.kb.prose else id

    def record_title(self, record: Record) -> str:
        """A record's own title, or that of the work it cites."""
        cited = record.cite if isinstance(record, Resource) else None
        work = self.kb.references.get(cited) if cited else None
        return record.title or (work.full_title if work else record.id)

    def tongue(self, id: str) -> Tongue:
        """The language of the name of a record or a work, where it is not that of the site."""
        record, work = self.kb.records.get(id), self.kb.references.get(id)
        if isinstance(record, Resource) and record.cite and not record.title:
            work = self.kb.references.get(record.cite)
        own = record.language if isinstance(record, Resource | Organisation) else None
        return tongue((work.language if work else "") or own or "", self.words["language"])

    def anchor(self, id: str) -> Anchor:
        """A link to a record or a work."""
        return Anchor(self.title(id), self.address(id), self.tongue(id))

    def anchors(self, ids: Iterable[str]) -> tuple[Anchor, ...]:
        """Links to records or works."""
        return tuple(self.anchor(id) for id in ids)

    # --- text --------------------------------------------------------------------------------------
    @cached_property
    def pen(self) -> Pen:
        """Converts the Markdown texts of this knowledge base."""
        return Pen(self._addresses, self.cite, self._terms, self.words["site"]["table"], self.ledger.recall)

    @_derived
    def _addresses(self) -> Mapping[str, str]:
        return {id: self.address(id) for id in [*self.kb.records, *self.kb.references]}

    @_derived
    def _terms(self) -> Mapping[str, str]:
        names: dict[str, str] = {}
        for record in self.kb.records.values():
            if record.kind == "term" and record.status == "published":
                for name in (record.title, *getattr(record, "synonyms", ())):
                    bare = name.partition(" (")[0]
                    names.setdefault(bare if bare.isupper() else bare.lower(), record.id)
        return {name: id for name, id in names.items() if len(name) > 2}

    def cite(self, key: str, at: str = "") -> str:
        """The words of a citation; the key itself where the work is not known."""
        work = self.kb.references.get(key)
        return style.citation(work, at, self.suffixes.get(key, "")) if work else f"({key})"

    def citation(self, source: SourceRef) -> Markup:
        """A citation to be numbered on its page."""
        return Markup('<a class="cite" href="cite:{}">{}</a>').format(source.cite, self.cite(source.cite, source.at))

    def finding(self, finding: Finding) -> Markup:
        """A finding with the citations of those of its sources that its text does not cite itself."""
        cited = {link.target for link in markup.links(finding.text) if link.kind == "citation"}
        marks = [self.citation(source) for source in finding.sources if source.cite not in cited]
        return Markup(" ").join([self.pen.line(finding.text), *marks])

    # --- literature --------------------------------------------------------------------------------
    @_derived
    def suffixes(self) -> Mapping[str, str]:
        """The letter that tells works of one author and year apart; worked out again only where a work changed."""
        return self.ledger.recall("suffixes", lambda: style.disambiguate(tuple(self.kb.references.values())))

    def entry(self, work: Reference) -> Markup:
        """A work in full, formatted once."""
        return self.ledger.recall(("entry", work.key), lambda: self._entry(self.kb.references[work.key]))

    def _entry(self, work: Reference) -> Markup:
        return style.bibliography_entry(work, self.suffixes.get(work.key, ""), self.tongue(work.key))

    def author_date(self, work: Reference) -> str:
        """A work as a sentence names it, such as `Boyle & Harris (2009)`."""
        return style.author_date(work, self.suffixes.get(work.key, ""))

    def unchecked(self, work: Reference) -> str:
        """The fields of a work that were not seen in a source, in words."""
        return ", ".join(self.words.name("field", name) for name in work.unchecked)

    # --- vocabularies --------------------------------------------------------------------------------
    def value(self, vocabulary: str, id: str) -> VocabularyValue:
        """A value of a vocabulary."""
        return self._values[vocabulary, id]

    @_derived
    def _values(self) -> Mapping[tuple[str, str], VocabularyValue]:
        return {(name, value.id): value for name, list in self.kb.vocabularies.items() for value in list.values}

    def fact(self, label: str, vocabulary: str, ids: Iterable[str]) -> Fact:
        """A line of facts with values of a vocabulary, each leading to its list."""
        return Fact(label, tuple(self.value_anchor(vocabulary, id) for id in ids))

    def value_anchor(self, vocabulary: str, id: str) -> Anchor:
        """A link to the list of what bears a value."""
        return Anchor(self.value(vocabulary, id).label, f"/{vocabulary}/{id}/")

    def meaning(self, vocabulary: str, id: str) -> Meaning:
        """A value with its definition."""
        value = self.value(vocabulary, id)
        return Meaning(value.label, f"/{vocabulary}/{id}/", value.definition)

    def vocabulary(self, name: str) -> Vocabulary | None:
        """A vocabulary by its id."""
        return self.kb.vocabularies.get(name)

    @_derived
    def newest(self) -> Mapping[str, str]:
        """The day on which a record was last added or read again: pages that show many records change with it."""
        return {"": max((changed(record) for record in self.kb.records.values()), default="")}

    # --- cards ----------------------------------------------------------------------------------------
    @_derived
    def backlinks(self) -> Mapping[str, tuple[Backlink, ...]]:
        """What leads to each record and work."""
        return backlinks(self.kb)

    @_derived
    def frameworks(self) -> Mapping[str, Framework]:
        """The framework that each principle belongs to."""
        return {
            principle: record
            for record in self.kb.records.values()
            if isinstance(record, Framework)
            for principle in record.principles
        }

    def of_kind(self, kind: str) -> tuple[Record, ...]:
        """The published records of a kind, in the order in which they were written."""
        return tuple(self.kb.records[id] for id in self.ids[kind, True])

    @_derived
    def ids(self) -> Mapping[tuple[str, bool], tuple[str, ...]]:
        """The ids of the records of each kind that are published, and of those that are not."""
        found: dict[tuple[str, bool], list[str]] = {(kind.kind, told): [] for kind in KINDS for told in (True, False)}
        for record in self.kb.records.values():
            found[record.kind, record.status == "published"].append(record.id)
        return {sort: tuple(those) for sort, those in found.items()}

    @_derived
    def order(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the published records of each kind as its list shows them: by title."""
        return {
            kind.kind: tuple(
                one.id
                for one in sorted(self.of_kind(kind.kind), key=lambda one: sort_title(self.record_title(one)))
            )
            for kind in KINDS
        }  # fmt: skip

    @_derived
    def neighbours(self) -> Mapping[str, tuple[str, str]]:
        """What comes before and after each record, empty if nothing: in its framework, else in the list of its kind."""
        rows = [self.order[kind.kind] for kind in KINDS]
        frameworks = (one for one in self.kb.records.values() if isinstance(one, Framework))
        rows += [tuple(id for id in one.principles if id in self.kb.records) for one in frameworks]
        return {
            id: (before, after)
            for row in rows
            for before, id, after in zip(("", *row), row, (*row[1:], ""), strict=False)
        }

    def name_of_kind(self, id: str) -> str:
        """The kind of a record, or `reference` for a work."""
        record = self.kb.records.get(id)
        return record.kind if record else "reference"

    def place_name(self, target: str) -> str:
        """The name of what a target leads to: a record, a work, or a list or page at an address."""
        if not target.startswith("/"):
            return self.title(target)
        name = target.strip("/")
        if name == "explore":
            return str(self.words["explore"]["title"])
        for kind in KINDS:
            if kind.folder == name:
                return str(self.words["kinds"][kind.kind])
        return self.title(f"{name}.md")

    @_derived
    def bearers(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The published records and works that bear each value of each vocabulary."""
        found: dict[tuple[str, str], dict[str, None]] = {}
        for id, record in self.kb.records.items():
            for mention in self.kb.mentions[id] if record.status == "published" else ():
                if isinstance(mention.role, ValueOf):
                    found.setdefault((mention.role.vocabulary, mention.text), {})[id] = None
        for key, work in self.kb.references.items():
            for keyword in work.keywords:
                found.setdefault(("topics", keyword), {})[key] = None
        return {value: tuple(ids) for value, ids in found.items()}

    @_derived
    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many bear each value of each vocabulary: of each kind, and under no kind of all."""
        found: Counter[tuple[str, str, str]] = Counter()
        for value, ids in self.bearers.items():
            found.update((*value, kind) for id in ids for kind in ("", self.name_of_kind(id)))
        return found

    @_derived
    def matched_by(self) -> Mapping[str, tuple[tuple[str, PrincipleMatch], ...]]:
        """The published principles that name each principle as a match, and how."""
        found: dict[str, list[tuple[str, PrincipleMatch]]] = {}
        for other in self.of_kind("principle"):
            for match in other.matches if isinstance(other, Principle) else ():
                found.setdefault(match.target, []).append((other.id, match))
        return {target: tuple(those) for target, those in found.items()}

    def kind_of(self, id: str) -> str:
        """The name of the kind of a record or work."""
        record = self.kb.records.get(id)
        return str(self.words["kind"][record.kind if record else "reference"])

    def card(self, id: str, note: str = "") -> Card:
        """The card of a record, a work or a page."""
        if (record := self.kb.records.get(id)) is not None:
            sentence = self.pen.plain(record.summary)
            return Card(
                self.words["kind"][record.kind],
                self.record_title(record),
                self.address(id),
                sentence,
                tuple(self.card_facts(record)),
                note,
                self.tongue(id),
            )
        if (work := self.kb.references.get(id)) is not None:
            return Card(
                self.words["kind"]["reference"],
                work.full_title,
                self.address(id),
                "",
                (self.author_date(work),),
                note,
                self.tongue(id),
            )
        page = self.kb.prose[id]
        return Card(self.words["kind"]["page"], page.meta.title, self.address(id), page.meta.description, (), note)

    def card_facts(self, record: Record) -> Iterable[str]:
        """Two facts at most, by which a reader tells records of a kind apart."""
        words = self.words
        match record:
            case Case():
                yield self.value("evidence-strengths", record.evidence.strength).label
                yield self._countries(record.countries)
            case Resource():
                yield self.value("resource-types", record.type).label
                if (year := self.year(record)) is not None:
                    yield str(year)
            case Framework():
                yield words.count("principles", len(record.principles))
                yield record.year
            case Principle() if record.id in self.frameworks:
                yield self.frameworks[record.id].title
            case Pathway():
                yield words.count("minutes", record.minutes)
                yield words["level"][record.level]
            case Organisation():
                yield record.type
                yield self._countries(record.countries)
            case _:
                pass

    def _countries(self, ids: Iterable[str]) -> str:
        return ", ".join(self.value("countries", id).label for id in ids)

    def year(self, resource: Resource) -> int | None:
        """The year of a resource, from the work it cites if it cites one."""
        work = self.kb.references.get(resource.cite) if resource.cite else None
        return work.year if work else resource.year

    def groups(self, id: str, besides: Set[str] = frozenset()) -> tuple[Group, ...]:
        """The backlinks of a record or work as cards under headings, without those that are shown `besides`."""
        by_relation: dict[str, list[Card]] = {}
        for back in self.backlinks.get(id, ()):
            if self._shown(back.source) and back.source not in besides:
                by_relation.setdefault(back.relation, []).append(self.card(back.source))
        return tuple(
            Group(
                self.words["backlinks"][relation],
                tuple(sorted(cards, key=lambda card: sort_title(card.title))),
                relation.replace("_", "-"),
                relation in _BRIEF,
            )
            for relation, cards in by_relation.items()
        )

    def _shown(self, source: str) -> bool:
        return source in self.kb.records or (source in self.kb.prose and bool(self.kb.prose[source].meta.title))


def changed(record: Record) -> str:
    """The day on which a record was last read again, or else added."""
    return (record.reviewed or record.added).isoformat()


def sort_title(title: str) -> str:
    """A title as it is sorted: without quotation marks, articles, accents and case."""
    plain = "".join(sign for sign in normalize("NFKD", title) if not combining(sign))
    bare = plain.casefold().lstrip("‘’“”'\"")
    return next((bare.removeprefix(article) for article in ("the ", "a ", "an ") if bare.startswith(article)), bare)


def letter(title: str) -> str:
    """The letter under which a title is sorted; a number sign for those that begin with none."""
    first = next((sign for sign in sort_title(title) if sign.isalnum()), "")
    return first.upper() if first.isalpha() else "#"


def letter_id(letter: str) -> str:
    """The id of the heading of a letter."""
    return "letter-other" if letter == "#" else f"letter-{letter.lower()}"
