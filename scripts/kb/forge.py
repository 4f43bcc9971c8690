"""What comes from a forge: the form by which people suggest a resource, what they wrote into it, and what it became."""

from __future__ import annotations

from dataclasses import dataclass

from kb.change import Twin
from kb.problem import Problem

Route = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form, under the heading `label`.

    `route` leads to the field of a record that it fills: the id `co_produced-how` fills `how` of `co_produced`. It is
    empty where the answer agrees to something. `options` are the answers to choose from; any text if there are none.
    """

    label: str
    route: Route
    needed: bool = False
    in_one_line: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as its author wrote it."""

    number: int
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote under a heading of a form: one text, or those that were chosen from a list."""

    field: Field
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What became of an issue.

    `refusals` are sentences for its author; if there are any, no record was made. `file` is the data file with the
    new text `text`, in which `record` was written under `id`. `missing` are the labels of answers that the record
    still needs, `problems` all else that stands in its way or beside it, `twins` what may be the same.
    """

    issue: Issue
    refusals: tuple[str, ...] = ()
    id: str = ""
    record: str = ""
    file: str = ""
    text: str = ""
    missing: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    twins: tuple[Twin, ...] = ()

    @property
    def branch(self) -> str:
        """The branch on which the record is offered: one for each issue."""
        return f"suggestion-{self.issue.number}"
