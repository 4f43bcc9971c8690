"""Texts to words, and words to the keys under which they are kept: one key for all forms of a word.

`find.js` cuts what a reader types in the same way (`fold` and `words` there), and a test holds the two together. It
needs no stemmer: the index names the key of every form that occurs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from unicodedata import category, normalize

import snowballstemmer

STOP_WORDS = (
    "a about actually am an and any are as at be been being between but by can could did difference different do does"
    " doing for from get go goes going had has have he her him his how i if in into is it its just me my no nor not of"
    " on or our ours please really she should so some tell than that the their them then there these they this those"
    " to too us was we went were what when where which while who whom whose why will with would you your yours"
)
"""Words that say nothing of what a text is about."""
STOP = frozenset(STOP_WORDS.split())

_CHUNK = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_HYPHENS = re.compile("[\u2010-\u2012\u2212]")
_APOSTROPHE = re.compile(r"['\u2019](?:s\b)?")
_AMERICAN = (
    (re.compile(r"(?<=\w{2})([iy])z(?=e(?:d|rs?|s)?$|ing$|ation)"), r"\1s"),  # organize, analyzed
    (re.compile(r"(?<=\w{3})or(?=(?:s|ed|ing|al|hoods?|ly)?$)"), "our"),  # behavior, neighborhood
    (re.compile(r"(?<=[nt])ter(?=s?$)"), "tre"),  # center
    (re.compile(r"^program(?=s?$)"), "programme"),
)
"""American spellings and their British forms; a false friend does no harm, for all its forms go the same way."""


def fold(text: str) -> str:
    """A text in lower case without accents, with one sort of hyphen and no apostrophes."""
    plain = (text if text.isascii() else normalize("NFKD", text).translate(_MARKS)).lower()
    return _APOSTROPHE.sub("", _HYPHENS.sub("-", plain))


class _Marks(dict[int, int | None]):
    """A table that takes the marks of accents away, learnt sign by sign."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if category(chr(code))[0] == "M" else code
        return self[code]


_MARKS = _Marks()


@lru_cache(maxsize=1)  # `words` and `compounds` ask for the same
def _chunks(text: str) -> list[str]:
    return _CHUNK.findall(fold(text))


def words(text: str) -> Iterator[str]:
    """The words of a text in order; `co` belongs to the word after it, however the two are written."""
    waiting = False
    for chunk in _chunks(text):
        for word in chunk.split("-") if "-" in chunk else (chunk,):
            if word == "co" and not waiting:
                waiting = True
                continue
            yield "co" + word if waiting else word
            waiting = False
    if waiting:
        yield "co"


def compounds(text: str) -> Iterator[str]:
    """Words with hyphens written as one, for readers who write them so: `self-care` is found by `selfcare`."""
    for chunk in _chunks(text):
        if "-" in chunk and not chunk.startswith("co-"):
            yield chunk.replace("-", "")


@cache
def key(word: str) -> str:
    """What all forms of an English word share, British and American spelling alike (stemmer: Porter 2)."""
    for american, british in _AMERICAN:
        word = american.sub(british, word)
    return str(_STEMMER.stemWord(word))


def keys(text: str) -> tuple[str, ...]:
    """The keys of a text's words in order, without words that say nothing."""
    return tuple(key(word) for word in words(text) if word not in STOP)


_STEMMER = snowballstemmer.stemmer("english")
