"""What to remember of an address once it was asked, and when to ask it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zlib import crc32

from kb.liveness import FAILURES, Finding, Remembered

REST = timedelta(days=14)
"""For so long an address is left alone once it answered, ..."""
SPREAD = 7
"""... and up to so many days more, each address its own number, so that not all fall due on one day."""


def after(before: Remembered | None, finding: Finding, today: date) -> Remembered:
    """What to remember of an address after it answered so today.

    Of several failures on one day one counts. A wall says nothing of the page: what was remembered stays.
    """
    known = before or Remembered(finding.address)
    match finding.verdict:
        case "skipped":
            return known
        case "walled":
            return replace(known, tried=today, verdict="walled", why=finding.why, now="", etag="", modified="")
        case "good" | "moved":
            seen = Remembered(finding.address, today, today, verdict=finding.verdict, why=finding.why, now=finding.now)
            return replace(seen, archive=known.archive, etag=finding.etag, modified=finding.modified)
    again = known.strikes > 0 and known.tried is not None and known.tried >= today
    return replace(
        known,
        tried=today,
        failed=known.failed or today,
        strikes=known.strikes if again else known.strikes + 1,
        verdict=finding.verdict,
        why=finding.why,
        now="",
        etag="",
        modified="",
    )


def due(before: Remembered | None, today: date) -> bool:
    """Whether it is time to ask an address: at once if it is new, the next day if it failed, else after some weeks."""
    if before is None or before.tried is None or before.tried > today:
        return True
    if before.verdict in FAILURES:
        return before.tried < today
    return today - before.tried >= REST + timedelta(days=crc32(before.address.encode()) % SPREAD)
