"""Links in Markdown: what the rules take for a link is what a reader can follow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.markup import Link, cited, links
from kb.render.text import Pen

RECORDS = {"a-case": "/cases/a-case/", "b": "/glossary/b/"}
KEYS = ("boyle2009", "Ostrom:1996")


def pen() -> Pen:
    return Pen(RECORDS, lambda key, at: f"({key} {at})", {})


def found(text: str) -> list[tuple[str, str]]:
    """The links to records and works that the rules see."""
    return [(link.kind, link.target) for link in links(text) if link.kind != "address"]


def shown(text: str) -> list[tuple[str, str]]:
    """The links to records and works on the page."""
    addresses = {to: id for id, to in RECORDS.items()}
    hrefs = re.findall(r'href="(site|cite):([^"]*)"', str(pen().text(text).html))
    named = [("record", addresses.get(to, "")) if scheme == "site" else ("citation", to) for scheme, to in hrefs]
    return [(kind, target) for kind, target in named if target]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[words][a-case]", [Link("record", "a-case", "[a-case]", 0)]),
        ("[@boyle2009]", [Link("citation", "boyle2009", "@boyle2009", 0)]),
        ("[@boyle2009, p. 12]", [Link("citation", "boyle2009", "@boyle2009", 0, "p. 12")]),
        ("[@boyle2009, pp. 1, 3]", [Link("citation", "boyle2009", "@boyle2009", 0, "pp. 1, 3")]),
        (
            "[@a; @b, p. 3;@a]",
            [Link("citation", "a", "@a", 0), Link("citation", "b", "@b", 0, "p. 3"), Link("citation", "a", "@a", 1)],
        ),
        ("[words](https://x.org/)", [Link("address", "https://x.org/", "(https://x.org/", 0)]),
        ('[words](/cases/ "A title")', [Link("address", "/cases/", "(/cases/", 0)]),
        ("[words]()", [Link("address", "", "(", 0)]),
        ("[a [nested] word][b]", [Link("record", "b", "[b]", 0)]),
        ("[one][b] and [two][b]", [Link("record", "b", "[b]", 0), Link("record", "b", "[b]", 1)]),
        ("[b][b]", [Link("record", "b", "[b]", 1)]),
        ("| a | b |\n| - | - |\n| [x][b] | [@k] |", [Link("record", "b", "[b]", 0), Link("citation", "k", "@k", 0)]),
        ("*[x][b]* and **[@k]**", [Link("record", "b", "[b]", 0), Link("citation", "k", "@k", 0)]),
        ("[two\nlines][b]", [Link("record", "b", "[b]", 0)]),
    ],
)
def test_every_form_of_link(text: str, expected: list[Link]) -> None:
    assert list(links(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "no link",
        "`[x][b]`",
        "``[x][b] ` [@k]``",
        "```\n[x][b]\n```",
        "```text\n[x][b]\n\n[@k]\n```",
        "~~~\n[x][b]\n~~~",
        r"\[x][b]",
        r"\[@boyle2009]",
        "[x]",
        "[ ] a task",
        "me@example.org",
        "[]",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert list(links(text)) == []
    assert shown(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[x][b]",
        "See [x][b], [y][a-case] and [@boyle2009; @Ostrom:1996, p. 2].",
        "`code` [x][b] `[x][b]`",
        "- [x][b]\n- [@boyle2009]",
        "## [x][b]\n\n> [@boyle2009]",
        "| a |\n| - |\n| [x][b] |",
        "[*x* `y`][b]",
        "A `lone tick and [x][b]",
        "```\n[x][b]\n```\n\n[y][a-case]",
        "```\n[x][b]\n\n[@boyle2009]\n```",
        "    [x][b] in an indented block",
        "A paragraph with\n    [x][b] in a lazy line",
        r"\[@boyle2009] and [@boyle2009]",
        "[b]",
        "[b][]",
        "[x] [b]",
        "[x\n\ny][b]",
        "[@boyle2009](/cases/)",
        "[@boyle2009\n]",
        "[x](/a/) [x][b]",
        "[x][b]: words",
    ],
)
def test_the_rules_and_the_pages_agree(text: str) -> None:
    assert found(text) == shown(text)


PIECES = st.sampled_from(
    [
        "words",
        "[x][b]",
        "[*y*][a-case]",
        "[@boyle2009]",
        "[@boyle2009, p. 3; @Ostrom:1996]",
        "[z](/cases/)",
        "`code`",
        "`[x][b]`",
        "``[@boyle2009]``",
        r"\[x][b]",
        r"\[@boyle2009]",
        "**bold**",
        "\n\n",
        "\n",
        "\n\n- ",
        "\n\n## ",
        "\n\n> ",
        "\n\n```\n[x][b]\n```\n\n",
        "\n\n| a | b |\n| - | - |\n| [x][b] | c |\n\n",
        "[a [b] c][b]",
        "a_b_c * d",
        "<b>[x][b]</b>",
        "é “quoted” –",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8).map(" ".join))
@example("words")
def test_every_mixture_of_forms_is_read_alike(text: str) -> None:
    assert sorted(found(text)) == sorted(shown(text))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_the_stretch_that_names_a_target_stands_in_the_text(text: str) -> None:
    for link in links(text):
        assert text.count(link.token) > link.occurrence
        assert link.target in link.token


@settings(deadline=None)
@given(st.text(st.sampled_from("[]()@`~\\ab;, \n:!<>")))
def test_no_text_is_too_odd(text: str) -> None:
    for link in links(text):
        assert link.target in text
    assert isinstance(shown("x" + text), list)


PIECE_BY_PIECE = ("[", "[x", "[a](", "`", "[@", "[[]", "```\n")


@pytest.mark.parametrize("piece", PIECE_BY_PIECE)
def test_a_long_text_of_brackets_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    list(links(piece * 4_000))
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("key", [("key", "")]),
        ("key, p. 12", [("key", "p. 12")]),
        ("key , p. 1-2, 4; @other;@third, ch. 2", [("key", "p. 1-2, 4"), ("other", ""), ("third", "ch. 2")]),
        ("@key", [("key", "")]),
    ],
)
def test_the_inside_of_a_citation(inside: str, expected: list[tuple[str, str]]) -> None:
    assert list(cited(inside)) == expected
