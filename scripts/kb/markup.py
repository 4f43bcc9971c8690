"""The links that people write in Markdown: `[words][record-id]`, `[@key, p. 12]`, `[words](address)`, `<address>`.

Both the checks and the pages need to know what a text links to; the forms stand here once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

CITATION = r"\[@(?P<citation>[^\]\n]{1,500})\]"
"""`[@key]`, `[@key, p. 12]`, `[@first; @second, p. 3]`."""
BARE = r"[A-Za-z][A-Za-z0-9+.-]*+:[^\s<>]*+"
"""The inside of `<address>`, an address that is shown as it is."""
WORDS = r"\[(?:[^\[\]\n]|\n(?!\s*\n)|\[[^\[\]]*\]){0,500}\]"
"""`[words]`: what a link to a record or to an address begins with."""
TARGET = (
    r"(?P<target>\(\s*+(?P<address>[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)*+))"
    r"(?:\s++(?P<title>\"[^\"\n]*+\"|'[^'\n]*+'))?\s*+\)"
)
"""`(address)` or `(address "title")`, behind the words of a link."""
_LINK = re.compile(
    rf"(?P<code>(?<!`)(?P<ticks>`++).*?(?<!`)(?P=ticks)(?!`))|(?<!\\){CITATION}"
    rf"|(?<!\\){WORDS}(?:\[(?P<record>[^\]\[]+)\]|{TARGET})|(?<!\\)<(?P<bare>{BARE})>",
    re.DOTALL,
)
_FENCE = re.compile(r"^(?P<fence>`{3,}+|~{3,}+).*?^(?P=fence)\s*?$", re.DOTALL | re.MULTILINE)

LinkKind = Literal["record", "citation", "address"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link in a text: to a record, a work of the bibliography, or an address.

    `token` is the stretch of text that names the target, and `occurrence` how often the same stretch stands
    before it; `at` is the page or section of a citation.
    """

    kind: LinkKind
    target: str
    token: str
    occurrence: int
    at: str = ""


def cited(citation: str) -> Iterator[tuple[str, str]]:
    """Key and place in the work of each work in the inside of a citation: `key, p. 12; @other`."""
    for part in citation.split(";"):
        key, _, at = part.strip().removeprefix("@").partition(",")
        yield key.strip(), at.strip()


def links(text: str) -> tuple[Link, ...]:
    """Every link of a Markdown text in order; code is passed over."""
    return _links(text) if "[" in text or "<" in text else ()


@lru_cache(maxsize=1 << 20)  # several rules, the pages and the search look at each text
def _links(text: str) -> tuple[Link, ...]:
    return tuple(_found(text))


def _found(text: str) -> Iterator[Link]:
    bare = _FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence.group()), text)
    for match in _LINK.finditer(bare):
        if (citation := match["citation"]) is not None:
            yield from _citations(citation, text, match.start())
        elif (record := match["record"]) is not None:
            yield _link("record", record, f"[{record}]", text, match.start("record") - 1)
        elif (address := match["address"]) is not None:
            yield _link("address", address, match["target"], text, match.start("target"))
        elif (address := match["bare"]) is not None:
            yield _link("address", address, f"<{address}", text, match.start("bare") - 1)


def _citations(citation: str, text: str, start: int) -> Iterator[Link]:
    offset = start
    for key, at in cited(citation):
        offset = text.find(f"@{key}", offset)
        yield _link("citation", key, f"@{key}", text, offset, at)


def _link(kind: LinkKind, target: str, token: str, text: str, offset: int, at: str = "") -> Link:
    return Link(kind, target, token, text.count(token, 0, max(offset, 0)), at)
