"""The text of one file, and how a stretch of it becomes a place with line and column."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from kb.problem import Place, Problem, Related, breach
from kb.read.bib.rules import Fault


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A file's text with its name and the offset of each line."""

    file: str
    text: str
    lines: tuple[int, ...]

    def place(self, start: int, end: int) -> Place:
        """The stretch from `start` to `end`, cut off at the end of its first line."""
        line = bisect_right(self.lines, start)
        first = self.lines[line - 1]
        last = self.lines[line] - 1 if line < len(self.lines) else len(self.text)
        width = min(end, last) - start
        return Place(self.file, line, start - first + 1, max(width, 1))

    def problem(self, fault: Fault, record: str | None = None) -> Problem:
        """The fault as a problem with its place."""
        place = self.place(fault.start, fault.end)
        first = fault.first and Related(self.place(fault.first[0], sum(fault.first)), "the first is here")
        return breach(fault.rule, place, fault.message, help=fault.help, record=record or None, related=first)


def manuscript(file: str, text: str) -> Manuscript:
    """The text with its lines counted."""
    return Manuscript(file, text, (0, *(end.end() for end in re.finditer("\n", text))))
