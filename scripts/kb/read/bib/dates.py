"""Dates as biblatex reads them: EDTF levels 0 and 1, and BibTeX's `year` and `month`.

Seasons (`2012-22`) and masked digits (`199X`, `1999-XX`) are read as biblatex reads them, but only their
years are kept: nothing here shows more.
"""

from __future__ import annotations

import re
from calendar import monthrange

from kb.literature import Day, Span
from kb.read.bib.macros import MONTHS

NOT_YET = frozenset({"accepted", "forthcoming", "in preparation", "in press", "inpress", "submitted"})
"""What BibTeX's users write for the year of a work that is not out; biblatex has `pubstate` for it."""

_SEASONS = range(21, 25)
_MONTHS = {short: number for number, short in enumerate(MONTHS, start=1)}
_POINT = re.compile(
    r"(?P<year>-?\d{4}|Y-?\d{5,9})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?(?P<doubt>[~?%]?)"
)
_MASKED = re.compile(r"(?P<known>\d\d(?:\dX|XX))|(?P<year>\d{4})-(?:\d\d|XX)-XX|(?P<only>\d{4})-XX")
_DAY_OF_MONTH = re.compile(r"(?:(?P<before>\d\d?)\W+)?(?P<month>[A-Za-z]{3,9}\b\.?|\d\d?)(?:\W+(?P<after>\d\d?))?")


def read_date(text: str) -> Span | None:
    """A date or a range of dates; None where the text is neither."""
    text = text.strip()
    if masked := _MASKED.fullmatch(text):
        return _decade(masked)
    first, slash, last = text.partition("/")
    return _range(first, last) if slash else _point(first)


def with_month(year: Span, month: str) -> Span | None:
    """The year with BibTeX's `month`; None where that is none. A date that is more than a year stays."""
    found = _month(month)
    if found is None or year.start is None or year.end or year.start.month:
        return year if found else None
    day = _day(year.start.year, *found)
    return Span(day, circa=year.circa, uncertain=year.uncertain) if day else None


def _month(text: str) -> tuple[int, int | None] | None:
    """The month, and the day if there is one: `11`, `nov`, `November`, `Nov. 5`, `5 November`."""
    match = _DAY_OF_MONTH.fullmatch(text.strip())
    if not match:
        return None
    word = match["month"].rstrip(".").lower()
    number = int(word) if word.isdigit() else _MONTHS.get(word[:3], 0)
    if not word.isdigit() and word != "sept" and not MONTHS.get(word[:3], "").lower().startswith(word):
        return None
    day = match["before"] or match["after"]
    return number, int(day) if day else None


def _decade(masked: re.Match[str]) -> Span:
    if known := masked["known"]:
        return Span(Day(int(known.replace("X", "0"))), Day(int(known.replace("X", "9"))))
    return Span(Day(int(masked["year"] or masked["only"])))


def _range(first: str, last: str) -> Span | None:
    begin, end = _point(first), _point(last)
    open_start, open_end = first in ("", ".."), last in ("", "..")
    if (begin is None and not open_start) or (end is None and not open_end) or (open_start and open_end):
        return None
    known = [point for point in (begin, end) if point]
    start, stop = begin.start if begin else None, end.start if end else None
    if start and stop and _order(start) > _order(stop):
        return None
    circa, uncertain = any(point.circa for point in known), any(point.uncertain for point in known)
    return Span(start, stop, open_start, open_end, circa, uncertain)


def _order(day: Day) -> tuple[int, int, int]:
    return day.year, day.month or 0, day.day or 0


def _point(text: str) -> Span | None:
    match = _POINT.fullmatch(text)
    if not match:
        return None
    month, day = (int(match[part]) if match[part] else None for part in ("month", "day"))
    found = _day(int(match["year"].removeprefix("Y")), month, day)
    doubt = match["doubt"]
    return Span(found, circa=doubt in {"~", "%"}, uncertain=doubt in {"?", "%"}) if found else None


def _day(year: int, month: int | None, day: int | None) -> Day | None:
    """The day if there is such a day in the calendar."""
    if month is None or (month in _SEASONS and day is None):
        return Day(year)
    # The calendar module knows years 1 to 9999 only; every 400 years the days are the same.
    if not 1 <= month <= 12 or not 1 <= (day or 1) <= monthrange(2000 + year % 400, month)[1]:
        return None
    return Day(year, month, day)
