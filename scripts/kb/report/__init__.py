"""What leaves the house as text: problems for a person, GitHub or a machine, the manual of rules, pages as files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from kb.pages import Page
from kb.problem import Problem
from kb.report.accession import accession_as_text
from kb.report.colour import in_colour
from kb.report.handbook import explain, manual, overview
from kb.report.outside import count_links, links_as_json, links_as_markdown, links_as_text
from kb.report.review import as_comment
from kb.report.suggestion import answer, offer, title
from kb.report.text import Texts, as_text, compared, count, difference

__all__ = [
    "Texts",
    "accession_as_text",
    "answer",
    "as_comment",
    "as_github",
    "as_json",
    "as_markdown",
    "as_text",
    "compared",
    "count",
    "count_links",
    "difference",
    "explain",
    "in_colour",
    "links_as_json",
    "links_as_markdown",
    "links_as_text",
    "manual",
    "offer",
    "overview",
    "title",
]


def as_github(problems: Iterable[Problem], notices: Sequence[Problem] = ()) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request; `notices` as mere notices."""
    return "\n".join(_annotation(one, "notice" if one in notices else one.severity) for one in problems)


def _annotation(problem: Problem, command: str) -> str:
    place = problem.place
    whose = f"{problem.record}: " if problem.record else ""
    where = f"file={_property(place.file)},line={place.line},col={place.column}"
    title = _property(problem.rule)
    other = problem.related
    also = f" ({other.place.file}:{other.place.line}: {other.what})" if other else ""
    return f"::{command} {where},title={title}::{_message(f'{whose}{problem.message}{also} {problem.help}')}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def as_json(problems: Sequence[Problem], blocking: Sequence[Problem] | None = None) -> str:
    """One JSON list of objects: file, line, column, severity, rule, record, message, help, related, blocking.

    `related` is null, or an object with file, line, column and what stands there. `blocking` says whether the problem
    makes the command fail: each of those named, or else each error.
    """
    stop = {problem for problem in problems if problem.severity == "error"} if blocking is None else set(blocking)
    return json.dumps([_object(problem, problem in stop) for problem in problems], ensure_ascii=False, indent=2)


def _object(problem: Problem, is_blocking: bool) -> dict[str, object]:
    other = problem.related
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": problem.severity,
        "rule": problem.rule,
        "record": problem.record,
        "message": problem.message,
        "help": problem.help,
        "related": other
        and {
            "file": other.place.file,
            "line": other.place.line,
            "column": other.place.column,
            "what": other.what,
        },
        "blocking": is_blocking,
    }


def as_markdown(page: Page) -> str:
    """A page as a Markdown file: title and description in front matter, then its HTML."""
    front = json.dumps({"title": page.title, "description": page.description}, ensure_ascii=False, indent=2)
    return f"---\n{front}\n---\n\n{page.body.strip()}\n"
