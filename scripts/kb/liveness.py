"""Addresses on other sites: where they stand, how each answered, and what is remembered of that in `links.txt`.

The memory holds one line for each address, and two lines for one address are as good as one: a merge may keep both
(`merge=union` in .gitattributes), and even the marks of a merge that git could not finish do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, get_args
from urllib.parse import quote

from kb.problem import Place

Verdict = Literal["good", "moved", "walled", "soft-gone", "parked", "gone", "unreachable", "skipped"]
"""good: it answers. moved: it answers at a new address, for good. walled: the site keeps programs out, or asks for an
account, which says nothing of the page. soft-gone: it answers, but with a page that says there is none, with nothing,
or with the home page. parked: the domain is for sale. gone: the site says that there is no such page (404, 410).
unreachable: no answer, no safe connection, or an error of the server. skipped: not asked to the end."""
FAILURES: frozenset[Verdict] = frozenset({"soft-gone", "parked", "gone", "unreachable"})
STRIKES = 3
"""Failures on so many different days make a link suspect, if ..."""
SUSPICION = timedelta(days=7)
"""... the last is at least so long after the first: a site may be down for a week-end."""
DOI = "https://doi.org/"


def asked_as(address: str) -> str:
    """An address as it is asked for and remembered: without the part after `#`, which is never sent.

    A DOI keeps every character that its name may have (DOI Handbook 2.2), those that mean something to a URL escaped.
    """
    if address.lower().startswith(DOI):
        return DOI + quote(address[len(DOI) :], safe="/:;()%!$&'*+,=@~")
    return address.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an address stands: the place, the record or work, and the address as it is written there."""

    place: Place
    record: str | None
    written: str


@dataclass(frozen=True, slots=True)
class Outside:
    """An address on another site, with every spot where it stands."""

    address: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """How an address answered. `why` is the reason in one or two words without spaces, such as `404` or `too-slow`.

    `now` is the address to which it moved for good. `etag` and `modified` are what the server gave to ask whether the
    page changed (RFC 9110, 8.8).
    """

    address: str
    verdict: Verdict
    why: str = ""
    now: str = ""
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of an address: one line of `links.txt`.

    `good` is the day it was last seen good, `tried` the day it was last asked, `failed` the day of the first of the
    failures since it was good, `strikes` on how many days it failed since. `archive` is a copy in a web archive.
    """

    address: str
    good: date | None = None
    tried: date | None = None
    failed: date | None = None
    strikes: int = 0
    verdict: Verdict = "skipped"
    why: str = ""
    now: str = ""
    archive: str = ""
    etag: str = ""
    modified: str = ""

    @property
    def failing(self) -> bool:
        """Whether it failed when it was last asked."""
        return self.verdict in FAILURES

    @property
    def suspect(self) -> bool:
        """Whether it failed often enough, and for long enough, for a person to look at it."""
        if not self.failing or self.strikes < STRIKES or self.tried is None or self.failed is None:
            return False
        return self.tried - self.failed >= SUSPICION


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of all addresses, and the lines that could not be understood.

    `unread` is why the file could not be opened; it must not be written anew then.
    """

    lines: Mapping[str, Remembered] = field(default_factory=lambda: MappingProxyType({}))
    damaged: tuple[str, ...] = ()
    unread: str = ""

    def of(self, address: str) -> Remembered | None:
        """What is remembered of an address, however it is written."""
        return self.lines.get(asked_as(address))


# --- the file ---------------------------------------------------------------------------------------------
HEAD = """\
# What `kb links` remembers of addresses on other sites. Leave it to `python3 scripts links`.
# If git cannot join two versions, keep both: of two lines on one address the later counts.
# address, last seen good, last tried, first failure, strikes, verdict, why, moved to, copy, etag, last modified
"""
_DAMAGED = "# not understood: "
_NOTHING = "-"
_COLUMNS = 11
_MARK = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?: .*)?")
_WEB = re.compile(r"https?://[^\s/]")
_TELLING = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+")
"""What may stand in a column: no white space and no control character."""


def parse(text: str) -> Memory:
    """What a text in the form of `links.txt` says. Lines in any order; of several on one address, what holds of all."""
    found: dict[str, list[Remembered]] = {}
    damaged: list[str] = []
    for line in text.split("\n"):
        line = line.strip("\r\n \t")
        if line.startswith(_DAMAGED):
            damaged.append(line.removeprefix(_DAMAGED))
        elif line and not line.startswith("#") and not _MARK.fullmatch(line):
            remembered = _line(line)
            if remembered is None:
                damaged.append(line)
            else:
                found.setdefault(remembered.address, []).append(remembered)
    lines = {address: join(those) for address, those in sorted(found.items())}
    return Memory(MappingProxyType(lines), tuple(dict.fromkeys(damaged)))


def _line(line: str) -> Remembered | None:
    cells = ["" if cell == _NOTHING else cell for cell in line.split("\t")]
    cells += [""] * (_COLUMNS - len(cells))
    address, good, tried, failed, strikes, verdict, why, now, archive, etag, modified = cells[:_COLUMNS]
    known: dict[str, Verdict] = {one: one for one in get_args(Verdict)}
    if len(cells) > _COLUMNS or verdict not in known:
        return None
    if not all(_WEB.match(one) for one in (address, now or address, archive or address)):  # they stand on pages
        return None
    try:
        first, last, since = (date.fromisoformat(cell) if cell else None for cell in (good, tried, failed))
        count = int(strikes or "0")
    except ValueError:
        return None
    modified = modified.replace("_", " ")
    return Remembered(address, first, last, since, count, known[verdict], why, now, archive, etag, modified)


def join(those: Iterable[Remembered]) -> Remembered:
    """What holds of an address after several lines on it, in whatever order: what was seen last, and the last good day.

    Failures before a day on which somebody else saw it good no longer count.
    """
    lines = sorted(set(those), key=_lateness)
    last = lines[-1]
    good = max((one.good for one in lines if one.good), default=None)
    archive = last.archive or max(one.archive for one in lines)
    joined = replace(last, good=good, archive=archive)
    if joined.failing and joined.failed and good and joined.failed <= good:
        return replace(joined, failed=joined.tried, strikes=1)
    return joined


def _lateness(one: Remembered) -> tuple[date, int, tuple[str, ...]]:
    return one.tried or date.min, one.strikes, tuple(map(str, astuple(one)))


def write(memory: Memory) -> str:
    """The text of `links.txt`: a line for each address, in order, then the lines that were not understood."""
    lines = (_written(one) for _, one in sorted(memory.lines.items()))
    return HEAD + "".join(f"{line}\n" for line in (*lines, *(f"{_DAMAGED}{one}" for one in memory.damaged)))


def _written(one: Remembered) -> str:
    modified = one.modified.replace(" ", "_")
    cells = (*astuple(one)[:-1], modified)
    return "\t".join(_cell(cell) for cell in cells)


def _cell(value: object) -> str:
    """A value as it stands in a column; nothing where a server sent what cannot stand there."""
    text = str(value or "")
    return text if _TELLING.fullmatch(text) else _NOTHING


def kept(memory: Memory, addresses: Iterable[str]) -> Memory:
    """The memory without the addresses that stand nowhere any more."""
    wanted = set(addresses)
    lines = {address: one for address, one in memory.lines.items() if address in wanted}
    return replace(memory, lines=MappingProxyType(lines))


def remembered(memory: Memory, these: Iterable[Remembered]) -> Memory:
    """The memory with these lines in the place of those on the same addresses."""
    lines = {**memory.lines, **{one.address: one for one in these}}
    return replace(memory, lines=MappingProxyType(lines))


def each(memory: Memory, addresses: Iterable[Outside]) -> Iterator[tuple[Outside, Remembered]]:
    """Each address with what is remembered of it; those of which nothing is are as if never asked."""
    for one in addresses:
        yield one, memory.lines.get(one.address) or Remembered(one.address)
