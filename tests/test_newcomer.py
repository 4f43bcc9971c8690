"""Mistakes of people who meet YAML and git for the first time, and the first thing that they read then."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from kb import house, report
from kb.house import Community, Result
from kb.problem import Problem
from kb.read import Layout
from kb.render import Settings

SOUND = Path(__file__).parent / "community"
MAIN, CASES, BOOKS = "resources.yaml", "resources/cases.yaml", "references.bib"
POSTER = "title: The lost poster"
SUMMARY = "    summary: A poster of which no copy is left.\n"
PUBLISHER = "    publisher: Toy Town Films\n"
GUIDE = "https://he.example.org/guide"
AUDIT = "- cite: toytown2015audit\n          - cite: lindqvist2016hours\n"
BEANS = "      - text: The beans came up.\n        sources:\n          - cite: yamada2018beans\n"
CONFLICT = f"<<<<<<< HEAD\n{PUBLISHER}=======\n    publisher: Toy Films\n>>>>>>> my-change\n"
COLON = "a colon followed by a space begins a value; put the whole text in quotes [yaml-syntax]"


class Slip(NamedTuple):
    """A slip of the pen: `old` became `new`; the first line then said, and words that its help must have."""

    name: str
    file: str
    old: str
    new: str
    said: str
    help: str
    problems: int = 1


SLIPS = [
    Slip(
        "forgot a closing quote",
        CASES,
        "40 neighbours: Toy Town'",
        "40 neighbours: Toy Town",
        "resources/cases.yaml:53:13: error: a quote that opens here does not close [yaml-syntax]",
        "quotes that close",
    ),
    Slip(
        "indented with a tab",
        MAIN,
        PUBLISHER,
        f"\t{PUBLISHER.lstrip()}",
        "resources.yaml:47:1: error: the line is indented with a tab [no-tabs]",
        "Replace the tab",
    ),
    Slip(
        "colon in a title",
        MAIN,
        POSTER,
        "title: Poster: lost",
        f"resources.yaml:91:18: error: {COLON}",
        'Write the line so: title: "Poster: lost"',
    ),
    Slip(
        "one space too many",
        MAIN,
        PUBLISHER,
        f" {PUBLISHER}",
        "resources.yaml:47:6: error: this line is indented differently from its neighbours [yaml-syntax]",
        "indentation",
    ),
    Slip(
        "misspelt key",
        MAIN,
        "    publisher: Toy",
        "    publihser: Toy",
        "resources.yaml:47:5: error: tea-and-toast: "
        "'publihser' is not a key of a resource. Did you mean 'publisher'? [known-keys]",
        "The keys here are: ",
    ),
    Slip(
        "misspelt topic",
        MAIN,
        "[sharing, play]",
        "[shareing, play]",
        "resources.yaml:11:14: error: toy-handbook: 'shareing' is not a topic. Did you mean 'sharing'? [known-values]",
        "Choose from: play, sharing.",
    ),
    Slip(
        "wrong status",
        MAIN,
        "status: draft",
        "status: unfinished",
        "resources.yaml:107:13: error: next-year: 'unfinished' is not a choice for 'status'. [closed-choices]",
        "Choose from: draft, published",
    ),
    Slip(
        "forgot the dash of an item",
        CASES,
        "- They sowed",
        "They sowed",
        "resources/cases.yaml:72:7: error: toy-garden: "
        "'They sowed beans.' will not do: 'what_was_done' must be a list: a line for each, beginning with '- '"
        " [right-types]",
        "Write the line so: what_was_done: [They sowed beans.]",
    ),
    Slip(
        "forgot the dash of a record",
        MAIN,
        "  - id: lost-poster",
        "    id: lost-poster",
        "resources.yaml:90:5: error: the key 'id' stands here a second time [unique-keys]",
        "If a new record begins here, write '- ' in front of it.",
    ),
    Slip(
        "curly quotes",
        MAIN,
        POSTER,
        "title: “Poster: lost”",
        "resources.yaml:91:19: error: a colon followed by a space begins a value; put the whole text in quotes "
        "(curly quotes are none to YAML: type straight ones) [yaml-syntax]",
        'Write the line so: title: "Poster: lost"',
    ),
    Slip(
        "left out the summary",
        MAIN,
        SUMMARY,
        "",
        "resources.yaml:90:5: error: lost-poster: 'summary' is missing [required-fields]",
        "Add `summary:`. What it is",
    ),
    Slip(
        "day as in Britain",
        MAIN,
        "reviewed: 2026-11-20",
        "reviewed: 20/11/2026",
        "resources.yaml:41:15: error: toy-handbook: "
        "'20/11/2026' will not do: 'reviewed' must be a day, such as 2026-11-23, without quotes [right-types]",
        "Write the line so: reviewed: 2026-11-20",
    ),
    Slip(
        "doi without its address",
        MAIN,
        GUIDE,
        "doi.org/10.5555/toy.2012.8",
        "resources.yaml:66:10: error: hebrew-guide: "
        "'doi.org/10.5555/toy.2012.8' does not begin with http:// or https:// [web-addresses]",
        "Copy the whole address",
    ),
    Slip(
        "address of a person",
        MAIN,
        GUIDE,
        "guide@example.org",
        "resources.yaml:66:10: error: hebrew-guide: "
        "'guide@example.org' does not begin with http:// or https:// [web-addresses]",
        "This is an address of e-mail",
    ),
    Slip(
        "address without https",
        MAIN,
        GUIDE,
        "www.example.org/guide",
        "resources.yaml:66:10: error: hebrew-guide: "
        "'www.example.org/guide' does not begin with http:// or https:// [web-addresses]",
        "Copy the whole address",
    ),
    Slip(
        "unknown citation key",
        CASES,
        AUDIT,
        AUDIT.replace("2015", "2014"),
        "resources/cases.yaml:30:19: error: toy-time-bank: "
        "'toytown2014audit' is not in the bibliography. Did you mean 'toytown2015audit'? [known-citations]",
        "add the work to the bibliography",
    ),
    Slip(
        "capitals in an id",
        MAIN,
        "- id: tea-and-toast",
        "- id: Tea-and-Toast",
        "resources.yaml:32:13: error: toy-handbook: "
        "'Tea-and-Toast' is not the id of a record. Did you mean 'tea-and-toast'? [known-records]",
        "Correct the id",
    ),
    Slip(
        "summary of 80 words",
        MAIN,
        SUMMARY,
        SUMMARY.replace(".", " word" * 72 + "."),
        "resources.yaml:92:14: error: lost-poster: the summary has 80 words [short-summary]",
        "one or two sentences",
    ),
    Slip(
        "copied and pasted",
        MAIN,
        "- id: hebrew-guide",
        "- id: tea-and-toast",
        "resources.yaml:63:9: error: tea-and-toast: 'tea-and-toast' is already the id of a resource [unique-ids]",
        "Choose another id",
    ),
    Slip(
        "result without a source",
        CASES,
        BEANS,
        BEANS.partition("        sources")[0].replace("up.", "up [@yamada2018beans]."),
        "resources/cases.yaml:74:9: error: toy-garden: an item of 'results' has no source [findings-have-sources]",
        "Add `sources:` with `- cite:`",
    ),
    Slip(
        "conflict of git",
        MAIN,
        PUBLISHER,
        CONFLICT,
        "resources.yaml:47:1: error: git could not join two versions here [no-conflicts]",
        "Keep the lines that should stand",
    ),
]


def run(slip: Slip, root: Path) -> Result:
    shutil.copytree(SOUND, root)
    text = (root / slip.file).read_text(encoding="utf-8")
    assert slip.old in text
    (root / slip.file).write_text(text.replace(slip.old, slip.new, 1), encoding="utf-8", newline="\n")
    return house.run(Community(Layout(root), Settings("Toy Commons")), date(2026, 11, 23))


def first_line(problem: Problem) -> str:
    return report.as_text([problem], {}).splitlines()[0]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_said_where_it_is_and_how_to_mend_it(slip: Slip, tmp_path: Path) -> None:
    first, *others = run(slip, tmp_path / "community").problems
    assert first_line(first) == slip.said
    assert slip.help in first.help
    assert len(others) == slip.problems - 1


def test_a_doi_may_be_pasted_as_an_address(tmp_path: Path) -> None:
    pasted = Slip("", BOOKS, "{10.5555/toy.2012.7}", "{https://doi.org/10.5555/toy.2012.7}", "", "")
    result = run(pasted, tmp_path / "community")
    work = result.sources.literature[0].reference
    assert result.problems == ()
    assert work
    assert work.doi == "10.5555/toy.2012.7"


def test_a_number_sign_takes_nothing_away_in_silence(tmp_path: Path) -> None:
    slip = Slip("", MAIN, POSTER, "title: Poster #1", "", "")
    said = first_line(run(slip, tmp_path / "community").problems[0])
    assert said == (
        "resources.yaml:91:19: warning: '#1' is read as a remark and not as part of the value [no-lost-words]"
    )
