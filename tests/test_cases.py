"""Golden cases: a folder each, with files to lay over a small sound community, and all that must be said of them.

`KB_ACCEPT=1 python3 scripts test tests/test_cases.py` writes what is said now. Read every line of it before you
commit it: a golden file keeps a wrong line number as faithfully as a right one.

A folder holds `input/`, files that differ from the community; `removed.txt`, names of files that are missing; and
`expected.txt`. Where `not-yet.txt` gives a reason, `expected.txt` is what should be said and is not said yet: the test
fails as soon as it is said, and the reason must then be removed.
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


def as_parameter(case: Path):
    """The case under its name; one that waits for a change of the code is expected to fail."""
    reason = case / "not-yet.txt"
    waits = pytest.mark.xfail(raises=AssertionError, reason=reason.read_text("utf-8") if reason.exists() else "")
    return pytest.param(case, id=case.name, marks=[waits] if reason.exists() else [])


@pytest.mark.parametrize("case", [as_parameter(case) for case in CASES])
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
