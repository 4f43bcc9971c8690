"""The way out of MkDocs: another generator, here Zensical, builds from `kb render` every page and every anchor."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import make
from tests.conftest import ROOT, address_of

OURS = re.compile(r"<article[^>]*\bkb-page\b[^>]*>(.*)</article>", re.DOTALL)
THEIRS = re.compile(r'<article class="md-content__inner md-typeset">(.*?)</article>', re.DOTALL)


class Body(HTMLParser):
    """The anchors of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.anchors |= {value for name, value in attrs if name == "id" and value}


def bodies(pages: Mapping[str, str], article: re.Pattern[str]) -> dict[str, Body]:
    found = {}
    for address, html in pages.items():
        if (inner := article.search(html)) and address != "/404.html":
            found[address] = Body(inner[1])
    return found


def built(config: Path, root: Path) -> Path:
    """The site that Zensical makes, below `root`, of what `kb render` writes."""
    root.mkdir(exist_ok=True)
    command = [sys.executable, "-c", "from kb.cli import main; main()", "render", "--config", str(config)]
    subprocess.run([*command, str(root / "docs")], check=True, capture_output=True)
    (root / "mkdocs.yml").write_text("site_name: Commons\n", encoding="utf-8")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        ["zensical", "build"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return root / "site"


def test_a_page_says_what_it_says_here(tmp_path: Path) -> None:
    site = built(make.community(tmp_path / "toy"), tmp_path / "other")
    page = (site / "glossary/time-bank/index.html").read_text(encoding="utf-8")
    assert "<title>Time bank" in page
    assert "keeps count of hours that people give each other" in page
    assert 'href="../../resources/toy-handbook/"' in page
    assert (site / "who-we-are/index.html").exists()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Body]:
    """The real project's pages, built by Zensical."""
    site = built(ROOT / "mkdocs.yml", tmp_path_factory.mktemp("other"))
    html = {address_of(file.relative_to(site)): file.read_text(encoding="utf-8") for file in site.rglob("*.html")}
    return bodies(html, THEIRS)


@pytest.fixture(scope="module")
def ours(pages: dict[str, str]) -> dict[str, Body]:
    return bodies(pages, OURS)


def test_zensical_builds_the_same_pages(ours: dict[str, Body], other: dict[str, Body]) -> None:
    assert sorted(set(ours) ^ set(other)) == []


def test_no_anchor_is_lost(ours: dict[str, Body], other: dict[str, Body]) -> None:
    lost = {address: one.anchors - other[address].anchors for address, one in ours.items() if address in other}
    assert {address: those for address, those in lost.items() if those} == {}
