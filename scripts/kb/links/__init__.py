"""Addresses: that those given out once still answer, and that those written in texts lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from kb import markup
from kb.model import LinkTarget, Markdown
from kb.pages import Site
from kb.problem import Place, Problem, Rule, breach, did_you_mean
from kb.source import Leaf, Promise, Sources, within

PERMALINKS_KEPT = Rule(
    "permalinks-kept",
    "Every address in permalinks.txt is still a page, a redirect, or the page of a retired record.",
    "Bring the record back with `status: retired` and a reason, or name the old id in the `was:` of its successor.",
)
KNOWN_ADDRESSES = Rule(
    "known-addresses",
    "A link to an address on this site, such as `/cases/`, leads to a page, and to a heading if it names one.",
    "Open the page you mean and copy its address from the slash after the name of the site.",
)
RULES = (PERMALINKS_KEPT, KNOWN_ADDRESSES)
_RECORD_ADDRESS = re.compile(r"/(?P<folder>[a-z-]+)/(?P<id>[^/#]+)/$")


def check_addresses(site: Site, sources: Sources) -> tuple[Problem, ...]:
    """Promises that the site would break, and links in texts that lead nowhere."""
    answers = set(site.addresses()) | {
        f"{page.address}#{heading.id}" for page in site.pages for heading in page.headings
    }
    return (*_broken_promises(answers, sources.promises), *_dead_links(answers, sources))


def _broken_promises(answers: Set[str], promises: Iterable[Promise]) -> Iterator[Problem]:
    for promise in promises:
        if promise.address not in answers and promise.address.partition("#")[0] not in _lost_pages(answers, promise):
            message = f"{promise.address} was given out once and would be lost"
            yield breach(PERMALINKS_KEPT, promise.place, message, help=_remedy(promise.address, answers))


def _lost_pages(answers: Set[str], promise: Promise) -> Set[str]:
    """The page of a lost anchor, if that is lost as well: then the page's own line reports it."""
    page, hash, _ = promise.address.partition("#")
    return {page} if hash and page not in answers else set()


def _remedy(address: str, answers: Set[str]) -> str:
    page, hash, anchor = address.partition("#")
    if hash:
        return (
            f"Add to the front matter of the page {page}: `moved_headings: [{{was: {anchor}, now: …}}]`, "
            f"with the id of the heading that holds this now."
        )
    if found := _RECORD_ADDRESS.match(address):
        id = found["id"]
        near = did_you_mean(
            address, (one for one in answers if "#" not in one and one.startswith(f"/{found['folder']}/"))
        )
        key = "ids = {" + id + "}," if found["folder"] == "references" else f"was: [{id}]"
        return f"Add `{key}` to what replaces it, or bring it back with `status: retired` and a reason.{near}"
    return f"Bring the page back, or add `was: [{address}]` to the front matter of the page that replaces it."


def _dead_links(answers: Set[str], sources: Sources) -> Iterator[Problem]:
    for record, leaf in sources.leaves():
        for address, place in _addresses(leaf, sources):
            known = address in answers or (not address.endswith("/") and f"{address}/" in answers)
            if not known:
                near = did_you_mean(address, (one for one in answers if "#" not in one))
                yield breach(KNOWN_ADDRESSES, place, f"'{address}' leads nowhere.{near}", record=record)


def _addresses(leaf: Leaf, sources: Sources) -> Iterator[tuple[str, Place]]:
    if isinstance(leaf.role, LinkTarget) and leaf.text.startswith("/"):
        yield leaf.text, leaf.place
    elif isinstance(leaf.role, Markdown):
        for link in markup.links(leaf.text):
            if link.kind == "address" and link.target.startswith("/"):
                text = sources.texts[leaf.place.file]
                yield link.target, within(text, leaf, link.token, link.occurrence)


def release(site: Site, promises: Iterable[Promise]) -> tuple[str, ...]:
    """The addresses that the site offers and that no line of permalinks.txt promises yet, in order."""
    known = {promise.address for promise in promises}
    return tuple(sorted({address for address in site.addresses() if address not in known}))
