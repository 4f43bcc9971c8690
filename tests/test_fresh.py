"""Staying fresh: what is due for review, and what is missing, for those who look after the knowledge base."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kb.pages import Site
from tests import make, test_cli
from tests.conftest import Visit
from tests.test_cli import Run

kb, toy = test_cli.kb, test_cli.toy


def calendar(site: Site) -> str:
    return next(asset.text for asset in site.assets if asset.path == "review.ics")


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


# --- the calendar -----------------------------------------------------------------------------------------------
def test_every_published_record_is_an_event_on_its_day_in_order() -> None:
    records = [
        make.record("term", "later", title="Later", review_by=date(2028, 2, 29)),
        make.record("term", "sooner", title="Sooner; or, not", review_by=date(2027, 1, 1)),
        make.record("term", "draft", status="draft"),
        make.record("term", "gone", status="retired", retired_because="x"),
    ]
    lines = unfolded(calendar(make.site(*records)))
    assert [line for line in lines if line.startswith("SUMMARY")] == [
        "SUMMARY:Review: Sooner\\; or\\, not",
        "SUMMARY:Review: Later",
    ]
    assert [line for line in lines if line.startswith(("DTSTART", "DTEND"))] == [
        "DTSTART;VALUE=DATE:20270101",
        "DTEND;VALUE=DATE:20270102",
        "DTSTART;VALUE=DATE:20280229",
        "DTEND;VALUE=DATE:20280301",
    ]
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 2


def test_no_line_is_longer_than_the_form_allows_and_no_letter_is_cut() -> None:
    title = "Großzügigkeit – 互惠性 " * 20
    text = calendar(make.site(make.record("term", "a", title=title)))
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert f"SUMMARY:Review: {' '.join(title.split())}" in unfolded(text)


# --- the page for editors ---------------------------------------------------------------------------------------
def test_gaps_are_counted() -> None:
    site = make.site(
        make.record("case", "told"),
        make.record("case", "untold", what_did_not_work="not reported"),
        make.record("resource", "r", language="cy", reviewed=date(2026, 11, 23)),
    )
    page = make.read_html(make.page(site, "/editors/").body)
    assert "1 of 2 case studies do not say what did not work." in page.text
    assert "2 of 3 records have not been read again since they were added." in page.text
    assert "1 of 1 resources name no copy in a web archive." in page.text
    assert "not in Welsh" not in page.text
    assert "second" in page.text
    assert re.search(r"countries second \(0\)", page.text)


# --- kb due -----------------------------------------------------------------------------------------------------
def test_what_is_due_is_listed_the_longest_overdue_first(
    toy: Path,
    kb: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", make.epoch(date(2999, 1, 1)))
    ended = kb("due")
    *listed, closing = ended.out.splitlines()
    assert ended.code == 0
    assert listed == sorted(listed)
    assert all(" overdue " in line for line in listed)
    assert closing == f"{len(listed)} overdue, 0 due within 30 days."
    assert len(listed) > 5


def test_nothing_is_due(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", make.epoch(date(2000, 1, 1)))
    assert kb("due", "--within", "0").out == "Nothing is due.\n"


# --- on the page ------------------------------------------------------------------------------------------------
def test_an_overdue_entry_says_so_on_the_day_it_is_read(visit: Visit) -> None:
    with visit("/about/") as page:
        page.clock.set_fixed_time("2026-11-24T12:00:00Z")
        page.goto(page.url.replace("/about/", "/cases/dafne/"))
        line = page.get_by_text("This review is overdue")
        expect(page.get_by_text("Next review due")).to_be_visible()
        expect(line).to_be_hidden()
        page.clock.set_fixed_time("2099-01-01T12:00:00Z")
        page.reload()
        expect(line).to_be_visible()
