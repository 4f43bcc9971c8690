"""Reading lists as they leave the site: each form is read back by what people will read it with."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import (  # type: ignore[import-untyped]  # has no types
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)

from kb.literature import Day, Name, Names, Reference, Span
from kb.pages import COLUMNS, Citation
from kb.read.bib import read_bibliography
from kb.render import exports
from kb.render.desk import Desk
from kb.render.exports import ris
from kb.render.words import words
from tests import make

PROJECT = (Path(__file__).parent.parent / "references.bib").read_text(encoding="utf-8")
WORKS = [cited.reference for cited in read_bibliography(PROJECT, "references.bib")[0] if cited.reference]
BOYLE, CARR = Name("Boyle", "David"), Name("Carr", "Sarah")
HOSTILE = "100% {A\\B} & \"C\" ''d'' ``e`` $5 #1 a_b ~ x^2 <<f>> -- g---h ,, {i\nj\r\n\tk }{ ?` !` \\"


def at_desk(*records: make.Made, site: str = "Toy Commons", base: str = "https://toy.org/", bib: str = "") -> Desk:
    return Desk(make.base(*records, bib=bib or make.BIBLIOGRAPHY), words("en"), site, base)


@pytest.fixture(scope="module")
def desk() -> Desk:
    """A knowledge base with every work of the project, and a few records."""
    return at_desk(
        make.record("term"),
        make.record("case", "a-case", reviewed=make.TODAY, title="Did it work?"),
        make.record("resource", "a-ladder", cite="arnstein1969ladder"),
        bib=PROJECT,
    )


def of_every_kind(desk: Desk) -> list[Citation]:
    return [
        *(exports.of_work(work, work.key, "reference", desk) for work in desk.kb.references.values()),
        *(exports.of_record(record, desk) for record in desk.kb.records.values()),
        exports.of_page("/learn/start/", "Start here", desk),
    ]


def work(type: str = "book", **fields: Any) -> Reference:
    """A work by Boyle of 2009 but for what is said otherwise."""
    usual: dict[str, Any] = {"author": Names((BOYLE,)), "title": "Title", "date": Span(Day(2009))}
    return Reference("key", type, "", **(usual | fields))


def table(citation: Citation) -> dict[str, str]:
    return dict(zip(COLUMNS, citation.row, strict=True))


# --- RIS ----------------------------------------------------------------------------------------------
def read_ris(text: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = rispy.loads(text)
    return read


def in_ris(name: Name) -> str:
    """A name as the specification of RIS has it: family, given, suffix."""
    if name.corporate:
        return f"{name.family},"
    family = f"{name.particle} {name.family}" if name.particle else name.family
    assert not name.suffix
    return f"{family}, {name.given}" if name.given else family


def test_every_work_of_the_project_comes_back_from_one_file_of_ris() -> None:
    read = read_ris("\n".join(map(ris, WORKS)))
    assert len(WORKS) > 150
    assert [one["id"] for one in read] == [work.key for work in WORKS]
    for one, work in zip(read, WORKS, strict=True):
        others = ["et al.,"] if work.author.others else []
        pages = [one[part] for part in ("start_page", "end_page") if part in one]
        assert one.get("authors", []) == [*map(in_ris, work.author.names), *others]
        assert one["title"] == work.full_title
        assert one.get("year", "") == str(work.year or "")
        assert "–".join(pages) == (work.pages or work.eid)
        assert one.get("doi", "") == work.doi
        assert one.get("secondary_title", "") in (work.journaltitle, work.booktitle, work.series, work.organization)
        assert one.get("volume", "") == work.volume
        assert one.get("number", "") == work.issue
        assert one.get("urls", []) == [work.url or work.address] * bool(work.address)
        assert one.get("keywords", []) == list(work.keywords)


# What Zotero and EndNote make of each tag stands in Zotero's translator RIS.js and in EndNote's list of its fields.
RIS = {
    "article": (
        work("article", journaltitle="Voluntas", volume="23", issue="4", pages="1119--1138", issn="1", doi="10.1/x"),
        "TY JOUR, AU Boyle; David, TI Title, T2 Voluntas, PY 2009, VL 23, IS 4, SP 1119, EP 1138, SN 1, DO 10.1/x, "
        "UR https://doi.org/10.1/x",
    ),
    "article with a number": (
        work("article", journaltitle="BMJ Open", eid="e014650", url="https://a.org", doi="10.1/x"),
        "TY JOUR, AU Boyle; David, TI Title, T2 BMJ Open, PY 2009, SP e014650, DO 10.1/x, UR https://a.org",
    ),
    "article in press": (
        work("article", journaltitle="Voluntas", date=None, pubstate="inpress"),
        "TY JOUR, AU Boyle; David, TI Title, T2 Voluntas, PY in press",
    ),
    "book in a series": (
        work(subtitle="Sub", series="Elements", edition="2", publisher="ACTA", location="London", isbn="978"),
        "TY BOOK, AU Boyle; David, TI Title: Sub, T2 Elements, PY 2009, ET 2, PB ACTA, CY London, SN 978",
    ),
    "book that somebody edited": (
        work(editor=Names((CARR,))),
        "TY BOOK, AU Boyle; David, ED Carr; Sarah, TI Title, PY 2009",
    ),
    "edited book": (
        work("collection", author=Names(), editor=Names((CARR, BOYLE))),
        "TY EDBOOK, ED Carr; Sarah, ED Boyle; David, TI Title, PY 2009",
    ),
    "chapter": (
        work("incollection", editor=Names((CARR,)), booktitle="Book", series="Series", pages="5"),
        "TY CHAP, AU Boyle; David, A2 Carr; Sarah, TI Title, T2 Book, T3 Series, PY 2009, SP 5",
    ),
    "conference paper": (
        work("inproceedings", booktitle="Proceedings", pages="1, 3--4"),
        "TY CPAPER, AU Boyle; David, TI Title, T2 Proceedings, PY 2009, SP 1; 3, EP 4",
    ),
    "report": (
        work("report", subtype="Guide", number="51", institution="SCIE", publisher="SCIE", isbn="978"),
        "TY RPRT, AU Boyle; David, TI Title, PY 2009, PB SCIE, SN 51, M3 Guide",
    ),
    "thesis": (
        work("thesis", subtype="Doctoral dissertation", institution="Leeds", language="en"),
        "TY THES, AU Boyle; David, TI Title, PY 2009, PB Leeds, LA en, M3 Doctoral dissertation",
    ),
    "page of a site": (
        work("online", organization="SCIE", date=Span(Day(2012, 6, 1)), url="https://a.org", keywords=("power", "a b")),
        "TY ELEC, AU Boyle; David, TI Title, T2 SCIE, PY 2012, DA 2012/06/01/, PB SCIE, UR https://a.org, "
        "KW power, KW a b",
    ),
    "page without a date": (
        work("online", date=None, urldate=Span(Day(2026, 11, 23))),
        "TY ELEC, AU Boyle; David, TI Title, Y2 2026/11/23/",
    ),
    "proceedings": (work("proceedings"), "TY CONF, AU Boyle; David, TI Title, PY 2009"),
    "manuscript": (work("unpublished"), "TY UNPB, AU Boyle; David, TI Title, PY 2009"),
    "anything else": (work("misc"), "TY GEN, AU Boyle; David, TI Title, PY 2009"),
    "a month": (work(date=Span(Day(2012, 6))), "TY BOOK, AU Boyle; David, TI Title, PY 2012, DA 2012/06//"),
    "a range": (work(date=Span(Day(2004), Day(2006))), "TY BOOK, AU Boyle; David, TI Title, PY 2004"),
    "an open range": (work(date=Span(None, Day(2004), open_start=True)), "TY BOOK, AU Boyle; David, TI Title, PY 2004"),
    "antiquity": (work(date=Span(Day(-43, 3, 15))), "TY BOOK, AU Boyle; David, TI Title, PY 44 B.C.E."),
    "a name with a particle": (
        work(author=Names((Name("Berg", "Jan", "van der"),))),
        "TY BOOK, AU van der Berg; Jan, TI Title, PY 2009",
    ),
    "a name with a suffix": (
        work(author=Names((Name("King", "Martin Luther", "", "Jr."), Name("Pitt", suffix="II")))),
        "TY BOOK, AU King; Martin Luther; Jr., AU Pitt; ; II, TI Title, PY 2009",
    ),
    "bodies and others": (
        work(author=Names((Name("Nesta", corporate=True), Name("Plato")), others=True)),
        "TY BOOK, AU Nesta;, AU Plato, AU et al.;, TI Title, PY 2009",
    ),
}


@pytest.mark.parametrize("case", RIS)
def test_ris_of(case: str) -> None:
    reference, expected = RIS[case]
    lines = [re.sub(r"^(..)  - ", r"\1 ", line).replace(",", ";") for line in ris(reference).splitlines()]
    assert lines[1] == "ID key"
    assert ", ".join(lines[:1] + lines[2:]) == f"{expected}, ER "


LINES = st.text(alphabet="aB -:,;ER\n\r\u2028\x85\u00e9", max_size=14)


@settings(max_examples=200, deadline=None)
@given(title=LINES, family=LINES, keyword=LINES, pages=LINES)
def test_no_text_breaks_out_of_its_line_of_ris(title: str, family: str, keyword: str, pages: str) -> None:
    author = Names((Name(family, "Jan"),))
    lines = ris(work(title=title, author=author, keywords=(keyword,), pages=pages)).split("\n")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - \S.*|ER  - ", line) for line in lines[:-1])
    assert lines[-2:] == ["ER  - ", ""]
    [read] = read_ris("\n".join(lines))
    assert read.get("title", "") == " ".join(title.split())


# --- BibTeX -------------------------------------------------------------------------------------------
@cache
def decoder() -> LatexNodes2Text:
    """Pylatexenc, with three commands of LaTeX's that it does not know or takes for another sign."""
    signs = {"textbraceleft": "{", "textbraceright": "}", "textasciicircum": "^"}
    commands = get_default_latex_context_db()
    macros = [MacroTextSpec(name, simplify_repl=sign) for name, sign in signs.items()]
    commands.add_context_category("missing", prepend=True, macros=macros)
    return LatexNodes2Text(latex_context=commands)


def read_bibtex(text: str) -> list[dict[str, str]]:
    """The entries of a file, which must all be sound: braces are counted as BibTeX does, even after a backslash."""
    assert text.count("{") == text.count("}")
    library = parse_string(text, append_middleware=[LatexDecodingMiddleware(decoder=decoder())])
    assert library.failed_blocks == []
    plain = parse_string(text)
    return [
        {field.key: field.value for field in entry.fields} | {"key": entry.key, "url": as_written["url"]}
        for entry, as_written in zip(library.entries, plain.entries, strict=True)
    ]


def test_the_bibtex_of_a_list_is_a_sound_bibliography(desk: Desk) -> None:
    listed = of_every_kind(desk)
    cited, problems = read_bibliography("\n".join(one.bibtex for one in listed), "list.bib")
    assert problems == ()
    assert [one.key for one in cited] == [*desk.kb.references, "a-term", "a-case", "a-ladder", "page:learn:start"]


def test_the_bibtex_of_a_work_is_what_its_author_wrote(desk: Desk) -> None:
    work = desk.kb.references["arnstein1969ladder"]
    bibtex = exports.of_work(work, work.key, "reference", desk).bibtex
    assert bibtex in PROJECT
    assert bibtex.startswith("@article{arnstein1969ladder,\n")
    assert bibtex.endswith("\n}\n")


def test_the_bibtex_of_our_own_pages(desk: Desk) -> None:
    case = exports.of_record(desk.kb.records["a-case"], desk).bibtex
    page = exports.of_page("/learn/start/", "Start here", desk).bibtex
    assert case == (
        "@online{a-case,\n"
        "  title        = {Did it work?},\n"
        "  organization = {Toy Commons},\n"
        "  date         = {2026-11-23},\n"
        "  url          = {https://toy.org/cases/a-case/},\n"
        "}\n"
    )
    assert page == (
        "@online{page:learn:start,\n"
        "  title        = {Start here},\n"
        "  organization = {Toy Commons},\n"
        "  url          = {https://toy.org/learn/start/},\n"
        "}\n"
    )


def test_hostile_words_come_back_from_bibtex_as_they_were() -> None:
    desk = at_desk(make.record("term", title=HOSTILE), site="A & {B}")
    [entry] = read_bibtex(exports.of_record(desk.kb.records["a-term"], desk).bibtex)
    assert entry["title"] == " ".join(HOSTILE.split())
    assert entry["organization"] == "A & {B}"


@settings(max_examples=200, deadline=None)
@given(title=st.text(alphabet="a B{}\\%&$#_~^\"'`-<>,?!@=\n\u00e9", min_size=1, max_size=20).filter(str.strip))
def test_any_title_comes_back_from_bibtex(desk: Desk, title: str) -> None:
    first, second = (exports.of_page(address, title, desk).bibtex for address in ("/a/", "/b/"))
    assert [one["title"] for one in read_bibtex(f"{first}\n{second}")] == [" ".join(title.split())] * 2


@pytest.mark.parametrize(
    ("address", "key", "url"),
    [
        ("/", "page", "https://toy.org/"),
        ("/über uns/", "page:über:uns", "https://toy.org/%C3%BCber%20uns/"),
        ("/a,{b/", "page:a:b", "https://toy.org/a,%7Bb/"),
        ("/50%25/?a=b&c#d", "page:50:25:a:b:c:d", "https://toy.org/50%25/?a=b&c#d"),
    ],
)
def test_the_address_of_a_page_becomes_a_key_and_stays_an_address(address: str, key: str, url: str) -> None:
    [entry] = read_bibtex(exports.of_page(address, "Title", at_desk()).bibtex)
    assert (entry["key"], entry["url"]) == (key, url)


# --- formatted ----------------------------------------------------------------------------------------
def test_a_formatted_reference_says_what_the_page_shows_and_is_italic_where_it_is(desk: Desk) -> None:
    assert len(desk.kb.references) > 150
    for key, work in desk.kb.references.items():
        formatted = exports.of_work(desk.kb.references[key], key, "reference", desk).formatted
        shown = make.read_html(str(desk.entry(work)))
        assert "".join(formatted) == shown.words
        assert list(formatted[1::2]) == [one.words for one in shown.all("i")]


def test_words_that_look_like_markup_stay_words() -> None:
    bib = "@book{odd, author = {{A \\& B, C.}}, title = {<i>x</i> &amp; <b>y}, date = {2009}}\n"
    desk = at_desk(bib=bib)
    formatted = exports.of_work(desk.kb.references["odd"], "odd", "reference", desk).formatted
    assert formatted == ("A & B, C. (2009). ", "<i>x</i> &amp; <b>y", ".")


def test_our_own_pages_are_cited_as_the_page_says(desk: Desk) -> None:
    case = exports.of_record(desk.kb.records["a-case"], desk)
    assert case.formatted == (
        "Toy Commons. (2026, November 23). ",
        "Did it work?",
        " https://toy.org/cases/a-case/",
    )
    page = exports.of_page("/learn/start/", "Start here", desk)
    assert page.formatted == ("Toy Commons. (n.d.). ", "Start here", ". https://toy.org/learn/start/")


def test_our_own_pages_in_ris(desk: Desk) -> None:
    [case, page] = read_ris(
        f"{exports.of_record(desk.kb.records['a-case'], desk).ris}\n"
        f"{exports.of_page('/learn/start/', 'Start here', desk).ris}"
    )
    assert case == {
        "type_of_reference": "ELEC",
        "id": "a-case",
        "authors": ["Toy Commons,"],
        "title": "Did it work?",
        "secondary_title": "Toy Commons",
        "year": "2026",
        "date": "2026/11/23/",
        "publisher": "Toy Commons",
        "urls": ["https://toy.org/cases/a-case/"],
    }
    assert (page["id"], page.get("year")) == ("page:learn:start", None)


# --- rows ---------------------------------------------------------------------------------------------
def test_the_row_of_a_work() -> None:
    bib = (
        "@report{graaf, author = {van der Graaf, Peter and {NHS, Leeds} and others}, title = {One}, subtitle = {Two},"
        "institution = {Nesta}, publisher = {SCIE}, date = {2004/2006}, doi = {10.1/x}, url = {https://a.org}}\n"
    )
    desk = at_desk(bib=bib)
    assert table(exports.of_work(desk.kb.references["graaf"], "graaf", "reference", desk)) == {
        "id": "graaf",
        "kind": "Reference",
        "title": "One: Two",
        "authors": "van der Graaf, Peter; NHS, Leeds; et al.",
        "year": "2004",
        "publisher": "Nesta; SCIE",
        "doi": "10.1/x",
        "url": "https://doi.org/10.1/x",
        "page": "https://toy.org/references/graaf/",
    }


def test_a_work_without_authors_or_date_is_listed_by_its_editors() -> None:
    desk = at_desk(bib="@book{a, editor = {Carr, Sarah}, title = {T}, pubstate = {forthcoming}}\n@misc{b, title = {U}}")
    first, second = (table(exports.of_work(one, one.key, "reference", desk)) for one in desk.kb.references.values())
    assert (first["authors"], first["year"]) == ("Carr, Sarah", "forthcoming")
    assert (second["authors"], second["year"], second["url"]) == ("", "", "")


def test_a_resource_is_cited_by_its_work_and_found_on_its_own_page(desk: Desk) -> None:
    work = desk.kb.references["arnstein1969ladder"]
    ladder = exports.of_work(work, "a-ladder", "resource", desk)
    row = table(ladder)
    assert (row["id"], row["kind"], row["page"]) == ("a-ladder", "Resource", "https://toy.org/resources/a-ladder/")
    assert row["title"] == "A ladder of citizen participation"
    assert ladder.formatted[0].startswith("Arnstein, S. R. (1969).")
    assert ladder.bibtex.startswith("@article{arnstein1969ladder,")


def test_the_rows_of_our_own_pages(desk: Desk) -> None:
    case = exports.of_record(desk.kb.records["a-case"], desk)
    page = exports.of_page("/learn/start/", "Start here", desk)
    at = "https://toy.org/cases/a-case/"
    assert case.row == ("a-case", "Case study", "Did it work?", "Toy Commons", "2026", "Toy Commons", "", at, at)
    at = "https://toy.org/learn/start/"
    assert page.row == ("/learn/start/", "Page", "Start here", "Toy Commons", "", "Toy Commons", "", at, at)


def test_without_an_address_of_the_site_pages_are_named_from_its_root() -> None:
    desk = at_desk(make.record("term"), base="")
    term = exports.of_record(desk.kb.records["a-term"], desk)
    assert table(term)["page"] == "/glossary/a-term/"
    assert "".join(term.formatted).endswith(" /glossary/a-term/")
