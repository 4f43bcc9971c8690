"""Reports: the same problems for a person, for GitHub and for a program."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import house, report
from kb.pages import Page, pack
from kb.problem import Place, Problem, Related, Rule, breach, did_you_mean

RULE = Rule("some-rule", "Something holds.", "Mend it.")


def problem(place: Place, message: str = "something is wrong", **fields: Any) -> Problem:
    return breach(RULE, place, message, **fields)


def test_a_problem_as_text() -> None:
    text = report.as_text([problem(Place("a.yaml", 2, 8, 3), record="dafne")], {"a.yaml": "one\ntitle: two\n"})
    assert text == (
        "a.yaml:2:8: error: dafne: something is wrong [some-rule]\n"
        "    2 | title: two\n"
        "      |        ^^^\n"
        "    Mend it.\n"
        "\n"
        "1 error found."
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("no such file", Place("b.yaml")),
        ("one line", Place("a.yaml", 2)),
        ("one\n   \nthree", Place("a.yaml", 2)),
    ],
)
def test_where_there_is_no_line_none_is_shown(text: str, place: Place) -> None:
    assert " | " not in report.as_text([problem(place)], {"a.yaml": text})


def caret(text: str) -> str:
    """What stands above the carets."""
    lines = text.split("\n")
    under = next(number for number, line in enumerate(lines) if set(line.strip(" |")) == {"^"})
    start = lines[under].index("^")
    return lines[under - 1][start : start + lines[under].count("^")]


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Zs"), exclude_characters="^|")


@settings(deadline=None)
@given(before=st.text(LETTERS | st.just("\t"), max_size=300), after=st.text(LETTERS, max_size=300))
def test_the_carets_stand_under_the_place(before: str, after: str) -> None:
    line = f"{before}<here>{after}"
    said = report.as_text([problem(Place("a", 1, len(before) + 1, 6))], {"a": line})
    assert caret(said) == "<here>"
    assert max(map(len, said.split("\n"))) <= 120


def test_carets_end_with_a_long_line() -> None:
    said = report.as_text([problem(Place("a", 1, 5, 500))], {"a": "x" * 400})
    assert len(max(said.split("\n"), key=len)) < 120


def test_a_place_at_the_end_of_a_line_has_one_caret() -> None:
    assert "      |     ^\n" in report.as_text([problem(Place("a", 1, 5, 3))], {"a": "1234"})


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ("", "No problems found."),
        ("e", "1 error found."),
        ("ee", "2 errors found."),
        ("w", "1 warning found."),
        ("eww", "1 error and 2 warnings found."),
    ],
)
def test_the_count(severities: str, words: str) -> None:
    rules = {"e": RULE, "w": Rule("r", "s", "h", "warning")}
    assert report.count(breach(rules[one], Place("a"), "m") for one in severities) == words


def test_an_annotation_for_github() -> None:
    place = Place("a,b:c%.yaml", 3, 4)
    said = report.as_github([problem(place, "50% of:\r\nthis, that", record="dafne")])
    assert said == (
        "::error file=a%2Cb%3Ac%25.yaml,line=3,col=4,title=some-rule::dafne: 50%25 of:%0D%0Athis, that Mend it."
    )


@settings(deadline=None)
@given(st.lists(st.text(), max_size=3))
def test_an_annotation_takes_one_line(messages: list[str]) -> None:
    said = report.as_github([problem(Place(message), message, help=message) for message in messages])
    lines = said.split("\n") if messages else []
    assert len(lines) == len(messages)
    assert all(re.fullmatch(r"::error file=[^\n,:]*,line=1,col=1,title=some-rule::[^\n]*", line) for line in lines)


def test_a_second_place_is_named_in_every_form() -> None:
    twice = problem(Place("a.yaml", 2, 3), related=Related(Place("b.yaml", 7, 8), "first used here"))
    assert "[some-rule]\n    b.yaml:7:8: first used here\n    Mend it.\n" in report.as_text([twice], {})
    assert "::something is wrong (b.yaml:7: first used here) Mend it." in report.as_github([twice])


def test_what_does_not_block_is_a_notice() -> None:
    first, second = problem(Place("a.yaml")), problem(Place("b.yaml"))
    said = report.as_github([first, second], [second]).split("\n")
    assert [line.partition(" ")[0] for line in said] == ["::error", "::notice"]
    told = json.loads(report.as_json([first, second], [second]))
    assert [one["blocking"] for one in told] == [False, True]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0, 0, 0), "No problems found."),
        ((3, 0, 0), "3 problems in what you changed block."),
        ((3, 0, 12), "3 problems in what you changed block; 12 older problems elsewhere do not."),
        ((1, 1, 0), "1 problem in what you changed blocks; 1 more problem there does not."),
        (
            (1, 2, 1),
            "1 problem in what you changed blocks; 2 more problems there and 1 older problem elsewhere do not.",
        ),
        ((0, 0, 1), "Nothing in what you changed blocks; 1 older problem elsewhere does not."),
        ((0, 1, 2), "Nothing in what you changed blocks; 1 problem there and 2 older problems elsewhere do not."),
    ],
)
def test_the_count_of_a_change(numbers: tuple[int, int, int], words: str) -> None:
    assert report.compared(*numbers) == words


def test_nothing_for_github() -> None:
    assert report.as_github([]) == ""


def test_json() -> None:
    related = Related(Place("b.yaml", 7, 8), "first used here")
    rule = Rule("r", "s", "Do.", "warning")
    warning = breach(rule, Place("é.yaml", 2, 3, 4), 'a "b"', record="dafne", related=related)
    said = report.as_json([warning, problem(Place("a"))])
    assert json.loads(said) == [
        {
            "file": "é.yaml",
            "line": 2,
            "column": 3,
            "severity": "warning",
            "rule": "r",
            "record": "dafne",
            "message": 'a "b"',
            "help": "Do.",
            "related": {"file": "b.yaml", "line": 7, "column": 8, "what": "first used here"},
            "blocking": False,
        },
        {
            "file": "a",
            "line": 1,
            "column": 1,
            "severity": "error",
            "rule": "some-rule",
            "record": None,
            "message": "something is wrong",
            "help": "Mend it.",
            "related": None,
            "blocking": True,
        },
    ]
    keys = ["file", "line", "column", "severity", "rule", "record", "message", "help", "related", "blocking"]
    assert list(json.loads(said)[0]) == keys
    assert "é" in said
    assert json.loads(report.as_json([])) == []


def test_the_manual_has_a_heading_for_each_rule() -> None:
    said = report.manual(house.RULES)
    assert re.findall(r"^## (.*)$", said, re.MULTILINE) == [rule.id for rule in house.RULES]
    assert len({rule.id for rule in house.RULES}) == len(house.RULES)
    for rule in house.RULES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
        assert f"*{rule.severity.capitalize()}.* {rule.sentence}" in said
        assert (f"{rule.sentence} It depends on the day, so it never blocks" in said) == (rule.goes_by == "day")
        assert rule.sentence.endswith((".", ":"))
        assert rule.help.endswith((".", "`"))


def test_a_page_as_a_markdown_file() -> None:
    made = Page("/a/", "a.md", "prose", 'A "quoted": title', "Ä", pack("\n<p>Words</p>\n"), ())
    said = report.as_markdown(made)
    front = said.split("---\n")
    assert json.loads(front[1]) == {"title": 'A "quoted": title', "description": "Ä"}
    assert front[2] == "\n<p>Words</p>\n"


@pytest.mark.parametrize(
    ("word", "choices", "question"),
    [
        ("titel", ["title", "added"], " Did you mean 'title'?"),
        ("TITLE", ["Title"], " Did you mean 'Title'?"),
        ("xyz", ["title"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_choice(word: str, choices: list[str], question: str) -> None:
    assert did_you_mean(word, choices) == question
