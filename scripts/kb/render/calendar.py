"""The days on which records are due to be read again, as a calendar that editors can subscribe to (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from kb.model import Record
from kb.render.desk import Desk

WIDTH = 75
"""Octets in a line, without its end (section 3.1)."""


def calendar(desk: Desk) -> str:
    """An event of one day for each published record, in the order of the days. The same data give the same bytes."""
    records = sorted(desk.kb.records.values(), key=lambda record: (record.review_by, record.id))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(desk.site)}//EN",
        f"X-WR-CALNAME:{_text(desk.words['editors']['calendar_name'].format(site=desk.site))}",
        *(line for record in records if record.status == "published" for line in _event(record, desk)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(record: Record, desk: Desk) -> Iterator[str]:
    host = urlsplit(desk.base).hostname or "commons"
    title = desk.words["editors"]["calendar_event"].format(title=desk.record_title(record))
    yield "BEGIN:VEVENT"
    yield f"UID:{record.id}@{host}"
    yield f"DTSTAMP:{(record.reviewed or record.added):%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{record.review_by:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{record.review_by + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(title)}"
    yield f"DESCRIPTION:{_text(desk.kb.origins[record.id].words)}"
    if desk.base:
        yield f"URL:{desk.permalink(desk.address(record.id))}"
    yield "END:VEVENT"


def _text(words: str) -> str:
    """A text value (section 3.3.11)."""
    plain = " ".join(words.split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets; those after the first begin with a space, and no letter is cut."""
    if len(line.encode()) <= WIDTH:
        yield line
        return
    piece = ""
    for sign in line:
        if len(f"{piece}{sign}".encode()) > WIDTH:
            yield piece
            piece = " "
        piece += sign
    yield piece
