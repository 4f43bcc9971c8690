"""Texts that try to be more than text, in every field of every kind: on the finished pages they do nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Dialog

from kb.model import KINDS
from tests import make
from tests.conftest import mkdocs_build, served

TEXTS = list(yaml.safe_load((Path(__file__).parent / "hostile" / "shown.yaml").read_text(encoding="utf-8")).values())
OF_EACH_KIND = 20
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


def records() -> list[make.Made]:
    references = [make.record(kind.kind) for kind in KINDS]
    return [*references, *(hostile(kind.kind, number) for kind in KINDS for number in range(OF_EACH_KIND))]


def pages() -> dict[str, str]:
    """A page for each text, which stands there as Markdown."""
    head = "---\ntitle: Page {0}\ndescription: Page {0}\n---\n\n## A part\n\n"
    return {f"docs/page-{number}.md": head.format(number) + text + "\n" for number, text in enumerate(TEXTS)}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    everything = make.data_file([*make.vocabularies(), *records()])
    files = {"resources.yaml": everything, "references.bib": make.BIBLIOGRAPHY, "mkdocs.yml": make.CONFIGURATION}
    mkdocs_build(root / "site", make.write(root / "source", {**files, **pages()}) / "mkdocs.yml")
    return root / "site"


def refused(said: list[Any]) -> Callable[[Dialog], None]:
    """Close a dialog, and tell of it."""

    def close(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    return close


def test_there_are_many() -> None:
    assert len(records()) - len(KINDS) + len(pages()) >= 150


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_runs_and_nothing_leaves(browser: Browser, attacked: Path, part: int) -> None:
    found = sorted(path.parent for path in attacked.rglob("index.html") if not path.parent.name.startswith("former-"))
    with served(attacked) as address:
        context = browser.new_context()
        context.add_init_script(LISTEN)
        page = context.new_page()
        said: list[Any] = []
        page.on("dialog", refused(said))
        page.on("pageerror", lambda error: said.append((page.url, str(error))))
        page.on("console", lambda told: said.append((page.url, told.text)) if told.type == "error" else None)
        page.on("request", lambda asked: None if asked.url.startswith(address) else said.append(asked.url))
        for folder in found[part::PARTS]:
            here = f"{address}/{folder.relative_to(attacked).as_posix()}/".replace("/./", "/")
            page.goto(here, wait_until="load")
            bones = page.evaluate("['h1', 'main', '.kb-footer'].map((one) => document.querySelectorAll(one).length)")
            assert (page.url.partition("?")[0].partition("#")[0], bones) == (here, [1, 1, 1])
        context.close()
    assert said == []


def test_nothing_is_written_beside_the_site(attacked: Path) -> None:
    assert sorted(path.name for path in attacked.parent.iterdir()) == ["site", "source"]
    assert [path for path in attacked.rglob("*") if path.name == "hit"] == []
