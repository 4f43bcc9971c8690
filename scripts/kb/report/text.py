"""Problems for a person to read: each with its line and a caret under the place, then how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Literal, NamedTuple

from kb.problem import Problem, is_unseen

Texts = Mapping[str, str]
"""Each file's text by its name, to show the line that a problem stands on."""
Look = Literal["plain", "place", "error", "warning", "rule", "margin", "help"]


class Span(NamedTuple):
    """A stretch of text, and what it is, for those who give it a colour."""

    text: str
    look: Look = "plain"


def as_text(problems: Sequence[Problem], texts: Texts, *, closing: str | None = None) -> str:
    """Each problem with its line and a caret under the place, then a line that closes: how many there are."""
    return "".join(span.text for span in spans(problems, texts)) + (count(problems) if closing is None else closing)


def spans(problems: Iterable[Problem], texts: Texts) -> Iterator[Span]:
    """The same, without the line that counts, in pieces."""
    for problem in problems:
        yield from _head(problem)
        yield from _excerpt(problem, texts)
        if other := problem.related:
            yield Span("    ")
            yield Span(f"{other.place.file}:{other.place.line}:{other.place.column}", "place")
            yield Span(f": {other.what}\n")
        yield Span(f"    {problem.help}\n\n", "help")


def _head(problem: Problem) -> Iterator[Span]:
    place = problem.place
    whose = f"{problem.record}: " if problem.record else ""
    yield Span(f"{place.file}:{place.line}:{place.column}", "place")
    yield Span(": ")
    yield Span(problem.severity, problem.severity)
    yield Span(f": {whose}{problem.message} ")
    yield Span(f"[{problem.rule}]", "rule")
    yield Span("\n")


def _excerpt(problem: Problem, texts: Texts) -> Iterator[Span]:
    place = problem.place
    lines = texts.get(place.file, "").split("\n")
    if place.line > len(lines) or not lines[place.line - 1].strip():
        return
    line = "".join("\ufffd" if is_unseen(sign) else sign for sign in lines[place.line - 1].replace("\t", " "))
    shown, column = _window(line, place.column - 1)
    margin = f"{place.line:>5} | "
    yield Span(margin, "margin")
    yield Span(f"{shown}\n")
    yield Span(" " * (len(margin) - 2) + "| ", "margin")
    yield Span(" " * column + "^" * max(1, min(place.width, len(shown) - column)), problem.severity)
    yield Span("\n")


def _window(line: str, column: int, width: int = 100) -> tuple[str, int]:
    """At most `width` characters of a line around `column`, and where the column then is."""
    start = max(0, column - width // 2) if len(line) > width else 0
    return line[start : start + width], column - start


def count(problems: Iterable[Problem]) -> str:
    """How many errors and warnings there are, in words."""
    severities = [problem.severity for problem in problems]
    errors, warnings = severities.count("error"), severities.count("warning")
    if not severities:
        return "No problems found."
    parts = [_number(errors, "error")] * bool(errors) + [_number(warnings, "warning")] * bool(warnings)
    return f"{' and '.join(parts)} found."


def compared(blocking: int, beside: int, older: int) -> str:
    """How many problems in a change block it, how many in it do not, and how many are older, in words."""
    if not blocking + beside + older:
        return "No problems found."
    blocks = "blocks" if blocking <= 1 else "block"
    first = f"{_number(blocking, 'problem') if blocking else 'Nothing'} in what you changed {blocks}"
    others = [f"{_number(beside, 'more problem' if blocking else 'problem')} there"] * bool(beside)
    others += [f"{_number(older, 'older problem')} elsewhere"] * bool(older)
    if not others:
        return f"{first}."
    return f"{first}; {' and '.join(others)} {'does' if beside + older == 1 else 'do'} not."


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def difference(name: str, old: str, new: str, now: str = "mended") -> str:
    """What changed in a file, as `diff -u` shows it; a word on the ends of lines where no line changed."""
    lines = unified_diff(old.split("\n"), new.split("\n"), f"{name} (before)", f"{name} ({now})", lineterm="", n=1)
    return "\n".join(lines) or f"{name}: only the ends of lines, or a mark at the beginning, changed."
