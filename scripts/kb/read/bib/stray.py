"""Text between the blocks: remarks are welcome there, halves of entries are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.read.bib.biblatex import OLDER_TYPES, TYPES
from kb.read.bib.rules import SYNTAX, Fault
from kb.read.bib.scan import NAME

_REMARK_LINE = re.compile(r"^[ \t]*%[^\n]*", re.MULTILINE)
_LOST_AT = re.compile(rf"^[ \t]*(?P<sign>{'|'.join(sorted(TYPES | OLDER_TYPES.keys()))})[ \t]*[{{(]", re.M | re.I)
_LOST_KEY = re.compile(
    rf"^[ \t]*@?(?:{'|'.join(sorted(TYPES | OLDER_TYPES.keys()))})"
    r"(?:[ \t]*+[{(]\s*+|\s++)(?P<key>[^\s,{}()=\"]+)\s*,",
    re.MULTILINE | re.IGNORECASE,
)
_HALF_HEAD = re.compile(r"(?P<sign>@(?!comment\b)\s*\w+\s*[{(]|(?<=\n)[ \t]*@(?!comment\b)[^\s,]*)", re.I)
_LOOSE_FIELD = re.compile(rf"^[ \t,]*(?P<sign>{NAME})\s*=\s*[\"{{\d]", re.MULTILINE)
_LOOSE_BRACE = re.compile(r"^[ \t]*(?P<sign>[})])[ \t,})]*\r?$", re.MULTILINE)


def stray_text(text: str, start: int, end: int, *, after_fault: bool) -> Iterator[Fault]:
    """What looks like an entry that lost its @ or its brace, and fields that belong to no entry.

    Fields or braces right after a block with a fault are its consequence, and not reported again.
    """
    between = "\n" + _REMARK_LINE.sub(lambda remark: " " * len(remark.group()), text[start:end])
    heads = sorted([*_LOST_AT.finditer(between), *_HALF_HEAD.finditer(between)], key=re.Match.start)
    before = between[: heads[0].start()] if heads else between
    loose = _LOOSE_FIELD.search(before) or _LOOSE_BRACE.search(before)
    if loose and not after_fault:
        yield _fault(loose, start - 1, "'{sign}' stands outside any entry")
    for head in heads:
        why = "is none" if head["sign"].strip().startswith("@") else "has no @"
        yield _fault(head, start - 1, f"'{{sign}}' looks like the head of an entry, but {why}")


def lost_keys(text: str) -> Iterator[tuple[int, str]]:
    """Where a key stands behind what looks like the head of an entry without its @, and the key."""
    for found in _LOST_KEY.finditer(text):
        yield found.start("key"), found["key"]


def _fault(match: re.Match[str], offset: int, message: str) -> Fault:
    sign = match["sign"].strip()
    start = offset + match.end("sign") - len(match["sign"].lstrip())
    help = "Complete the entry it belongs to, or put % in front of the line to keep it as a remark."
    return Fault(SYNTAX, start, start + len(sign), message.format(sign=sign), help)
