"""The workflows as those who attack them read them: linted, pinned, and with no more rights than each job needs."""

from __future__ import annotations

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
    [("actionlint", "-no-color"), ("zizmor", "--offline", "--no-progress", "--quiet", "--persona=regular", ".github")],
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
    more = ["--offline", "--no-progress"] if command == "zizmor" else ["-no-color"]
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
