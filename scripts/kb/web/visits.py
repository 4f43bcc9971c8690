"""A visit to one address: what to ask next, and what the answers mean. No input or output.

First HEAD, which costs a site least; then GET where a site does not understand HEAD, and where only the page itself can
say that it is none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from kb.liveness import DOI, Finding, Remembered, Verdict
from kb.web import signs
from kb.web.answers import Answer, Question, Steps, retry_after

MOST_STEPS = 10
"""Redirects that are followed."""
MOST_TRIES = 3
"""Times that a page is asked for while the site asks for patience."""
REDIRECTS = {301, 302, 303, 307, 308}
FOR_GOOD = {301, 308}
"""Redirects that are meant to last (RFC 9110, 15.4)."""
WALLS = {401, 402, 403, 407, 429, 451, 999}
"""Refusals that say nothing of the page. 999 is LinkedIn's own."""
_PAGES = {"", "text/html", "application/xhtml+xml"}
_HOME = {"home", "index", "default", "welcome", "en", "en-gb", "en-us", "cy"}
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,100}"')
_MODIFIED = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


@dataclass(slots=True)
class Way:
    """The way from an address to where it leads: where it is now, and how far every redirect was one for good.

    `accept` is the media type that is asked for.
    """

    here: str
    lasting: str
    accept: str = ""
    steps: int = 0
    passed: Counter[str] = field(default_factory=Counter)


def visit(address: str, before: Remembered | None = None) -> Steps[Finding]:
    """Ask whether an address still answers, and say what was found. `before` is what is remembered of it."""
    known = before if before and before.verdict == "good" else None
    etag, modified = _validators(known.etag, known.modified) if known else ("", "")
    way = Way(address, address)
    if address.startswith(DOI):
        return _doi(address, (yield from _patiently(Question(address))))
    answer = yield from walk(way, "HEAD", etag, modified)
    read = False
    if not _says_enough(answer, etag if not way.steps else ""):
        way.passed.clear()
        page = yield from walk(way, "GET", etag, modified)
        read = page.fault != "later" or answer.status < 400  # one that is busy said so to HEAD already
        answer = page if read else answer
    verdict, why = _verdict(address, way, answer, read)
    if verdict != "good":
        return Finding(address, verdict, why)
    if way.lasting != address:
        return Finding(address, "moved", "", way.lasting)
    if way.steps:
        return Finding(address, "good")
    new, date = _validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
    if answer.status == 304:  # it repeats only what it wants to
        new, date = new or etag, date or modified
    return Finding(address, "good", "", "", new, date)


def _validators(etag: str, modified: str) -> tuple[str, str]:
    """An entity tag and a date as far as they are in their form: what a server sends is repeated to it as it is."""
    return etag if _ETAG.fullmatch(etag) else "", modified if _MODIFIED.fullmatch(modified) else ""


# --- what to ask ------------------------------------------------------------------------------------------
def walk(way: Way, method: Literal["HEAD", "GET"], etag: str = "", modified: str = "") -> Steps[Answer]:
    """Follow redirects to the end of the way."""
    while True:
        way.passed[way.here] += 1
        validators = ("", "") if way.steps else (etag, modified)
        question = Question(way.here, method, *validators, way.accept)
        answer = yield from _patiently(question)
        if answer.status not in REDIRECTS:
            return answer
        onward = _onward(way.here, answer.headers.get("location", ""))
        if not onward:
            return Answer(fault="nowhere")
        if way.passed[onward] > 1 or way.steps >= MOST_STEPS:  # once more is well: a cookie may be what was wanted
            return Answer(fault="circle")
        if way.lasting == way.here and answer.status in FOR_GOOD:
            way.lasting = onward
        way.here = onward
        way.steps += 1


def _patiently(question: Question) -> Steps[Answer]:
    """The answer to a question, asked again as long as the site asks for patience that we have."""
    answer = yield question
    for _ in range(MOST_TRIES - 1):
        if answer.status not in {429, 503} or retry_after(answer) is None:
            break
        again = yield question
        if again.fault == "later":
            break
        answer = again
    return answer


def _onward(here: str, location: str) -> str:
    """Where a redirect leads, without the part after `#`; empty if that is no address for us.

    No public site leads us into a private network.
    """
    try:
        parts = urlsplit(urljoin(here, location.strip()))
        host = parts.hostname or ""
        if not location or parts.scheme not in {"http", "https"} or not host:
            return ""
        if _private(host) and not _private(urlsplit(here).hostname or ""):
            return ""
    except ValueError:
        return ""
    safe = "%/:;=@!$&'()*+,~"
    path, query = quote(parts.path or "/", safe), quote(parts.query, f"{safe}?[]|")
    return SplitResult(parts.scheme, parts.netloc, path, query, "").geturl()


def _private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _says_enough(answer: Answer, etag: str) -> bool:
    """Whether the answer to HEAD will do. `etag` is the one that was remembered."""
    if answer.fault:
        return answer.fault not in {"too-slow", "broken-off"}
    if answer.status in {304, 429}:
        return True
    if answer.status >= 400:
        return False
    return (bool(etag) and answer.headers.get("etag") == etag) or answer.media_type not in _PAGES


# --- what it means ----------------------------------------------------------------------------------------
def _doi(address: str, answer: Answer) -> Finding:
    """A DOI lives as long as its register leads on from it, whatever the publisher then says to a program."""
    if answer.status in REDIRECTS or 200 <= answer.status < 300:
        return Finding(address, "good")
    return Finding(address, *_refusal(answer))


def _verdict(address: str, way: Way, answer: Answer, read: bool) -> tuple[Verdict, str]:
    """What an answer at the end of the way means, and why. `read` is whether the page itself was asked for."""
    markup = answer.text if answer.media_type in _PAGES else ""
    seen = signs.see(markup)
    if signs.is_guarded(answer.status, answer.headers, markup, seen):
        return "walled", "guarded"
    if answer.status == 304:
        return "good", ""
    if not 200 <= answer.status < 400:
        return _refusal(answer)
    if signs.is_for_sale(way.here, markup, seen):
        return "parked", "for-sale"
    if signs.asks_to_sign_in(way.here) and way.here != address:
        return "walled", "sign-in"
    if _leads_home(address, way.here):
        return "soft-gone", "home-page"
    if signs.says_lost(seen):
        return "soft-gone", "says-so"
    if read and answer.whole and (not answer.body or (markup and signs.says_nothing(seen))):
        return "soft-gone", "empty"
    return "good", ""


def _refusal(answer: Answer) -> tuple[Verdict, str]:
    """What an answer means that brings no page."""
    if answer.fault:
        return ("skipped" if answer.fault == "later" else "unreachable"), answer.fault
    if answer.status in WALLS:
        return "walled", str(answer.status)
    return ("gone" if answer.status in {404, 410} else "unreachable"), str(answer.status)


def _leads_home(address: str, end: str) -> bool:
    """Whether a page below a site leads to the home page now.

    That of another site may be where a small site moved: so only for what was deeper than one step.
    """
    asked, ended = urlsplit(address), urlsplit(end)
    depth = len([part for part in asked.path.split("/") if part])
    if not depth or _is_home(asked) or not _is_home(ended):
        return False
    names = [(one.hostname or "").removeprefix("www.") for one in (asked, ended)]
    return depth > 1 or names[0] == names[1]


def _is_home(parts: SplitResult) -> bool:
    name = parts.path.strip("/").lower().partition(".")[0]
    return not parts.query and (not name or name in _HOME)
