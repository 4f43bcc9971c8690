"""Lists of names: persons in BibTeX's three forms, bodies in braces, and what cannot be read as either.

Names are taken apart before their LaTeX is decoded: decoding takes the braces away that protect a body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bibtexparser.middlewares.names import InvalidNameError, NameParts, parse_single_name_into_parts

from kb.literature import Name, Names
from kb.read.bib.braces import closing_brace
from kb.read.bib.latex import plain

_MARKS = re.compile(r"\\.|[{}]|(?<!\S)and(?!\S)", re.DOTALL | re.IGNORECASE)
_JOINT = re.compile(r";|\s\\?&\s")
_ET_AL = re.compile(r"(?<![^\s,])et\.?\s+al\b\.?", re.IGNORECASE)
_LABELLED = re.compile(r"\s*(family|given|prefix|suffix)(?:-i)?\s*=\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)
_REASONS = {
    "Too many commas": "has too many commas",
    "Trailing comma at end of name": "ends with a comma",
    "Unmatched closing brace": "has braces that do not match",
    "Unterminated opening brace": "has braces that do not match",
}


@dataclass(frozen=True, slots=True)
class BadName:
    """What is wrong with the stretch of a list of names that is `width` signs long."""

    start: int
    width: int
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class _Written:
    """One name of a list as written, without the space around it."""

    text: str
    start: int


def read_names(latex: str) -> tuple[Names, tuple[BadName, ...]]:
    """The names that can be read, and what is wrong with the others."""
    written = list(_split(latex))
    others = len(written) > 1 and written[-1].text.lower() == "others"
    read: list[Name] = []
    bad: list[BadName] = []
    for name in written[:-1] if others else written:
        found = _read_name(name)
        if isinstance(found, BadName):
            bad.append(found)
        else:
            read.append(found)
    return Names(tuple(read), others), tuple(bad)


def _split(latex: str) -> Iterator[_Written]:
    """The stretches between the words `and` that stand outside braces."""
    depth = start = word = 0
    for mark in _MARKS.finditer(latex):
        sign = mark.group().lower()
        depth = max(depth + {"{": 1, "}": -1}.get(sign, 0), 0)
        if depth == 0 and sign == "and":
            yield _trimmed(latex, start, mark.start(), mark.start())
            start, word = mark.end(), mark.start()
    yield _trimmed(latex, start, len(latex), word)


def _trimmed(latex: str, start: int, end: int, word: int) -> _Written:
    """The name between `start` and `end`; where none stands, `word` is the `and` that is left over."""
    text = latex[start:end]
    return _Written(text.strip(), start + len(text) - len(text.lstrip()) if text.strip() else word)


def _read_name(written: _Written) -> Name | BadName:
    text, start = written.text, written.start
    if not plain(text):
        return BadName(start, len(text or "and"), "a name is missing here", "Write the name, or remove the 'and'.")
    if joint := _JOINT.search(text.partition("{")[0]):
        sign = joint.group().strip()
        at = start + joint.start() + joint.group().index(sign)
        help = "Write 'and' between two names, and put braces around the name of a body."
        return BadName(at, len(sign), f"names are joined by 'and', not by '{sign}'", help)
    if et_al := _ET_AL.search(text):
        at, words = start + et_al.start(), et_al.group()
        return BadName(at, len(words), f"'{words}' is no name", "Write 'and others' at the end of the list.")
    if text.lower() == "others":
        return BadName(start, len(text), "'others' must come last", "Write 'and others' at the end of the list.")
    try:
        return _name(text)
    except InvalidNameError as invalid:
        return BadName(start, len(text), f"the name '{plain(text)}' {_REASONS[invalid.reason]}")


@lru_cache(maxsize=1 << 13)
def _name(text: str) -> Name:
    if text.startswith("{") and closing_brace(text, 0, len(text)) == len(text):
        return Name(plain(text), corporate=True)
    labelled = [_LABELLED.fullmatch(part) for part in text.split(",")]
    if all(labelled):
        return _labelled({match[1].lower(): plain(match[2]) for match in labelled if match})
    return _person(parse_single_name_into_parts(text, strict=True))


def _labelled(parts: dict[str, str]) -> Name:
    """A name in biblatex's extended form: `family=Graaf, given=Peter, prefix=van der`."""
    return Name(parts.get("family", ""), parts.get("given", ""), parts.get("prefix", ""), parts.get("suffix", ""))


def _person(parts: NameParts) -> Name:
    last, first, von, jr = (plain(" ".join(words)) for words in (parts.last, parts.first, parts.von, parts.jr))
    if first[:1].islower() and last[:1].isupper() and not von and len(parts.first) == 1:
        # bibtexparser takes the first of two words for a given name even in "de Onís".
        return Name(last, "", first, jr)
    return Name(last, first, von, jr)
