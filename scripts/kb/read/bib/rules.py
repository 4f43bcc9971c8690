"""What must hold in a bibliography, one sentence each."""

from __future__ import annotations

from dataclasses import dataclass

from kb.problem import Rule

SYNTAX = Rule(
    "bibtex-syntax",
    "An entry of the bibliography is whole: braces and quotation marks close, = stands after each field's "
    "name, a comma after each value, and no parts of entries lie between the entries.",
    "Compare the entry with a neighbour that works: `@article{key, title = {Words}, year = {2012}}`.",
)
KEYS = Rule(
    "citation-keys",
    "An entry has a citation key of letters, digits and - _ : . + / that begins with a letter or a digit.",
    "Write a key right after the opening brace, as in `@article{boyle2009challenge,`.",
)
UNIQUE_KEYS = Rule(
    "unique-citation-keys",
    "A citation key is given to one entry only; capitals make no difference.",
    "Give this entry another key, or remove it if it is the same work.",
)
UNIQUE_FIELDS = Rule("unique-fields", "A field stands once in an entry.", "Keep the right one and remove the other.")
MACROS = Rule(
    "known-macros",
    "A value without braces is a number, a month (jan to dec) or a macro that an @string above it defines.",
    "Put the value in braces, or define the macro above: `@string{name = {Text}}`.",
)
TYPES = Rule(
    "known-entry-types",
    "An entry is of a type that biblatex or BibTeX knows.",
    "Use article, book, incollection, report, thesis, online or misc.",
)
FIELDS = Rule(
    "known-fields",
    "A field has a name that biblatex, BibTeX or a reference manager knows, or one that begins with `x-`.",
    "Correct the name, or put `x-` in front of it to keep a field of your own.",
    "warning",
)
DATES = Rule(
    "readable-dates",
    "A date is one that biblatex reads: 2004, 2004-11, 2004-11-05, a range such as 2004/2006 or 1999/, "
    "with ~ for about and ? for doubtful.",
    "Write `date = {2004-11-05}`, `{2004-11}` or `{2004}`; leave the date out if it is not known.",
)
NAMES = Rule(
    "readable-names",
    "Names are persons as Family, Given or bodies in {braces}, joined by the word and; others may end them.",
    "Write `author = {Boyle, David and Harris, Michael}`, or `author = {{NHS England}}` for a body.",
)

RULES = (SYNTAX, KEYS, UNIQUE_KEYS, UNIQUE_FIELDS, MACROS, TYPES, FIELDS, DATES, NAMES)


@dataclass(frozen=True, slots=True)
class Fault:
    """A breach of `rule` from `start` up to `end`, counted in characters from the beginning of the file.

    `first` is where the same was said first, and how many characters it takes up.
    """

    rule: Rule
    start: int
    end: int
    message: str
    help: str = ""
    first: tuple[int, int] | None = None
