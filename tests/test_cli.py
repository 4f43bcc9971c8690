"""The command `kb` as a person meets it: what it says and how it ends. Never a traceback for bad data."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kb import cli, house, report
from tests import make

ROOT = Path(__file__).parent.parent
SICK = "terms:\n  - id: Sick One\n"


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sound community, the folder in which `kb` is run."""
    root = make.community(tmp_path / "toy").parent
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def kb(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["kb", *arguments])
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                cli.main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return Ended(code, out.getvalue(), err.getvalue())

    return run


def sentences(text: str) -> int:
    return len(text.strip().split("\n"))


# --- check ------------------------------------------------------------------------------------------------
def test_a_sound_community(toy: Path, kb: Run) -> None:
    assert kb("check") == Ended(0, "No problems found.\n", "")
    assert kb("check", "--format", "github") == Ended(0, "\nNo problems found.\n", "")
    assert kb("check", "--format", "json") == Ended(0, "[]\n", "")


def test_a_sick_community(toy: Path, kb: Run) -> None:
    make.write(toy, {"resources/sick.yaml": SICK})
    said = kb("check")
    assert said.code == 1
    assert "resources/sick.yaml:2:9: error: Sick One: 'Sick One' is not in the form of an id [id-form]\n" in said.out
    assert "Write 'sick-one'." in said.out
    assert said.out.endswith(" errors found.\n`kb explain required-fields` explains a rule.\n")
    github = kb("check", "--format", "github")
    assert github.code == 1
    assert "::error file=resources/sick.yaml,line=2,col=9,title=id-form::Sick One: " in github.out
    assert github.out.strip().split("\n")[-1].endswith(" errors found.")
    told = json.loads(kb("check", "--format", "json").out)
    assert {"id-form", "required-fields"} == {problem["rule"] for problem in told}


def test_advice_names_commands_as_the_reader_types_them(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    make.write(toy, {"resources/sick.yaml": SICK})
    monkeypatch.setenv("KB_TYPED", "py scripts")
    assert kb("check").out.endswith("\n`py scripts explain required-fields` explains a rule.\n")
    assert kb("explain", "zzz").err == "There is no rule 'zzz'. `py scripts explain` lists them all.\n"
    assert kb("check", "--help").out.startswith("Usage: py scripts check ")


def test_warnings_count_only_when_strict(toy: Path, kb: Run) -> None:
    with (toy / "references.bib").open("a", encoding="utf-8") as bib:
        bib.write("\n@misc{nobodycites, title = {Words}}\n")
    mild = kb("check")
    assert (mild.code, mild.out.strip().split("\n")[-2]) == (0, "1 warning found.")
    strict = kb("check", "--strict")
    assert (strict.code, strict.out.strip().split("\n")[-2]) == (1, "1 error found.")
    assert kb("render", "--strict", "out").code == 1


@pytest.mark.parametrize("command", [("render", "out"), ("release",), ("build",)], ids=lambda command: command[0])
def test_bad_data_stops_every_command(toy: Path, kb: Run, command: tuple[str, ...]) -> None:
    make.write(toy, {"resources/sick.yaml": SICK})
    kept = (toy / "permalinks.txt").read_bytes()
    said = kb(*command)
    assert said.code == 1
    assert "Sick One" in said.err
    assert "Traceback" not in said.err
    assert not (toy / "out").exists()
    assert not (toy / "site").exists()
    assert (toy / "permalinks.txt").read_bytes() == kept


# --- configuration ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("command", [("check",), ("render", "out"), ("release",), ("build",), ("serve",)], ids=" ".join)
def test_without_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kb: Run, command: tuple[str]) -> None:
    monkeypatch.chdir(tmp_path)
    said = kb(*command)
    assert said.code == 2
    assert "mkdocs.yml" in said.err
    assert sentences(said.err) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ("site_name: A\nplugins: [search]\n", "does not list `kb` under `plugins:`"),
        ("site_name: A\n", "does not list `kb` under `plugins:`"),
        ("site_name: [\n", "mkdocs.yml"),
        ("- a\n", "configur"),
        ("plugins: [kb]\n", "configur"),
        ("site_name: A\nplugins: [nothing, kb]\n", "configur"),
        ("site_name: A\nplugins:\n  - kb:\n      records: 7\n", "configur"),
        ("site_name: A\ntheme:\n  name: material\n  language: xx\nplugins: [kb]\n", "xx"),
    ],
)
@pytest.mark.parametrize("command", ["check", "build"])
def test_a_configuration_that_cannot_be_used(toy: Path, kb: Run, configuration: str, words: str, command: str) -> None:
    make.write(toy, {"mkdocs.yml": configuration})
    said = kb(command)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err


def test_another_configuration_can_be_named(toy: Path, kb: Run) -> None:
    (toy / "mkdocs.yml").rename(toy / "other.yml")
    assert kb("check", "--config", "other.yml").code == 0
    assert kb("check", "--config", str(toy)).code == 2


def test_files_may_have_other_names(toy: Path, kb: Run) -> None:
    (toy / "resources.yaml").rename(toy / "all.yaml")
    configuration = make.CONFIGURATION.replace(
        "- kb", "- kb:\n      records: all.yaml\n      repository: https://x.org/r/"
    )
    make.write(toy, {"mkdocs.yml": configuration})
    assert kb("check").code == 0
    kb("render", "out")
    page = (toy / "out/glossary/time-bank/index.md").read_text(encoding="utf-8")
    assert "https://x.org/r/edit/main/resources/people.yaml#L" in page


def test_pages_outside_the_project(toy: Path, kb: Run) -> None:
    shutil.move(toy / "docs", toy.parent / "docs")
    make.write(toy, {"mkdocs.yml": "docs_dir: ../docs\n" + make.CONFIGURATION})
    said = kb("check")
    assert (said.code, said.out) == (0, "No problems found.\n"), said.err


# --- render -----------------------------------------------------------------------------------------------
def test_pages_are_written_as_markdown_files(toy: Path, kb: Run) -> None:
    said = kb("render", "new/folder/out")
    files = {path.relative_to(toy / "new/folder/out").as_posix() for path in (toy / "new/folder/out").rglob("*.*")}
    assert said == Ended(0, f"{len(files)} files written to new/folder/out.\n", "")
    assert {"index.md", "cases/index.md", "cases/toy-time-bank/index.md", "who-we-are/index.html"} <= files
    assert (toy / "new/folder/out/index.md").read_text(encoding="utf-8").startswith('---\n{\n  "title": "Toy Commons"')
    assert [path.name for path in (toy / "new/folder").iterdir()] == ["out"]


def test_an_empty_folder_may_be_filled_but_no_other(toy: Path, kb: Run) -> None:
    (toy / "out").mkdir()
    assert kb("render", "out").code == 0
    (toy / "out/index.md").write_text("mine")
    said = kb("render", "out")
    assert said.code == 2
    assert "The folder 'out' is not empty. Name a new folder, so that nothing is lost." in said.err
    assert (toy / "out/index.md").read_text() == "mine"
    assert kb("render", "mkdocs.yml").code == 2


def breaking(monkeypatch: pytest.MonkeyPatch, error: BaseException, after: int = 5) -> None:
    """Writing a file fails with the error, at the file after so many."""
    whole, written = Path.write_text, []

    def write_text(self: Path, *arguments: Any, **options: Any) -> int:
        written.append(self)
        if len(written) > after:
            raise error
        return whole(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", write_text)


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("error", "code"), [(FULL, 2), (KeyboardInterrupt(), 130), (RuntimeError("bug"), 3)], ids=["full", "stop", "bug"]
)
def test_interrupted_writing_leaves_nothing_behind(
    toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    before = sorted(toy.rglob("*"))
    breaking(monkeypatch, error)
    assert kb("render", "out").code == code
    assert sorted(toy.rglob("*")) == before


def test_a_full_disk_is_told_in_one_sentence(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, FULL)
    said = kb("render", "out")
    assert sentences(said.err) == 1
    assert "No space left on device" in said.err
    assert "None" not in said.err


def test_a_folder_that_may_not_be_written_is_told_in_one_sentence(
    toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "out")

    def refuse(*_: object, **__: object) -> None:
        raise refused

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    said = kb("render", "out")
    assert said == Ended(2, "", "Permission denied: out. Nothing that was there before is lost.\n")


# --- release ----------------------------------------------------------------------------------------------
def test_a_release_adds_and_never_removes(toy: Path, kb: Run) -> None:
    path = toy / "permalinks.txt"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.rstrip("\n"), encoding="utf-8")
    first = kb("release")
    assert first.code == 0
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before)
    added = after.removeprefix(before).split()
    assert first.out == f"{len(added)} new addresses added to permalinks.txt; none removed.\n"
    assert added == sorted(set(added) - set(before.split()))
    assert kb("release") == Ended(0, "No new addresses.\n", "")
    assert path.read_text(encoding="utf-8") == after
    assert kb("check").code == 0


def test_a_release_counts_one_address_as_one(toy: Path, kb: Run) -> None:
    kb("release")
    path = toy / "permalinks.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert kb("release").out == "1 new address added to permalinks.txt; none removed.\n"


def test_the_first_release(toy: Path, kb: Run) -> None:
    (toy / "permalinks.txt").unlink()
    assert kb("release").code == 0
    assert "/cases/toy-time-bank/\n" in (toy / "permalinks.txt").read_text()


def test_nothing_new_leaves_the_list_alone(toy: Path, kb: Run) -> None:
    kb("release")
    path = toy / "permalinks.txt"
    path.chmod(stat.S_IRUSR | stat.S_IRGRP)
    before = path.stat()
    kb("release")
    assert (path.stat().st_mtime_ns, path.stat().st_mode) == (before.st_mtime_ns, before.st_mode)


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["full", "stop"])
def test_an_interrupted_release_leaves_the_list_as_it_was(
    toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = (toy / "permalinks.txt").read_bytes()
    files = sorted(toy.iterdir())
    replace = os.replace

    def fail(source: Any, target: Any) -> None:
        if Path(target).name == "permalinks.txt":
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    assert kb("release").code in (2, 130)
    assert (toy / "permalinks.txt").read_bytes() == before
    assert sorted(toy.iterdir()) == files


# --- build, rules, help -----------------------------------------------------------------------------------
def test_a_site_is_built(toy: Path, kb: Run) -> None:
    assert kb("build", "--folder", str(toy / "out")).code == 0
    assert "Toy Commons" in (toy / "out/index.html").read_text(encoding="utf-8")
    assert "http-equiv" in (toy / "out/who-we-are/index.html").read_text(encoding="utf-8")


def test_bad_data_leaves_the_last_good_site(toy: Path, kb: Run) -> None:
    kb("build")
    before = {path: path.read_bytes() for path in (toy / "site").rglob("*.html")}
    make.write(toy, {"resources/sick.yaml": SICK})
    assert kb("build", "--strict").code == 1
    assert {path: path.read_bytes() for path in (toy / "site").rglob("*.html")} == before


def test_the_manual_of_rules_is_up_to_date(kb: Run) -> None:
    said = kb("rules")
    assert said == Ended(0, report.manual(house.RULES), "")
    assert said.out == (ROOT / "RULES.md").read_text(encoding="utf-8"), "run: kb rules > RULES.md"


def test_a_rule_is_explained(kb: Run) -> None:
    said = kb("explain", "known-values")
    assert said.code == 0
    assert said.out.startswith("## known-values\n\n*Error.* A value from a closed list is one that its vocabulary has.")
    assert "'publishd' is not" not in said.out
    assert re.search(r"```\n\S+:\d+:\d+: error: .* \[known-values\]\n +\d+ \| ", said.out)
    assert said.out in (ROOT / "RULES.md").read_text(encoding="utf-8")
    assert kb("explain", "[known-values]") == said


def test_without_a_rule_all_are_listed(kb: Run) -> None:
    said = kb("explain")
    assert said.code == 0
    assert re.findall(r"^[a-z0-9-]+$", said.out, re.MULTILINE) == [rule.id for rule in house.RULES]
    assert "id-form\n    An id is lower-case letters" in said.out


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("known-valeus", "There is no rule 'known-valeus'. Did you mean 'known-values'?\n"),
        ("zzz", "There is no rule 'zzz'. `kb explain` lists them all.\n"),
    ],
)
def test_an_unknown_rule_has_a_nearest(kb: Run, asked: str, answer: str) -> None:
    assert kb("explain", asked) == Ended(2, "", answer)


# --- colour -----------------------------------------------------------------------------------------------
class Terminal(io.StringIO):
    """What a terminal is to those who ask."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("to", "environment", "coloured"),
    [
        (Terminal, {}, True),
        (Terminal, {"NO_COLOR": "1"}, False),
        (Terminal, {"TERM": "dumb"}, False),
        (io.StringIO, {}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, True),
        (io.StringIO, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals(
    toy: Path,
    kb: Run,
    monkeypatch: pytest.MonkeyPatch,
    to: type[io.StringIO],
    environment: dict[str, str],
    coloured: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    make.write(toy, {"resources/sick.yaml": SICK + "    summary: " + "[brackets] and a long line " * 9 + "\n"})
    plain = kb("check").out
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["kb", "check"])
    with redirect_stdout(to()) as out, pytest.raises(SystemExit):
        cli.main()
    said = out.getvalue()
    assert ("\x1b[1;31merror\x1b[0m" in said) == coloured
    assert ("\x1b[36m[id-form]\x1b[0m" in said) == coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", said) == plain


def test_the_server_is_given_what_was_asked(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("mkdocs.commands.serve.serve", lambda *given, **options: asked.append((given, options)))
    assert kb("serve").code == 0
    assert kb("serve", "--address", "127.0.0.1:9", "--open").code == 0
    assert asked == [
        (("mkdocs.yml",), {"build_type": "dirty", "open_in_browser": False}),
        (("mkdocs.yml",), {"build_type": "dirty", "open_in_browser": True, "dev_addr": "127.0.0.1:9"}),
    ]


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("-h",), *((one, "--help") for one in cli.kb.commands)], ids=str
)
def test_help(kb: Run, arguments: tuple[str, ...]) -> None:
    said = kb(*arguments)
    assert said.code == (0 if arguments else 2)
    assert "Usage: kb" in said.out + said.err


def test_the_version(kb: Run) -> None:
    assert kb("--version").out.startswith("kb, version 0.")


@pytest.mark.parametrize("arguments", [("nothing",), ("check", "--format", "xml"), ("render",), ("check", "--nothing")])
def test_wrong_usage(toy: Path, kb: Run, arguments: tuple[str, ...]) -> None:
    said = kb(*arguments)
    assert said.code == 2
    assert "Error: " in said.err


def test_a_bug_is_called_a_bug(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError("1/0")

    monkeypatch.setattr(house, "render", bug)
    said = kb("check")
    assert said.code == 3
    assert "ZeroDivisionError: 1/0" in said.err
    assert "This is a bug in kb itself, not in your data." in said.err


def test_an_interruption(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(house, "run", stop)
    assert kb("check").code == 130
