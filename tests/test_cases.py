"""Golden cases: a folder each, with files laid over a small sound community, and all that must be said of them.

The files of `input/` are added or replaced, those that `removed.txt` names are taken out, and all that is then said
stands in `expected.txt`. `KB_ACCEPT=1 python3 scripts test tests/test_cases.py` writes what is said now. Read every
line of it before you commit it: a golden file keeps a wrong line number as faithfully as a right one.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest

from kb import house, report
from kb.house import Community
from kb.read import Known, Layout, read
from kb.render import Settings
from kb.report import handbook

HERE = Path(__file__).parent
SOUND = HERE / "community"
CASES = sorted(folder for folder in (HERE / "cases").iterdir() if folder.is_dir())
TODAY = date(2026, 11, 23)
RULES = {rule.id for rule in house.RULES}


def lay(case: Path, root: Path) -> Community:
    """The sound community with the files of a case laid over it."""
    shutil.copytree(SOUND, root)
    if (case / "input").exists():
        shutil.copytree(case / "input", root, dirs_exist_ok=True, symlinks=True)
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_process_need_not_read_it_again(case: Path, tmp_path: Path) -> None:
    layout = lay(case, tmp_path / "community").layout
    first = Known(())
    sources = read(layout, known=first)
    then = Known([line + b"\n" for line in first.lines()])
    assert read(layout, known=then) == sources
    assert not then.is_news


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
@pytest.mark.parametrize("file", ["resources/people.yaml", "docs/index.md"])
def test_a_file_whose_name_is_no_text_is_refused(file: str, tmp_path: Path) -> None:
    root = tmp_path / "community"
    shutil.copytree(SOUND, root)
    ill = os.fsdecode(os.fsencode(root / file).replace(b".", b"\xff."))
    shutil.copy(root / file, ill)
    community = Community(Layout(root), Settings("Toy Commons"))
    for kept in (house.afresh(community), house.recalled(community)):
        [problem] = house.rerun(community, TODAY, kept=kept).problems
        assert (problem.place.file, problem.rule) == (os.path.relpath(ill, root), "utf8-text")
        assert problem.message == "the name of the file is not in UTF-8"


def test_the_sound_community_is_sound() -> None:
    result = house.run(Community(Layout(SOUND), Settings("Toy Commons")), TODAY)
    assert report.as_text(result.problems, result.sources.texts) == "No problems found."
    assert {page.kind for page in result.site.pages} >= {"home", "case", "pathway", "term", "reference", "listing"}


def examples() -> dict[str, str]:
    """What is said of the first breach of each rule in the case that bears its name, or else in the first case."""
    found: dict[str, str] = {}
    for case in sorted(CASES, key=lambda case: (case.name not in RULES, case.name)):
        for said in (case / "expected.txt").read_text(encoding="utf-8").strip().split("\n\n")[:-1]:
            rule = re.search(r"\[([a-z0-9-]+)\]$", said.partition("\n")[0])
            assert rule, said
            if case.name == rule[1] or case.name not in RULES:
                found.setdefault(rule[1], said)
    return found


def test_every_rule_has_a_case() -> None:
    assert set(examples()) == RULES


def test_the_examples_in_the_manual_are_those_of_the_cases() -> None:
    said = "\n\n".join(text for _, text in sorted(examples().items())) + "\n"
    if os.environ.get("KB_ACCEPT"):
        handbook.EXAMPLES.write_text(said, encoding="utf-8", newline="\n")
    assert said == handbook.EXAMPLES.read_text(encoding="utf-8")
