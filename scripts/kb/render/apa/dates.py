"""When a work came out: the year for citations, and the day too where readers need it."""

from __future__ import annotations

import calendar

from kb.literature import Day, Reference, Span

DAILY = frozenset({"audio", "letter", "misc", "movie", "music", "online", "performance", "video"})
"""Types that are dated to the day: what appears on a day, not in a year."""
_STATES = {"inpress": "in press", "inpreparation": "in preparation"}


def dated(work: Reference, suffix: str = "") -> str:
    """The date in an entry: `2012`, `2012a, June 11`, `in press`, `n.d.`."""
    text = in_text(work, suffix)
    if work.type not in DAILY or work.date is None or work.pubstate:
        return text
    first, last = work.date.start, work.date.end
    if first is None or first.month is None or (last and last.year != first.year):
        return text
    return f"{text}, {_until(first, last)}"


def in_text(work: Reference, suffix: str = "") -> str:
    """The year in a citation: `2012`, `2004–2006`, `ca. 1990`, `in press-a`, `n.d.`."""
    if work.pubstate:
        text = _STATES.get(work.pubstate.lower(), work.pubstate)
    elif work.date:
        return _years(work.date) + suffix
    else:
        text = "n.d."
    return f"{text}-{suffix}" if suffix else text


def on_day(span: Span | None) -> str:
    """A day of access: `November 23, 2026`; empty if it is not known to the day."""
    day = span.start if span else None
    return f"{_month_and_day(day)}, {day.year}" if day and day.day else ""


def _until(first: Day, last: Day | None) -> str:
    if last is None or last.month is None:
        return _month_and_day(first)
    if last.month == first.month and last.day:
        return f"{_month_and_day(first)}–{last.day}"
    return f"{_month_and_day(first)}–{_month_and_day(last)}"


def _month_and_day(day: Day) -> str:
    month = calendar.month_name[day.month or 0]
    return f"{month} {day.day}" if day.day else month


def _years(span: Span) -> str:
    first, last = (_year(day) for day in (span.start, span.end))
    if span.open_start or span.open_end:
        text = f"–{last}" if span.open_start else f"{first}–present"
    else:
        text = f"{first}–{last}" if last and last != first else first
    return ("ca. " if span.circa else "") + text + ("?" if span.uncertain else "")


def _year(day: Day | None) -> str:
    """A year; year 0 of ISO 8601 is 1 B.C.E."""
    if day is None:
        return ""
    return str(day.year) if day.year > 0 else f"{1 - day.year} B.C.E."
