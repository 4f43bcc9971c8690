"""The press: a pressed page is byte for byte the page that the theme would have rendered in full."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

from kb import site
from kb.press import Press, blank
from tests import make
from tests.conftest import ROOT

STRANGE = {
    "ampersands": "Bread & butter < \"jam\" > 'tea' &amp; &lt;",
    "attribute": '" onmouseover="alert(1)" x="',
    "markup": "</title><script>alert(1)</script><b>",
    "right to left": "זמן לקחת, זמן לתת",
    "blank": f"{blank('title')} {blank('content')} {blank('nothing')}",
    "template": "{{ config }} {% raw %} {# x #}",
    "group": r"\1 \g<0> $1",
}

HOOK = """
def on_page_content(html, **_):
    return html + "<p>Changed by a hook</p>"
"""


def strange(root: Path) -> Path:
    """A sound community with a record of every strange title, in text and in title; the way to its mkdocs.yml."""
    terms = [
        make.record("term", f"strange-{place}", title=text, summary=text, definition=text)
        for place, text in enumerate(STRANGE.values())
    ]
    config = make.community(root, {"resources/strange.yaml": make.data_file(terms)})
    more = "copyright: A &amp; B\nsite_url: https://toy.example/under/\n"
    config.write_text(
        make.CONFIGURATION.replace("  - kb\n", "  - kb:\n      repository: https://forge.example/a?b=1&c\n") + more
    )
    return config


def built(config: Path, folder: Path) -> Mapping[str, bytes]:
    site.build(str(config), strict=False, folder=str(folder))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.html")}


@pytest.fixture(params=["toy", "project"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return strange(tmp_path / "toy") if request.param == "toy" else ROOT / "mkdocs.yml"


def test_a_pressed_page_is_the_rendered_page(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pressed = built(config, tmp_path / "pressed")
    render = site.FinishedPage.render

    def in_full(page: site.FinishedPage, config: MkDocsConfig, files: Files) -> None:
        render(page, config, files)
        page.content = page.finished.body
        del page.meta["template"]

    monkeypatch.setattr(site.FinishedPage, "render", in_full)
    rendered = built(config, tmp_path / "rendered")
    assert len(pressed) > 30
    assert pressed.keys() == rendered.keys()
    different = [name for name in pressed if pressed[name] != rendered[name]]
    assert different == []


def test_other_plugins_may_change_the_text_of_a_page(tmp_path: Path) -> None:
    config = make.community(tmp_path / "toy", {"hook.py": HOOK})
    config.write_text(f"{make.CONFIGURATION}hooks: [hook.py]\n")
    page = built(config, tmp_path / "site")["about/index.html"]
    assert page.count(b"<p>Changed by a hook</p>") == 1
    assert b"<h1" in page


def test_titles_and_descriptions_are_text(tmp_path: Path) -> None:
    pages = built(strange(tmp_path / "toy"), tmp_path / "site")
    for place, text in enumerate(STRANGE.values()):
        read = make.read_html_loosely(pages[f"glossary/strange-{place}/index.html"].decode())
        [title] = read.all("title")
        assert title.text == f"{' '.join(text.split())} – Glossary – Toy Commons"
        assert {name for tag in read.tags for name in tag.attributes if name.startswith("on")} == set()
        assert not any("alert" in tag.words for tag in read.all("script"))


def test_a_shell_is_rendered_once_for_each_sort() -> None:
    press, rendered = Press(), []

    def shell() -> str:
        rendered.append(1)
        return f"<{blank('a')}|{blank('b')}|{blank('a')}>"

    assert press.print("x", {"a": blank("b"), "b": "2"}, shell) == f"<{blank('b')}|2|{blank('b')}>"
    assert press.print("x", {"a": "", "b": "\\1"}, shell) == "<|\\1|>"
    assert len(rendered) == 1
    press.print("y", {"a": "", "b": ""}, shell)
    assert len(rendered) == 2
