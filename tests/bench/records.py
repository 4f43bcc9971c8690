"""Records that look like the real ones, as many as are wanted: the knowledge base of a benchmark.

Each is a real record of this project said anew: it has the same fields with as many members and the same values of
closed lists; what it refers to is drawn afresh, and so is every text, in which each word is followed by what follows it
in the real texts. Words that nobody wrote come in at a steady pace, a few often and most once: so the vocabulary grows
with the texts, as it does in life (Heaps' law), and no two authors need share a name.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, count, cycle, islice, pairwise
from pathlib import Path
from typing import Any, get_args

from kb import model
from kb.literature import Reference
from kb.markup import links
from kb.model import Citation, LanguageTag, Markdown, OwnId, RecordId, RecordOrCitation, Role, ValueOf, WebAddress
from kb.read import Layout, read
from kb.search.words import STOP
from kb.source import Sources

ROOT = Path(__file__).parents[2]
SIZES = (150, 1_000, 10_000)
WORDS = 180
"""Words of a record, on average."""
FEWEST = 50
"""Records below which some kind would have none."""
NEW, SPREAD, COMMON = 0.03, 0.8, 300
"""The share of words that nobody wrote, how fast they become rarer, and how many of them are common.

With these the vocabulary goes on growing as it does in the real texts."""
SENTENCE = 4
"""Words from which on a hidden label is a question and no name."""
FILE = 100_000
"""Characters after which a new data file is begun: the real ones are about as long."""

Made = dict[str, Any]
Route = tuple[str | int, ...]

_LEFT_OUT = {"was", "status", "superseded_by", "retired_because"}
_KEPT = {"years", "year", "licence"}
_NAMES = {"name", "owner", "place", "publisher", "short_title"}
_CHOICES = frozenset(
    value
    for choice in (
        *(model.Relation, model.Match, model.Degree, model.Cost, model.SignIn, model.Format, model.Mode),
        *(model.PathwayLevel, model.NotReported),
    )
    for value in get_args(choice)
)
_LINK = re.compile(r"\[@[^\]]*\]|\]\([^)]*\)|\]\[[^\]]*\]|\[")
_WORD = re.compile(r"[^\W_]+(?:['’–-][^\W_]+)*[.,;:?!]?")
_SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "el", "or")]
CONFIGURATION = """\
site_name: Generated commons
theme:
  name: material
  font: false
plugins:
  - kb
"""
HOME = """\
---
title: Generated commons
description: Records made for a benchmark.
---

Nobody wrote these.
"""


# --- what the real records are like -----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Pattern:
    """A real record: its fields as they were written, and the roles of its texts by their routes."""

    fields: Made
    roles: Mapping[Route, Role]


@dataclass(frozen=True, slots=True)
class Real:
    """What generated records are made of.

    `kinds` are the patterns of each kind, `works` those of the bibliography. `places` tell of each real id or key
    which kind it is and which of its kind. `followers` are the words that follow each word, as often as they do;
    those that follow nothing begin a sentence. `phrases` are pairs of words that say something, the commonest first.
    `stretch` is how much longer prose must be for a record to have `WORDS` words on average.
    """

    kinds: Mapping[str, tuple[Pattern, ...]]
    works: tuple[Reference, ...]
    vocabularies: tuple[Made, ...]
    places: Mapping[str, tuple[str, int]]
    followers: Mapping[str, tuple[str, ...]]
    phrases: tuple[str, ...]
    stretch: float


def real(root: Path = ROOT) -> Real:
    """What the records in a folder are like. They must be sound."""
    sources = read(Layout(root))
    kinds: dict[str, list[Pattern]] = {kind.kind: [] for kind in model.KINDS}
    vocabularies = []
    places = {cited.key: ("reference", number) for number, cited in enumerate(sources.literature)}
    for written in sources.records:
        fields = written.record.model_dump(exclude_unset=True) if written.record else {}
        if written.kind == "vocabulary":
            vocabularies.append({name: value for name, value in fields.items() if name != "sources"})
            continue
        places[written.id] = (written.kind, len(kinds[written.kind]))
        fields = {name: value for name, value in fields.items() if name not in _LEFT_OUT}
        kinds[written.kind].append(Pattern(fields, {leaf.route: leaf.role for leaf in written.leaves}))
    prose = list(_prose(sources))
    return Real(
        kinds={kind: tuple(patterns) for kind, patterns in kinds.items()},
        works=tuple(cited.reference for cited in sources.literature if cited.reference),
        vocabularies=tuple(vocabularies),
        places=places,
        followers=_followers(prose),
        phrases=_phrases(prose),
        stretch=_stretch(kinds, sources),
    )


def _prose(sources: Sources) -> Iterator[list[str]]:
    """The words of every prose text, with their commas and stops, without links and marks."""
    texts = chain(
        (leaf.text for _, leaf in sources.leaves() if isinstance(leaf.role, Markdown)),
        (cited.reference.annotation for cited in sources.literature if cited.reference),
    )
    for text in texts:
        yield [word for word in _LINK.sub(" ", text).split() if _WORD.fullmatch(word)]


def _followers(texts: Iterable[list[str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {"": []}
    for words in texts:
        for word, after in pairwise(["", *words]):
            begins = not word or word[-1] in ".?!"
            if not begins or after[0].isupper():
                found.setdefault("" if begins else word, []).append(after)
    return {word: tuple(those) for word, those in found.items()}


def _phrases(texts: Iterable[list[str]]) -> tuple[str, ...]:
    counted = Counter(
        f"{word} {after}"
        for words in texts
        for word, after in pairwise(words)
        if word.isalpha() and after.isalpha() and word.islower() and after.islower() and not STOP & {word, after}
    )
    return tuple(phrase for phrase, _ in counted.most_common())


def _stretch(kinds: Mapping[str, list[Pattern]], sources: Sources) -> float:
    """By how much running prose must grow. A summary and what is said of a work have no room to."""
    works = [cited.reference for cited in sources.literature if cited.reference]
    patterns = [pattern for those in kinds.values() for pattern in those]
    every = sum(len(f"{work.full_title} {work.annotation}".split()) for work in works)
    prose = 0
    for pattern in patterns:
        for route, text in texts(pattern.fields):
            length = len(text.split())
            every += length
            prose += length if _may_grow(route, pattern.roles.get(route)) else 0
    return (WORDS * (len(patterns) + len(works)) - every + prose) / prose


def texts(value: object, route: Route = ()) -> Iterator[tuple[Route, str]]:
    """Every text in the fields of a record, with the way to it."""
    if isinstance(value, str):
        yield route, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, (*route, name))
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from texts(inner, (*route, number))


def _may_grow(route: Route, role: Role | None) -> bool:
    return isinstance(role, Markdown) and route != ("summary",)


# --- words and names ---------------------------------------------------------------------------------------
def spelled(number: int) -> str:
    """A word of its own for each number from 0, as it could be said in English, longer for larger numbers."""
    number, rest = divmod(number, len(_SYLLABLES))
    word = _SYLLABLES[rest]
    while True:
        number, rest = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[rest]
        if not number:
            return word + "nt"
        number -= 1


class Speech:
    """Says as much as is wanted in the words of the real texts."""

    def __init__(self, real: Real, seed: int) -> None:
        self.random = random.Random(seed)
        self.followers = real.followers
        self.begin = real.followers[""]
        self.given = [name.given for work in real.works for name in work.author.names if name.given]

    def new_word(self) -> str:
        return spelled(int(min(COMMON * (self.random.paretovariate(SPREAD) - 1), 1e9)))

    def words(self, length: int) -> list[str]:
        draw = self.random.random
        said: list[str] = []
        word = ""
        for _ in range(length):
            those = self.followers.get(word) or self.begin
            word = those[int(draw() * len(those))]
            said.append(word if draw() > NEW else self.new_word())
        return said

    def prose(self, length: int) -> str:
        """Sentences of so many words."""
        return f"{' '.join(self.words(max(length, 1))).rstrip('.,;:?!')}."

    def title(self, length: int) -> str:
        return re.sub(r"[^\w\s’-]", "", " ".join(self.words(max(length, 1)))).capitalize()

    def name(self, length: int) -> str:
        return " ".join(self.new_word().capitalize() for _ in range(max(length, 1)))

    def person(self) -> str:
        """A name as BibTeX has it: family, given."""
        return f"{self.name(1)}, {self.random.choice(self.given)}"


# --- records --------------------------------------------------------------------------------------------------
def counts(real: Real, records: int) -> dict[str, int]:
    """How many there are of each kind, works of the bibliography among them, in the proportions of the real ones."""
    if records < FEWEST:
        raise ValueError(f"{records} records are too few to have some of each kind: ask for {FEWEST} or more.")
    those = {kind: len(patterns) for kind, patterns in real.kinds.items()} | {"reference": len(real.works)}
    shares = {kind: max(records * number // sum(those.values()), 1) for kind, number in those.items()}
    return shares | {"reference": records - sum(shares.values()) + shares["reference"]}


class Writer:
    """Makes the records of a knowledge base of `records` records, works of the bibliography among them."""

    def __init__(self, real: Real, records: int, seed: int) -> None:
        self.real = real
        self.speech = Speech(real, seed)
        self.counts = counts(real, records)
        self.works = cycle(range(self.counts["reference"]))
        self.taken: set[str] = set()

    def records(self) -> Iterator[tuple[str, Made]]:
        """Each record with its kind, without the works."""
        for kind, patterns in self.real.kinds.items():
            for number, pattern in enumerate(islice(cycle(patterns), self.counts[kind])):
                yield kind, _Telling(self, kind, number, pattern).record()

    def entries(self) -> Iterator[str]:
        """Each work as BibTeX, with narrow margins: the works of 100,000 records are one file of 20 MB at most."""
        for number, work in enumerate(islice(cycle(self.real.works), self.counts["reference"])):
            fields = "".join(f" {name} = {{{value}}},\n" for name, value in self._work(number, work).items() if value)
            yield f"@{_type(work)}{{{self.id('reference', number)},\n{fields}}}\n"

    def id(self, kind: str, number: int) -> str:
        """The id or key of the record of a kind with this number."""
        return f"{spelled(number)}{kind[:3]}" if kind == "reference" else f"{kind}-{spelled(number)}"

    def own_name(self, length: int) -> str:
        """A name that leads to one record alone, as a synonym does: people who write a glossary see to that."""
        name = self.speech.name(length)
        while name in self.taken:
            name = self.speech.name(length)
        self.taken.add(name)
        return name

    def _work(self, number: int, work: Reference) -> Made:
        speech = self.speech
        kind = _type(work)
        named = {"article": "journaltitle", "online": "organization", "report": "institution"}[kind]
        return {
            "author": " and ".join(speech.person() for _ in work.author.names or ("",)),
            "title": speech.title(len(work.full_title.split())),
            "date": work.year or 2020,
            named: work.journaltitle or f"The {speech.name(1)} Institute",
            "volume": work.volume,
            "pages": work.pages,
            "doi": f"10.5555/{spelled(number)}" if kind == "article" else "",
            "url": f"https://example.org/{spelled(number)}" if kind == "online" else "",
            "keywords": ", ".join(work.keywords),
            "annotation": speech.prose(len(work.annotation.split())) if work.annotation else "",
        }


def _type(work: Reference) -> str:
    return work.type if work.type in {"article", "online"} else "report"


@dataclass
class _Telling:
    """One record in the making: what its pattern refers to is moved by as much for all of its references."""

    writer: Writer
    kind: str
    number: int
    pattern: Pattern

    def __post_init__(self) -> None:
        self.speech = self.writer.speech
        self.moved = self.speech.random.randrange(max(self.writer.counts.values()))

    def record(self) -> Made:
        made: Made = {name: self._told(value, (name,)) for name, value in self.pattern.fields.items()}
        made["id"] = self.writer.id(self.kind, self.number)
        for name in ("matches", "prerequisites"):
            if name in made:
                made[name] = self._before(made[name], name)
        if self.kind == "framework":
            made["principles"] = self._principles()
        if self.kind == "term" and self.number < len(self.writer.real.phrases):
            made["title"] = self.writer.real.phrases[self.number].capitalize()
        if self.kind == "organisation":
            made["title"] = self.speech.name(2)
        return made

    def _told(self, value: object, route: Route) -> Any:
        if isinstance(value, dict):
            return {name: self._told(inner, (*route, name)) for name, inner in value.items()}
        if isinstance(value, tuple):
            return [self._told(inner, (*route, number)) for number, inner in enumerate(value)]
        return self._text(value, route) if isinstance(value, str) else value

    def _text(self, text: str, route: Route) -> str:
        role = self.pattern.roles.get(route)
        field = next(name for name in reversed(route) if isinstance(name, str))
        match role:
            case OwnId() | ValueOf() | LanguageTag():
                return text
            case RecordId() | RecordOrCitation():
                return self._other(text)
            case Citation():
                return self.writer.id("reference", self.number if route == ("cite",) else next(self.writer.works))
            case WebAddress():
                return f"https://example.org/{self.kind}/{spelled(self.number)}/{'/'.join(map(str, route))}"
            case Markdown():
                return self._prose(text, self.writer.real.stretch if _may_grow(route, role) else 1.0)
        length = len(text.split())
        if text in _CHOICES or field in _KEPT:
            return text
        if field == "synonyms" or (field == "hidden" and length < SENTENCE):
            return self.writer.own_name(length)
        if field in _NAMES:
            return self.speech.name(length)
        return self.speech.title(length) if field == "title" else self.speech.prose(length)

    def _other(self, id: str) -> str:
        """What stands where the pattern refers to a real record: one of the same kind, never itself."""
        kind, number = self.writer.real.places[id]
        total = self.writer.counts[kind]
        moved = (number + self.moved) % total
        if (kind, moved) == (self.kind, self.number):
            moved = (moved + 1) % total
        return self.writer.id(kind, moved)

    def _prose(self, text: str, stretch: float) -> str:
        """As much prose, with as many links to records and works."""
        tails = [
            f"[@{self.writer.id('reference', next(self.writer.works))}]"
            if link.kind == "citation"
            else f"[{self.speech.new_word()}][{self._other(link.target)}]"
            for link in links(text)
            if link.kind == "citation" or link.target in self.writer.real.places
        ]
        said = self.speech.prose(int(len(text.split()) * stretch) - 2 * len(tails))
        return " ".join([said.removesuffix("."), *tails]) + "."

    def _before(self, those: list[Any], name: str) -> list[Any]:
        """References to records before this one alone: matches in another framework, no pathway before itself."""
        step = _per_framework(self.writer.counts) if name == "matches" else 1
        near = [number for number in islice(count(self.number - step, -step), len(those)) if number >= 0]
        ids = [self.writer.id(self.kind, number) for number in near]
        return [one | {"target": id} for one, id in zip(those, ids, strict=False)] if name == "matches" else ids

    def _principles(self) -> list[str]:
        """The principles of this framework: each has one, and each framework its share."""
        total, frameworks = self.writer.counts["principle"], self.writer.counts["framework"]
        bounds = [place * total // frameworks for place in (self.number, self.number + 1)]
        return [self.writer.id("principle", number) for number in range(*bounds)]


def _per_framework(counts: Mapping[str, int]) -> int:
    """How many principles the largest framework has."""
    return -(-counts["principle"] // counts["framework"])


def sizes(text: str) -> list[int]:
    """How many records are wanted, as a person types it: `150,1000`."""
    sizes = sorted({int(size) for size in text.split(",")})
    if sizes[0] < FEWEST:
        raise argparse.ArgumentTypeError(f"{FEWEST} records are the fewest that have some of each kind")
    return sizes


# --- files ------------------------------------------------------------------------------------------------------
def write(folder: Path, records: int, seed: int = 1, root: Path = ROOT) -> None:
    """Write a knowledge base of so many records into a folder, ready to be built.

    The same real records in `root` and the same seed give the same bytes.
    """
    writer = Writer(real(root), records, seed)
    for name, text in (("mkdocs.yml", CONFIGURATION), ("docs/index.md", HOME)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "resources").mkdir()
    (folder / "resources.yaml").write_text("include: [resources/*.yaml]\n", encoding="utf-8")
    (folder / "permalinks.txt").write_text("", encoding="utf-8")
    vocabularies = (("vocabularies", made) for made in writer.real.vocabularies)
    made = ((f"{kind}s", made) for kind, made in writer.records())
    for number, text in enumerate(_data_files(chain(vocabularies, made))):
        (folder / "resources" / f"{number}.yaml").write_text(text, encoding="utf-8")
    with (folder / "references.bib").open("w", encoding="utf-8") as file:
        file.writelines(writer.entries())


def _data_files(records: Iterable[tuple[str, Made]]) -> Iterator[str]:
    """The text of each data file: sections of records, which come section by section."""
    parts: list[str] = []
    size, open_section = 0, ""
    for section, made in records:
        if size > FILE:
            yield "".join(parts)
            parts, size, open_section = [], 0, ""
        if section != open_section:
            parts.append(f"{section}:\n")
            open_section = section
        parts.append(f"  - {as_yaml(made, '    ').lstrip()}\n")
        size += len(parts[-1])
    yield "".join(parts)


def as_yaml(value: Any, margin: str = "") -> str:
    """A value in block style, each line of a nested one after a line feed and the margin."""
    match value:
        case dict():
            return "".join(f"\n{margin}{name}: {as_yaml(inner, margin + '  ')}" for name, inner in value.items())
        case list() | tuple():
            return "".join(f"\n{margin}- {as_yaml(inner, margin + '  ').lstrip()}" for inner in value) or "[]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case date():
            return value.isoformat()
        case _:
            return str(value)
