"""Copies of pages in the Internet Archive's Wayback Machine.

The form of question and answer is that of its availability interface (https://archive.org/help/wayback_api.php).
"""

from __future__ import annotations

import json
import re
from datetime import date
from urllib.parse import quote, urlsplit

from kb.web.answers import Question, Steps

AVAILABLE = "https://archive.org/wayback/available"
_COPY = re.compile(r"https?://web\.archive\.org(?::\d+)?/web/(\d{4,14})[a-z_]*/(\S+)")


def look_up(address: str, good: date | None) -> Steps[str]:
    """The copy of a page nearest to the day on which it was last seen good; empty if there is none, or no answer."""
    day = f"&timestamp={good:%Y%m%d}" if good else ""
    answer = yield Question(f"{AVAILABLE}?url={quote(address, safe='')}{day}", "GET")
    return _copy(answer.text) if answer.status == 200 else ""


def _copy(said: str) -> str:
    try:
        closest = json.loads(said)["archived_snapshots"]["closest"]
        found = _COPY.fullmatch(closest["url"]) if closest["available"] and closest["status"] == "200" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f"https://web.archive.org/web/{found[1]}/{found[2]}" if found else ""


def may_have_copy(address: str) -> bool:
    """Whether it makes sense to look for a copy: not of a copy, and not of a DOI, which is a name and no page."""
    return (urlsplit(address).hostname or "") not in {"doi.org", "web.archive.org", "archive.org"}
