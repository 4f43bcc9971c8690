"""Entries to lists: for each word the entries that have it, and how much each is about it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from kb.pages import Entry
from kb.search.words import STOP, compounds, fold, key, keys, words

FIELDS: Mapping[str, tuple[float, float]] = {
    "title": (9.0, 0.5),
    "names": (7.0, 0.3),
    "people": (4.0, 0.2),
    "sentence": (3.0, 0.5),
    "labels": (1.5, 0.3),
    "text": (1.0, 0.6),
}
"""The fields of an entry: the weight of a word there, and how far a long field dilutes it (BM25F's w and b)."""
SATURATION = 4.0
"""How slowly more of the same word counts less (BM25F's k1)."""
SHARE = {"list": 0.75, "reference": 0.7, "organisation": 0.9, "page": 0.95}
"""What an entry of a kind counts beside a record: a record comes before a list that merely names it."""
ALPHABET = "".join(chr(code) for code in range(ord("#"), ord("~")) if chr(code) != "\\")
"""The impacts from the least to the greatest, one sign each."""
_MISSPELT = 0.85
"""From what likeness a name counts as the title misspelt (0 to 1, by difflib)."""


@dataclass(frozen=True, slots=True)
class Index:
    """The index before it is cut into files. Entries and keys are named by their numbers.

    `forms` are words as they are written with the number of their key; `lists` are by key, the entries in order
    and one sign of `ALPHABET` for the impact on each; `identifiers` lead to entries, the likeliest first.
    `titles` lead to entries too. `aliases` are the names of ideas: the words of a name, their keys, the key that
    stands for the idea, the entry that explains it, and the idea's title where the name is a misspelling of it.
    """

    forms: tuple[tuple[str, int], ...]
    lists: tuple[tuple[Sequence[int], str], ...]
    identifiers: tuple[tuple[str, tuple[int, ...]], ...]
    titles: tuple[tuple[str, tuple[int, ...]], ...]
    aliases: tuple[tuple[str, tuple[int, ...], int, int, str], ...]


def make(entries: Sequence[Entry], texts: Iterable[str], tell: Callable[[int, int], None]) -> Index:
    """The index of entries, which are numbered as they come; `texts` are the other words of each."""
    ideas = _Ideas(entries)
    forms = _Forms((word, key(word)) for names, *_ in ideas.names for word in names)
    met: list[dict[str, tuple[str, ...]]] = []
    for entry, text in zip(entries, texts, strict=True):
        met.append({} if entry.note else {name: _met(said, ideas, forms) for name, said in _fields(entry, text)})
        tell(len(met), len(entries))
    for _, idea, number, _ in ideas.names:
        if idea not in met[number]["title"]:  # for a longer name of another idea may stand in the title
            met[number]["title"] += (idea,)
    lengths = {name: _average([len(fields[name]) for fields in met if fields]) for name in FIELDS}
    found = {one: _Postings() for one in forms.values()}
    for number, (entry, fields) in enumerate(zip(entries, met, strict=True)):
        for one, weight in _weights(fields, lengths).items():
            postings = found.get(one) or found.setdefault(one, _Postings())
            postings.entries.append(number)
            postings.impacts.append(_sign(weight / (weight + SATURATION) * SHARE.get(entry.kind, 1.0)))
    numbers = {one: number for number, one in enumerate(sorted(found))}
    return Index(
        forms=tuple((form, numbers[one]) for form, one in sorted(forms.items())),
        lists=tuple((found[one].entries, found[one].impacts.decode("ascii")) for one in numbers),
        identifiers=_leading_to(entries, lambda entry: map(fold, (entry.id, *entry.identifiers))),
        titles=_leading_to(entries, lambda entry: () if entry.note else map(_whole, (entry.title, *entry.names))),
        aliases=tuple(
            (" ".join(names), tuple(numbers[key(word)] for word in names), numbers[idea], entry, meant)
            for names, idea, entry, meant in sorted(ideas.names)
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Postings:
    """The entries that have a key, and the code of the sign of each impact: small, for there are millions."""

    entries: array[int] = field(default_factory=lambda: array("L"))
    impacts: bytearray = field(default_factory=bytearray)


def _sign(impact: float) -> int:
    return ord(ALPHABET[min(int(impact * len(ALPHABET)), len(ALPHABET) - 1)])


def _average(lengths: Sequence[int]) -> float:
    return max(sum(lengths) / max(len(lengths), 1), 1.0)


def _weights(fields: Mapping[str, Sequence[str]], lengths: Mapping[str, float]) -> Mapping[str, float]:
    """How often an entry has each key, more where it weighs more and less where the field is long."""
    weights: dict[str, float] = {}
    for name, met in fields.items():
        weight, dilution = FIELDS[name]
        share = weight / (1 - dilution + dilution * len(met) / lengths[name])
        for one, times in Counter(met).items():
            weights[one] = weights.get(one, 0.0) + share * times
    return weights


def _fields(entry: Entry, text: str) -> Iterator[tuple[str, Sequence[str]]]:
    year = (str(entry.year),) if entry.year else ()
    yield "title", (entry.title,)
    yield "names", () if entry.stands_for else entry.names
    yield "people", (*entry.people, entry.by, *year, entry.id if entry.kind == "reference" else "")
    yield "sentence", (entry.sentence,)
    yield "labels", entry.labels
    yield "text", (text,)


class _Forms(dict[str, str]):
    """The forms of words that were met, each with its key."""

    def __missing__(self, form: str) -> str:
        self[form] = key(form)
        return self[form]


def _met(texts: Sequence[str], ideas: _Ideas, forms: _Forms) -> tuple[str, ...]:
    """The keys and the ideas that texts have, each as often as they have it; every form is kept in `forms`."""
    found: list[str] = []
    for text in texts:
        met = [forms[word] for word in words(text) if word not in STOP]
        found += met
        found += [forms[word] for word in compounds(text)]
        found += ideas.named_in(met)
    return tuple(found)


def _whole(name: str) -> str:
    return " ".join(words(name))


def _leading_to(
    entries: Sequence[Entry], names: Callable[[Entry], Iterable[str]]
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The entries that each name leads to: the sooner an entry names it, the sooner it comes."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, entry in enumerate(entries):
        for place, name in enumerate(dict.fromkeys(names(entry))):
            found.setdefault(name, []).append((place, number))
    return tuple((name, tuple(number for _, number in sorted(those))) for name, those in sorted(found.items()))


class _Ideas:
    """The ideas of the glossary and all the names that they go by."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.names: list[tuple[tuple[str, ...], str, int, str]] = []
        self._ideas: dict[tuple[str, ...], list[str]] = {}
        for number, entry in enumerate(entries):
            if entry.stands_for and not entry.note:
                for name in dict.fromkeys((entry.title, *entry.names)):
                    self._add(name, entry, number)
        self._lengths: dict[str, list[int]] = {}
        for first, length in sorted({(one[0], len(one)) for one in self._ideas}, reverse=True):
            self._lengths.setdefault(first, []).append(length)

    def _add(self, name: str, entry: Entry, number: int) -> None:
        idea = f"={entry.id}"
        met = tuple(word for word in words(name.partition(" (")[0]) if word not in STOP)
        sequence = tuple(key(word) for word in met)
        if not sequence or idea in self._ideas.get(sequence, ()):
            return
        self._ideas.setdefault(sequence, []).append(idea)
        self.names.append((met, idea, number, entry.title if _misspells(name, entry.title) else ""))

    def named_in(self, sequence: Sequence[str]) -> Iterator[str]:
        """The ideas that a sequence of keys names, the longest name first; no key belongs to two names."""
        start = 0
        while start < len(sequence):
            length = 1
            for length in self._lengths.get(sequence[start], ()):
                ideas = self._ideas.get(tuple(sequence[start : start + length]))
                if ideas:
                    yield from ideas
                    break
            else:
                length = 1
            start += length


def _misspells(name: str, title: str) -> bool:
    """Whether a name is its title misspelt: nearly the same letters, and not just another ending."""
    one, other = "".join(words(name)), "".join(words(title))
    all_but_ending = min(len(one), len(other)) - 2
    if keys(name) == keys(title) or one[:all_but_ending] == other[:all_but_ending]:
        return False
    return SequenceMatcher(None, one, other).ratio() >= _MISSPELT
