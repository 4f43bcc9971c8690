"""Texts that somebody else wrote, in Markdown for a forge: shown as code, so that they name nobody and do nothing.

Within code GitHub follows no mention, reference, address or tag, and shows HTML as it is.
"""

from __future__ import annotations

import re

from kb.problem import Problem, is_unseen

LIMIT = 65_000
"""Characters: GitHub takes no comment beyond 65,536."""
LONGEST_QUOTE = 300
_TOO_LONG = "\n\nThere is more, but a comment can hold no more.\n"


def code(text: str, longest: int = LONGEST_QUOTE) -> str:
    """A text on one line, as code."""
    line = _visible(" ".join(text.split()))
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    fence = "`" * (_longest_run(line) + 1)
    space = " " if not line or "`" in (line[0], line[-1]) else ""
    return f"{fence}{space}{line}{space}{fence}"


def code_block(text: str, language: str = "") -> str:
    """A text on lines of its own, as code."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{_visible(text.rstrip())}\n{fence}"


def sentence(problem: Problem) -> str:
    """What is wrong and what to do."""
    stop = "" if problem.message.endswith(("?", ".")) else "."
    return f"{problem.message}{stop} {problem.help}"


def bounded(text: str) -> str:
    """A text that is not too long for a comment: whole lines of it, and a word where some are left out."""
    if len(text) <= LIMIT:
        return text
    kept = text[: LIMIT - len(_TOO_LONG)]
    return kept[: kept.rindex("\n")] + _TOO_LONG


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _visible(text: str) -> str:
    """A text in which signs that nobody can see are named."""
    return "".join(f"[U+{ord(sign):04X}]" if is_unseen(sign) else sign for sign in text)
