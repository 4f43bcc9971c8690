"""What leaves the house as text: problems for a person, GitHub or a machine, the manual of rules, pages as files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from kb.pages import Page
from kb.problem import Problem, Rule

Texts = Mapping[str, str]
"""Each file's text by its name, to show the line that a problem stands on."""


def as_text(problems: Sequence[Problem], texts: Texts) -> str:
    """Each problem with its line and a caret under the place, then a line that counts."""
    return "\n".join([*(_block(problem, texts) for problem in problems), count(problems)])


def _block(problem: Problem, texts: Texts) -> str:
    place = problem.place
    whose = f"{problem.record}: " if problem.record else ""
    head = f"{place.file}:{place.line}:{place.column}: {problem.severity}: {whose}{problem.message} [{problem.rule}]"
    return "\n".join([head, *_excerpt(problem, texts), f"    {problem.help}", ""])


def _excerpt(problem: Problem, texts: Texts) -> list[str]:
    place = problem.place
    lines = texts.get(place.file, "").split("\n")
    if place.line > len(lines) or not lines[place.line - 1].strip():
        return []
    line = lines[place.line - 1].replace("\t", " ")
    shown, column = _window(line, place.column - 1)
    margin = f"{place.line:>5} | "
    carets = "^" * max(1, min(place.width, len(shown) - column))
    return [margin + shown, " " * (len(margin) - 2) + "| " + " " * column + carets]


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


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_github(problems: Iterable[Problem]) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request."""
    return "\n".join(_annotation(problem) for problem in problems)


def _annotation(problem: Problem) -> str:
    place = problem.place
    whose = f"{problem.record}: " if problem.record else ""
    where = f"file={_property(place.file)},line={place.line},col={place.column}"
    title = _property(problem.rule)
    return f"::{problem.severity} {where},title={title}::{_message(f'{whose}{problem.message} {problem.help}')}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def as_json(problems: Iterable[Problem]) -> str:
    """One JSON list of objects: file, line, column, severity, rule, record, message, help."""
    return json.dumps([_object(problem) for problem in problems], ensure_ascii=False, indent=2)


def _object(problem: Problem) -> dict[str, str | int | None]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": problem.severity,
        "rule": problem.rule,
        "record": problem.record,
        "message": problem.message,
        "help": problem.help,
    }


def manual(rules: Iterable[Rule]) -> str:
    """The manual of rules in Markdown, a heading for each."""
    return MANUAL_HEAD + "".join(_entry(rule) for rule in rules)


MANUAL_HEAD = """# Rules

Every rule that `python3 scripts check` keeps. An error stops the build; a warning does not, unless you add `--strict`.
This file is made by `kb rules`.
"""


def _entry(rule: Rule) -> str:
    return f"\n## {rule.id}\n\n*{rule.severity.capitalize()}.* {rule.sentence}\n\nHow to mend it: {rule.help}\n"


def as_markdown(page: Page) -> str:
    """A page as a Markdown file: title and description in front matter, then its HTML."""
    front = json.dumps({"title": page.title, "description": page.description}, ensure_ascii=False, indent=2)
    return f"---\n{front}\n---\n\n{page.body.strip()}\n"
