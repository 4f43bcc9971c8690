"""What the bibliography holds: works, their makers and their dates, as plain Unicode text.

Names of entry types and fields are those of biblatex (the manual's sections 2.1 and 2.2); BibTeX's older
names (`journal`, `address`, `techreport`, `year`) are read as their biblatex names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TRACKING = re.compile(r"(^|&)(?:utm_[^&=]*|fbclid|gclid|mc_[ce]id)(?:=[^&]*)?(?=&|$)")


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in its four parts, or a body's name whole in `family` with `corporate` set."""

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""
    corporate: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """The makers of a work in order; `others` when the list ends with "and others"."""

    names: tuple[Name, ...] = ()
    others: bool = False

    def __bool__(self) -> bool:
        return bool(self.names)


@dataclass(frozen=True, slots=True)
class Day:
    """A year, perhaps with month and day, in the calendar of ISO 8601."""

    year: int
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A date of EDTF level 0 and the parts of level 1 that biblatex reads.

    `end` is set for a range; `open_start` and `open_end` for one that has no known beginning or end (`/2004`,
    `1999/` or `1999/..`); `circa` for an approximate (`~`, `%`) and `uncertain` for a doubtful (`?`, `%`) date.
    """

    start: Day | None
    end: Day | None = None
    open_start: bool = False
    open_end: bool = False
    circa: bool = False
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the bibliography.

    `type` is the biblatex entry type in lower case. Absent texts are empty. `raw` is the entry as its
    author wrote it, for copying. `unchecked` names fields whose content was not seen in a source; `seen`
    says where the others were seen; `ids` are keys the entry had before. `waive` holds rules whose warnings may stand
    here, each with the reason, which is empty where none is given. `related` are keys of other entries, such as other
    versions of the work, and `relatedstring` says in words what they are.
    """

    key: str
    type: str
    raw: str
    author: Names = field(default_factory=Names)
    editor: Names = field(default_factory=Names)
    title: str = ""
    subtitle: str = ""
    journaltitle: str = ""
    booktitle: str = ""
    series: str = ""
    number: str = ""
    volume: str = ""
    issue: str = ""
    edition: str = ""
    pages: str = ""
    pagetotal: str = ""
    eid: str = ""
    publisher: str = ""
    institution: str = ""
    organization: str = ""
    location: str = ""
    date: Span | None = None
    pubstate: str = ""
    urldate: Span | None = None
    url: str = ""
    doi: str = ""
    isbn: str = ""
    issn: str = ""
    eprint: str = ""
    eprinttype: str = ""
    language: str = ""
    subtype: str = ""
    howpublished: str = ""
    note: str = ""
    annotation: str = ""
    keywords: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    relatedstring: str = ""
    unchecked: tuple[str, ...] = ()
    seen: str = ""
    waive: tuple[tuple[str, str], ...] = ()

    @property
    def full_title(self) -> str:
        """Title and subtitle."""
        return f"{self.title}: {self.subtitle}" if self.subtitle else self.title

    @property
    def address(self) -> str:
        """Where the work can be found: its DOI as an address, else its own address, else nothing."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def year(self) -> int | None:
        """Year of publication, or the first year of a range."""
        if self.date is None:
            return None
        first = self.date.start or self.date.end
        return first.year if first else None


def normal_address(address: str) -> str:
    """An address without what does not tell pages apart.

    That is the scheme, www., the case of the host, the last slash, the fragment, and marks by which visits are counted.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    host = (parts.hostname or "").removeprefix("www.").removeprefix("dx.")
    path = parts.path.rstrip("/")
    query = _TRACKING.sub("", parts.query).strip("&")
    path = path.lower() if host == "doi.org" else path
    return f"{host}{path}" + (f"?{query}" if query else "")
