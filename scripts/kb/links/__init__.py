"""Addresses: that those given out once still answer, and that those written in texts lead somewhere."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set

from kb import markup
from kb.model import KINDS, FormerAddress, LinkTarget, Markdown
from kb.pages import Site, page_address
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
FREE_ADDRESSES = Rule(
    "free-addresses",
    "A page of docs/ takes no address that another page of the site has, neither by the name of its file nor by `was`.",
    "Rename the file, or take the address out of `was`.",
)
RULES = (PERMALINKS_KEPT, KNOWN_ADDRESSES, FREE_ADDRESSES)
_RECORD_ADDRESS = re.compile(r"/(?P<folder>[a-z-]+)/(?P<id>[^/#]+)/$")


def check_addresses(site: Site, sources: Sources) -> tuple[Problem, ...]:
    """Promises that the site would break, links in texts that lead nowhere, and addresses that lead to two pages."""
    answers = set(site.addresses()) | {
        f"{page.address}#{heading.id}" for page in site.pages for heading in page.headings
    }
    return (*_broken_promises(answers, sources.promises), *_dead_links(answers, sources), *_taken(site, sources))


def _broken_promises(answers: Set[str], promises: Iterable[Promise]) -> Iterator[Problem]:
    promised = {promise.address for promise in promises}
    for promise in promises:
        page = promise.address.partition("#")[0]
        said_of_page = page != promise.address and page in promised and page not in answers
        if promise.address not in answers and not said_of_page:
            message = f"{promise.address} was given out once and would be lost"
            yield breach(PERMALINKS_KEPT, promise.place, message, help=_remedy(promise.address, answers))


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
        if found["folder"] == "references":
            return f"Add `ids = {{{id}}},` to the entry that replaces it, or bring the entry back.{near}"
        return f"Add `was: [{id}]` to what replaces it, or bring it back with `status: retired` and a reason.{near}"
    return f"Bring the page back, or add `was: [{address}]` to the front matter of the page that replaces it."


_STATE = re.compile(r"\?[^#]*|#\w+=.*")
"""What an address says to a page about what to show, as in `/explore/?topic=power` or `/reading-list/#ids=a,b`."""


def _dead_links(answers: Set[str], sources: Sources) -> Iterator[Problem]:
    for page, folder, record, leaf in _leaves(sources):
        for written, address, place in _addresses(leaf, page, folder, sources):
            bare = _STATE.sub("", address)
            known = bare in answers or (not bare.endswith("/") and f"{bare}/" in answers)
            if not known:
                near = did_you_mean(address, (one for one in answers if "#" not in one)) if written == address else ""
                yield breach(KNOWN_ADDRESSES, place, f"'{written}' leads nowhere.{near}", record=record)


def _leaves(sources: Sources) -> Iterator[tuple[str, str, str | None, Leaf]]:
    """Every text with the address of its page, the folder of `docs/` from which it sees others, and its record."""
    folders = {kind.kind: kind.folder for kind in KINDS}
    for written in sources.records:
        address = f"/{folders[written.kind]}/{written.id}/" if written.kind in folders else ""
        if address and getattr(written.record, "status", "draft") != "draft":
            yield from ((address, "", written.id, leaf) for leaf in written.leaves)
    for page in sources.pages:
        yield from ((page_address(page.path), posixpath.dirname(page.path), None, leaf) for leaf in page.leaves)


def _addresses(leaf: Leaf, page: str, folder: str, sources: Sources) -> Iterator[tuple[str, str, Place]]:
    """Each address on this site in a text: as it is written, as it is meant, and where."""
    if isinstance(leaf.role, LinkTarget) and leaf.text.startswith("/"):
        yield leaf.text, leaf.text, leaf.place
    elif isinstance(leaf.role, Markdown):
        for link in markup.links(leaf.text):
            if link.kind == "address" and (address := _meant(link.target, page, folder)):
                place = within(sources.texts[leaf.place.file], leaf, link.token, link.occurrence)
                yield link.target, address, place


def _meant(target: str, page: str, folder: str) -> str:
    """The address that a link means; nothing if it leads elsewhere, or names only a page that `check` looks for."""
    name, hash, anchor = target.partition("#")
    if target.startswith("/"):
        return target
    if not hash or "://" in name:
        return ""
    if not name:
        return f"{page}#{anchor}"
    return f"{page_address(posixpath.normpath(posixpath.join(folder, name)))}#{anchor}" if name.endswith(".md") else ""


def _taken(site: Site, sources: Sources) -> Iterator[Problem]:
    """Addresses of pages of docs/ at which two things would stand; to some computers capitals make no difference."""
    pages, former = (one.address for one in site.pages), (one.address for one in site.redirects)
    takers = Counter(address.casefold() for address in (*pages, *former))
    for page in sources.pages:
        was = ((leaf.text, leaf.place) for leaf in page.leaves if isinstance(leaf.role, FormerAddress))
        for address, place in ((page_address(page.path), page.place), *was):
            if takers[address.casefold()] > 1:
                yield breach(FREE_ADDRESSES, place, f"two pages would stand at {address}")


def release(site: Site, promises: Iterable[Promise]) -> tuple[str, ...]:
    """The addresses that the site offers and that no line of permalinks.txt promises yet, in order."""
    known = {promise.address for promise in promises}
    return tuple(sorted({address for address in site.addresses() if address not in known}))
