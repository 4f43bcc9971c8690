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
_GREATEST = len(ALPHABET) - 1
_BITS = _GREATEST.bit_length()
"""How many bits of a posting say which impact; those before it say which entry."""
_MISSPELT = 0.85
"""From what likeness a name counts as the title misspelt (0 to 1, by difflib)."""


@dataclass(frozen=True, slots=True)
class Index:
    """The index before it is cut into files. Entries and keys are named by their numbers.

    `forms` are words as they are written with the number of their key; `lists` are by key, a posting for each entry
    that has it, in order (see `parted`); `identifiers` lead to entries, the likeliest first.
    `titles` lead to entries too. `aliases` are the names of ideas: the words of a name, their keys, the key that
    stands for the idea, the entry that explains it, and the idea's title where the name is a misspelling of it.
    """

    forms: tuple[tuple[str, int], ...]
    lists: tuple[Sequence[int], ...]
    identifiers: tuple[tuple[str, tuple[int, ...]], ...]
    titles: tuple[tuple[str, tuple[int, ...]], ...]
    aliases: tuple[tuple[str, tuple[int, ...], int, int, str], ...]


def make(entries: Sequence[Entry], texts: Iterable[str], tell: Callable[[int, int], None]) -> Index:
    """The index of entries, which are numbered as they come; `texts` are the other words of each."""
    found = _Numbers()
    forms = _Forms(found)
    ideas = _Ideas(entries, forms)
    met: list[dict[str, array[int]]] = []
    for entry, text in zip(entries, texts, strict=True):
        said = {} if entry.note else _fields(entry, text)
        met.append({name: _met(those, ideas, forms) for name, those in said.items() if those})
        tell(len(met), len(entries))
    for _, idea, number, _ in ideas.names:
        title = met[number]["title"]
        if idea not in title:  # for a longer name of another idea may stand in the title
            title.append(idea)
    lengths = {name: _average([len(fields.get(name, ())) for fields in met if fields]) for name in FIELDS}
    lists: list[array[int]] = [array("I") for _ in found]
    for number, (entry, fields) in enumerate(zip(entries, met, strict=True)):
        share = SHARE.get(entry.kind, 1.0)
        for one, weight in _weights(fields, lengths).items():
            impact = min(int(weight / (weight + SATURATION) * share * len(ALPHABET)), _GREATEST)
            lists[one].append(number << _BITS | impact)
    numbers = {found[one]: number for number, one in enumerate(sorted(found))}
    return Index(
        forms=tuple((form, numbers[one]) for form, one in sorted(forms.items())),
        lists=tuple(map(lists.__getitem__, numbers)),
        identifiers=_leading_to(entries, lambda entry: map(fold, (entry.id, *entry.identifiers))),
        titles=_leading_to(entries, lambda entry: () if entry.note else map(_whole, (entry.title, *entry.names))),
        aliases=tuple(
            sorted(
                (" ".join(names), tuple(numbers[forms[word]] for word in names), numbers[idea], entry, meant)
                for names, idea, entry, meant in ideas.names
            )
        ),
    )


def parted(postings: Sequence[int]) -> tuple[list[int], str]:
    """The entries of a list, and one sign of `ALPHABET` for the impact on each."""
    return [one >> _BITS for one in postings], "".join([ALPHABET[one & (1 << _BITS) - 1] for one in postings])


def _average(lengths: Sequence[int]) -> float:
    return max(sum(lengths) / max(len(lengths), 1), 1.0)


def _weights(fields: Mapping[str, array[int]], lengths: Mapping[str, float]) -> Mapping[int, float]:
    """How often an entry has each key, more where it weighs more and less where the field is long."""
    weights: dict[int, float] = {}
    for name, met in fields.items():
        weight, dilution = FIELDS[name]
        share = weight / (1 - dilution + dilution * len(met) / lengths[name])
        for one, times in Counter(met).items():
            weights[one] = weights.get(one, 0.0) + share * times
    return weights


def _fields(entry: Entry, text: str) -> Mapping[str, Sequence[str]]:
    year = (str(entry.year),) if entry.year else ()
    return {
        "title": (entry.title,),
        "names": () if entry.stands_for else entry.names,
        "people": (*entry.people, entry.by, *year, entry.id if entry.kind == "reference" else ""),
        "sentence": (entry.sentence,),
        "labels": entry.labels,
        "text": (text,),
    }


class _Numbers(dict[str, int]):
    """The keys and ideas that were met, each with the number of its list."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number


class _Forms(dict[str, int]):
    """The forms of words that were met, each with the number of its key."""

    def __init__(self, numbers: _Numbers) -> None:
        self.numbers = numbers

    def __missing__(self, form: str) -> int:
        self[form] = number = self.numbers[key(form)]
        return number


def _met(texts: Sequence[str], ideas: _Ideas, forms: _Forms) -> array[int]:
    """The keys and the ideas that texts have, each as often as they have it; every form is kept in `forms`."""
    found = array("I")
    for text in texts:
        met = [forms[word] for word in words(text) if word not in STOP]
        found.extend(met)
        found.extend([forms[word] for word in compounds(text)])
        found.extend(ideas.named_in(met))
    return found


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


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """Names that begin with the same keys: how they go on, and the ideas whose name ends here."""

    on: dict[int, _Begun] = field(default_factory=dict)
    ideas: list[int] = field(default_factory=list)


class _Ideas:
    """The ideas of the glossary and all the names that they go by."""

    def __init__(self, entries: Sequence[Entry], forms: _Forms) -> None:
        self.names: list[tuple[tuple[str, ...], int, int, str]] = []
        self._begun = _Begun()
        for number, entry in enumerate(entries):
            if entry.stands_for and not entry.note:
                for name in dict.fromkeys((entry.title, *entry.names)):
                    self._add(name, entry, number, forms)

    def _add(self, name: str, entry: Entry, number: int, forms: _Forms) -> None:
        met = tuple(word for word in words(name.partition(" (")[0]) if word not in STOP)
        if not met:
            return
        begun, idea = self._begun, forms.numbers[f"={entry.id}"]
        for word in met:
            begun = begun.on.setdefault(forms[word], _Begun())
        if idea not in begun.ideas:
            begun.ideas.append(idea)
            self.names.append((met, idea, number, entry.title if _misspells(name, entry.title) else ""))

    def named_in(self, sequence: Sequence[int]) -> Iterator[int]:
        """The ideas that a sequence of keys names, the longest name first; no key belongs to two names."""
        start = 0
        while start < len(sequence):
            begun, end, after, ideas = self._begun.on.get(sequence[start]), start + 1, start + 1, []
            while begun:
                if begun.ideas:
                    after, ideas = end, begun.ideas
                begun = begun.on.get(sequence[end]) if end < len(sequence) else None
                end += 1
            yield from ideas
            start = after


def _misspells(name: str, title: str) -> bool:
    """Whether a name is its title misspelt: nearly the same letters, and not just another ending."""
    one, other = "".join(words(name)), "".join(words(title))
    all_but_ending = min(len(one), len(other)) - 2
    if keys(name) == keys(title) or one[:all_but_ending] == other[:all_but_ending]:
        return False
    return SequenceMatcher(None, one, other).ratio() >= _MISSPELT
