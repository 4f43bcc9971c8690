"""The knowledge base as the pages need it: records, works and prose, without the places where they were written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kb.literature import Reference
from kb.liveness import Memory
from kb.model import KINDS, FrontMatter, Record, Vocabulary
from kb.problem import Place
from kb.source import Mention, Sources


@dataclass(frozen=True, slots=True)
class Prose:
    """A page that people wrote: its way from the folder of all pages, front matter and Markdown."""

    path: str
    meta: FrontMatter
    body: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record is kept: in words for a person, and the address of an editor if the project has one."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """Everything that is shown: drafts and sick records are not in it.

    Mappings are in the order in which things were written; `mentions` and `origins` go by record id, citation
    key or path of a page. `memory` is what is remembered of addresses on other sites. `marks` are digests of what
    was written, by field and key: while one is the same, so is what stands there. Some have none.
    """

    records: Mapping[str, Record]
    vocabularies: Mapping[str, Vocabulary]
    references: Mapping[str, Reference]
    prose: Mapping[str, Prose]
    mentions: Mapping[str, tuple[Mention, ...]]
    origins: Mapping[str, Origin]
    memory: Memory = field(default_factory=Memory)
    marks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


EditorAddress = Callable[[Place], str]
"""The address at which somebody can edit a place; empty if there is none."""


def knowledge(sources: Sources, editor: EditorAddress) -> KnowledgeBase:
    """What can be shown of the sources. The first of two records with one id wins."""
    records: dict[str, Record] = {}
    vocabularies: dict[str, Vocabulary] = {}
    mentions: dict[str, tuple[Mention, ...]] = {}
    origins: dict[str, Origin] = {}
    of_records: dict[str, str] = {}
    of_works: dict[str, str] = {}
    for written in sources.records:
        record = written.record
        if isinstance(record, Vocabulary):
            vocabularies.setdefault(record.id, record)
        elif isinstance(record, Record) and record.status != "draft" and record.id not in records:
            records[record.id] = record
            of_records[record.id] = written.mark.digest
            mentions[record.id] = written.mentions
            origins[record.id] = _origin(written.place, editor)
    references: dict[str, Reference] = {}
    for cited in sources.literature:
        if cited.reference is not None:
            references[cited.key] = cited.reference
            of_works[cited.key] = cited.mark.digest
            origins[cited.key] = _origin(cited.place, editor)
    prose: dict[str, Prose] = {}
    for page in sources.pages:
        if page.meta is not None and _is_shown(page.path, records, references):
            prose[page.path] = Prose(page.path, page.meta, page.body)
            mentions[page.path] = tuple(leaf.mention for leaf in page.leaves)
            origins[page.path] = _origin(page.place, editor)
    marks = {"records": of_records, "mentions": of_records, "references": of_works}
    return KnowledgeBase(records, vocabularies, references, prose, mentions, origins, sources.memory, marks)


def _is_shown(path: str, records: Mapping[str, Record], references: Mapping[str, Reference]) -> bool:
    """Whether a page is no story, or the story of something that is shown: a draft's waits with the draft."""
    folder, _, name = path.partition("/")
    stem = name.removesuffix(".md")
    if folder not in {"references", *(kind.folder for kind in KINDS)} or stem in {"", "index"}:
        return True
    return stem in (references if folder == "references" else records)


def _origin(place: Place, editor: EditorAddress) -> Origin:
    return Origin(f"{place.file}, line {place.line}", editor(place))
