"""Two states of the sources to what a reviewer asks: what is new, what says other things, what may be there twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from difflib import ndiff
from fnmatch import fnmatchcase
from itertools import chain
from unicodedata import category, normalize

from kb.change import Addresses, Edited, Shown, Twin
from kb.model import ValueOf, Vocabulary
from kb.pages import Site
from kb.problem import Place
from kb.source import Cited, Node, PageText, Scalar, Sources, Written
from kb.source import Mapping as Tree

_ABOVE = ("id", "title", "summary")
"""Fields that are shown before the facts."""
_Labels = Mapping[tuple[str, str], str]


def shown(sources: Sources, same: Set[str] = frozenset()) -> dict[tuple[str, str], Shown]:
    """Everything that people wrote, by its kind and id; records whose marks are the `same` elsewhere, in short."""
    titles = {one.key: one.reference.full_title for one in sources.literature if one.reference}
    labels = _labels(sources)
    every = chain(
        (
            _in_short(one, titles) if one.mark.digest in same else _record(one, sources.node(one), titles, labels)
            for one in sources.records
        ),
        map(_work, sources.literature),
        map(_page, sources.pages),
    )
    return {(one.kind, one.id): one for one in every}


def same(one: Sources, other: Sources) -> frozenset[str]:
    """The marks of records that say the same in two states, in which the words of the lists are the same too."""
    if _labels(one) != _labels(other):
        return frozenset()
    return frozenset(_alone(one) & _alone(other))


def _alone(sources: Sources) -> set[str]:
    """The marks of records whose id no other bears."""
    bearers = Counter((one.kind, one.id) for one in sources.records)
    return {one.mark.digest for one in sources.records if one.mark.digest and bearers[one.kind, one.id] == 1}


def _labels(sources: Sources) -> _Labels:
    known = (one.record for one in sources.records if isinstance(one.record, Vocabulary))
    return {(lists.id, value.id): value.label for lists in known for value in lists.values}


def _record(written: Written, node: Tree, titles: Mapping[str, str], labels: _Labels) -> Shown:
    said = {leaf.place: (leaf.role.vocabulary, leaf.text) for leaf in written.leaves if isinstance(leaf.role, ValueOf)}
    words = {place: labels.get(value, value[1]) for place, value in said.items()}
    facts = {pair.key.text: _in_words(pair.value, words) for pair in node.pairs}
    title = facts.get("title") or titles.get(facts.get("cite", "")) or written.id
    sentence = facts.get("summary") or facts.get("definition", "")
    rest = tuple((name, value) for name, value in facts.items() if name not in _ABOVE)
    return Shown(written.kind or "record", written.id, title, sentence, rest, written.place)


def _in_short(written: Written, titles: Mapping[str, str]) -> Shown:
    """A record without its facts, but for those by which it may be there twice."""
    record = written.record
    facts = tuple((name, str(value)) for name in ("cite", "url") if (value := getattr(record, name, None)))
    title = getattr(record, "title", "") or titles.get(dict(facts).get("cite", "")) or written.id
    return Shown(written.kind, written.id, title, "", facts, written.place)


def _in_words(node: Node, words: Mapping[Place, str]) -> str:
    """A value as one text; the items of a list stand between semicolons."""
    if isinstance(node, Scalar):
        return words.get(node.place, node.text)
    if isinstance(node, Tree):
        return ", ".join(f"{_name(pair.key.text)}: {_in_words(pair.value, words)}" for pair in node.pairs)
    return "; ".join(_in_words(item, words) for item in node.items)


def _name(key: str) -> str:
    return key.replace("_", " ")


def _work(cited: Cited) -> Shown:
    work = cited.reference
    if work is None:
        return Shown("work", cited.key, cited.key, "", (), cited.place)
    people = "; ".join(name.family for name in (work.author or work.editor).names)
    told = {"by": people, "year": str(work.year or ""), "doi": work.doi, "url": work.url, "entry": work.raw}
    return Shown("work", cited.key, work.full_title, "", tuple((k, v) for k, v in told.items() if v), cited.place)


def _page(page: PageText) -> Shown:
    meta = page.meta
    title, sentence = (meta.title or page.path, meta.description) if meta else (page.path, "")
    return Shown("page", page.path, title, sentence, (("text", page.body),), page.place)


# --- what changed -------------------------------------------------------------------------------------------
def edited(before: Iterable[Shown], now: Mapping[tuple[str, str], Shown]) -> Iterator[Edited]:
    """Those of before that say other things now."""
    for was in before:
        one = now.get((was.kind, was.id))
        fields = tuple(_differences(was, one)) if one else ()
        if one and fields:
            yield Edited(one, fields)


def _differences(was: Shown, now: Shown) -> Iterator[tuple[str, str, str]]:
    old, new = ({"title": one.title, "summary": one.sentence, **dict(one.facts)} for one in (was, now))
    for name in dict.fromkeys((*old, *new)):
        first, second = old.get(name, ""), new.get(name, "")
        if first != second:
            yield name, *_passages(first, second)


def _passages(old: str, new: str) -> tuple[str, str]:
    """Two texts; of those with several lines, the lines alone that differ."""
    if "\n" not in f"{old}{new}":
        return old, new
    lines = [line for line in ndiff(old.split("\n"), new.split("\n")) if line[2:].strip()]
    gone, come = (" ".join(line[2:] for line in lines if line[0] == sign) for sign in "-+")
    return gone, come


# --- what may be twice -----------------------------------------------------------------------------------------
def twins(wanted: Iterable[Shown], every: Iterable[Shown]) -> Iterator[Twin]:
    """Pairs of one that is wanted and another that has the same DOI, the same address or nearly the same title."""
    known: dict[tuple[str, str], list[Shown]] = {}
    for one in every:
        for mark in _marks(one):
            known.setdefault(mark, []).append(one)
    told: set[frozenset[tuple[str, str]]] = set()
    for one in wanted:
        for what, value in _marks(one):
            for other in known[what, value]:
                pair = frozenset({(one.kind, one.id), (other.kind, other.id)})
                if len(pair) == 2 and pair not in told and not _belong_together(one, other):
                    told.add(pair)
                    yield Twin(one, other, what)


def _belong_together(one: Shown, other: Shown) -> bool:
    """Whether one is the entry of the bibliography for the other, or both are of kinds that may share a name."""
    works = {"work", "resource"}
    cites = dict(one.facts).get("cite") == other.id or dict(other.facts).get("cite") == one.id
    return cites or (one.kind != other.kind and not {one.kind, other.kind} <= works)


def _marks(one: Shown) -> Iterator[tuple[str, str]]:
    facts = dict(one.facts)
    address = re.sub(r"^https?://(www\.)?|(?<![/?#])[/?#]++$", "", facts.get("url", "").casefold())
    doi = facts.get("doi", "").casefold() or address.removeprefix("dx.").partition("doi.org/")[2]
    plain = "".join(sign for sign in normalize("NFKD", one.title.casefold()) if category(sign)[0] in "LN")
    marks = (("the same DOI", doi), ("the same address", "" if doi else address), ("nearly the same title", plain))
    yield from (mark for mark in marks if mark[1] and not (mark[0].endswith("title") and facts.get("cite")))


# --- addresses and owners ----------------------------------------------------------------------------------------
def addresses(before: Site, now: Site) -> Addresses:
    """What becomes of the addresses of pages."""
    were, are = ({page.address for page in site.pages} for site in (before, now))
    known = were | {one.address for one in before.redirects}
    leads = {one.address: one.target for one in now.redirects}
    return Addresses(
        tuple(sorted(are - known)),
        tuple(sorted((one, leads[one]) for one in were - are if one in leads)),
        tuple(sorted(known - are - leads.keys())),
    )


def owners(lines: str, files: Sequence[str]) -> tuple[str, ...]:
    """Who looks after these files, by the text of CODEOWNERS: for each file the last line that fits it counts.

    Of its patterns those with `*`, with a slash before and with a slash behind are understood.
    """
    rules = [line.partition("#")[0].split() for line in lines.split("\n")]
    found: dict[str, None] = {}
    for file in files:
        fitting = [names for pattern, *names in filter(None, rules) if _fits(pattern, file)]
        found |= dict.fromkeys(fitting[-1] if fitting else ())
    return tuple(found)


def _fits(pattern: str, file: str) -> bool:
    whole = pattern.lstrip("/")
    anywhere = "/" not in pattern.rstrip("/")
    inner = f"{whole.rstrip('/')}/*"
    ways = (whole, inner, f"*/{whole}", f"*/{inner}") if anywhere else (whole, inner)
    return any(fnmatchcase(file, way) for way in ways)
