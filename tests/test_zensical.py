"""The way out of MkDocs: another generator, here Zensical, makes the same site of what `kb render` writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests import make
from tests.conftest import ROOT, UNDER, address_of, mkdocs_build

HOST = f"https://commons.example{UNDER}"
OURS = re.compile(r"<article[^>]*\bkb-page\b[^>]*>(.*)</article>", re.DOTALL)
THEIRS = re.compile(r'<article class="md-content__inner md-typeset">(.*)</article>', re.DOTALL)
DIFFERENT = {
    "/404.html": "Zensical writes a page of its own for a wrong address.",
    "/assets/": "Style sheets, scripts and pictures belong to the theme, and each generator has its own.",
    "/find/": "The plugin makes the index of the search; `kb render` writes none.",
    "/search.json": "Zensical makes an index for its own search.",
    "/sitemap.xml": "Zensical names no day of the last change.",
    "/sitemap.xml.gz": "Zensical writes no second, compressed list of pages.",
}
"""What differs, each with its reason; an address with a slash at its end stands for all below it."""


@dataclass
class Said(HTMLParser):
    """What the article of a page says: its words, its anchors, and where its links lead."""

    address: str
    words: str = ""
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.anchors |= {value for name, value in attrs if name == "id" and value and value != "__skip"}
        here = HOST + self.address.removeprefix("/")
        self.links += [urljoin(here, value or "") for name, value in attrs if name in {"href", "src", "action"}]

    def handle_data(self, data: str) -> None:
        self.words += data


def said(html: str, address: str, article: re.Pattern[str]) -> Said | str:
    """What an article says, with single spaces; of a page without one, such as a redirect, all of it."""
    if not (inner := article.search(html)):
        return html
    page = Said(address)
    page.feed(inner[1])
    page.words = " ".join(page.words.split())
    return page


def read(site: Path, article: re.Pattern[str]) -> dict[str, Said | str | bytes]:
    """What stands at each address of a site."""
    found: dict[str, Said | str | bytes] = {}
    for file in (path for path in site.rglob("*") if path.is_file()):
        address = address_of(file.relative_to(site))
        is_page = file.suffix == ".html"
        found[address] = said(file.read_text(encoding="utf-8"), address, article) if is_page else file.read_bytes()
    return found


def built(config: Path, root: Path) -> Path:
    """The site that Zensical makes, below `root`, of what `kb render` writes."""
    root.mkdir()
    (root / "mkdocs.yml").write_text(f"site_name: Commons\nsite_url: {HOST}\n", encoding="utf-8")
    environment = os.environ | {
        "SITE_URL": HOST,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for command in (["kb", "render", "--config", str(config), "docs"], ["zensical", "build"]):
        ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return root / "site"


@pytest.fixture(scope="module", params=["toy", "project"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping, Mapping]:
    """What stands at each address of the site here, and of the one that Zensical makes."""
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "project":
        config, here = ROOT / "mkdocs.yml", request.getfixturevalue("site")
    else:
        configuration = make.CONFIGURATION.replace("  - search\n", "") + f"site_url: {HOST}\n"
        config = make.community(root / "toy", {"mkdocs.yml": configuration})
        here = root / "here"
        mkdocs_build(here, config)
    return read(here, OURS), read(built(config, root / "other"), THEIRS)


def reason(address: str) -> str:
    """The entry of the list that speaks of an address; empty if there is none."""
    return next((one for one in DIFFERENT if address == one or (one.endswith("/") and address.startswith(one))), "")


def test_zensical_makes_the_same_site_but_for_what_is_listed(both: tuple[Mapping, Mapping]) -> None:
    ours, theirs = both
    different = {address for address in {*ours, *theirs} if ours.get(address) != theirs.get(address)}
    assert sorted(address for address in different if not reason(address)) == []
    assert sorted(set(DIFFERENT) - {reason(address) for address in different}) == []


def test_every_page_is_compared(both: tuple[Mapping, Mapping]) -> None:
    ours, _ = both
    pages = [one for one in ours.values() if isinstance(one, Said)]
    assert len(pages) > 30
    assert [page.address for page in pages if not (page.words and page.links and page.anchors)] == []
