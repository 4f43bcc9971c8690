"""The manual of rules: what must hold, how to mend it, and an example of what is said where it does not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from kb.problem import Rule, did_you_mean

EXAMPLES = Path(__file__).parent / "examples.txt"
"""What is said of one breach of each rule, taken from the golden cases of the tests, which also keep it up to date."""
MANUAL_HEAD = """# Rules

Every rule that `python3 scripts check` keeps. An error stops the build; a warning does not, unless you add `--strict`.
`python3 scripts explain known-values` shows the entry of one rule. This file is made by `kb rules`.
"""
_GROUNDS = {
    "words": "",
    "day": " It depends on the day, so it never blocks a change under `--changed`.",
    "network": " It depends on the network, so it never blocks a change under `--changed`.",
}
_RULE = re.compile(r"^\S.*\[(?P<rule>[a-z0-9-]+)\]$", re.MULTILINE)


def manual(rules: Iterable[Rule]) -> str:
    """The manual of rules in Markdown, a heading for each."""
    return MANUAL_HEAD + "".join(f"\n{_entry(rule)}" for rule in rules)


def explain(asked: str, rules: Sequence[Rule], every: str = "") -> str:
    """The entry of the manual for the rule with this id, which may stand in brackets.

    Raises KeyError where there is none, with a sentence that names the nearest rule; if none is near, with `every`,
    which says where all are listed.
    """
    id = asked.strip("[]")
    found = next((rule for rule in rules if rule.id == id), None)
    if found is None:
        near = did_you_mean(id, (rule.id for rule in rules))
        raise KeyError(f"There is no rule '{id}'.{near or f' {every}'}")
    return _entry(found)


def overview(rules: Iterable[Rule]) -> str:
    """Every rule with its sentence."""
    return "".join(f"{rule.id}\n    {rule.sentence}\n" for rule in rules)


def _entry(rule: Rule) -> str:
    said = examples().get(rule.id, "")
    example = f"\nFor example:\n\n```\n{said}\n```\n" if said else ""
    says = f"*{rule.severity.capitalize()}.* {rule.sentence}{_GROUNDS[rule.goes_by]}"
    return f"## {rule.id}\n\n{says}\n\nHow to mend it: {rule.help}\n{example}"


@cache
def examples() -> Mapping[str, str]:
    """What is said of one breach of each rule, by its id."""
    blocks = EXAMPLES.read_text(encoding="utf-8").strip().split("\n\n") if EXAMPLES.exists() else []
    return {found["rule"]: block for block in blocks if (found := _RULE.match(block))}
