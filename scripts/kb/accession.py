"""Works taken into the bibliography: the rooms read, match and write one after another.

Nothing that somebody offers is dropped in silence: of each entry it is said what became of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from kb import read
from kb.entry import address as address_in
from kb.entry import entry, latex, number
from kb.literature import Reference, normal_address
from kb.match import Shelf, unlike
from kb.model import OwnId, Vocabulary
from kb.offer import Batch, LookUp, Match, Offered, Outcome, Told
from kb.problem import shown
from kb.source import Sources
from kb.write import new_key, shelved

DOI = "https://doi.org/"
_DOI = re.compile(r"(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINKING = frozenset({"crossref", "entryset", "related", "xdata", "xref"})
"""Fields that hold keys, which may have changed when the entry came in."""
_LINKS = re.compile(rf"(\b(?:{'|'.join(sorted(_LINKING))})\s*=\s*[{{\"])([^{{}}\"]*)(?=[}}\"])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Accession:
    """What became of each entry of a batch, and the bibliography with those that are new.

    It is not `sound` where what is wrong with the bibliography would swallow a new entry.
    """

    outcomes: tuple[Outcome, ...]
    text: str
    sound: bool

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the entries that are written."""
        return frozenset(one.key for one in self.outcomes if one.fate in {"new", "version"})


def accession(batch: Batch, sources: Sources, bibliography: str, look_up: LookUp, today: date) -> Accession:
    """Compare what is offered with the bibliography, a file of that name, and add what is new.

    `look_up` is asked for what entries lack that have a DOI, or nothing but an address.
    """
    text = sources.texts.get(bibliography, "")
    there = read.read_bibtex(text, bibliography).entries
    desk = _Desk(set(_taken(sources)), _topics(sources))
    for one in there:
        if one.reference:
            desk.put(one.key, one)
    wanted = (_wanted(one) for one in batch.entries if not _refusal(one, titled=False) and not desk.has(one))
    asked = tuple(dict.fromkeys(address for address in wanted if address))
    told = look_up(asked) if asked else {}
    outcomes = tuple(desk.take(one, told, today) for one in batch.entries)
    new = dict(_texts(outcomes))
    made = shelved(text, {one.key: one.place.line for one in there if one.key}, new)
    return Accession(outcomes, made, _holds(made, bibliography, there, new))


def address_of(source: str) -> str:
    """The address that a person names, that of a DOI as https://doi.org/…; empty if it is neither."""
    if doi := _DOI.fullmatch(source.strip()):
        return f"{DOI}{doi[1]}"
    return source.strip() if re.match(r"https?://", source.strip(), re.IGNORECASE) else ""


def asked_for(address: str, file: str) -> Batch:
    """A batch of one work of which nothing is known yet but its address; that of a DOI begins with https://doi.org/."""
    name, value = ("doi", address.removeprefix(DOI)) if address.startswith(DOI) else ("url", address)
    return read.read_bibtex(entry("misc", "", {name: number(value) if name == "doi" else address_in(value)}), file)


def _taken(sources: Sources) -> Iterator[str]:
    """Every id and key that was ever given."""
    for cited in sources.literature:
        yield cited.key
        yield from cited.reference.ids if cited.reference else ()
    yield from (leaf.text for _, leaf in sources.leaves() if isinstance(leaf.role, OwnId))


def _topics(sources: Sources) -> frozenset[str] | None:
    """The ids of the vocabulary of topics; None if there is none."""
    found = (one.record for one in sources.of_kind("vocabulary") if one.id == "topics")
    return next((frozenset(value.id for value in one.values) for one in found if isinstance(one, Vocabulary)), None)


@dataclass
class _Desk:
    """Where works are looked at one after another.

    `taken` are keys that are given, `topics` what keywords may be, `works` entries by their keys.
    """

    taken: set[str]
    topics: frozenset[str] | None = None
    shelf: Shelf = field(default_factory=Shelf)
    works: dict[str, Offered] = field(default_factory=dict)

    def put(self, key: str, offered: Offered) -> None:
        """Put an entry on the shelf."""
        if offered.reference and self.works.setdefault(key, offered) is offered:
            self.shelf.add(replace(offered.reference, key=key))

    def has(self, offered: Offered) -> bool:
        """Whether the same work is there."""
        found = self._match(offered)
        return bool(found and found.same)

    def take(self, offered: Offered, told: Mapping[str, Told], today: date) -> Outcome:
        """What becomes of an entry; a new one is put on the shelf."""
        offered = self._without_strange_topics(offered)
        if why := _refusal(offered, titled=False):
            return Outcome(offered, "refused", why=why)
        found, looked_up = self._match(offered), ""
        if not (found and found.same) and (address := _wanted(offered)) in told:
            offered, looked_up = _filled(offered, told[address], address, today)
            found = self._match(offered)
        if found and found.same:
            return self._known(offered, found, looked_up)
        if offered.reference is None or (why := _refusal(offered, titled=True)):
            return Outcome(offered, "refused", why=why, looked_up=looked_up)
        key = new_key(offered.key, offered.reference, self.taken)
        self.taken.add(key)
        self.put(key, offered)
        if found:
            return Outcome(_linked(offered, found.key), "version", key, found.key, found.why, looked_up=looked_up)
        return Outcome(offered, "new", key, looked_up=looked_up)

    def _without_strange_topics(self, offered: Offered) -> Offered:
        """The entry with keywords that are no topics here under the name `x-keywords`."""
        strange = offered.reference and self.topics is not None and set(offered.reference.keywords) - self.topics
        return read.renamed(offered, "keywords", "x-keywords") if strange and not offered.broken else offered

    def _match(self, offered: Offered) -> Match | None:
        return self.shelf.find(replace(offered.reference, key="")) if offered.reference else None

    def _known(self, offered: Offered, found: Match, looked_up: str) -> Outcome:
        own, other = _dated(offered.fields), _dated(self.works[found.key].fields)
        more = tuple(name for name in own if name not in other)
        differ = tuple(name for name in own if name in other and not _alike(name, own[name], other[name]))
        return Outcome(offered, "known", found.key, why=found.why, more=more, unlike=differ, looked_up=looked_up)


def _dated(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields with the older `year` under the name of `date`."""
    return {"date" if name == "year" and "date" not in fields else name: value for name, value in fields.items()}


def _alike(name: str, one: str, other: str) -> bool:
    """Whether two values say the same, whatever their capitals, braces and signs."""
    if name == "date":  # a day says the year too
        return one.startswith(other) or other.startswith(one)
    if name == "url":
        return normal_address(one) == normal_address(other)
    bare = (re.sub(r"[\W_]+", "", value.casefold()) for value in (one, other))
    return name in _LINKING or len(set(bare)) == 1


# --- what is not taken ------------------------------------------------------------------------------------
def _refusal(offered: Offered, *, titled: bool) -> str:
    """Why an entry is not taken; empty if it is. `titled` is whether it must have a title by now."""
    if offered.broken or offered.reference is None:
        return offered.broken or "it cannot be read. Compare it with an entry that works."
    if found := _CONTROL.search(offered.under(offered.key)):
        return f"it holds the control sign U+{ord(found[0]):04X}, which no text needs. Take it out."
    if titled and not offered.reference.title:
        return "it has no title. Add one."
    return ""


# --- what was looked up -----------------------------------------------------------------------------------
def _wanted(offered: Offered) -> str:
    """The address at which to look up what an entry lacks; empty if it lacks nothing, or has no address."""
    work = offered.reference
    if work is None or not _lacks(work):
        return ""
    return f"{DOI}{work.doi}" if work.doi else "" if work.title else work.url


def _lacks(work: Reference) -> bool:
    """Whether a work has no title, no maker or no date, or an article no journal."""
    maker = work.author or work.editor or work.institution or work.organization
    return not (work.title and maker and (work.date or work.pubstate)) or (
        work.type == "article" and not work.journaltitle
    )


def _filled(offered: Offered, told: Told, address: str, today: date) -> tuple[Offered, str]:
    """The entry with what was told of it, and a sentence on that."""
    if told.why:
        return offered, f"{address} could not be looked up: {told.why}."
    found = read.read_told(told.text, offered.place.file)
    if found is None:
        return offered, f"{address} could not be looked up: what came back tells of no work."
    if offered.fields.keys() <= {"doi", "url"}:
        seen = "the register of DOIs" if address.startswith(DOI) else "the page"
        fields = {**found.fields, **offered.fields, "seen": latex(f"{seen}, {today}")}
        whole = read.with_fields(found.bare(), fields)
        return replace(whole, place=offered.place, quote=offered.quote), f"{address} was looked up."
    if offered.reference and found.reference and unlike(offered.reference, found.reference):
        title = shown(found.reference.title)
        return offered, f"{address} is '{title}', so nothing was taken from there. Look whether it is the right one."
    more = {name: value for name, value in found.fields.items() if name not in offered.fields}
    return read.with_fields(offered, more), f"{address} was looked up, and told: {', '.join(more) or 'nothing new'}."


# --- what is written --------------------------------------------------------------------------------------
def _linked(offered: Offered, other: str) -> Offered:
    """The entry with a link to another version, unless it has links of its own."""
    if "related" in offered.fields:
        return offered
    return read.with_fields(offered, {"related": other, "relatedstring": "Other version"})


def _texts(outcomes: tuple[Outcome, ...]) -> Iterator[tuple[str, str]]:
    """The text of each entry that is written, by its key; where it names another by its old key, by the new one."""
    now: dict[str, str] = {}
    for one in outcomes:
        if one.key and one.offered.key:
            now.setdefault(one.offered.key, one.key)
    for one in outcomes:
        if one.fate in {"new", "version"}:
            tail = _LINKS.sub(lambda link: link[1] + _renamed(link[2], now), one.offered.tail)
            yield one.key, replace(one.offered, tail=tail).under(one.key)


def _renamed(keys: str, now: Mapping[str, str]) -> str:
    return ",".join(one.replace(one.strip(), now.get(one.strip(), one.strip())) for one in keys.split(","))


def _holds(text: str, file: str, there: Iterable[Offered], new: Mapping[str, str]) -> bool:
    """Whether everything can be read again as it was written."""
    found = sorted(one.under(one.key) for one in read.read_bibtex(text, file).entries)
    return found == sorted([*(one.under(one.key) for one in there), *new.values()])
