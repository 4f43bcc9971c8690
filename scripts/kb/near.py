"""Which of many words somebody meant who wrote another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

NEAR = 0.7
"""How alike two words must be for one to be meant by the other: `SequenceMatcher.ratio`, from 0 to 1."""


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice that a word was meant to be, most likely; nothing if none is near.

    It is the one that `difflib.get_close_matches` finds, but few choices are compared sign for sign: where half a
    bibliography is lost, this is asked thousands of times.
    """
    return _Choices.of(frozenset(choices)).nearest(word.casefold())


@dataclass(frozen=True, slots=True)
class _Choices:
    """Choices with the signs of each as bits: one for the first `a`, one for the second `a`, and so on.

    So it takes one operation to tell how many signs two words share at most, and few are compared sign for sign.
    """

    by_folded: Mapping[str, str]
    bits: Mapping[tuple[str, int], int]
    signs: tuple[tuple[str, int], ...]
    told: dict[str, str] = field(default_factory=dict)

    @staticmethod
    @lru_cache(maxsize=8)
    def of(choices: frozenset[str]) -> _Choices:
        by_folded = {choice.casefold(): choice for choice in sorted(choices)}
        bits: dict[tuple[str, int], int] = {}
        signs = tuple((one, sum(bits.setdefault(sign, 1 << len(bits)) for sign in _counted(one))) for one in by_folded)
        return _Choices(by_folded, bits, signs)

    def nearest(self, word: str) -> str:
        """The choice nearest to a word, told once: what is misspelt in one place is often misspelt in others."""
        if word not in self.told:
            self.told[word] = self.by_folded.get(self._nearest(word), "")
        return self.told[word]

    def _nearest(self, word: str) -> str:
        best, compare = (0.0, ""), SequenceMatcher(b=word)
        for bound, one in self._sharing_signs(word):
            if bound < best[0]:
                break
            if _ratio(_in_order(word, one), word, one) >= NEAR:
                compare.set_seq1(one)
                best = max(best, (compare.ratio(), one))
        return best[1] if best[0] >= NEAR else ""

    def _sharing_signs(self, word: str) -> list[tuple[float, str]]:
        """The choices that may be near a word, the most likely first, and how alike they are at most."""
        own = sum(self.bits.get(sign, 0) for sign in _counted(word))
        found = ((_ratio((own & signs).bit_count(), word, one), one) for one, signs in self.signs)
        return sorted((one for one in found if one[0] >= NEAR), reverse=True)


def _counted(word: str) -> Iterator[tuple[str, int]]:
    """Each sign of a word, with how often it stood there before."""
    met: Counter[str] = Counter()
    for sign in word:
        yield sign, met[sign]
        met[sign] += 1


def _in_order(word: str, other: str) -> int:
    """How many signs two words share in the same order at most: the length of their longest common subsequence.

    Hyyrö, 2004, "Bit-parallel LCS-length computation revisited".
    """
    places: dict[str, int] = {}
    for number, sign in enumerate(word):
        places[sign] = places.get(sign, 0) | 1 << number
    whole = left = (1 << len(word)) - 1
    for sign in other:
        met = left & places.get(sign, 0)
        left = (left + met) | (left - met)
    return len(word) - (left & whole).bit_count()


def _ratio(shared: int, word: str, other: str) -> float:
    """`SequenceMatcher.ratio` of two words that share so many signs."""
    length = len(word) + len(other)
    return 2.0 * shared / length if length else 1.0
