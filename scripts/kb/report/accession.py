"""What became of the works in a file that is imported, in sentences: each says where, what, and how to mend."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from kb.offer import Batch, Fate, Outcome
from kb.problem import shown
from kb.report.text import as_text

QUOTED = 12
"""Lines of an entry that is not taken that are quoted."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COUNTED: tuple[tuple[Fate, str], ...] = (
    ("new", "new"),
    ("known", "there already"),
    ("version", "other versions of works that are there"),
    ("refused", "not taken"),
)


def accession_as_text(batch: Batch, outcomes: Sequence[Outcome], file: str) -> str:
    """What is wrong beside the entries, a line on each of which there is something to say, and one that counts all."""
    said = [*batch.remarks, *(line for one in outcomes for line in _on(one))]
    if batch.problems:
        said.insert(0, as_text(batch.problems, {}, closing="").rstrip("\n"))
    if batch.beside:
        said.append(f"{file}: not part of any entry, and so not taken: {_lines(batch.beside)}.")
    counted = Counter(one.fate for one in outcomes)
    sums = ", ".join(f"{counted[fate]} {words}" for fate, words in _COUNTED)
    return _CONTROL.sub("\ufffd", "\n".join([*said, f"{len(outcomes)} read: {sums}."]))


def _on(one: Outcome) -> Iterator[str]:
    place = one.offered.place
    name = f"'{shown(one.offered.key)}'" if one.offered.key else "an entry without a key"
    where = f"{place.file}:{place.line}: {name}"
    match one.fate:
        case "refused":
            yield f"{where} is not taken: {one.why}"
            yield from _quoted(one.offered.quote)
        case "known":
            yield f"{where} is there already as '{one.key}': {one.why}.{_beyond(one)}"
        case "version":
            yield f"{where} is written as '{one.key}', for it is another version of '{one.other}': {one.why}."
        case "new" if one.key != one.offered.key:
            yield f"{where} is written as '{one.key}'."
    if one.looked_up:
        yield f"    {one.looked_up}"


def _beyond(known: Outcome) -> str:
    """What an entry says that the same work in the bibliography does not: it is for a person to take over."""
    more = f" It says more: {', '.join(map(shown, known.more))}." if known.more else ""
    return more + (f" It says otherwise: {', '.join(known.unlike)}." if known.unlike else "")


def _quoted(text: str) -> Iterator[str]:
    lines = text.split("\n")
    yield from (f"    | {line[:200]}{'…' if len(line) > 200 else ''}" for line in lines[:QUOTED])
    if len(lines) > QUOTED:
        yield f"    | … and {len(lines) - QUOTED} more lines"


def _lines(numbers: Iterable[int]) -> str:
    """Numbers of lines, those in a row as one stretch: `lines 1-3, 7`."""
    stretches: list[list[int]] = []
    for before, number in pairwise((-1, *numbers)):
        if number == before + 1:
            stretches[-1][-1:] = [number]
        else:
            stretches.append([number, number])
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in stretches]
    return f"line {parts[0]}" if parts[0].isdigit() and len(parts) == 1 else f"lines {', '.join(parts)}"
