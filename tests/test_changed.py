"""`kb check --changed`: what a change must answer for, seen in small repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb import check, compare, house
from kb.check.rules import Known
from kb.read import Layout, read
from tests import make
from tests.test_cli import Ended, Run, kb

__all__ = ["kb"]

OLD = "terms:\n  - id: Old One\n    title: Old\n"
"""A sick record that was there before."""
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    def run(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(tmp_path / "toy"), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    return run


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: Git) -> Path:
    """A sound community in a repository, the folder in which `kb` is run."""
    root = make.community(tmp_path / "toy").parent
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.chdir(root)
    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Somebody")
    git("config", "user.email", "somebody@example.org")
    commit(git)
    return root


def commit(git: Git) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "-m", "As it was")


def change(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    make.write(root, {name: text.replace(old, new, 1)})


def lines(said: Ended) -> Iterator[str]:
    """The first line of each problem, and the one that counts."""
    return (line for line in said.out.split("\n") if line[:1] not in ("", " ", "`"))


def test_an_old_problem_elsewhere_does_not_block(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    assert kb("check").code == 1
    change(toy, "resources.yaml", "A short film", "A shorter film")
    said = kb("check", "--changed", "main")
    assert said == Ended(0, "Nothing in what you changed blocks; 5 older problems elsewhere do not.\n", "")
    assert git("status", "--short") == "M resources.yaml"


def test_a_new_problem_blocks(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    change(toy, "resources.yaml", "[sharing, play]", "[sharing, pley]")
    said = kb("check", "--changed", "HEAD")
    assert said.code == 1
    assert list(lines(said)) == [
        "resources.yaml:11:23: error: toy-handbook: 'pley' is not a topic. Did you mean 'play'? [known-values]",
        "1 problem in what you changed blocks; 5 older problems elsewhere do not.",
    ]
    assert said.out.endswith("\n`kb explain known-values` explains a rule.\n")


def test_an_old_problem_in_what_was_changed_blocks(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD + "    summary: Words.\n  - id: Older One\n"})
    commit(git)
    change(toy, "resources/old.yaml", "Words.", "Other words.")
    said = kb("check", "--changed", "main")
    assert said.code == 1
    first, *others, last = lines(said)
    assert first.startswith("resources/old.yaml:2:5: error: Old One: 'added' is missing")
    assert all(": Old One: " in one for one in others)
    assert last == "4 problems in what you changed block; 6 older problems elsewhere do not."


@pytest.mark.parametrize("remark", ["# A remark\n", "\n\n"])
def test_what_stands_above_or_below_a_record_does_not_touch_it(toy: Path, git: Git, kb: Run, remark: str) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    make.write(toy, {"resources/old.yaml": f"{remark}{OLD}\n{remark}outcomes:\n"})
    said = kb("check", "--changed", "main")
    assert list(lines(said))[-1] == "1 problem in what you changed blocks; 5 older problems elsewhere do not."


def test_a_record_may_move_without_being_touched(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    (toy / "resources/old.yaml").rename(toy / "resources/attic.yaml")
    assert kb("check", "--changed", "main").code == 0


def test_to_take_out_what_others_name_blocks_though_they_were_not_touched(toy: Path, git: Git, kb: Run) -> None:
    text = (toy / "references.bib").read_text(encoding="utf-8")
    start, end = text.index("@book{lindqvist"), text.index("@incollection")
    make.write(toy, {"references.bib": text[:start] + text[end:]})
    said = kb("check", "--changed", "main")
    assert said.code == 1
    assert [line.split(": ")[0] for line in lines(said)][:-1] == ["docs/about.md:9:75", "resources/cases.yaml:31:19"]


def test_a_promise_that_a_change_breaks_blocks(toy: Path, git: Git, kb: Run) -> None:
    change(toy, "resources.yaml", "    was: [toy-manual]\n", "")
    said = kb("check", "--changed", "main")
    assert said.code == 1
    assert next(lines(said)).startswith("permalinks.txt:13:1: error: /resources/toy-manual/ was given out once")


def test_one_more_of_the_same_is_new(toy: Path, git: Git, kb: Run) -> None:
    again = "This is about [nothing][nothing].\n"
    make.write(toy, {"docs/more.md": f"---\ntitle: More\ndescription: More words.\n---\n\n{again}"})
    commit(git)
    assert kb("check", "--changed", "main").code == 0
    change(toy, "docs/more.md", again, again * 2)
    assert list(lines(kb("check", "--changed", "main")))[-1] == "2 problems in what you changed block."


def test_where_the_history_parted_counts_and_not_what_others_did_since(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    git("switch", "--quiet", "--create", "mine")
    change(toy, "resources.yaml", "A short film", "A shorter film")
    commit(git)
    git("switch", "--quiet", "main")
    make.write(toy, {"resources/old.yaml": OLD.replace("Old One", "old-one")})
    commit(git)
    git("switch", "--quiet", "mine")
    assert kb("check", "--changed", "main").code == 0


def test_without_a_common_history_the_revision_itself_counts(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    git("switch", "--quiet", "--orphan", "other")
    git("checkout", "main", "--", ".")
    commit(git)
    assert kb("check", "--changed", "main").out.startswith("Nothing in what you changed blocks; 5 older")


def test_a_change_may_begin_the_data(toy: Path, git: Git, kb: Run) -> None:
    git("rm", "--quiet", "--cached", "-r", ".")
    git("commit", "--quiet", "-m", "Nothing")
    change(toy, "resources.yaml", "[sharing, play]", "[sharing, pley]")
    said = kb("check", "--changed", "main")
    assert list(lines(said))[-1] == "1 problem in what you changed blocks."


# --- the day ----------------------------------------------------------------------------------------------
def test_what_the_day_brings_never_blocks(toy: Path, git: Git, kb: Run) -> None:
    change(toy, "resources.yaml", "added: 2026-11-01\n    review_by: 2027", "added: 2025-11-01\n    review_by: 2026")
    make.write(toy, {"references.bib": (toy / "references.bib").read_text() + "\n@misc{lone, title = {Words}}\n"})
    plain = kb("check", "--changed", "main")
    assert plain.code == 0
    assert list(lines(plain))[-1] == "Nothing in what you changed blocks; 2 problems there do not."
    strict = kb("check", "--changed", "main", "--strict")
    assert strict.code == 1
    assert list(lines(strict)) == [
        "references.bib:71:7: error: lone: nothing cites 'lone' [entries-are-cited]",
        "resources.yaml:61:16: warning: tea-and-toast: the review was due on 2026-11-01 [review-due]",
        "1 problem in what you changed blocks; 1 more problem there does not.",
    ]
    assert kb("check", "--strict").out.count(": error: ") == 2


def test_machines_are_told_too(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    commit(git)
    change(toy, "resources.yaml", "added: 2026-11-01\n    review_by: 2027", "added: 2025-11-01\n    review_by: 2026")
    change(toy, "resources.yaml", "[sharing, play]", "[sharing, pley]")
    told = json.loads(kb("check", "--changed", "main", "--format", "json").out)
    assert [(one["rule"], one["blocking"]) for one in told if one["file"] == "resources.yaml"] == [
        ("known-values", True),
        ("review-due", False),
    ]
    assert {one["blocking"] for one in told if one["file"] == "resources/old.yaml"} == {False}
    github = kb("check", "--changed", "main", "--format", "github")
    assert github.code == 1
    assert [line[:9] for line in github.out.split("\n")] == ["::error f", "::notice ", "1 problem", ""]
    assert json.loads(kb("check", "--changed", "main", "--format", "json").out) == told


# --- where nothing can be compared --------------------------------------------------------------------------
def test_outside_a_repository(toy: Path, kb: Run) -> None:
    shutil.rmtree(toy / ".git")
    said = kb("check", "--changed", "main")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("git cannot compare the files here: not a git repository")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("revision", ["nowhere", "", "--all", "main:resources.yaml", "0" * 40])
def test_an_unknown_revision(toy: Path, kb: Run, revision: str) -> None:
    said = kb("check", f"--changed={revision}")
    assert said == Ended(2, "", f"git knows no revision '{revision}' here; one from elsewhere is fetched first.\n")


def test_without_git(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kb("check", "--changed", "main") == Ended(2, "", "git is not installed, so nothing can be compared.\n")


def test_a_revision_that_cannot_be_brought_back(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": OLD})
    blob = git("rev-parse", "HEAD:resources.yaml")
    (toy / ".git/objects" / blob[:2] / blob[2:]).unlink()
    said = kb("check", "--changed", "main")
    assert said.code == 2
    assert said.err.startswith(f"git cannot bring back {git('rev-parse', 'main')[:12]}: ")
    assert said.err.count("\n") == 1


def test_where_all_is_well_nothing_is_compared(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare.Base, "restored", None)
    assert kb("check", "--changed", "main") == Ended(0, "No problems found.\n", "")


# --- where the files are ------------------------------------------------------------------------------------
def test_the_data_may_lie_in_a_folder_of_the_repository(toy: Path, git: Git, kb: Run, monkeypatch) -> None:
    inner = toy / "sub/folder"
    shutil.copytree(toy, inner, ignore=shutil.ignore_patterns(".git", "sub"))
    shutil.move(inner / "docs", toy / "sub/docs")
    make.write(inner, {"mkdocs.yml": "docs_dir: ../docs\n" + make.CONFIGURATION, "resources/old.yaml": OLD})
    make.write(toy / "sub", {"docs/old.md": "[nothing][nothing]\n"})
    commit(git)
    monkeypatch.chdir(inner)
    change(inner, "resources.yaml", "A short film", "A shorter film")
    assert kb("check", "--changed", "main").out.startswith("Nothing in what you changed blocks; 8 older")


def test_only_rules_of_the_day_ask_which_day_it_is() -> None:
    """Otherwise a change could fail for what nobody changed."""

    class Timeless(Known):
        def __getattribute__(self, name: str):
            assert name != "today", "this rule asks which day it is"
            return super().__getattribute__(name)

    for root in (make.SOUND, make.SOUND.parent / "sick"):
        known = Timeless(read(Layout(root)), make.TODAY)
        for rule in (*check.ERRORS, *check.WARNINGS):
            list(rule(known))
    assert {rule.id for rule in house.RULES if rule.goes_by == "day"} == {"review-due"}
