"""What somebody meant who wrote another word: what the standard library finds, whatever the words."""

from __future__ import annotations

import tracemalloc
from difflib import get_close_matches

from hypothesis import example, given
from hypothesis import strategies as st

from kb.near import NEAR, nearest

WORDS = st.text("abcABß-1\u0149İ", max_size=9)


def plainly(word: str, choices: list[str]) -> str:
    """The same by the standard library, which compares a word with every choice."""
    by_folded = {choice.casefold(): choice for choice in sorted(choices)}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=NEAR)
    return by_folded[near[0]] if near else ""


@given(WORDS, st.lists(WORDS, max_size=12))
@example("", ["", "a"])
@example("sumary", ["summary", "Summary", "summaries"])
@example("a" * 300, ["a" * 299, "a" * 300 + "b"])
def test_the_nearest_is_the_one_that_the_standard_library_finds(word: str, choices: list[str]) -> None:
    assert nearest(word, choices) == plainly(word, choices)


def test_a_word_is_near_what_it_misspells_and_no_other() -> None:
    assert nearest("boyel2009", ["boyle2009", "boyle2010", "needham2009"]) == "boyle2009"
    assert nearest("harlequin", ["boyle2009", "needham2009"]) == ""


def test_what_was_asked_takes_little_memory() -> None:
    """Every question names its choices anew, and there may be thousands of both."""
    choices = [f"resource-number-{number}" for number in range(5_000)]
    tracemalloc.start()
    for number in range(200):
        assert nearest(f"resorce-number-{number}", iter(choices)) == f"resource-number-{number}"
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 10_000_000
