"""A title in another language than the site's bears its language, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kb.pages import HOME, Site, Tongue
from kb.render.tongues import tongue
from kb.search import index
from tests import make
from tests.conftest import mkdocs_build, served

BIB = """\
@book{a-work, title = {Ett verk}, author = {Ek, Eva}, date = {2012}, langid = {swedish}}
@article{a-paper, title = {مقال}, journaltitle = {A journal}, author = {Amin, A}, date = {2013}, language = {ar}}
@book{a-saying, title = {Quoi?}, author = {Roy, R}, date = {2014}, langid = {french}}
@book{a-home, title = {Plain}, author = {Eve, E}, date = {2015}, langid = {british}}
"""
SWEDISH, ARABIC = Tongue("sv"), Tongue("ar", "rtl")


def records() -> list[make.Made]:
    here = [{"id": id, "how": "see also"} for id in ("cites", "own", "a-region")]
    sources = [{"cite": key} for key in ("a-work", "a-paper", "a-saying", "a-home")]
    return [
        make.record("resource", "cites", cite="a-work"),
        {**make.record("resource", "own", title="Ein <b> Titel", language="de"), "cite": None},
        make.record("organisation", "a-region", title="Region Jönköping", language="sv"),
        make.record("organisation", "a-town", title="A town"),
        make.record(
            "case", "a-case", related=here, sources=sources, organisations=[{"id": "a-region", "role": "paid"}]
        ),
    ]


@pytest.fixture(scope="module")
def toy() -> Site:
    return make.site(*records(), bib=BIB)


def bears(site: Site, address: str, lang: str, title: str, dir: str = "") -> int:
    """How often a title stands on a page in its language; and it stands there in no other way, but in attributes."""
    shown = re.sub(r'="[^"]*"', "", make.page(site, address).body).count(f">{title}")
    direction = f' dir="{dir}"' if dir else ""
    marked = make.page(site, address).body.count(f'<span lang="{lang}"{direction}>{title}</span>')
    assert marked == shown, make.page(site, address).body
    return marked


def test_the_language_of_a_title_is_a_tag_or_a_name_of_biblatex() -> None:
    known = {"sv": "sv", "swedish": "sv", "ngerman": "de", "langwelsh": "cy", "pt-BR": "pt-BR", "brazilian": "pt-BR"}
    assert {name: tongue(name, "en").lang for name in known} == known
    assert [tongue(name, "en") for name in ("en", "en-GB", "british", "", "Swedish and Danish")] == [HOME] * 5
    assert [tongue(name, "sv").lang for name in ("english", "sv-FI")] == ["en", ""]
    assert [tongue(name, "en").dir for name in ("hebrew", "fa", "ur-Latn", "sv")] == ["rtl", "rtl", "", ""]


def test_a_title_bears_its_language_on_its_page_and_on_others(toy: Site) -> None:
    titles = {"/resources/cites/": ("sv", "Ett verk"), "/organisations/a-region/": ("sv", "Region Jönköping")}
    titles["/resources/own/"] = ("de", "Ein &lt;b&gt; Titel")
    titles["/references/a-work/"] = ("sv", "Ett verk")
    for address, (lang, title) in titles.items():
        assert f'<h1 id="title"><span lang="{lang}">{title}</span></h1>' in make.page(toy, address).body
        assert bears(toy, address, lang, title) > 0
    for lang, title in titles.values():
        assert bears(toy, "/cases/a-case/", lang, title) > 0
    assert bears(toy, "/resources/", "sv", "Ett verk") == 1
    assert bears(toy, "/references/", "ar", "مقال", "rtl") == 1
    assert "(paid)" in make.page(toy, "/cases/a-case/").body


def test_a_title_in_a_reference_keeps_its_form(toy: Site) -> None:
    body = make.page(toy, "/references/").body
    assert '(2012). <i><span lang="sv">Ett verk</span></i>.' in body
    assert '(2013). <span lang="ar" dir="rtl">مقال</span>. <i>A journal</i>.' in body
    assert '(2014). <i><span lang="fr">Quoi?</span></i> ' in body
    assert "<i>Plain</i>" in body


def test_what_is_in_the_language_of_the_site_bears_none(toy: Site) -> None:
    assert '<h1 id="title">A town</h1>' in make.page(toy, "/organisations/a-town/").body
    assert "lang=" not in make.page(toy, "/references/a-home/").body


def test_a_result_of_the_search_knows_its_language(toy: Site) -> None:
    entries = {page.entry.id: page.entry.tongue for page in toy.pages if page.entry}
    assert (entries["cites"], entries["a-work"], entries["a-paper"]) == (SWEDISH, SWEDISH, ARABIC)
    shown = "".join(file.text for file in index(toy) if "/shown-" in file.path)
    assert ',"","ar","rtl"]' in shown
    assert shown.count('"sv",""]') == 3


# --- in the browser -----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a toy community that knows an Arabic work."""
    root = tmp_path_factory.mktemp("toy") / "community"
    bib = (Path(__file__).parent / "community/references.bib").read_text(encoding="utf-8")
    waived = "langid = {arabic}, waive = {entries-are-cited: A toy}"
    work = f"@book{{arabic, title = {{مقال}}, author = {{Amin, A}}, date = {{2013}}, {waived}}}\n"
    config = make.community(root, {"references.bib": f"{bib}\n{work}"})
    folder = config.parent.parent / "toy-site"
    mkdocs_build(folder, config)
    with served(folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser, there: str) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_results_and_reading_lists_bear_the_language_too(page: Page, there: str) -> None:
    page.goto(f"{there}/explore/?q=arabic")
    title = page.get_by_role("link", name="مقال").first
    expect(title).to_have_attribute("lang", "ar")
    expect(title).to_have_attribute("dir", "rtl")
    page.goto(f"{there}/reading-list/#ids=arabic,tea-and-toast")
    title = page.get_by_role("link", name="مقال").first
    expect(title).to_have_attribute("lang", "ar")
    expect(title).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", level=2).get_by_role("link").nth(1)).not_to_have_attribute(
        "lang", re.compile("")
    )
