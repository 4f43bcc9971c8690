"""What is known of addresses on other sites, as text for a person, as the text of an issue, and for a machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kb.liveness import DOI, Outside, Remembered, Spot

Known = Sequence[tuple[Outside, Remembered]]
"""Each address with what is remembered of it."""

COPY = "https://web.archive.org/web/2/"
"""In front of an address: its last copy in the Internet Archive, if there is one."""
MOST = 100
"""Addresses under one heading of an issue: GitHub takes no text beyond 65,536 characters."""
_WHY = {
    "404": "the site says that there is no such page (404)",
    "410": "the site says that the page was taken away (410)",
    "no-such-site": "there is no site of this name",
    "no-safe-connection": "the site has no good certificate, so the connection would not be safe",
    "refused": "the site takes no connection",
    "too-slow": "the site did not answer in time",
    "broken-off": "the site broke the connection off",
    "no-address": "this cannot be asked for",
    "nowhere": "it leads on to something that is no public address",
    "circle": "it leads round in a circle",
    "for-sale": "the domain is for sale",
    "home-page": "it leads to the home page now",
    "says-so": "the page that comes says that there is no such page",
    "empty": "the page that comes is empty",
    "guarded": "a guard keeps programs out",
    "sign-in": "the site asks to sign in",
}
_COUNTED = {
    "good": "good",
    "moved": "moved for good",
    "walled": "closed to programs",
    "gone": "gone",
    "soft-gone": "gone, though something answers",
    "parked": "for sale",
    "unreachable": "out of reach",
    "skipped": "not asked yet",
}


@dataclass(frozen=True, slots=True)
class _Section:
    """Addresses of which the same is to be said."""

    heading: str
    advice: str
    wanted: Callable[[Remembered], bool]
    with_spots: bool = True


_SECTIONS = (
    _Section(
        "Suspect",
        "Each of these failed on three days or more, over a week or more. Look for the page and write its new address, "
        "or leave the address as it is: our page then shows the copy first, if there is one.",
        lambda one: one.suspect,
    ),
    _Section(
        "Moved for good",
        "The sites say that these pages have a new address. Write the new one in the place of the old.",
        lambda one: one.verdict == "moved",
    ),
    _Section(
        "Failed lately",
        "Nothing to do yet: they are asked again.",
        lambda one: one.failing and not one.suspect,
        with_spots=False,
    ),
    _Section(
        "Closed to programs",
        "Only a person can see whether these still answer. Open one now and then.",
        lambda one: one.verdict == "walled",
        with_spots=False,
    ),
)


# --- for a person -----------------------------------------------------------------------------------------
def links_as_text(known: Known, damaged: Iterable[str]) -> str:
    """What is to be done, the gravest first, each address with every place where it stands; then a line that counts."""
    blocks = []
    for section, those in _sections(known):
        blocks.append(f"{section.heading}. {section.advice}\n")
        blocks += [_block(section, address, one) for address, one in those]
    blocks += [f"This line of the memory of links is damaged, and was kept aside: {line}\n" for line in damaged]
    return "\n".join((*blocks, count_links(known)))


def _block(section: _Section, address: Outside, one: Remembered) -> str:
    said = f"    {_said(one)}"
    copy = [f"    {_copy(one)}"] if one.failing and _copy(one) else []
    spots = [f"    {_at(spot)}{_change(one, spot)}" for spot in address.spots] if section.with_spots else []
    return "\n".join((address.address, said, *copy, *spots, ""))


def _said(one: Remembered) -> str:
    why = _WHY.get(one.why) or (f"the site answers with the error {one.why}" if one.why else "")
    match one.verdict:
        case "moved":
            return f"It is now at {one.now}"
        case "walled":
            return f"On {_day(one.tried)} {why or 'the site kept us out'}."
    days = "1 day" if one.strikes == 1 else f"{one.strikes} days"
    good = f"last seen good on {_day(one.good)}" if one.good else "never seen good"
    since = f"since {_day(one.failed)}, the last time on {_day(one.tried)}"
    return f"It failed on {days} {since}: {why or one.verdict}; {good}."


def _copy(one: Remembered) -> str:
    if one.archive:
        return f"There is a copy: {one.archive}"
    return "" if one.address.startswith(DOI) else f"There may be a copy: {COPY}{one.address}"


def _at(spot: Spot) -> str:
    place = spot.place
    return f"{place.file}:{place.line}:{place.column}{f': {spot.record}' if spot.record else ''}"


def _change(one: Remembered, spot: Spot) -> str:
    new = replacement(one, spot)
    return f": write {new} in the place of {spot.written}" if new else ""


def replacement(one: Remembered, spot: Spot) -> str:
    """What to write in a spot in the place of an address that moved for good; empty if it did not."""
    if one.verdict != "moved" or not one.now:
        return ""
    _, hash, part = spot.written.partition("#")
    return f"{one.now}{hash}{part}"


def count_links(known: Known) -> str:
    """How many addresses there are, and how they fare, in one line."""
    verdicts = Counter[str](one.verdict for _, one in known)
    suspect = sum(one.suspect for _, one in known)
    total = "1 address" if len(known) == 1 else f"{len(known)} addresses"
    told = ", ".join(f"{verdicts[name]} {words}" for name, words in _COUNTED.items() if verdicts[name])
    return f"{total} on other sites{f': {told}' if told else ''}. {suspect or 'None'} {_is(suspect)} suspect."


def _is(number: int) -> str:
    return "are" if number > 1 else "is"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "an unknown day"


def _sections(known: Known) -> Iterator[tuple[_Section, Known]]:
    for section in _SECTIONS:
        those = [(address, one) for address, one in known if section.wanted(one)]
        if those:
            yield section, those


# --- for an issue -----------------------------------------------------------------------------------------
def links_as_markdown(known: Known, damaged: Sequence[str]) -> str:
    """The same as the text of an issue. What other sites sent stands in it as an address or as code, never as more."""
    parts = [f"{count_links(known)}\n"]
    for section, those in _sections(known):
        parts.append(f"## {section.heading}\n\n{section.advice}\n")
        parts.append("\n".join(_item(section, address, one) for address, one in those[:MOST]) + "\n")
        if len(those) > MOST:
            parts.append(f"And {len(those) - MOST} more: `python3 scripts links --offline` lists them all.\n")
    if damaged:
        parts.append("## Damaged lines of the memory\n")
        parts.append("\n".join(f"- {_code(line)}" for line in damaged[:MOST]) + "\n")
    return "\n".join(parts)


def _item(section: _Section, address: Outside, one: Remembered) -> str:
    lines = [f"- {_link(address.address)}"]
    if one.verdict == "moved":
        lines.append(f"  It is now at {_link(one.now)}")
    else:
        lines.append(f"  {_said(one)}")
    if one.failing and (one.archive or not one.address.startswith(DOI)):
        words = "There is a copy:" if one.archive else "There may be a copy:"
        lines.append(f"  {words} {_link(one.archive or COPY + one.address)}")
    if section.with_spots:
        lines += [f"  - {_code(_at(spot))}{_written(one, spot)}" for spot in address.spots]
    return "\n".join(lines)


def _written(one: Remembered, spot: Spot) -> str:
    new = replacement(one, spot)
    return f": write {_code(new)} in the place of {_code(spot.written)}" if new else ""


def _link(address: str) -> str:
    return f"<{''.join(f'%{ord(sign):02X}' if sign in '<>`' else sign for sign in address)}>"


def _code(text: str) -> str:
    return f"`{text.replace('`', '%60')[:500]}`"


# --- for a machine ----------------------------------------------------------------------------------------
def links_as_json(known: Known, damaged: Sequence[str]) -> str:
    """One JSON object: `suspect`, how many addresses are; `addresses`, a list of objects; `damaged`, lines."""
    addresses = [_object(address, one) for address, one in known]
    suspect = sum(one.suspect for _, one in known)
    said = {"suspect": suspect, "addresses": addresses, "damaged": list(damaged)}
    return json.dumps(said, ensure_ascii=False, indent=2)


def _object(address: Outside, one: Remembered) -> dict[str, object]:
    days = {"good": one.good, "tried": one.tried, "failed": one.failed}
    return {
        "address": address.address,
        "verdict": one.verdict,
        "why": one.why,
        "suspect": one.suspect,
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "strikes": one.strikes,
        "now": one.now or None,
        "archive": one.archive or None,
        "places": [
            {
                "file": spot.place.file,
                "line": spot.place.line,
                "column": spot.place.column,
                "record": spot.record,
                "written": spot.written,
                "replacement": replacement(one, spot) or None,
            }
            for spot in address.spots
        ],
    }
