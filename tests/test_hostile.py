"""Texts that try to be more than text, in every field of every kind: on the finished pages they do nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import Browser, Dialog, Page, expect

from kb.entry import entry, latex
from kb.model import KINDS
from kb.read.bib import biblatex
from kb.read.bib.braces import closing_brace
from tests import make
from tests.conftest import mkdocs_build, served


def texts(name: str) -> list[str]:
    """The texts of one of the files in the folder of hostile texts."""
    return list(yaml.safe_load((Path(__file__).parent / "hostile" / name).read_text(encoding="utf-8")).values())


TEXTS = texts("shown.yaml")
IN_BIBTEX = [*texts("bibtex.yaml"), *TEXTS]
OF_EACH_KIND = 20
KEYS = ("javascript:alert", "data:text/html", "vbscript:x", "constructor", "toString", "hasOwnProperty", "x+y/z", "été")
TYPES = sorted(biblatex.TYPES - {"set", "xdata"})
HAVE_A_FORM = {
    *(
        "author",
        "crossref",
        "date",
        "day",
        "doi",
        "editor",
        "eventdate",
        "ids",
        "isbn",
        "keywords",
        "month",
        "origdate",
    ),
    *("related", "unchecked", "url", "urldate", "waive", "xdata", "xref", "year"),
}
"""Fields whose form the checks look at: here each is sound, and hostile as far as its form allows."""
PARTS = 4
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => console.error(`refused: ${event.violatedDirective}`));
"""


def saying(number: int) -> Callable[[str], str]:
    """A text for each field of a record: over all records of a kind, a field meets texts of every sort."""
    count = iter(range(len(TEXTS) * 100))
    return lambda name: f"{name} {number} {TEXTS[(next(count) + number * 4) % len(TEXTS)]}"


def hostile(kind: str, number: int) -> make.Made:
    """A record of a kind with a hostile text in each of its fields, and otherwise sound."""
    left_out = {"superseded_by", "retired_because", "cite", "matches", "prerequisites", "waive", "related"}
    made = make.full(kind, f"{kind}-{number}", saying(number))
    made = {name: value for name, value in made.items() if name not in left_out}
    if kind == "framework":
        made["principles"] = [f"principle-{number}"]
    if kind == "case":
        made["organisations"] = [{"name": saying(number)("name"), "role": saying(number)("role")}]
    return made


def works() -> dict[str, str]:
    """An entry of each type by its key, with a hostile text in each of its fields."""
    keys = [*KEYS, *(f"work-{number}" for number in range(len(TYPES) - len(KEYS)))]
    return {key: work(key, type, number) for number, (key, type) in enumerate(zip(keys, TYPES, strict=True))}


def work(key: str, type: str, number: int) -> str:
    names = sorted(biblatex.FIELDS - HAVE_A_FORM - biblatex.OLDER_FIELDS.keys())
    said = (in_bibtex(text) for text in islice(cycle(IN_BIBTEX), number * 5, None))
    bare = re.sub(r"[\s\\{}%#]", "", IN_BIBTEX[number])
    fields = {name: next(said) for name in names} | {
        "author": f"{{{next(said)}}} and {{{next(said)}}}, {{{next(said)}}}",
        "editor": f"{{{next(said)}}}",
        "title": f"title {number} {next(said)}",
        "date": "2001",
        "doi": f"10.5555/{number}{bare}",
        "url": f"https://example.org/{number}{bare}",
        "keywords": "first",
    }
    return entry(type, key, fields)


def in_bibtex(text: str) -> str:
    """A text as it is where its braces match; otherwise as LaTeX that stands for it."""
    braced = f"{{{text}}}"
    return text if closing_brace(braced, 0, len(braced)) == len(braced) else latex(text)


def records() -> list[make.Made]:
    references = [make.record(kind.kind) for kind in KINDS]
    reading = [make.record("resource", f"reads-{number}", cite=key) for number, key in enumerate(works())]
    every = (hostile(kind.kind, number) for kind in KINDS for number in range(OF_EACH_KIND))
    return [*references, *reading, *every]


def pages() -> dict[str, str]:
    """A page for each text, which stands there as Markdown, and one that cites every work at a hostile place."""
    head = "---\ntitle: Page {0}\ndescription: Page {0}\n---\n\n## A part\n\n"
    at = (re.sub(r"[\[\];\n]", "", text) for text in TEXTS)
    cited = (f"Seen [@{key}, p. {place}].\n" for key, place in zip(works(), at, strict=False))
    shown = {f"docs/page-{number}.md": head.format(number) + text + "\n" for number, text in enumerate(TEXTS)}
    return {**shown, "docs/cited.md": head.format("cited") + "\n".join(cited)}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    everything = make.data_file([*make.vocabularies(), *records()])
    bibliography = "\n\n".join((make.BIBLIOGRAPHY, *works().values()))
    files = {"resources.yaml": everything, "references.bib": bibliography, "mkdocs.yml": make.CONFIGURATION}
    mkdocs_build(root / "site", make.write(root / "source", {**files, **pages()}) / "mkdocs.yml")
    return root / "site"


def refused(said: list[Any]) -> Callable[[Dialog], None]:
    """Close a dialog, and tell of it."""

    def close(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    return close


def test_there_are_many() -> None:
    assert len(records()) - len(KINDS) + len(works()) + len(pages()) >= 150


@contextmanager
def watched(browser: Browser, site: Path) -> Iterator[tuple[Page, str]]:
    """A page that may say nothing and ask nothing of others, and the address of the site."""
    with served(site) as address:
        context = browser.new_context()
        context.add_init_script(LISTEN)
        page = context.new_page()
        said: list[Any] = []
        page.on("dialog", refused(said))
        page.on("pageerror", lambda error: said.append((page.url, str(error))))
        page.on("console", lambda told: said.append((page.url, told.text)) if told.type == "error" else None)
        page.on("request", lambda asked: None if asked.url.startswith(address) else said.append(asked.url))
        yield page, address
        context.close()
    assert said == []


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_runs_and_nothing_leaves(browser: Browser, attacked: Path, part: int) -> None:
    found = sorted(path.parent for path in attacked.rglob("index.html") if not path.parent.name.startswith("former-"))
    with watched(browser, attacked) as (page, address):
        for folder in found[part::PARTS]:
            here = quote(f"{address}/{folder.relative_to(attacked).as_posix()}/".replace("/./", "/"), safe=":/+")
            page.goto(here, wait_until="load")
            bones = page.evaluate("['h1', 'main', '.kb-footer'].map((one) => document.querySelectorAll(one).length)")
            assert (page.url.partition("?")[0].partition("#")[0], bones) == (here, [1, 1, 1])


def test_nothing_runs_in_what_scripts_show(browser: Browser, attacked: Path) -> None:
    """The search, Explore and a reading list over hostile titles, asked for in hostile words."""
    with watched(browser, attacked) as (page, address):
        page.goto(f"{address}/cases/")
        page.keyboard.press("Control+k")
        for words in ("title", "script alert", *TEXTS):
            page.locator("#kb-words").fill(words)
            page.wait_for_timeout(30)
        page.locator("#kb-words").fill("title")
        expect(page.locator("[data-kb-found] a").first).to_be_visible()
        assert foreign(page, "[data-kb-found]") == 0
        page.goto(f"{address}/explore/?q=title&sort=title")
        expect(page.locator("[data-kb-results] a").nth(5)).to_be_visible()
        assert foreign(page, "[data-kb-results]") == 0
        ids = [*(f"{kind.kind}-{number}" for kind in KINDS for number in range(OF_EACH_KIND)), *works()]
        for number in range(0, len(ids), 20):
            kept = ",".join(map(quote, ids[number : number + 20]))
            page.goto("about:blank")
            page.goto(f"{address}/reading-list/#ids={kept}&title={quote(TEXTS[number % len(TEXTS)])}")
            expect(page.locator(".kb-listed h2")).to_have_count(len(ids[number : number + 20]))
            assert foreign(page, ".kb-listed") == 0


def foreign(page: Page, place: str) -> int:
    """How many elements stand at a place that no script of ours makes."""
    return page.locator(f"{place} :is(img, script, style, iframe, object, embed, form, math)").count()


def test_nothing_is_written_beside_the_site(attacked: Path) -> None:
    assert sorted(path.name for path in attacked.parent.iterdir()) == ["site", "source"]
    assert [path for path in attacked.rglob("*") if path.name == "hit"] == []
