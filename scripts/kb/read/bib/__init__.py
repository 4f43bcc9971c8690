"""Reading a bibliography: what each entry says, and every slip of the pen where it was written.

A file passes through these modules in this order, each a step that yields values for the next:

    blocks, scan, stray    where each block begins (bibtexparser), what it holds, what stands between blocks
    macros                 values with their `@string` macros put in
    names, dates, latex    what a value means
    entries, biblatex      the reference that an entry makes, and what things are called
"""

from __future__ import annotations

from types import MappingProxyType

from kb.problem import Place, Problem, Related, breach
from kb.read.bib.blocks import blocks
from kb.read.bib.entries import Entry, read_entry
from kb.read.bib.macros import fill_in
from kb.read.bib.manuscript import Manuscript, manuscript
from kb.read.bib.rules import RULES, UNIQUE_KEYS
from kb.read.bib.stray import lost_keys
from kb.read.parts import Part, entry_parts, known_again, marked
from kb.source import Cited

__all__ = ["RULES", "Bibliography", "read_bibliography", "read_bibliography_again"]

Bibliography = tuple[tuple[Cited, ...], tuple[Problem, ...]]
"""The entries of a bibliography, and what is wrong with it."""


def read_bibliography(text: str, file: str) -> Bibliography:
    """The entries of a bibliography in order, and every fault in it; `text` is without a byte order mark."""
    page = manuscript(file, text)
    found, faults = blocks(text)
    filled = fill_in(found)
    entries = [read_entry(one, text) for one in filled if one.block.type != "string"]
    problems = [page.problem(fault) for fault in faults]
    for one in filled:
        if one.block.type == "string":
            problems += (page.problem(fault) for fault in (*one.block.faults, *one.faults))
    for entry in entries:
        problems += (page.problem(fault, entry.block.key) for fault in entry.faults)
    cited, taken = _once(entries, page)
    known = {one.key for one in cited}
    lost = (
        Cited(key, _place(start, key, page), MappingProxyType({}), None)
        for start, key in lost_keys(text)
        if key not in known and any(fault.start <= start <= fault.end + len(key) + 2 for fault in faults)
    )
    return (*cited, *lost), tuple(sorted((*problems, *taken), key=lambda problem: problem.place))


def read_bibliography_again(text: str, name: str, before: Bibliography | None) -> Bibliography:
    """What a bibliography says; given what it said `before`, only new entries are read."""
    cut = entry_parts(text)
    again = _read_again(cut, name, before[0]) if before else None
    if again is not None:
        return again, ()
    cited, problems = read_bibliography(text, name)
    return marked(() if problems else cut, cited, ()) or cited, problems


def _read_again(cut: tuple[Part, ...], name: str, before: tuple[Cited, ...]) -> tuple[Cited, ...] | None:
    """The entries of the parts; None where that is not certain."""
    every: list[Cited] = []
    for part, known in known_again(cut, before):
        if known is not None:
            every.append(known)
            continue
        found, problems = read_bibliography(part.alone, name)
        if problems:
            return None
        every.extend(one.down(part.line - 1) for one in found)
    is_once = len({one.key.casefold() for one in every}) == len(every)
    return marked(cut, every, ()) if is_once else None


def _once(entries: list[Entry], page: Manuscript) -> tuple[tuple[Cited, ...], tuple[Problem, ...]]:
    """The first entry with each key, and a problem for each later one."""
    first: dict[str, Cited] = {}
    taken: list[Problem] = []
    for entry in entries:
        cited = _cited(entry, page)
        if entry.block.key and first.setdefault(cited.key.casefold(), cited) is not cited:
            here = Related(first[cited.key.casefold()].place, "first used here")
            message = f"'{cited.key}' is already the key of an entry"
            taken.append(breach(UNIQUE_KEYS, cited.place, message, record=cited.key, related=here))
    return tuple(first.values()), tuple(taken)


def _cited(entry: Entry, page: Manuscript) -> Cited:
    block = entry.block
    places = {name: _place(value.start, value.name, page) for name, value in entry.fields.items()}
    if "year" in places:
        places.setdefault("date", places["year"])
    return Cited(
        block.key, _place(block.key_start, block.key, page), MappingProxyType(places), entry.reference, entry.slipped
    )


def _place(start: int, word: str, page: Manuscript) -> Place:
    return page.place(start, start + len(word))
