"""Which addresses on other sites stand in the sources, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from kb import markup
from kb.liveness import Outside, Spot, asked_as
from kb.model import Markdown, WebAddress
from kb.source import Cited, Leaf, Sources, within


def outside(sources: Sources) -> tuple[Outside, ...]:
    """Each address on another site once, in order, with every spot where it stands. Those in a wrong form are left out.

    They are those of records and works, DOIs among them, and of the links in texts.
    """
    found: dict[str, list[Spot]] = {}
    for spot in (*_in_records(sources), *_in_literature(sources)):
        if _can_be_asked(spot.written):
            found.setdefault(asked_as(spot.written), []).append(spot)
    return tuple(Outside(address, tuple(sorted(set(spots), key=_order))) for address, spots in sorted(found.items()))


def _order(spot: Spot) -> tuple[str, int, int]:
    return spot.place.file, spot.place.line, spot.place.column


def _in_records(sources: Sources) -> Iterator[Spot]:
    for record, leaf in sources.leaves():
        if isinstance(leaf.role, WebAddress):
            yield Spot(leaf.place, record, leaf.text)
        elif isinstance(leaf.role, Markdown):
            yield from _in_text(record, leaf, sources.texts[leaf.place.file])


def _in_text(record: str | None, leaf: Leaf, text: str) -> Iterator[Spot]:
    for link in markup.links(leaf.text):
        if link.kind == "address":
            yield Spot(within(text, leaf, link.token, link.occurrence), record, link.target)


def _in_literature(sources: Sources) -> Iterator[Spot]:
    for cited in sources.literature:
        if (work := cited.reference) is not None:
            yield from _of_field(cited, "url", work.url)
            yield from _of_field(cited, "doi", work.address if work.doi else "")


def _of_field(cited: Cited, name: str, address: str) -> Iterator[Spot]:
    if address:
        yield Spot(cited.fields.get(name, cited.place), cited.key, address)


def _can_be_asked(address: str) -> bool:
    """Whether an address is one of the web; `kb check` speaks of those that are not."""
    try:
        parts = urlsplit(address)
        named = "." in (parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and named and not re.search(r"[\s\x00-\x1f\x7f]", address)
