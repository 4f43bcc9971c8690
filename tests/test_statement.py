"""The accessibility page names the tools that are run and the failures that are known."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests import statement
from tests.statement import BLOCK, KNOWN, PAGE, TOOLS


def block(page: Path = PAGE) -> str:
    found = BLOCK.search(page.read_text(encoding="utf-8"))
    return found[0] if found else ""


def test_the_page_tells_tools_and_known_failures() -> None:
    """The date, versions and numbers of pages are those of the run that was accepted, and may age."""
    rows = re.findall(r"^\| (.+) [\d.]+ \| .+ \| ([\d,]+) \|$", block(), re.MULTILINE)
    kept = {f"{tool} 1": int(pages.replace(",", "")) for tool, pages in rows}
    assert {tool for tool, _ in rows} == set(TOOLS)
    assert min(kept.values()) > 0
    assert without_age(block()) == without_age(statement.told(kept, date(2026, 1, 1)))


def without_age(text: str) -> str:
    return re.sub(r"(?<=down: )[^.]+|(?<= )[\d.,]+(?= \|)", "", text)


def test_an_accepted_run_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setitem(KNOWN, "A message", "the theme's button has no name")
    statement.accept([("axe", "4.12.1", 700), ["Nu HTML Checker", "25.8.8", 1300], ["axe", "4.12.1", 600]], page)
    assert "| axe 4.12.1 | common barriers, with light or dark colours, 1280 or 320 pixels wide | 1,300 |" in block(
        page
    )
    assert "**Known failures:** the theme's button has no name." in block(page)
    before, after = (one.read_text(encoding="utf-8") for one in (PAGE, page))
    assert BLOCK.sub("", before) == BLOCK.sub("", after)
