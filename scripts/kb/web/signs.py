"""What a page says between the lines: that there is no such page, that the domain is for sale, or that we are unwanted.

Signs are taken from the headers, the title and the first heading, and from words only where a page has few of them: an
essay on lost pages is not lost itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

FEW_WORDS = 1_500
"""Characters of text up to which what a page says in passing is taken for what it is about."""
ALMOST_NOTHING = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of a page: its title, its first heading, its text, and whether something else fills it."""

    title: str
    heading: str
    text: str
    filled: bool


_UNSEEN = {"script", "style", "noscript", "template", "svg"}
_FILLING = {"script", "svg", "frame", "iframe", "img", "object", "embed", "video", "audio", "canvas", "form"}
_NAME = re.compile(r"/?[a-z][a-z0-9]*", re.IGNORECASE)


def see(markup: str) -> Seen:
    """The words of a page. Every character is looked at a few times only, whatever a page may do to us."""
    parts = markup.split("<!--")
    bare = parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])
    words: dict[str, list[str]] = {"title": [], "h1": [], "": []}
    inside, unseen, filled = "", "", False
    for piece in f">{bare}".split("<"):
        tag, _, text = piece.partition(">")
        found = _NAME.match(tag)
        name = found[0].lower() if found else ""
        if unseen:
            unseen = "" if name == f"/{unseen}" else unseen
        elif name in _UNSEEN:
            unseen = name
        if name in {"title", "h1"} and not words[name]:
            inside = name
        elif name in {"/title", "/h1"}:
            inside = ""
        filled = filled or name in _FILLING or (name == "meta" and "refresh" in tag.lower())
        if not unseen:
            words[inside].append(text)
    title, heading, rest = (" ".join(html.unescape(" ".join(those)).split()) for those in words.values())
    return Seen(title, heading, f"{heading} {rest}".strip(), filled)


# --- no such page -----------------------------------------------------------------------------------------
_APART = re.compile(r"(?<!\s)(?:\s++[|\u2013\u2014·•»-]++\s++|\s*+[|»•]\s*+)")
_THING = (
    r"(?:the |this |that |your |requested )*(?:web ?)?(?:page|site|file|document|resource|content|article|url|link)"
)
_NOT_THERE = (
    r"(?:(?:you |we |are |were |looking |for |requested )*"
    r"(?:could not|couldn[\u2019']t|cannot|can not|can[\u2019']t|does not|doesn[\u2019']t|did not|is not|isn[\u2019']t"
    r"|was not|wasn[\u2019']t|no longer|not|is no longer) (?:be )?(?:found|exists?|available|here))"
)
_NUMBER = r"(?:http )?(?:error |status |code )*(?:404|410)(?: error| page)?"
_LOST = re.compile(
    rf"(?:(?:oops|sorry|uh[- ]?oh|we[\u2019']re sorry|whoops)[,!.]* )?(?:"
    rf"{_NUMBER}|(?:{_NUMBER}[:,. \u2013\u2014-]+)?(?:{_THING} )?{_NOT_THERE}(?:,? \(?{_NUMBER}\)?)?"
    rf"|{_THING} (?:has been |was |is )?(?:removed|deleted|missing|gone)"
    r"|ni chanfuwyd y dudalen|tudalen heb ei chanfod|heb ei ganfod"
    r"|(?:die )?seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada"
    r"|pagina non trovata|pagina niet gevonden|sidan (?:kunde inte hittas|hittades inte)|siden blev ikke fundet"
    r")[.!\u2026]*",
    re.IGNORECASE,
)
_LONGEST = 200
"""Characters of a title or heading that are looked at."""


def says_lost(seen: Seen) -> bool:
    """Whether a page says, in a part of its title or in its first heading, that there is no such page."""
    title, heading = seen.title[:_LONGEST], seen.heading[:_LONGEST]
    parts = (title, *_APART.split(title), title.rpartition(": ")[2], heading)
    return any(_LOST.fullmatch(part.strip()) for part in parts)


def says_nothing(seen: Seen) -> bool:
    """Whether there is next to nothing on a page, and nothing that might yet fill it."""
    return not seen.filled and len(seen.text) < ALMOST_NOTHING


# --- for sale ---------------------------------------------------------------------------------------------
_MARKETS = (
    *("sedoparking.com", "parkingcrew.net", "bodis.com", "parklogic.com", "above.com", "hugedomains.com", "dan.com"),
    *("afternic.com", "undeveloped.com", "sedo.com", "buydomains.com", "domainmarket.com", "sav.com", "dovendi.com"),
)
_PARKING = (
    "data-adblockkey=",
    "/parking-lander/",
    "sedoparking.com/",
    "parkingcrew.net/",
    "window.park =",
    "parklogic",
)
_FOR_SALE = re.compile(
    r"\bbuy this domain\b|\bdomain(?: name)? (?:\S{3,60} )?(?:is|may be|might be) (?:available )?for sale\b"
    r"|\bdomain (?:is )?parked\b|\bparked (?:free|domain)\b|\bthis domain has expired\b"
    r"|\bmake an offer (?:on|for) this domain\b",
    re.IGNORECASE,
)


def is_for_sale(address: str, markup: str, seen: Seen) -> bool:
    """Whether what stands at an address is the sign of a dealer in domains."""
    host = urlsplit(address).hostname or ""
    if any(host == market or host.endswith(f".{market}") for market in _MARKETS):
        return True
    lower = markup.lower()
    if any(sign in lower for sign in _PARKING) and len(seen.text) < FEW_WORDS:
        return True
    said = f"{seen.title} {seen.heading} {seen.text if len(seen.text) < FEW_WORDS else ''}"
    return bool(_FOR_SALE.search(said))


# --- unwanted ---------------------------------------------------------------------------------------------
_GUARDS = {"x-amzn-waf-action", "x-datadome", "x-dd-b", "x-sucuri-block"}
"""Headers of guards against programs: AWS, DataDome, Sucuri. Some stand on every page of a guarded site."""
_TURNED_AWAY = {202, 401, 403, 405, 406, 429, 503}
_CHALLENGE = re.compile(
    r"just a moment|attention required! \| cloudflare|checking (?:if the site connection is secure|your browser)"
    r"|enable javascript and cookies to continue|verify(?:ing)? (?:that )?you are (?:a )?(?:human|not a robot)"
    r"|are you (?:a )?(?:human|robot)|pardon our interruption|request unsuccessful\. incapsula|access denied"
    r"|security check|bot (?:verification|detection)|unusual traffic|ddos protection by|one more step",
    re.IGNORECASE,
)
_SCRIPTS = ("/cdn-cgi/challenge-platform/", "_incapsula_resource", "captcha-delivery.com", "px-captcha", "/_sec/cp_")


def is_guarded(status: int, headers: Mapping[str, str], markup: str, seen: Seen) -> bool:
    """Whether a guard against programs answered in the place of the site, with a challenge or with a refusal."""
    if "cf-mitigated" in headers:  # Cloudflare says so of every challenge
        return True
    if len(seen.text) >= FEW_WORDS or status not in {200, *_TURNED_AWAY}:
        return False
    scripted = any(script in markup.lower() for script in _SCRIPTS)
    if status == 200:
        return bool(_CHALLENGE.match(seen.title)) or (scripted and len(seen.text) < ALMOST_NOTHING)
    said = _CHALLENGE.search(f"{seen.title} {seen.text}")
    return scripted or said is not None or not _GUARDS.isdisjoint(headers)


_SIGN_IN = re.compile(
    r"/(?:log-?in|sign[-_]?in|sso|idp|oauth2?|openid|shibboleth|wayf)(?:[/.?]|$)",
    re.IGNORECASE,
)


def asks_to_sign_in(address: str) -> bool:
    """Whether an address is that of a page on which to sign in."""
    return bool(_SIGN_IN.search(urlsplit(address).path))
