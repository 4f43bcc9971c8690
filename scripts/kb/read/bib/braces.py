"""Where a brace or a quotation mark closes. A sign after a backslash neither opens nor closes."""

from __future__ import annotations

import re

_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_FLAT = re.compile(r"\{[^{}\\]*\}")
_QUOTES = re.compile(r"\\.|[{}\"]", re.DOTALL)


def closing_brace(text: str, start: int, limit: int) -> int | None:
    """The offset behind the brace that closes the one at `start`."""
    if flat := _FLAT.match(text, start, limit):
        return flat.end()
    depth = 0
    for brace in _BRACES.finditer(text, start, limit):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            return brace.end()
    return None


def closing_quote(text: str, start: int, limit: int) -> int | None:
    """The offset behind the quotation mark that closes the one at `start`: one that stands outside braces."""
    depth = 0
    for mark in _QUOTES.finditer(text, start + 1, limit):
        depth += {"{": 1, "}": -1}.get(mark.group(), 0)
        if depth == 0 and mark.group() == '"':
            return mark.end()
    return None
