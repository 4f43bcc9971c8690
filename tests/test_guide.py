"""The guides cannot lie: every command that they print is one that there is, with options that it has."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from pathlib import Path

import click
import pytest

from kb import cli
from tests.conftest import ROOT

GUIDES = ("README.md", "CONTRIBUTING.md", "docs/contribute.md", ".devcontainer/devcontainer.json")
OWN = {"serve", "test", "help"}
_TYPED = re.compile(r"(?:python3|py) scripts ([^`\n|\"]+)|(?:\.venv/bin/kb|`kb) ([^`\n|\"]+)")
_PLACEHOLDER = re.compile(r"[A-Z]+$|\.\.\.$")


def commands() -> list[str]:
    """Every command that a guide prints, as it is typed, without what is said of it behind."""
    found: dict[str, None] = {}
    for name in GUIDES:
        text = (ROOT / name).read_text(encoding="utf-8")
        for scripts, kb in _TYPED.findall(text):
            typed = re.split(r"\s{2,}|\s#|\s>|[.,;:)](?:\s|$)", scripts or kb)[0].strip()
            found[typed] = None
    return list(found)


def test_the_guides_print_commands() -> None:
    assert len(commands()) > 15
    assert {"serve", "test", "check --fix", "new resource"} <= set(commands())


@pytest.mark.parametrize("typed", commands())
def test_a_command_that_a_guide_prints_is_one(typed: str) -> None:
    name, *words = shlex.split(typed)
    bootstrap = runpy.run_path(str(ROOT / "scripts/__main__.py"))
    ours = {*bootstrap["KB_COMMANDS"], *OWN, *re.findall(r"scripts (bench\S*)", bootstrap["HELP"])}
    assert name in {*ours, *cli.kb.commands}
    if name in cli.kb.commands:
        command = cli.kb.commands[name]
        options = [word for word in words if word.startswith("--")]
        known = {option for one in command.params for option in one.opts} | {"--help"}
        assert set(options) <= known
        if words and not options and not any(map(_PLACEHOLDER.match, words)):
            command.make_context(name, words)


def test_what_editors_read_is_sound() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    wanted = json.loads((ROOT / ".vscode/extensions.json").read_text())["recommendations"]
    assert container["customizations"]["vscode"]["extensions"] == wanted
    settings = json.loads((ROOT / ".vscode/settings.json").read_text())
    assert Path(settings["python.defaultInterpreterPath"]).parts[0] == ".venv"
    for name in (
        "resources.yaml",
        *(path.relative_to(ROOT).as_posix() for path in (ROOT / "resources").glob("*.yaml")),
    ):
        first = (ROOT / name).read_text(encoding="utf-8").partition("\n")[0]
        assert re.fullmatch(r"# yaml-language-server: \$schema=(\.\./)?schema\.json", first), name


def test_arguments_of_click_are_what_they_seem() -> None:
    """A command that is not one is refused: the test above can fail."""
    with pytest.raises(click.UsageError):
        cli.kb.commands["new"].make_context("new", ["resourse"])
