"""What a forge hands over: an issue, from the payload of its event, and the form that it was written in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from kb.forge import Field, Issue

LARGEST_EVENT = 2_000_000
"""Bytes. GitHub takes no issue beyond 65,536 characters, and the rest of a payload is small."""


class NoIssueError(Exception):
    """A file is no event of an issue. The text says why."""


def read_issue(path: Path) -> Issue:
    """The issue that an event of GitHub is about. Raises NoIssueError, and OSError if the file cannot be opened."""
    if path.stat().st_size > LARGEST_EVENT:
        raise NoIssueError(f"{path.name} is too large for an event of an issue.")
    try:
        event = json.loads(path.read_bytes())
        number, body = event["issue"]["number"], event["issue"]["body"] or ""
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoIssueError(f"{path.name} is not an event of an issue.") from None
    if type(number) is not int or number < 1 or not isinstance(body, str):
        raise NoIssueError(f"{path.name} tells no number and body of an issue.")
    return Issue(number, body)


def read_form(path: Path) -> tuple[Field, ...]:
    """The questions of an issue form of GitHub, in order. Raises OSError if the file cannot be opened.

    The form is part of the project: one that GitHub would not take is a bug, and a test finds it.
    """
    body = yaml.safe_load(path.read_text(encoding="utf-8"))["body"]
    return tuple(_field(one) for one in body if one["type"] != "markdown")


def _field(one: dict[str, Any]) -> Field:
    asked = one["attributes"]
    agreement = one["type"] == "checkboxes"
    return Field(
        asked["label"],
        () if agreement else tuple(one["id"].split("-")),
        needed=agreement or one.get("validations", {}).get("required", False),
        in_one_line=one["type"] == "input",
        options=tuple(option["label"] if agreement else option for option in asked.get("options", ())),
    )
