"""Rules on the bibliography: what an entry must say, that it is used, and that no work stands twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb import markup
from kb.check.links import unknown_work
from kb.check.rules import Fault, Known
from kb.literature import Reference, normal_address
from kb.model import Citation, LinkTarget, Markdown, RecordOrCitation, WebAddress
from kb.near import nearest
from kb.problem import Place, Related, a, did_you_mean
from kb.source import Cited

_WORD = re.compile(r"\w[\w:.+/-]*\w")
REQUIRED: dict[str, tuple[str, ...]] = {
    "article": ("author", "title", "journaltitle", "date or pubstate"),
    "book": ("author or editor", "title", "date or pubstate"),
    "mvbook": ("author or editor", "title", "date or pubstate"),
    "collection": ("editor", "title", "date or pubstate"),
    "proceedings": ("title", "date or pubstate"),
    "inbook": ("author", "title", "booktitle", "date or pubstate"),
    "incollection": ("author", "title", "booktitle", "date or pubstate"),
    "inproceedings": ("author", "title", "booktitle", "date or pubstate"),
    "thesis": ("author", "title", "institution", "date or pubstate"),
    "unpublished": ("author", "title"),
    "report": ("author or institution", "title"),
    "manual": ("title",),
    "online": ("author or organization", "title", "url or doi"),
}
"""What an entry of each type must have, after the biblatex manual (section 2.1.1); a report or a page on the web
may be without a date, for many are."""


def entries_are_complete(known: Known) -> Iterator[Fault]:
    """An entry of the bibliography has what its type needs.

    Add the field; if nobody knows it, choose the type `online`, `report` or `misc`, which ask for less.
    """
    for cited in known.sources.literature:
        if cited.reference is None:
            continue
        for wanted in REQUIRED.get(cited.reference.type, ("title",)):
            if not any(_has(cited, name) for name in wanted.split(" or ")):
                message = f"{a(cited.reference.type)} needs {wanted}"
                yield Fault(cited.place, message, cited.key, f"Add `{wanted.split(' or ')[0]} = {{…}},` to the entry.")


def _has(cited: Cited, name: str) -> bool:
    """Whether the entry has the field; one that is there but unreadable was reported when it was read."""
    return name in cited.fields or bool(getattr(cited.reference, name, "")) or bool(nearest(name, cited.slipped))


def entries_are_cited(known: Known) -> Iterator[Fault]:
    """Every entry of the bibliography is cited by a record or a page.

    Cite it where it bears on something, or take it out.
    """
    used = set(_cited_keys(known))
    idle = [cited for cited in known.sources.literature if cited.key not in used and _can_be_cited(cited)]
    if not idle or known.is_gap("records"):
        return
    keys = [cited.key for cited in idle]
    slips = (key for key in used if key not in known.works and key not in known.records and nearest(key, keys))
    meant = {nearest(key, known.works) for key in slips}
    for cited in idle:
        if cited.key not in meant:
            yield Fault(cited.place, f"nothing cites '{cited.key}'", cited.key)


def _can_be_cited(cited: Cited) -> bool:
    """Whether the entry is whole and its key one that can be written in a text; otherwise that has been said."""
    return cited.reference is not None and bool(re.fullmatch(r"[\w:.+/-]+", cited.key))


def _cited_keys(known: Known) -> Iterator[str]:
    """Every key that is cited, and every word of files of which something could not be read: it may be a citation."""
    for _, leaf in known.sources.leaves():
        if isinstance(leaf.role, Citation | RecordOrCitation | LinkTarget):
            yield leaf.text
        elif isinstance(leaf.role, Markdown):
            yield from (link.target for link in markup.links(leaf.text) if link.kind in {"citation", "record"})
    for name in known.sick_files:
        yield from _WORD.findall(known.sources.texts[name])


def works_stand_once(known: Known) -> Iterator[Fault]:
    """No work stands twice: neither the same DOI nor the same address in two entries, nor one work in two resources.

    Keep one of the two, and let everything cite that.
    """
    seen: dict[str, tuple[str, Place]] = {}
    for cited in known.sources.literature:
        for place, what in _identities(cited):
            key, first = seen.setdefault(what, (cited.key, place))
            if key != cited.key:
                message = f"'{cited.key}' is the same work as '{key}': {what}"
                yield Fault(place, message, cited.key, related=Related(first, "the other is here"))
                break
    yield from _resources_stand_once(known, {what: key for what, (key, _) in seen.items()})


def _identities(cited: Cited) -> Iterator[tuple[Place, str]]:
    reference: Reference | None = cited.reference
    if reference and reference.doi:
        yield cited.fields.get("doi", cited.place), f"doi.org/{reference.doi.lower()}"
    if reference and reference.url:
        yield cited.fields.get("url", cited.place), normal_address(reference.url)


def _resources_stand_once(known: Known, works: dict[str, str]) -> Iterator[Fault]:
    seen: dict[str, tuple[str, Place]] = {}
    for written in known.sources.of_kind("resource"):
        for leaf in written.leaves:
            if leaf.route == ("cite",):
                what = leaf.text
            elif leaf.route == ("url",) and isinstance(leaf.role, WebAddress):
                what = works.get(normal_address(leaf.text), normal_address(leaf.text))
            else:
                continue
            id, first = seen.setdefault(what, (written.id, leaf.place))
            if id != written.id:
                message = f"the resource '{id}' is the same work"
                yield Fault(leaf.place, message, written.id, related=Related(first, "the other is here"))


def unchecked_fields_exist(known: Known) -> Iterator[Fault]:
    """`unchecked` in the bibliography names fields that the entry has.

    Correct the name, or take it out of the list.
    """
    for cited in known.sources.literature:
        if cited.reference is None:
            continue
        for name in cited.reference.unchecked:
            if not _has(cited, name):
                place = cited.fields.get("unchecked", cited.place)
                yield Fault(place, f"the entry has no field '{name}'.{did_you_mean(name, cited.fields)}", cited.key)


def related_works_exist(known: Known) -> Iterator[Fault]:
    """`related` in the bibliography names keys that it has.

    Correct the key, or add the work to the bibliography.
    """
    for cited in known.sources.literature:
        for key in cited.reference.related if cited.reference else ():
            yield from unknown_work(known, key, cited.fields.get("related", cited.place), cited.key)


def keywords_are_topics(known: Known) -> Iterator[Fault]:
    """The keywords of an entry of the bibliography are topics.

    Use ids of the vocabulary of topics, with commas between them.
    """
    topics = known.values.get("topics")
    if topics is None:  # of a vocabulary that is not there, another rule speaks
        return
    for cited in known.sources.literature:
        for keyword in cited.reference.keywords if cited.reference else ():
            if keyword not in topics:
                place = cited.fields.get("keywords", cited.place)
                yield Fault(place, f"'{keyword}' is not a topic.{did_you_mean(keyword, topics)}", cited.key)
