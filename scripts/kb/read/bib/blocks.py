"""A bibliography taken apart into its `@` blocks, with bibtexparser, and what stands between them."""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from collections.abc import Iterator

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import ImplicitComment, ParsingFailedBlock

from kb.read.bib.braces import closing_brace
from kb.read.bib.manuscript import manuscript
from kb.read.bib.rules import SYNTAX, Fault
from kb.read.bib.scan import HEAD, read_block
from kb.read.bib.stray import stray_text
from kb.read.bib.written import Block

_REMARK_LINE = re.compile(r"^[ \t]*%[^\n]*@[^\n]*", re.MULTILINE)
_LATE_BRACE = re.compile(r"^([ \t]*@\w+)([ \t\r]*\n\s*)(?=[{(])", re.MULTILINE)
_COMMENT = re.compile(r"@comment\s*(?=\{)", re.IGNORECASE)
_OPAQUE = re.compile(r"@(comment|preamble)\s*[{(]", re.IGNORECASE)

# It reports each sick block there as well; here every one becomes a problem.
logging.getLogger("bibtexparser.splitter").setLevel(logging.CRITICAL)


def blocks(text: str) -> tuple[tuple[Block, ...], tuple[Fault, ...]]:
    """The entries and `@string`s in order, and what is wrong between them."""
    found: list[Block] = []
    faults: list[Fault] = []
    end, sick = 0, False
    for start, limit in _stretches(text):
        if start < end:
            continue  # An @ within a block that was read to its end: part of a value.
        faults += stray_text(text, end, start, after_fault=sick)
        if opaque := _OPAQUE.match(text, start):
            closed = _closing(text, opaque.end() - 1, limit)
            faults += () if closed else (_never_closed(opaque),)
            end, sick = closed or limit, not closed
        else:
            found.append(read_block(text, start, limit))
            end, sick = found[-1].end, bool(found[-1].faults)
    return tuple(found), (*faults, *stray_text(text, end, len(text), after_fault=sick))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Where each block begins, and where the next block at the head of a line begins.

    bibtexparser gives a sick entry up at the first slip and goes on within it, so that only a block at the
    head of a line is sure to be one.
    """
    starts = [start for start in _starts(_masked(text)) if HEAD.match(text, start)]
    sure = [start for start in starts if not text[text.rfind("\n", 0, start) + 1 : start].strip()]
    for start in starts:
        after = bisect_right(sure, start)
        yield start, sure[after] if after < len(sure) else len(text)


def _starts(masked: str) -> Iterator[int]:
    """The offset of each block; where one was given up, its raw text may reach into the next."""
    lines = manuscript("", masked).lines
    end = 0
    for block in parse_string(masked, parse_stack=[]).blocks:
        if block.raw and not isinstance(block, ImplicitComment):
            start = masked.find(block.raw, max(end, lines[block.start_line or 0]))
            end = start + (1 if type(block) is ParsingFailedBlock else len(block.raw))
            yield start


def _masked(text: str) -> str:
    """The text, sign for sign as long, with every block plain to bibtexparser and no commented one."""
    text = _REMARK_LINE.sub(lambda remark: remark.group().replace("@", "%"), text)
    text = _LATE_BRACE.sub(lambda head: head[1] + " " * len(head[2]), text)
    return "".join(_comments_masked(text))


def _comments_masked(text: str) -> Iterator[str]:
    end = 0
    for comment in _COMMENT.finditer(text):
        if comment.start() < end:
            continue
        closed = closing_brace(text, comment.end(), len(text))
        if closed is None:
            break  # Reported when it is read; to look for the end of each later one could take for ever.
        yield text[end : comment.end()] + text[comment.end() : closed].replace("@", "%")
        end = closed
    yield text[end:]


def _closing(text: str, opening: int, limit: int) -> int | None:
    if text[opening] == "{":
        return closing_brace(text, opening, limit)
    return text.find(")", opening, limit) + 1 or None


def _never_closed(head: re.Match[str]) -> Fault:
    return Fault(SYNTAX, head.start(), head.end(), f"this @{head[1]} is never closed", "Write } where it ends.")
