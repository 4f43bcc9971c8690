"""Golden cases: a folder each, with files laid over a small sound community, and all that must be said of them.

The files of `input/` are added or replaced, those that `removed.txt` names are taken out, and all that is then said
stands in `expected.txt`. `KB_ACCEPT=1 python3 scripts test tests/test_cases.py` writes what is said now. Read every
line of it before you commit it: a golden file keeps a wrong line number as faithfully as a right one.
"""

from __future__ import annotations

import os
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from kb import house, report
from kb.house import Community
from kb.read import Layout
from kb.render import Settings

HERE = Path(__file__).parent
SOUND = HERE / "community"
CASES = sorted(folder for folder in (HERE / "cases").iterdir() if folder.is_dir())
TODAY = date(2026, 11, 23)


def lay(case: Path, root: Path) -> Community:
    """The sound community with the files of a case laid over it."""
    shutil.copytree(SOUND, root)
    if (case / "input").exists():
        shutil.copytree(case / "input", root, dirs_exist_ok=True)
    for line in (case / "removed.txt").read_text().split() if (case / "removed.txt").exists() else ():
        (root / line).unlink()
    return Community(Layout(root), Settings("Toy Commons"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said(case: Path, tmp_path: Path) -> None:
    result = house.run(lay(case, tmp_path / "community"), TODAY)
    said = report.as_text(result.problems, result.sources.texts) + "\n"
    expected = case / "expected.txt"
    if os.environ.get("KB_ACCEPT"):
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")


def test_the_sound_community_is_sound() -> None:
    result = house.run(Community(Layout(SOUND), Settings("Toy Commons")), TODAY)
    assert report.as_text(result.problems, result.sources.texts) == "No problems found."
    assert {page.kind for page in result.site.pages} >= {"home", "case", "pathway", "term", "reference", "listing"}


def test_every_rule_has_a_case() -> None:
    said = "\n".join((case / "expected.txt").read_text(encoding="utf-8") for case in CASES)
    shown = set(re.findall(r"^\S+: (?:error|warning): .*\[([a-z0-9-]+)\]$", said, re.MULTILINE))
    assert {rule.id for rule in house.RULES} == shown
