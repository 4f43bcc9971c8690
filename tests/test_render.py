"""Pages: safe whatever was written, the same each time, and showing what a reader must see."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import model
from kb import render as room
from kb.house import Community, run
from kb.knowledge import knowledge
from kb.liveness import parse
from kb.model import Cost, Degree, Match, Mode, PathwayLevel, Relation, SignIn
from kb.pages import IMPROVE, Heading, Page, Site, pack, relative
from kb.problem import Place
from kb.read import Layout
from kb.render import Settings, render
from kb.render.desk import sort_title
from kb.render.text import Pen
from kb.render.words import Words, words
from kb.site import THEME
from tests import make

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)> javascript:alert(1)"""
KINDS = [kind.kind for kind in model.KINDS]


def pen(**terms: str) -> Pen:
    return Pen({"b": "/glossary/b/"}, lambda key, at: f"({key} {at})", terms)


def read(site: Site, address: str) -> make.Read:
    return make.read_html(make.page(site, address).body)


# --- safety -----------------------------------------------------------------------------------------------
ALLOWED = {
    *(
        "a",
        "abbr",
        "aside",
        "b",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "cite",
        "code",
        "dd",
        "details",
        "div",
    ),
    *("dl", "dt", "em", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i"),
    *("input", "label", "li", "link", "meta", "nav", "ol", "option", "p", "pre", "q", "rect"),
    *("s", "section", "select", "span", "strong"),
    *("sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "th", "thead", "title", "tr", "ul", "wbr"),
}


def assert_safe(html: str) -> make.Read:
    """Nothing on the page runs, loads or hides anything."""
    page = make.read_html(html)
    for tag in page.tags:
        assert tag.name in ALLOWED, tag
        assert not [name for name in tag.attributes if name.startswith("on") or name in {"style", "src", "srcdoc"}], tag
        for name in ("href", "action", "content"):
            assert not re.match(r"\s*(javascript|data|vbscript):", tag.attributes.get(name, ""), re.IGNORECASE), tag
    assert page.comments == []
    return page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//x.org/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "![x](javascript:alert(1))",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="https://x.org" onclick="alert(1)" style="position:fixed" target="_blank">x</a>',
        '<p style="position:fixed">x</p>',
        "<style>* {display: none}</style>",
        "<iframe src=https://x.org></iframe>",
        "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<math><mtext></p><img src onerror=alert(1)></mtext></math>",
        "<!-- sources -->",
        "<!-- improve -->",
        "<!-- <script> -->",
        "<div><p>never closed",
        "</div></div></article>",
        "<form action=https://x.org><input name=q></form>",
        "<object data=x></object><embed src=x><base href=//x.org/>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<h2 id="title" onclick="x">x</h2>',
        '[x](https://x.org/"onmouseover="alert(1))',
        '[x](https://x.org "a\\" onmouseover=\\"alert(1)")',
        '[x](<https://x.org/ onmouseover=alert(1)>)',
        '[@a"onmouseover="alert(1)]',
        "[@a><script>alert(1)</script>]",
        "`<script>alert(1)</script>`",
        "    <script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
    ],
)  # fmt: skip
def test_markdown_cannot_do_harm(text: str) -> None:
    for html in (pen().block(f"Before. {text} After."), pen().block(f"Before.\n\n{text}\n\nAfter."), pen().line(text)):
        assert_safe(str(html))
    assert pen().plain(f"Before.\n\n{text}\n\nAfter.").startswith("Before.")


def test_no_text_says_how_to_improve_a_page() -> None:
    text = f"Before {IMPROVE} after"
    texts = {"title": text, "summary": text, "definition": f"{text}\n\n{IMPROVE}\n\n`{IMPROVE}`"}
    made = make.site(make.record("term", "kettle", **texts))
    page = make.page(made, "/glossary/kettle/")
    assert page.body.count('class="kb-improve"') == 1
    assert IMPROVE not in page.body


@settings(deadline=None)
@given(st.text(st.sampled_from("<>/ \"'=&;:a!-[]()`#*scriptonjavx\n")))
def test_no_text_does_harm(text: str) -> None:
    assert_safe(str(pen(script="b").block(text)))


def hostile(name: str) -> str:
    return f"{name} {HOSTILE}"


def hostile_site() -> Site:
    records = [*make.vocabularies(hostile), *(make.full(kind, say=hostile) for kind in KINDS)]
    fields = ("title", "subtitle", "publisher", "series", "edition", "note", "annotation", "seen", "type", "location")
    bib = "@book{{boyle2009,\n  author = {{{{{}}}}},\n  editor = {{Boyle, {}}},\n  date = {{2009}},\n{}\n}}\n".format(
        HOSTILE,
        HOSTILE,
        "\n".join(f"  {name} = {{{name} {HOSTILE}}}," for name in fields),
    )
    front = f"title: {quoted('title')}\ndescription: {quoted('description')}\n"
    doors = f"start_here:\n  - who: {quoted('who')}\n    to: a-term\n    why: {quoted('why')}\n"
    page = f"---\n{front}---\n\n## {HOSTILE}\n\n{HOSTILE}\n"
    pages = {"index.md": page.replace("---\n\n", f"{doors}---\n\n", 1), "about.md": page, "cases/a-case.md": HOSTILE}
    sources = make.sources(records, bib=bib, pages=pages)
    assert [one for one in sources.problems if one.severity == "error"] == []
    return render(knowledge(sources, lambda place: f'https://x.org/"{HOSTILE}'), Settings(HOSTILE, "https://toy.org"))


def quoted(name: str) -> str:
    return "'" + hostile(name).replace("'", "''") + "'"


@pytest.fixture(scope="module")
def attacked() -> Site:
    return hostile_site()


def test_no_field_of_any_kind_can_do_harm(attacked: Site) -> None:
    others = {"home", "listing", "explore", "reading-list", "editors", "reference", "prose"}
    assert {page.kind for page in attacked.pages} == {*KINDS, *others}
    for page in attacked.pages:
        assert_safe(page.body)
    for redirect in attacked.redirects:
        assert_safe(redirect.html)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_in_a_hostile_field_can_be_read(attacked: Site, kind: str) -> None:
    of_kind = make.MODELS[kind]
    text = read(attacked, f"/{vars(of_kind)['folder']}/a-{kind}/").text
    fields = {name for name, made in make.full(kind).items() if made == f"Some {name.replace('_', ' ')}"}
    unshown = {"retired_because", "short_title", "hidden", "title"}
    for name in fields - unshown:
        assert f"{name} " in text, name
    assert HOSTILE in text
    assert f"title {HOSTILE}" in text


# --- the same each time -----------------------------------------------------------------------------------
def fingerprint() -> str:
    result = run(Community(Layout(make.SOUND), Settings("Toy", "https://toy.org")), make.TODAY)
    return hashlib.sha256(repr(result.site).encode()).hexdigest()


def test_the_same_knowledge_gives_the_same_pages() -> None:
    command = [sys.executable, "-c", "from tests.test_render import fingerprint; print(fingerprint())"]
    found = {fingerprint()}
    for seed in ("1", "2"):
        root = Path(__file__).parent.parent
        environment = {"PYTHONHASHSEED": seed, "PATH": ""}
        ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
        found.add(ran.stdout.strip())
    assert len(found) == 1


@pytest.fixture(scope="module")
def toy() -> Site:
    return run(Community(Layout(make.SOUND), Settings("Toy Commons", "https://toy.org/x")), make.TODAY).site


def test_every_page_is_sound_html_and_every_id_is_given_once(toy: Site) -> None:
    for page in toy.pages:
        ids = make.read_html(page.body).ids
        assert len(ids) == len(set(ids)), (page.address, ids)
        assert "site:" not in page.body
        assert "cite:" not in page.body
        assert "term:" not in page.body


def test_every_link_leads_to_a_page_or_a_place(toy: Site) -> None:
    answers = set(toy.addresses())
    ids = {page.address: set(make.read_html(page.body).ids) for page in toy.pages}
    for page in toy.pages:
        for href in make.read_html(page.body).links:
            if re.match("https?:|mailto:", href):
                continue
            path, _, anchor = href.partition("#")
            address = absolute(path, page.address)
            assert address in answers, (page.address, href)
            assert not anchor or anchor in ids[address], (page.address, href)


def absolute(href: str, page: str) -> str:
    return urljoin(page, href) if href else page


@pytest.mark.parametrize(
    ("address", "page", "expected"),
    [
        ("/cases/a/", "/cases/b/", "../../cases/a/"),
        ("/", "/cases/b/", "../../"),
        ("/", "/", "./"),
        ("/cases/", "/", "cases/"),
        ("/#browse", "/", "#browse"),
        ("/cases/#x", "/about/", "../cases/#x"),
    ],
)
def test_addresses_as_seen_from_a_page(address: str, page: str, expected: str) -> None:
    assert relative(address, page) == expected
    assert absolute(relative(address, page), page) == address


# --- citations and sources --------------------------------------------------------------------------------
TWO = make.BIBLIOGRAPHY + "\n@book{needham2009, author={Needham, Catherine}, title={Other}, date={2009}}\n"


def test_citations_lead_to_the_sources_and_back() -> None:
    term = make.record(
        "term",
        summary="One [@needham2009, p. 3].",
        definition="Two [@boyle2009; @needham2009].",
        sources=[{"cite": "boyle2009", "at": "p. 9"}],
    )
    page = read(make.site(term, bib=TWO), "/glossary/a-term/")
    cites = page.all("a", class_="cite")
    assert [(one.text, one.attributes["id"], one.attributes["href"]) for one in cites] == [
        ("(Needham, 2009, p. 3)", "cited-source-needham2009-1", "#source-needham2009"),
        ("(Boyle & Harris, 2009)", "cited-source-boyle2009-1", "#source-boyle2009"),
        ("(Needham, 2009)", "cited-source-needham2009-2", "#source-needham2009"),
    ]
    sources = [one for one in page.all("li") if one.attributes.get("id", "").startswith("source-")]
    assert [one.attributes["id"] for one in sources] == ["source-needham2009", "source-boyle2009"]
    back = [href for href in page.links if href.startswith("#cited-")]
    assert back == ["#cited-source-needham2009-1", "#cited-source-needham2009-2", "#cited-source-boyle2009-1"]


def test_a_source_that_is_not_cited_in_the_text_is_listed_with_its_place() -> None:
    term = make.record("term", sources=[{"cite": "boyle2009", "at": "p. 9"}])
    page = read(make.site(term), "/glossary/a-term/")
    [source] = page.all("li", id="source-boyle2009")
    assert "(p. 9)" in source.text
    assert "Back to text" not in source.text


def test_a_page_without_sources_has_no_list_of_them() -> None:
    assert "sources" not in read(make.site(make.record("term")), "/glossary/a-term/").ids


def test_a_finding_cites_a_source_once() -> None:
    found = {"text": "Seen [@boyle2009, p. 2].", "sources": [{"cite": "boyle2009"}, {"cite": "needham2009"}]}
    page = read(make.site(make.record("outcome", supports=[found]), bib=TWO), "/outcomes/a-outcome/")
    shown = [one.text for one in page.all("a", class_="cite")]
    assert shown.count("(Boyle & Harris, 2009, p. 2)") == 1
    assert "(Boyle & Harris, 2009)" not in shown[:2]
    assert "(Needham, 2009)" in shown


def test_a_key_that_begins_like_another_is_cited_all_the_same() -> None:
    bib = TWO + "@book{boyle2009b, author={Boyle, D.}, title={More}, date={2010}}"
    found = {"text": "Seen [@boyle2009b].", "sources": [{"cite": "boyle2009"}]}
    page = read(make.site(make.record("outcome", supports=[found]), bib=bib), "/outcomes/a-outcome/")
    assert "(Boyle & Harris, 2009)" in [one.text for one in page.all("a", class_="cite")][:2]


def test_fields_that_were_not_checked_are_named() -> None:
    bib = make.BIBLIOGRAPHY.replace("publisher", "pages = {3}, unchecked = {pages, publisher},\n  publisher")
    term = make.record("term", definition="Words [@boyle2009].")
    site = make.site(term, bib=bib)
    assert "Details not checked: pages, publisher." in read(site, "/glossary/a-term/").text
    assert "pages, publisher" in read(site, "/references/boyle2009/").text


@pytest.mark.parametrize("key", ["boyle:2009", "Boyle2009", "boyle+2009", "Österberg2012", "boyle.2009", "a/b"])
def test_the_page_of_a_work_is_found_whatever_its_key(key: str) -> None:
    """The file that is written is the one that the address asks for once a server has decoded it."""
    bib = make.BIBLIOGRAPHY.replace("boyle2009", key)
    site = make.site(make.record("term", definition=f"Words [@{key}]."), bib=bib)
    [page] = [page for page in site.pages if page.kind == "reference"]
    assert unquote(page.address) == f"/{page.path.removesuffix('.md')}/"
    links = [absolute(href, "/glossary/a-term/") for href in read(site, "/glossary/a-term/").links]
    assert page.address in links


# --- terms ------------------------------------------------------------------------------------------------
def terms(**texts: Any) -> Site:
    bank = make.record("term", "time-bank", title="Time bank", synonyms=["hour exchange", "TBA"])
    return make.site(bank, make.record("outcome", **texts))


def linked(site: Site, address: str = "/outcomes/a-outcome/") -> list[str]:
    return [one.text for one in read(site, address).all("a", class_="term")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A time bank, and another time bank.", ["time bank"]),
        ("A Time Bank opens.", ["Time Bank"]),
        ("An hour exchange is a time bank.", ["hour exchange"]),
        ("The TBA met. It had to tba.", ["TBA"]),
        ("Overtime banking and time banks.", []),
        ("A pre-time bank-note.", []),
        ("[a time bank](/cases/) and a [time bank][time-bank].", []),
        ("`time bank`", []),
        ("## time bank", []),
        ("> time bank", []),
        ("**time bank**", ["time bank"]),
        ("| time bank |\n| - |\n| time bank |", ["time bank"]),
    ],
)
def test_the_first_use_of_a_term_is_linked(text: str, expected: list[str]) -> None:
    assert linked(terms(definition=text)) == expected


def test_a_term_is_linked_once_on_a_page_and_never_on_its_own() -> None:
    site = terms(definition="A time bank.", supports=[{**make.FOUND, "text": "A time bank again."}])
    assert linked(site) == ["time bank"]
    own = make.record("term", "time-bank", title="Time bank", definition="A time bank is a time bank.")
    assert linked(make.site(own), "/glossary/time-bank/") == []


@pytest.mark.parametrize("status", [{"status": "retired", "retired_because": "Gone."}, {"status": "draft"}])
def test_a_term_that_is_not_published_is_not_linked(status: dict[str, str]) -> None:
    bank = make.record("term", "time-bank", title="Time bank", **status)
    assert linked(make.site(bank, make.record("outcome", definition="A time bank."))) == []


# --- who leads to whom ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "fields", "target", "heading"),
    [
        ("case", {"principles": [{"principle": "b", "degree": "shown"}]}, "principle", "Shown in"),
        ("case", {"outcomes": ["b"]}, "outcome", "Case studies that bear on it"),
        ("case", {"organisations": [{"id": "b"}]}, "organisation", "Took part in"),
        ("resource", {"principles": ["b"]}, "principle", "Resources"),
        ("resource", {"outcomes": ["b"]}, "outcome", "Resources"),
        ("pathway", {"steps": [{"item": "b", "minutes": 1, "mode": "read", "task": "T"}]}, "case", "Part of pathway"),
        ("pathway", {"prerequisites": ["b"]}, "pathway", "Leads on to"),
        ("framework", {"principles": ["b"]}, "principle", "Framework"),
        ("framework", {"owner_id": "b"}, "organisation", "Drew up"),
        ("term", {"status": "superseded", "superseded_by": "b"}, "term", "Replaces"),
        ("term", {"related": [{"id": "b"}]}, "term", "See also"),
        ("term", {"not_same_as": [{"id": "b", "why": "W"}]}, "term", "See also"),
        ("principle", {"matches": [{"target": "b", "match": "exact"}]}, "principle", "See also"),
        ("term", {"definition": "See [it][b]."}, "outcome", "Mentioned in"),
        ("term", {"summary": "See [it][b]."}, "framework", "Mentioned in"),
    ],
)
def test_a_page_shows_what_leads_to_it(kind: str, fields: dict[str, Any], target: str, heading: str) -> None:
    site = make.site(make.record(target, "b"), make.record(kind, "source", title="The source", **fields))
    folder = vars(make.MODELS[target])["folder"]
    assert_group(read(site, f"/{folder}/b/"), heading, "The source")


def assert_group(page: make.Read, heading: str, title: str) -> None:
    sections = [one for one in page.all("section") if one.text.startswith(heading)]
    assert [title in one.text for one in sections] == [True], page.text


@pytest.mark.parametrize(
    ("kind", "fields", "heading"),
    [
        ("resource", {"cite": "boyle2009"}, "Resources"),
        ("term", {"definition": "See [@boyle2009]."}, "Cited by"),
        ("term", {"sources": [{"cite": "boyle2009"}]}, "Cited by"),
        ("pathway", {"steps": [{"item": "boyle2009", "minutes": 1, "mode": "read", "task": "T"}]}, "Part of pathway"),
    ],
)
def test_a_work_shows_what_leads_to_it(kind: str, fields: dict[str, Any], heading: str) -> None:
    made = make.record(kind, "source", **({} if kind == "resource" else {"title": "The source"}), **fields)
    page = read(make.site(made), "/references/boyle2009/")
    assert_group(page, heading, "The challenge of co-production" if kind == "resource" else "The source")


def test_pages_of_prose_lead_back_too() -> None:
    pages = {
        "about.md": "---\ntitle: About\ndescription: D\n---\nSee [x][a-term] and [@boyle2009].",
        "cases/a-case.md": "The story of [x][a-term].",
        "index.md": "---\ntitle: Home\ndescription: D\nstart_here: [{who: W, to: a-term, why: Y}]\n---\n",
    }
    site = make.site(make.record("term"), make.record("case"), pages=pages)
    assert_group(read(site, "/glossary/a-term/"), "Mentioned in", "About")
    assert_group(read(site, "/glossary/a-term/"), "Mentioned in", "Some title")
    assert_group(read(site, "/references/boyle2009/"), "Cited by", "About")


def test_one_source_is_shown_once_under_its_closest_relation() -> None:
    outcome = make.record("outcome", "b")
    case = make.record("case", "source", title="The source", outcomes=["b"], caveat="See [it][b].")
    page = read(make.site(outcome, case), "/outcomes/b/")
    assert page.text.count("The source") == 1
    related = make.record("outcome", "b", related=[{"id": "source", "how": "builds on", "why": "Words"}])
    page = read(make.site(related, case), "/outcomes/b/")
    assert "Builds on: Words" in page.text
    assert page.text.count("The source") == 1


# --- drafts, retired, superseded, moved -------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_is_not_shown_anywhere(kind: str) -> None:
    folder = vars(make.MODELS[kind])["folder"]
    draft = make.record(kind, "secret", summary="Nobody knows this.", status="draft", was=["secret-before"])
    site = make.site(make.record(kind), draft, pages={f"{folder}/secret.md": "Nobody knows this."})
    assert not [page.address for page in site.pages if "Nobody knows" in page.body or "secret" in page.address]
    assert not [redirect for redirect in site.redirects if "secret" in redirect.address]


@pytest.mark.parametrize(
    ("fields", "notice"),
    [
        ({"status": "retired", "retired_because": "It closed in 2014."}, "This entry has been retired. It closed in"),
        (
            {"status": "superseded", "superseded_by": "b"},
            "This entry has been replaced. Read this instead: The new one",
        ),
    ],
)
def test_what_no_longer_holds_says_so_and_is_out_of_the_lists(fields: dict[str, str], notice: str) -> None:
    new = make.record("case", "b", title="The new one")
    site = make.site(new, make.record("case", "old", title="The old one", **fields))
    [note] = read(site, "/cases/old/").all("div", role="note")
    assert note.text.startswith(notice)
    assert "The old one" in read(site, "/cases/").all("section")[0].text
    assert read(site, "/cases/").all("section")[0].text.startswith("Retired or replaced")
    for address in ("/", "/settings/first/"):
        assert "The old one" not in read(site, address).text
    assert "rel=" not in make.page(site, "/cases/old/").body


def test_former_addresses_lead_on() -> None:
    page = "---\ntitle: About\ndescription: D\nwas: [/who/]\n---\n"
    bib = make.BIBLIOGRAPHY.replace("publisher", "ids = {former},\n  publisher")
    site = make.site(
        make.record("case", "now", was=["then"]), pages={"about.md": page}, bib=bib, address="https://t.org"
    )
    moved = {redirect.address: redirect.target for redirect in site.redirects}
    assert moved == {"/cases/then/": "/cases/now/", "/references/former/": "/references/boyle2009/", "/who/": "/about/"}
    html = make.read_html(site.redirects[0].html)
    assert html.links == ["../../cases/now/"]
    [refresh] = [tag for tag in html.all("meta") if "http-equiv" in tag.attributes]
    assert refresh.attributes["content"] == "0; url=../../cases/now/"
    assert html.all("link", rel="canonical")[0].attributes["href"] == "https://t.org/cases/now/"


def test_former_headings_still_answer() -> None:
    page = "---\ntitle: A\ndescription: D\nmoved_headings: [{was: old, now: new-name}]\n---\n\n## New name\n\nWords.\n"
    site = make.site(pages={"about.md": page})
    made = make.page(site, "/about/")
    assert {"/about/", "/about/#new-name"} <= set(made.addresses)
    assert "old" in make.read_html(made.body).ids
    assert "/about/#old" in set(made.addresses) | {f"/about/#{id}" for id in made.anchors}


@pytest.mark.parametrize("was", ["/../../evil/", "https://x.org/", "noslash", "/cases/", "/about/"])
def test_a_former_address_of_a_page_is_an_address_of_this_site_that_nothing_else_has(was: str, tmp_path: Path) -> None:
    page = f"---\ntitle: T\ndescription: D\nwas: ['{was}']\n---\n\nWords.\n"
    make.community(tmp_path / "toy", {"docs/about.md": page})
    result = run(Community(Layout(tmp_path / "toy"), Settings("Toy")), make.TODAY)
    assert not result.sound


def test_a_former_key_of_a_work_is_a_key(tmp_path: Path) -> None:
    bib = make.BIBLIOGRAPHY.replace("publisher", "ids = {../../evil},\n  publisher")
    found = make.problems(make.record("resource"), bib=bib)
    assert [one.rule for one in found if one.severity == "error"] != []


# --- words ------------------------------------------------------------------------------------------------
class Spy(dict[str, Any]):
    """A catalogue that remembers which of its words were read."""

    def __init__(self, words: dict[str, Any], way: str = "") -> None:
        self.read: set[str] = set()
        self.way = way
        super().__init__({key: Spy(value, key) if isinstance(value, dict) else value for key, value in words.items()})

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


CLOSED = {
    "how": Relation, "degree": Degree, "match": Match, "mode": Mode, "level": PathwayLevel, "cost": Cost,
    "sign_in": SignIn,
}  # fmt: skip
OPEN = {"language_name", "reference_type", "field"}
"""Sections that are looked up by what people wrote, where the catalogue may lack a word."""


@pytest.mark.parametrize("section", CLOSED)
def test_each_choice_of_the_model_has_its_word(section: str) -> None:
    assert set(words().catalogue[section]) == set(get_args(CLOSED[section]))


def test_every_word_of_the_catalogue_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    spies: list[Spy] = []

    def spied(language: str = "en") -> Words:
        spies.append(Spy(words(language).catalogue))
        return Words(spies[-1])

    monkeypatch.setattr(room, "words", spied)
    hostile_site()
    run(Community(Layout(make.SOUND), Settings("Toy Commons")), make.TODAY)
    frameworks()
    gone = [
        make.record("term", "b", status="retired", retired_because="Words."),
        make.record("term", "c", status="superseded", superseded_by="a-term"),
    ]
    own = {key: value for key, value in make.record("resource").items() if key != "cite"}
    unchecked = make.BIBLIOGRAPHY.replace("publisher", "annotation = {Words.}, unchecked = {annotation},\n  publisher")
    make.site(make.record("case", what_did_not_work="not reported"), *gone, make.record("organisation"), own)
    make.site(bib=unchecked, pages={"a.md": "---\ntitle: A\ndescription: D\n---\n\n## One\n\n## Two\n\n## Three\n"})
    away = make.base(make.record("resource", url="https://a.org/"))
    for strikes in (0, 3):  # a way out that works, and one that fails, each with a copy
        line = f"https://a.org/\t-\t2026-11-23\t2026-11-01\t{strikes}\tgone\t-\t-\thttps://b.org/\n"
        room.render(replace(away, memory=parse(line)), Settings("Toy"))
    theme = "".join(path.read_text(encoding="utf-8") for path in THEME.rglob("*.html"))
    unused = {
        f"{section}.{key}"
        for section in words().catalogue
        if isinstance(words().catalogue[section], dict) and section not in {*CLOSED, *OPEN}
        for key in words().catalogue[section]
        if not any(key in spy[section].read for spy in spies)
        and f"words.{section}.{key}" not in theme
        and f"words.{section} |" not in theme
        and f"{section}.{key}" not in {"site.suggest", "site.report"}  # the plugin's own
    }
    assert sorted(unused) == []


def test_a_language_without_a_catalogue_is_named() -> None:
    with pytest.raises(Exception, match="xx"):
        words("xx")


@pytest.mark.parametrize(("n", "expected"), [(0, "0 minutes"), (1, "1 minute"), (2, "2 minutes"), (90, "90 minutes")])
def test_a_number_with_its_noun(n: int, expected: str) -> None:
    assert words().count("minutes", n) == expected


def test_a_day_in_words() -> None:
    assert words().day(make.TODAY) == "23 November 2026"
    assert words().name("language_name", "cy") == "Welsh"
    assert words().name("language_name", "he") == "he"


# --- what each kind shows ---------------------------------------------------------------------------------
def test_a_pathway_adds_up_its_minutes() -> None:
    steps = [
        {"title": "One", "minutes": 30, "mode": "read", "task": "T"},
        {"item": "a-term", "minutes": 60, "mode": "discuss", "task": "T", "facilitator": "F"},
        {"item": "boyle2009", "minutes": 1, "mode": "role-play", "task": "T"},
    ]
    site = make.site(make.record("term"), make.record("pathway", steps=steps))
    page = read(site, "/pathways/a-pathway/")
    assert "Total time: 91 minutes." in page.text
    assert [one.attributes["width"] for one in page.all("rect")] == ["50", "100", "2"]
    assert [one.text for one in page.all("li", class_="kb-step")][2].startswith(
        "The challenge of co-production 1 minute · Role play · Reference"
    )
    assert "91 minutes" in read(site, "/pathways/").text


def frameworks() -> Site:
    return make.site(
        make.record("framework", "f", title="First", short_title="F1", principles=["p", "q"]),
        make.record("framework", "g", title="Second", short_title="G2", principles=["r"]),
        make.record("principle", "p", title="Pp", themes=["first"], matches=[{"target": "r", "match": "broad"}]),
        make.record("principle", "q", title="Qq", themes=["second"]),
        make.record("principle", "r", title="Rr", themes=["first", "second"]),
        make.record("principle", "z", title="Alone", themes=["tested"]),
    )


def test_the_crosswalk_sets_frameworks_side_by_side() -> None:
    page = read(frameworks(), "/frameworks/")
    [table] = page.all("table")
    assert [one.text for one in page.all("th", scope="col")] == ["Theme", "F1", "G2"]
    assert [one.text for one in page.all("td")] == ["Pp", "Rr", "Qq", "Rr", "none", "none"]
    assert "themes first" in table.text


@pytest.mark.parametrize(
    ("match", "there", "back"),
    [
        ("exact", "Says the same", "Says the same"),
        ("close", "Says nearly the same", "Says nearly the same"),
        ("broad", "Says something broader", "Says something narrower"),
        ("narrow", "Says something narrower", "Says something broader"),
        ("related", "Is related", "Is related"),
    ],
)
def test_a_match_is_shown_from_both_sides(match: str, there: str, back: str) -> None:
    site = make.site(
        make.record("principle", "p", matches=[{"target": "r", "match": match, "why": "Words."}]),
        make.record("principle", "r"),
    )
    for id, words_shown in (("p", there), ("r", back)):
        assert [one.text for one in read(site, f"/principles/{id}/").all("span", class_="kb-tag")] == [words_shown]


def test_a_principle_has_its_number_neighbours_and_theme() -> None:
    site = frameworks()
    page = read(site, "/principles/q/")
    assert "2 of 2" in page.text
    assert [one.text for one in page.all("a", rel="prev")] == ["Previous Pp"]
    assert page.all("a", rel="next") == []
    assert "Under the same theme: Rr." in page.text
    assert "Under the same theme" not in read(site, "/principles/p/").text
    assert read(site, "/principles/z/").all("a", rel="prev") == []


def test_where_many_principles_share_a_theme_its_list_is_named_instead() -> None:
    site = make.site(*make.vocabularies(), *(make.record("principle", f"p{number}") for number in range(25)))
    page = read(site, "/principles/p3/")
    [line] = [one.text for one in page.all("p") if one.text.startswith("Under the same theme")]
    theme = read(site, "/themes/first/").all("h1")[0].text
    assert line == f"Under the same theme: {theme}."


def test_numbers_on_the_home_page_are_counted() -> None:
    strong = {"kind": "first", "strength": "tested", "line": "L"}
    site = make.site(
        make.record("case", "a", what_did_not_work="not reported", evidence=strong),
        make.record("case", "b"),
        make.record("case", "c"),
        bib=TWO.replace("title={Other}", "title={Other}, unchecked={title}"),
    )
    assert [one.text for one in read(site, "/").all("span", class_="kb-number")] == ["2", "1", "1"]
    text = read(site, "/").text
    assert "2 of 3 case studies report something that did not work." in text
    assert "1 of 3 case studies were tested" in text
    assert "1 of 2 references have details" in text
    assert "sources we have read do not say what failed" in read(site, "/cases/a/").text


def test_an_empty_knowledge_base_has_a_home_page_and_lists() -> None:
    site = make.site(bib="")
    assert make.page(site, "/").title == "Toy Commons"
    assert read(site, "/").all("span", class_="kb-number") == []
    assert "There is nothing here yet." in read(site, "/cases/").text
    for page in site.pages:
        make.read_html(page.body)


def test_a_home_page_with_ways_in() -> None:
    front = "start_here:\n" + "".join(
        f"  - who: To {to}\n    to: {to}\n    why: Because.\n"
        for to in ("a-term", "/cases/", "/explore/", "/about/", "boyle2009")
    )
    pages = {
        "index.md": f"---\ntitle: Welcome\ndescription: Words\n{front}---\n\nA lead.\n",
        "about.md": "---\ntitle: About us\ndescription: D\n---\n",
        "cases/index.md": "---\ntitle: Our cases\ndescription: All of them\n---\n\nA word before.\n",
    }
    site = make.site(make.record("term"), pages=pages)
    assert (make.page(site, "/").title, make.page(site, "/").description) == ("Welcome", "Words")
    doors = [one.text for one in read(site, "/").all("li") if one.text.startswith("To ")]
    assert [door.rpartition("Because.")[2] for door in doors] == [
        "Some title", "Case studies", "Explore", "About us", "The challenge of co-production",
    ]  # fmt: skip
    assert (make.page(site, "/cases/").title, make.page(site, "/cases/").description) == ("Our cases", "All of them")
    assert "A word before." in read(site, "/cases/").text


def test_new_records_are_of_every_kind_in_turn() -> None:
    many = [make.record("term", f"t{n}", title=f"Term {n}", added=make.TODAY) for n in range(9)]
    cases = [make.record("case", f"c{n}", title=f"Case {n}", added=make.TODAY) for n in range(2)]
    [section] = [
        one for one in read(make.site(*many, *cases), "/").all("section") if one.text.startswith("What is new")
    ]
    assert section.text.count("Case study") == 2
    assert section.text.count("Glossary") == 4


def test_titles_are_sorted_as_people_look_for_them() -> None:
    titles = ["The Ladder", "A lever", "“Lift”", "an anchor", "Élan", "Zebra"]
    assert sorted(titles, key=sort_title) == ["an anchor", "Élan", "The Ladder", "A lever", "“Lift”", "Zebra"]
    site = make.site(*(make.record("term", f"t{n}", title=title) for n, title in enumerate(titles)))
    page = read(site, "/glossary/")
    assert [one.text for one in page.all("h3")] == ["an anchor", "Élan", "The Ladder", "A lever", "“Lift”", "Zebra"]
    ids = [id for id in page.ids if id.startswith("letter-")]
    assert ids == ["letter-a", "letter-e", "letter-l", "letter-z"]


def test_what_bears_a_value_and_what_leads_to_a_record_are_sorted_so_too() -> None:
    titles = ["The Ladder", "Zebra", "A lever", "Élan"]
    leading = [{"id": "a-term", "how": "see also"}]
    site = make.site(
        *make.vocabularies(),
        make.record("term"),
        *(
            make.record("case", f"c{n}", title=title, topics=["first"], related=leading)
            for n, title in enumerate(titles)
        ),
    )
    for address in ("/topics/first/", "/glossary/a-term/"):
        links = [one.text for one in read(site, address).all("a") if one.text in titles]
        assert links == ["Élan", "The Ladder", "A lever", "Zebra"], address


def test_the_bibliography_is_a_list_by_letter() -> None:
    bib = TWO + "@misc{x, title={2020 vision}, date={2020}}\n@misc{o, author={Österberg, A}, title={T}, date={2020}}\n"
    page = read(make.site(bib=bib), "/references/")
    assert [one.text for one in page.all("h2")] == ["#", "B", "N", "O"]
    assert all(re.fullmatch(r"[\w-]+", id) for id in page.ids), page.ids


def test_a_resource_shows_the_work_it_cites_or_itself() -> None:
    own = {"cite": None, "title": "Own", "url": "https://www.own.org/x", "year": 2020, "minutes": 1, "publisher": "P"}
    plain = {key: value for key, value in make.record("resource", "own", **own).items() if key != "cite"}
    site = make.site(make.record("resource", "cited"), plain)
    assert make.page(site, "/resources/cited/").title == "The challenge of co-production"
    assert "Look for it in a library" in read(site, "/resources/cited/").text
    page = read(site, "/resources/own/")
    [button] = page.all("a", class_="kb-button")
    assert button.attributes["href"] == "https://www.own.org/x"
    for shown in ("own.org", "1 minute", "2020", "English", "Not checked"):
        assert shown in page.text


def test_a_record_shows_when_it_was_read_and_how_to_cite_it() -> None:
    term = make.record("term", reviewed=make.TODAY, not_checked=["Never seen."])
    site = make.site(term, make.record("term", "b"), address="https://toy.org")
    page = read(site, "/glossary/a-term/")
    assert "Last reviewed: 23 November 2026" in page.text
    assert "Toy Commons. (2026, November 23). Some title. https://toy.org/glossary/a-term/" in page.text
    assert "Never seen." in page.text
    assert "Last reviewed: not since it was added" in read(site, "/glossary/b/").text
    assert [one.text for one in page.all("a", rel="next")] == ["Next Some title"]


def test_a_story_is_part_of_its_record_and_no_page_of_its_own() -> None:
    pages = {"cases/a-case.md": "## How it began\n\nOnce.", "references/boyle2009.md": "About the book."}
    site = make.site(make.record("case"), pages=pages)
    assert "How it began Once." in read(site, "/cases/a-case/").text
    assert "About the book." in read(site, "/references/boyle2009/").text
    assert "prose" not in {page.kind for page in site.pages}


FRONT = "---\ntitle: T\ndescription: D\n---\n"


def test_a_page_of_prose() -> None:
    text = "\n## One\n\n[x](more.md#part) [y](/cases/)\n\n## Two\n\n### Deep\n\n## Three\n"
    site = make.site(pages={"deep/page.md": FRONT + text, "deep/more.md": FRONT + "\n## Part\n"})
    page = make.page(site, "/deep/page/")
    assert (page.path, page.kind, page.title, page.description) == ("deep/page.md", "prose", "T", "D")
    html = make.read_html(page.body)
    assert {"../../deep/more/#part", "../../cases/"} <= set(html.links)
    assert [heading.title for heading in page.headings if heading.level > 1][-4:] == ["One", "Two", "Deep", "Three"]
    assert html.all("nav", **{"aria-labelledby": "contents"})[0].text.endswith("One Two Three")
    assert {"/deep/page/", "/deep/page/#one", "/deep/page/#three"} <= set(page.addresses)


def test_headings_are_told_by_their_words_alone(toy: Site) -> None:
    for page in toy.pages:
        assert page.headings[0] == Heading(1, "title", page.title)
        assert not [one for one in page.headings if one.title.endswith("#")], page.address


def test_a_page_offers_its_address_and_its_lasting_headings() -> None:
    page = make.page(make.site(make.record("case")), "/cases/a-case/")
    assert list(page.addresses)[:2] == ["/cases/a-case/", "/cases/a-case/#who-took-part"]
    bare = Page("/a/", "a.md", "prose", "A", "", pack(""), ())
    assert list(bare.addresses) == ["/a/"]


def test_where_a_record_can_be_edited() -> None:
    community = Community(Layout(make.SOUND), Settings("Toy"), "https://github.com/x/y/", "trunk")
    assert community.editor(Place("a b.yaml", 7)).startswith("https://github.com/x/y/edit/trunk/a")
    assert Community(Layout(make.SOUND), Settings("Toy")).editor(Place("a.yaml")) == ""
    page = make.page(run(community, make.TODAY).site, "/cases/toy-time-bank/")
    assert 'href="https://github.com/x/y/edit/trunk/resources/cases.yaml#L2"' in page.body


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Words [@boyle2009].", "Words."),
        ("*One* [two][b] `three`", "One two three"),
        ("A & B < C", "A & B < C"),
        ("One\n\nTwo", "One Two"),
        ("", ""),
    ],
)
def test_the_words_of_a_text_alone(text: str, plain: str) -> None:
    assert pen().plain(text) == plain


@pytest.mark.parametrize(
    ("text", "line"),
    [("Words.", "Words."), ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"), ("- a", "<ul>\n<li>a</li>\n</ul>"), ("", "")],
)
def test_a_text_of_one_line(text: str, line: str) -> None:
    assert str(pen().line(text)) == line


SIGNS = "ab é1  .,;:()?!%/£€’‘“”–—…-_*+=~\"'&\u00a0\u0301\t"


@settings(deadline=None, max_examples=500)
@given(
    st.text(st.sampled_from(SIGNS), max_size=30)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<`[\\>#|~\n\r"))
)
def test_a_text_alone_is_what_it_is_before_another(text: str) -> None:
    """Plain words take a shorter way to the same paragraph."""
    alone, both = pen(a="b").block(text), pen(a="b").block(f"{text.strip()}\n\n*b*")
    assert both == f"{alone}\n<p><em>b</em></p>".lstrip("\n")


def test_tables_can_be_reached_by_keyboard() -> None:
    [frame] = make.read_html(str(pen().block("| a |\n| - |\n| b |"))).all("div", class_="kb-table")
    assert frame.attributes["tabindex"] == "0"


def test_a_heading_without_latin_letters_has_an_id() -> None:
    assert pen().text("## 山田").headings == (Heading(2, "section", "山田"),)
    assert [one.id for one in pen().text("## A b\n\n## A b").headings] == ["a-b", "a-b_1"]
