"""Addresses: those given out still answer, and those written in texts lead somewhere."""

from __future__ import annotations

import pytest

from kb.knowledge import knowledge
from kb.links import check_addresses, release
from kb.problem import Problem
from kb.render import Settings, render
from tests import make

ABOUT = "---\ntitle: About\ndescription: Words.\nwas: [/old-about/]\n---\n\n## A heading\n\nWords.\n"


def found(definition: str = "Words.", permalinks: str = "", pages: dict[str, str] | None = None) -> list[Problem]:
    """What is wrong with the addresses of a small site with this text in a term."""
    records = [
        *make.vocabularies(),
        make.record("term", "old", was=["older"]),
        make.record("term", definition=definition),
        make.record("case"),
    ]
    bib = make.BIBLIOGRAPHY.replace("publisher", "ids = {former-key},\n  publisher")
    sources = make.sources(records, bib=bib, permalinks=permalinks, pages={"about.md": ABOUT, **(pages or {})})
    assert sources.problems == ()
    site = render(knowledge(sources, lambda place: ""), Settings("Toy"))
    return list(check_addresses(site, sources))


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/glossary/old/",
        "/glossary/older/",
        "/cases/a-case/#results",
        "/about/",
        "/about/#a-heading",
        "/old-about/",
        "/references/boyle2009/",
        "/references/former-key/",
        "/topics/first/",
        "/explore/",
    ],
)
def test_a_promise_that_is_kept(address: str) -> None:
    assert found(permalinks=f"{address}\n") == []


@pytest.mark.parametrize(
    ("address", "help"),
    [
        ("/glossary/gone/", "Add `was: [gone]` to what replaces it, or bring it back with `status: retired`"),
        ("/glossary/odl/", "Did you mean '/glossary/old/'?"),
        ("/references/gone2001/", "Add `ids = {gone2001},` to the entry that replaces it"),
        ("/about/#gone", "Add to the front matter of the page /about/: `moved_headings: [{was: gone, now: …}]`"),
        ("/gone/", "Bring the page back, or add `was: [/gone/]` to the front matter of the page that replaces it."),
    ],
)
def test_a_promise_that_would_be_broken_says_which_line_to_add(address: str, help: str) -> None:
    [problem] = found(permalinks=f"# list\n{address}\n")
    assert (problem.rule, problem.place.file, problem.place.line) == ("permalinks-kept", "permalinks.txt", 2)
    assert problem.message == f"{address} was given out once and would be lost"
    assert help in problem.help


def test_a_lost_page_is_not_reported_for_each_of_its_headings() -> None:
    problems = found(permalinks="/gone/\n/gone/#a\n/gone/#b\n")
    assert [problem.place.line for problem in problems] == [1]


def test_what_the_remedy_names_mends_it() -> None:
    page = "---\ntitle: A\ndescription: B.\nwas: [/gone/]\nmoved_headings: [{was: old, now: new}]\n---\n\n## New\n"
    assert found(permalinks="/gone/\n/a/#old\n/a/#new\n", pages={"a.md": page}) == []


@pytest.mark.parametrize(
    "text",
    [
        "[x](/cases/)",
        "[x](/cases)",
        "[x](/cases/a-case/#results)",
        "[x](/about/#a-heading)",
        "[x](/explore/?topic=power&q=time)",
        "[x](/reading-list/#ids=a-case,b&title=One)",
        "[x](/old-about/)",
        "[x](https://example.org/nothing)",
        "[x](mailto:a@example.org)",
        "`[x](/nothing/)`",
        "[x][a-case]",
    ],
)
def test_a_link_that_leads_somewhere(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Words, [x](/casez/)", "'/casez/' leads nowhere. Did you mean '/cases/'?"),
        ("Words, [x](/cases/a-case/#nothing)", "'/cases/a-case/#nothing' leads nowhere."),
        ("Words, [x](//example.org/)", "'//example.org/' leads nowhere."),
    ],
)
def test_a_dead_link_in_a_record_is_shown_where_it_stands(text: str, message: str) -> None:
    [problem] = found(text)
    assert message in problem.message
    assert (problem.rule, problem.record) == ("known-addresses", "a-term")
    line = make.data_file([make.record("term", definition=text)]).split("\n")[-2]
    assert problem.place.column == line.index("(/") + 1


def test_a_dead_link_on_a_page_and_in_its_front_matter() -> None:
    page = "---\ntitle: T\ndescription: D\nstart_here:\n  - who: W\n    to: /nothing/\n    why: W\n---\n\n[x](/no/)\n"
    problems = found(pages={"index.md": page})
    assert [(problem.place.file, problem.place.line, problem.place.column) for problem in problems] == [
        ("docs/index.md", 6, 9),
        ("docs/index.md", 10, 4),
    ]


@pytest.mark.parametrize("text", ["[x](nothing.md)", "[x](about.md#nothing)", "[x](about/)", "[x](#nothing)"])
def test_a_link_beside_the_page_is_looked_at_as_well(text: str) -> None:
    """Each of these leads nowhere from the page of a record."""
    said = make.problems(make.record("term", definition=text), pages={"about.md": ABOUT})
    assert [*(one for one in said if one.severity == "error"), *found(text)] != []


def test_a_release_promises_what_is_new_and_nothing_twice() -> None:
    site = make.site(make.record("term"), pages={"about.md": ABOUT})
    everything = release(site, ())
    assert list(everything) == sorted(set(site.addresses()))
    assert {"/", "/glossary/a-term/", "/glossary/a-term/#definition", "/about/", "/old-about/"} <= set(everything)
    promised = make.sources([], permalinks="/gone/\n/about/\n").promises
    assert set(release(site, promised)) == set(everything) - {"/about/"}
    every_promise = make.sources([], permalinks="\n".join(everything)).promises
    assert release(site, every_promise) == ()
