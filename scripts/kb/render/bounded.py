"""Parts of Markdown that take quadratic time over texts made to be slow, in forms that do not.

Links are those that the checks look for, and no others: what is shown as a link has been looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.tables import TableProcessor
from markdown.inlinepatterns import LinkInlineProcessor
from markdown.preprocessors import HtmlBlockPreprocessor

from kb.markup import TARGET, WORDS

_WORDS = re.compile(WORDS)
_TARGET = re.compile(TARGET)
_ID = re.compile(r"\[([^\]\[]+)\]")
_LINES_THAT_TELL = 100


class AddressLink(LinkInlineProcessor):
    """`[words](address)`. Markdown's own looks for the end of each bracket in all that follows."""

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802  (Markdown's own name)
        found = _WORDS.match(data, index - 1)
        return (found[0][1:-1], found.end(), True) if found else ("", index, False)

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802  (Markdown's own name)
        found = _TARGET.match(data, index)
        if found is None:
            return "", None, index, False
        title = found["title"] and self.unescape(found["title"][1:-1])
        return self.unescape(found["address"]), title, found.end(), True


class RecordLink(AddressLink):
    """`[words][id]` in that form alone, where `records` has the id."""

    def __init__(self, pattern: str, md: Markdown, records: Mapping[str, str]) -> None:
        super().__init__(pattern, md)
        self.records = records

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802  (Markdown's own name)
        found = _ID.match(data, pos=index)
        address = self.records.get(" ".join(found[1].split())) if found else None
        return (f"site:{address}", None, found.end(), True) if found and address else ("", None, index, False)


class WholeTags(HtmlBlockPreprocessor):
    """HTML up to the last tag that closes: for each later one, Python's parser looks through all that follows."""

    def run(self, lines: list[str]) -> list[str]:
        whole, end, rest = "\n".join(lines).rpartition(">")
        head = super().run((whole + end).split("\n"))
        return "\n".join((*head[:-1], head[-1] + rest)).split("\n")


class Tables(TableProcessor):
    """Tables, told by their first lines: Markdown's own looks at every line of a block each time."""

    def test(self, parent: Element, block: str) -> bool:
        return super().test(parent, "\n".join(block.split("\n", _LINES_THAT_TELL)[:_LINES_THAT_TELL]))
