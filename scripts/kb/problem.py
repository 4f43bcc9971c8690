"""What is wrong, and where: the one shape in which every fault in the data travels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from unicodedata import category

from kb.near import nearest

LONGEST_QUOTE = 60
_JOINERS = "\u200c\u200d"
"""Signs that cannot be seen, and that Persian and many emoji need."""
Severity = Literal["error", "warning"]
Ground = Literal["words", "day", "network"]
"""What a rule goes by: the words that are written; the day as well; or what other sites answer."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one line of one file.

    `file` is relative to the project's folder, with forward slashes. `line` and `column` count
    from 1; `column` counts characters. `width` is how many characters the fault takes up.
    """

    file: str
    line: int = 1
    column: int = 1
    width: int = 1

    def down(self, lines: int) -> Place:
        """The place so many lines further down."""
        return Place(self.file, self.line + lines, self.column, self.width)


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence that must hold, and what to do where it does not.

    `id` is kebab-case and never changes; `sentence` is the rule's line in the manual; `help` says
    in general how to mend a breach. What breaks a rule that does not go by the words alone comes and
    goes while nobody changes a word.
    """

    id: str
    sentence: str
    help: str
    severity: Severity = "error"
    goes_by: Ground = "words"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that belongs to a problem, and what is there: `first used here`."""

    place: Place
    what: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of one rule.

    `record` is the id of the record it was found in, if it was found in one. `message` says what
    is wrong; `help` what to do about this very case; `related` where else to look. No message names a
    line: it stays the same where the lines around it change.
    """

    place: Place
    rule: str
    severity: Severity
    message: str
    help: str
    record: str | None = None
    related: Related | None = None


def breach(
    rule: Rule, place: Place, message: str, *, help: str = "", record: str | None = None, related: Related | None = None
) -> Problem:
    """A problem under `rule`, with the rule's own advice unless `help` gives closer advice."""
    return Problem(place, rule.id, rule.severity, message, help or rule.help, record, related)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The question whether the choice nearest to a word was meant; nothing if none is near."""
    near = nearest(word, choices)
    return f" Did you mean '{near}'?" if near else ""


def shown(text: str) -> str:
    """A text as a message quotes it: on one line, and not without end."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


def is_unseen(sign: str) -> bool:
    """Whether a sign only controls how others are shown, or has no shape that all computers know."""
    return sign not in ("\n", "\t", *_JOINERS) and (category(sign)[0] == "C" or category(sign) in ("Zl", "Zp"))


def a(noun: str) -> str:
    """A noun with its article: a case, an outcome."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
