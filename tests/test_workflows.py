"""The workflows as those who attack them read them: linted, pinned, and with no more rights than each job needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROGRAMS = Path(sys.executable).parent
ON = True
"""What YAML 1.1 reads for the key `on`."""


def workflow(name: str) -> Any:
    return yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "command",
    [
        ("actionlint", "-no-color"),
        ("zizmor", "--offline", "--no-progress", "--quiet", "--color=never", "--persona=regular", ".github"),
    ],
    ids=lambda command: command[0],
)
def test_a_linter_finds_nothing(command: tuple[str, ...]) -> None:
    program, *arguments = command
    ended = subprocess.run([PROGRAMS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.replace("No findings to report. Good job!", "").split("(")[0].strip()) == (
        0,
        "",
    )


@pytest.mark.parametrize("command", ["actionlint", "zizmor"])
def test_a_linter_would_find_something(command: str, tmp_path: Path) -> None:
    """A check that cannot fail is none."""
    file = tmp_path / ".github/workflows/bad.yml"
    file.parent.mkdir(parents=True)
    step = "{ run: 'echo ${{ github.event.issue.body }}' }"
    file.write_text(f"on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{step}]\n", encoding="utf-8")
    more = ["--offline", "--no-progress", "--color=never"] if command == "zizmor" else ["-no-color"]
    ended = subprocess.run([PROGRAMS / command, *more, file], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "github.event.issue.body" in ended.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_and_jobs_are_bounded(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.*)", text)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)
    for job in workflow(file.stem)["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_one_action_has_one_version(file: Path) -> None:
    known = {one for other in FILES for one in re.findall(r"uses: (\S+)", other.read_text(encoding="utf-8"))}
    names = [one.partition("@")[0] for one in known]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_of_an_event_is_part_of_a_command(file: Path) -> None:
    for job in workflow(file.stem)["jobs"].values():
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def test_only_jobs_that_run_no_foreign_code_may_write() -> None:
    may_write = {
        f"{file.stem}/{name}": sorted(what for what, how in job.get("permissions", {}).items() if how == "write")
        for file in FILES
        for name, job in workflow(file.stem)["jobs"].items()
        if "write" in job.get("permissions", {}).values()
    }
    assert may_write == {
        "links/tell": ["contents", "issues", "pull-requests"],
        "preview/preview": ["pull-requests"],
        "site/publish": ["id-token", "pages"],
        "suggest/offer": ["contents", "issues", "pull-requests"],
    }
    for name in ("links/tell", "suggest/offer"):
        stem, job = name.split("/")
        runs = " ".join(step.get("run", "") for step in workflow(stem)["jobs"][job]["steps"])
        assert "python" not in runs


def test_the_preview_runs_one_file_of_the_main_branch() -> None:
    made = workflow("preview")
    assert set(made[ON]) == {"workflow_run"}
    steps = made["jobs"]["preview"]["steps"]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert [step["with"] for step in checkouts] == [{"persist-credentials": False}]
    assert re.findall(r"python\S* .*", "\n".join(step.get("run", "") for step in steps))[0] == (
        'python3 -I scripts/preview.py "$RUNNER_TEMP/proposal.zip" "$RUNNER_TEMP/brought"'
    )


def test_a_pull_request_is_built_without_rights_or_secrets() -> None:
    text = (ROOT / ".github/workflows/site.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in "".join(file.read_text(encoding="utf-8") for file in FILES)
    assert "permissions" not in workflow("site")["jobs"]["proposal"]
    assert workflow("site")["permissions"] == {"contents": "read"}


# --- the steps that write, run against a repository of their own ------------------------------------------------
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$LOG"
if [ "$1 $2" = "pr list" ] && [ -e "$LOG.open" ]; then echo 7; fi
if [ "$1 $2" = "pr create" ]; then touch "$LOG.open"; fi
"""
"""Stands for the program of GitHub: remembers what it was asked, and that a pull request was opened."""


class Offer:
    """The job that offers a suggestion, and the repository that it offers it to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "LOG": str(folder / "log"),
            "GIT_CONFIG_GLOBAL": str(folder / "none"),
            "RUNNER_TEMP": str(folder),
            "ISSUE": "41",
        }
        (folder / "bin").mkdir()
        (folder / "bin/gh").write_text(GH, encoding="utf-8")
        (folder / "bin/gh").chmod(0o755)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", "origin")
        self.git("clone", "--quiet", "origin", "first")
        (folder / "first/resources.yaml").write_text("resources:\n", encoding="utf-8")
        self.write("first", "main", "An editor")

    def git(self, *words: str, within: str = ".") -> str:
        command = ["git", "-C", str(self.folder / within), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()

    def write(self, clone: str, branch: str, who: str) -> None:
        self.git("add", "--all", within=clone)
        who = f"user.name={who}"
        self.git("-c", who, "-c", "user.email=editor@example.org", "commit", "--quiet", "-m", "Words", within=clone)
        self.git("push", "--quiet", "origin", f"HEAD:{branch}", within=clone)

    def run(self, number: int, text: str) -> str:
        """Run the step in a fresh clone; what it says."""
        clone = self.folder / f"run{number}"
        self.git("clone", "--quiet", "--branch=main", "origin", clone.name)
        (clone / "brought/files").mkdir(parents=True)
        for name, words in {"files/resources.yaml": text, "title.txt": "Add $(id)", "pull-request.md": "Words"}.items():
            (clone / "brought" / name).write_text(words, encoding="utf-8")
        steps = workflow("suggest")["jobs"]["offer"]["steps"]
        script = next(step["run"] for step in steps if step.get("name") == "Keep one pull request")
        ended = subprocess.run(
            ["bash", "-e", "-c", script], cwd=clone, env=self.environment, capture_output=True, text=True, check=True
        )
        return ended.stdout

    def offered(self) -> str:
        return self.git("show", "suggestion-41:resources.yaml", within="origin")

    def asked(self) -> list[str]:
        lines = (self.folder / "log").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith(("pr create", "pr edit"))]


def test_one_pull_request_follows_the_issue_until_an_editor_writes_on_it(tmp_path: Path) -> None:
    offer = Offer(tmp_path)
    offer.run(1, "resources:\n  - id: tea\n")
    assert offer.offered() == "resources:\n  - id: tea"
    assert offer.git("show", "--format=%s", "--name-only", "suggestion-41", within="origin").split("\n\n") == [
        "Add $(id)",
        "resources.yaml",
    ]
    offer.run(2, "resources:\n  - id: toast\n")
    assert offer.offered() == "resources:\n  - id: toast"
    assert offer.git("rev-list", "--count", "main..suggestion-41", within="origin") == "1"
    body = f"--body-file {tmp_path}/pull-request.md"
    assert offer.asked() == [
        f"pr create --head suggestion-41 --title Add $(id) {body}",
        f"pr edit 7 --title Add $(id) {body}",
    ]
    offer.git("clone", "--quiet", "--branch=suggestion-41", "origin", "editors")
    (tmp_path / "editors/resources.yaml").write_text("resources:\n  - id: scone\n", encoding="utf-8")
    offer.write("editors", "suggestion-41", "An editor")
    assert "it is left as it is" in offer.run(3, "resources:\n  - id: toast\n")
    assert offer.offered() == "resources:\n  - id: scone"
    assert len(offer.asked()) == 2
