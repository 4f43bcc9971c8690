"""The finished site, file by file: no dead link, sound headings, complete search."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, expect

from tests.conftest import ROOT, UNDER, Visit, address_of, mkdocs_build, served

COMMUNITY = Path(__file__).parent / "community"
HOST = "https://commons.example"
CONFIG = """\
site_name: Toy Commons
site_url: !ENV SITE_URL
theme: {name: material, font: false}
plugins:
  - kb: {records: resources.yaml, bibliography: references.bib, permalinks: permalinks.txt}
"""


@dataclass
class Seen(HTMLParser):
    """What one page links to and offers for linking, and its bones."""

    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    language: str = ""
    title: str = ""
    scripted: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    inside: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.inside = tag
        self.links += [told[name] for name in ("href", "src", "action") if name in told]
        self.ids += [told["id"]] if "id" in told else []
        self.scripted += [f"{tag} {name}" for name in told if name.startswith("on") or name == "style"]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "html":
            self.language = told.get("lang", "")
        if tag == "meta":
            self.meta[told.get("name") or told.get("http-equiv", "")] = told.get("content", "")
        if tag == "a" and told.get("class") == "term":
            self.terms.append(told["href"])
        if tag == "script" and "src" not in told and told.get("type") != "application/json":
            self.scripted.append("an inline script")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "title":
            self.title += data


def read(html: str) -> Seen:
    seen = Seen()
    seen.feed(html)
    return seen


def read_folder(folder: Path) -> dict[str, Seen]:
    return {
        address_of(file.relative_to(folder)): read(file.read_text(encoding="utf-8"))
        for file in sorted(folder.rglob("*.html"))
    }


@pytest.fixture(scope="session")
def seen(pages: dict[str, str]) -> dict[str, Seen]:
    return {address: read(html) for address, html in pages.items()}


@pytest.fixture(scope="session")
def proper(seen: dict[str, Seen]) -> dict[str, Seen]:
    """All but redirects."""
    return {address: page for address, page in seen.items() if "refresh" not in page.meta}


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the toy community's sources, ready to be built."""
    root = tmp_path_factory.mktemp("toy") / "community"
    shutil.copytree(COMMUNITY, root)
    (root / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def toy_site(toy: Path) -> Path:
    folder = toy.parent / "site"
    mkdocs_build(folder, toy / "mkdocs.yml")
    return folder


def dead_links(folder: Path, seen: dict[str, Seen]) -> list[str]:
    """Links and fragments that lead nowhere, each with the page it is on."""
    offered = {address: {"", *page.ids} for address, page in seen.items()}
    files = {"/" + file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    dead = []
    for address, page in seen.items():
        here = HOST + UNDER + address.removeprefix("/")
        for link in set(page.links):
            parts = urlsplit(urljoin(here, link))
            if f"{parts.scheme}://{parts.netloc}" != HOST:
                continue
            inside = parts.path.startswith(UNDER)
            target = "/" + unquote(parts.path).removeprefix(UNDER)
            known = inside and (target in offered or target in files)
            if not known or (parts.fragment and unquote(parts.fragment) not in offered.get(target, ())):
                dead.append(f"{address} -> {link}")
    return sorted(dead)


# --- links --------------------------------------------------------------------------------------------------
def test_no_link_is_dead(site: Path, seen: dict[str, Seen]) -> None:
    assert dead_links(site, seen) == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.html").write_text('<h1 id="ok">A</h1><a href="#ok"></a><a href="#no"></a><a href="../b/"></a>')
    (tmp_path / "index.html").write_text(
        f'<a href="a/#ok"></a><a href="a/#no"></a><a href="/a/"></a><a href="{UNDER}a/"></a><img src="x.png">'
    )
    assert dead_links(tmp_path, read_folder(tmp_path)) == [
        "/ -> /a/",
        "/ -> a/#no",
        "/ -> x.png",
        "/a/ -> #no",
        "/a/ -> ../b/",
    ]


def released(permalinks: Path) -> list[str]:
    lines = permalinks.read_text(encoding="utf-8").splitlines() if permalinks.exists() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def test_every_address_given_out_answers(site: Path, seen: dict[str, Seen]) -> None:
    given = [urlsplit(line) for line in released(ROOT / "permalinks.txt")]
    assert [one.geturl() for one in given if one.path not in seen and not (site / one.path.lstrip("/")).is_file()] == []
    assert [one.geturl() for one in given if one.fragment and one.fragment not in seen[one.path].ids] == []


def test_the_toy_keeps_its_promises_too(toy_site: Path) -> None:
    found = read_folder(toy_site)
    assert dead_links(toy_site, found) == []
    assert {urlsplit(line).path for line in released(COMMUNITY / "permalinks.txt")} <= set(found)


def test_an_old_address_leads_on_without_javascript(toy_site: Path, browser: Browser) -> None:
    with served(toy_site) as address:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{address}/resources/toy-manual/")
        page.wait_for_url(f"{address}/resources/toy-handbook/")
        expect(page.locator("h1")).to_be_visible()
        context.close()


def test_a_redirect_is_not_listed_by_search_engines(toy_site: Path) -> None:
    page = read((toy_site / "resources/toy-manual/index.html").read_text(encoding="utf-8"))
    assert page.meta["robots"] == "noindex"
    assert "toy-manual" not in (toy_site / "sitemap.xml").read_text(encoding="utf-8")


# --- files --------------------------------------------------------------------------------------------------
DRESS = {".css", ".gif", ".ico", ".jpg", ".js", ".mjs", ".map", ".png", ".svg", ".ttf", ".webp", ".woff", ".woff2"}
NAMED = re.compile(r"""(?:url\(["']?|["'])([^"'()\s]+\.(?:css|js|png|svg|woff2?))\b""")
"""Files that styles and scripts name, beside which they lie."""


def asked_for(site: Path, pages: dict[str, str]) -> set[str]:
    """The files that pages name, and those that these name in turn, as addresses within the site."""
    named = {
        urljoin(page, link) for page, html in pages.items() for link in re.findall(r'(?:href|src)="([^"]+)"', html)
    }
    named |= {f"/assets/{name}" for html in pages.values() for name in re.findall(r'data-kb-script="([^"]+)"', html)}
    left = {urlsplit(one.removeprefix(HOST + UNDER.rstrip("/"))).path for one in named}
    found: set[str] = set()
    while left:
        found |= left
        files = {one: site / unquote(one).lstrip("/") for one in left if one.endswith((".css", ".js"))}
        texts = {one: file.read_text(encoding="utf-8") for one, file in files.items() if file.is_file()}
        left = {urljoin(one, name) for one, text in texts.items() for name in NAMED.findall(text)} - found
    return found


def idle(site: Path, pages: dict[str, str]) -> set[str]:
    """Styles, scripts, fonts and images that are published and that nothing asks for."""
    there = {f"/{file.relative_to(site).as_posix()}" for file in site.rglob("*") if file.suffix in DRESS}
    return there - asked_for(site, pages)


def test_no_style_script_font_or_image_is_published_for_nothing(site: Path, pages: dict[str, str]) -> None:
    assert idle(site, pages) == set()


def test_files_for_nothing_are_found(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name in "a.css", "b.png", "c.js", "d.js", "e.woff2":
        (tmp_path / "assets" / name).touch()
    (tmp_path / "assets/a.css").write_text("p { background: url(b.png) }")
    (tmp_path / "assets/c.js").write_text('import "./d.js";')
    page = '<link rel="stylesheet" href="../assets/a.css"><script src="../assets/c.js"></script>'
    assert idle(tmp_path, {"/a/": page}) == {"/assets/e.woff2"}


# --- bones --------------------------------------------------------------------------------------------------
def test_one_h1_and_no_heading_jumps(proper: dict[str, Seen]) -> None:
    assert {address: page.levels for address, page in proper.items() if page.levels.count(1) != 1} == {}
    jumps = {
        address: page.levels
        for address, page in proper.items()
        if any(below - above > 1 for above, below in zip([0, *page.levels], page.levels, strict=False))
    }
    assert jumps == {}


def test_every_page_has_title_description_and_language(proper: dict[str, Seen]) -> None:
    assert [address for address, page in proper.items() if not page.title.strip()] == []
    assert [address for address, page in proper.items() if not page.meta.get("description")] == []
    assert [address for address, page in proper.items() if page.language != "en"] == []


def test_no_id_stands_twice(proper: dict[str, Seen]) -> None:
    assert [address for address, page in proper.items() if len(page.ids) != len(set(page.ids))] == []


def test_no_script_or_style_is_written_into_a_page(seen: dict[str, Seen]) -> None:
    assert {address: page.scripted for address, page in seen.items() if page.scripted} == {}


def test_a_term_is_linked_once_on_a_page(proper: dict[str, Seen]) -> None:
    assert [address for address, page in proper.items() if len(page.terms) != len(set(page.terms))] == []
    assert any(page.terms for page in proper.values())


# --- ways to tell us --------------------------------------------------------------------------------------------
def told(config: str, tmp_path: Path) -> list[tuple[str, str]]:
    """The links at the foot of a page by which people tell us something, and their words."""
    root = tmp_path / "toy"
    shutil.copytree(COMMUNITY, root)
    (root / "mkdocs.yml").write_text(config, encoding="utf-8")
    mkdocs_build(tmp_path / "made", root / "mkdocs.yml")
    html = (tmp_path / "made" / "about" / "index.html").read_text(encoding="utf-8")
    foot = html.partition('<footer class="kb-footer">')[2]
    return [(unescape(href), words) for href, words in re.findall(r'<a href="([^"]*)">([^<]*)</a>', foot)]


def test_every_page_offers_forms_that_are_filled_in(tmp_path: Path) -> None:
    config = CONFIG.replace("permalinks.txt}", "permalinks.txt, repository: https://forge.example/us/kb}")
    suggest, report = told(config, tmp_path)
    new = "https://forge.example/us/kb/issues/new"
    assert suggest == (f"{new}?template=suggest-resource.yml", "Suggest a resource")
    page = quote(f"{HOST}{UNDER}about/", safe="")
    assert report == (f"{new}?template=problem.yml&page={page}", "Report a problem with this page")
    forms = ROOT / ".github" / "ISSUE_TEMPLATE"
    fields = {one["id"] for one in yaml.safe_load((forms / "problem.yml").read_text())["body"]}
    assert "page" in fields
    assert (forms / "suggest-resource.yml").exists()


def test_without_a_repository_the_page_on_contributing_says_how(tmp_path: Path) -> None:
    assert told(CONFIG, tmp_path) == [
        ("../contribute/", "Suggest a resource"),
        ("../contribute/", "Report a problem with this page"),
    ]


# --- search -------------------------------------------------------------------------------------------------
def test_every_page_can_be_found(site: Path, proper: dict[str, Seen]) -> None:
    root = json.loads((site / "find/find.json").read_text(encoding="utf-8"))
    chunks = (site / "find" / root["build"]).glob("shown-*.json")
    known = {row[3]: row[2] for chunk in chunks for row in json.loads(chunk.read_text(encoding="utf-8"))}
    assert set(proper) - set(known) == {"/", "/404.html"}
    wrong = {address for address, title in known.items() if not proper[address].title.startswith(title)}
    assert wrong == set()


def test_the_index_of_stock_search_is_not_made(site: Path) -> None:
    assert not (site / "search").exists()


def test_no_two_pages_have_one_title(proper: dict[str, Seen]) -> None:
    counted = Counter(page.title for page in proper.values())
    assert [title for title, number in counted.items() if number > 1] == []


# --- under a path ---------------------------------------------------------------------------------------------
def test_the_site_works_under_a_path(visit: Visit) -> None:
    with visit("/") as page:
        assert UNDER in page.url
        expect(page.locator(".kb-brand")).to_have_css("font-weight", "700")
