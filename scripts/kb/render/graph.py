"""Who speaks of whom: the links between records, turned round, so that each page can show what leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kb import markup
from kb.knowledge import KnowledgeBase
from kb.model import Citation, LinkTarget, Markdown, RecordId, RecordOrCitation
from kb.source import Mention

_RELATIONS: Mapping[tuple[str, str], str] = {
    ("case", "principles"): "shown_in",
    ("case", "outcomes"): "bears_on",
    ("case", "organisations"): "took_part",
    ("resource", "principles"): "resources",
    ("resource", "outcomes"): "resources",
    ("resource", "cite"): "resources",
    ("pathway", "steps"): "part_of_pathway",
    ("pathway", "prerequisites"): "leads_on",
    ("framework", "principles"): "framework",
    ("framework", "owner_id"): "drew_up",
}
ORDER = (
    "replaces",
    "framework",
    "shown_in",
    "bears_on",
    "took_part",
    "drew_up",
    "resources",
    "part_of_pathway",
    "leads_on",
    "see_also",
    "cited_by",
    "mentioned_in",
)
"""The groups of backlinks in the order in which a page shows them."""


@dataclass(frozen=True, slots=True)
class Backlink:
    """Something that leads here: the id of a record or the path of a page, and how it does."""

    relation: str
    source: str


def backlinks(kb: KnowledgeBase) -> Mapping[str, tuple[Backlink, ...]]:
    """What leads to each record and each work, each source once, under the first relation of `ORDER` it has."""
    found: dict[str, dict[str, str]] = {}
    for source, mentions in kb.mentions.items():
        kind = kb.records[source].kind if source in kb.records else "page"
        owner = story_of(source, kb) or source
        for mention in mentions:
            for relation, target in _targets(kind, mention):
                if target != owner:
                    _keep(found.setdefault(target, {}), owner, relation)
    for id, record in kb.records.items():
        if record.superseded_by:
            found.setdefault(record.superseded_by, {})[id] = "replaces"
    return {target: _ordered(sources) for target, sources in found.items()}


def _keep(sources: dict[str, str], source: str, relation: str) -> None:
    known = sources.get(source)
    if known is None or ORDER.index(relation) < ORDER.index(known):
        sources[source] = relation


def _ordered(sources: dict[str, str]) -> tuple[Backlink, ...]:
    links = [Backlink(relation, source) for source, relation in sources.items()]
    return tuple(sorted(links, key=lambda link: ORDER.index(link.relation)))


def _targets(kind: str, mention: Mention) -> Iterator[tuple[str, str]]:
    """How and to what a mention leads."""
    relation = _RELATIONS.get((kind, str(mention.route[0]) if mention.route else ""))
    match mention.role:
        case Citation():
            yield relation if relation == "resources" else "cited_by", mention.text
        case RecordId() | RecordOrCitation():
            if mention.route[0] != "superseded_by":
                yield relation or "see_also", mention.text
        case LinkTarget():
            yield "mentioned_in", mention.text
        case Markdown():
            for link in markup.links(mention.text):
                if link.kind == "citation":
                    yield "cited_by", link.target
                elif link.kind == "record":
                    yield "mentioned_in", link.target
        case _:
            pass


def story_of(path: str, kb: KnowledgeBase) -> str:
    """The id of the record or the key of the work whose story the page at `path` is; empty if it is no story."""
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".md")
    if folder == "references" and stem in kb.references:
        return stem
    record = kb.records.get(stem)
    return stem if record is not None and record.folder == folder else ""
