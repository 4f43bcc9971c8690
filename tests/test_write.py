"""Data files put into form and added to: nothing lost, the same each time, easy to merge."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.model import SECTIONS
from kb.read import says_the_same
from kb.write import block, formatted, inserted
from tests.conftest import ROOT

DATA = [ROOT / "resources.yaml", *sorted((ROOT / "resources").glob("*.yaml"))]
MESSY = """\
# what this file is
terms:
  # about b
  - title: B$
    id: b
    # why it is so
    summary: >-
      One
      two # not a remark
    related:
    - id: a
      why: x


  - id: a
    added: 2026-11-23
    definition: |-
      # a heading, not a comment

      text
    title: "A"
    # the end of a
include: [x.yaml]
""".replace("$", "   ")
TIDY = """\
# what this file is
terms:
  - id: a
    title: "A"
    definition: |-
      # a heading, not a comment

      text
    added: 2026-11-23
    # the end of a

  # about b
  - id: b
    title: B
    # why it is so
    summary: >-
      One
      two # not a remark
    related:
    - id: a
      why: x

include: [x.yaml]
"""  # fmt: skip


# --- one form -------------------------------------------------------------------------------------------------
def test_a_messy_file_becomes_tidy_and_keeps_its_comments() -> None:
    assert formatted(MESSY) == TIDY
    assert says_the_same(MESSY, TIDY, "x.yaml")


def test_a_comment_above_a_key_that_comes_first_moves_with_it() -> None:
    text = "terms:\n  - title: A\n    # the id\n    id: a\n"
    assert formatted(text) == "terms:\n  # the id\n  - id: a\n    title: A\n"
    assert formatted(formatted(text)) == formatted(text)


@pytest.mark.parametrize(
    "text",
    [
        "terms:\n- id: a\n  title: A\n",
        "terms:\n    - id: a\n      title: A\n",
        "terms:\n  - {title: A, id: a}\n",
        "terms: []\n",
        "terms:\n",
        "# nothing else\n",
        "terms:\n  -\n    id: a\n",
        "vocabularies:\n  - id: b\n    title: B\n\n  - id: a\n    title: A\n",
        "unknown:\n  - z: 1\n  - a: 2\n",
    ],
)
def test_what_is_in_form_stays_as_it_is(text: str) -> None:
    assert formatted(text) == text


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_the_projects_own_data_are_in_form(path: Path) -> None:
    assert formatted(path.read_text(encoding="utf-8")) == path.read_text(encoding="utf-8")


@given(st.lists(st.sampled_from(MESSY.splitlines()), max_size=30))
@settings(deadline=None)
def test_no_line_is_ever_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    made = formatted(text)
    words = sorted(word for line in lines for word in line.replace("- ", " ").split())
    assert sorted(word for line in made.splitlines() for word in line.replace("- ", " ").split()) == words


@given(st.permutations([*MESSY.split("  # about b")[0].splitlines(), "  - id: c", "    title: C"]))
@settings(deadline=None)
def test_a_form_is_final(lines: list[str]) -> None:
    once = formatted("\n".join(lines))
    assert formatted(once) == once


# --- a new record -----------------------------------------------------------------------------------------------
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200).map(str.strip).filter(bool)


@given(title=VALUES, words=st.lists(VALUES, min_size=1, max_size=3), why=VALUES)
@settings(deadline=None)
def test_what_is_written_is_what_is_read(title: str, words: list[str], why: str) -> None:
    record = {"id": "a", "title": title, "synonyms": words, "related": [{"id": "b", "why": why}]}
    text = block("terms", {**record, "summary": "", "added": date(2026, 11, 23), "was": ()})
    [read] = yaml.safe_load("terms:\n" + text)["terms"]
    plain = {key: _joined(value) for key, value in record.items()}
    assert {key: _joined(value) for key, value in read.items()} == {**plain, "added": date(2026, 11, 23)}


def _joined(value: object) -> object:
    """A value with its spaces as one: long texts are folded, and folding joins them."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return [_joined(one) for one in value]
    return {key: _joined(one) for key, one in value.items()} if isinstance(value, dict) else value


def test_text_of_several_paragraphs_keeps_its_lines() -> None:
    text = block("terms", {"id": "a", "definition": "One.\n\nTwo: three."})
    assert text == "  - id: a\n    definition: |-\n      One.\n\n      Two: three.\n"
    assert yaml.safe_load("terms:\n" + text) == {"terms": [{"id": "a", "definition": "One.\n\nTwo: three."}]}


@pytest.mark.parametrize("id", ["aa", "mm", "zz"])
@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_a_new_record_stands_at_its_place_and_nothing_else_moves(path: Path, id: str) -> None:
    text = path.read_text(encoding="utf-8")
    for name in yaml.safe_load(text).keys() & SECTIONS.keys():
        made = inserted(text, name, block(name, {"id": id, "title": "New"}))
        assert formatted(made) == made
        assert len(yaml.safe_load(made)[name]) == len(yaml.safe_load(text)[name]) + 1
        kept = made.splitlines()
        for line in text.splitlines():
            kept = kept[kept.index(line) + 1 :]


def test_a_section_is_made_where_there_is_none() -> None:
    assert inserted("", "terms", block("terms", {"id": "a"})) == "terms:\n  - id: a\n"
    more = inserted("cases:\n  - id: b\n", "terms", block("terms", {"id": "a"}))
    assert more == "cases:\n  - id: b\n\nterms:\n  - id: a\n"


def test_a_record_follows_the_indentation_of_its_file() -> None:
    assert inserted("terms:\n- id: b\n", "terms", block("terms", {"id": "a", "title": "A"})) == (
        "terms:\n- id: a\n  title: A\n\n- id: b\n"
    )


# --- two people at once -------------------------------------------------------------------------------------------
def conflicts(texts: Sequence[str], base: str, folder: Path) -> float:
    """The share of pairs of changes to one file that git cannot merge by itself."""
    files = []
    for number, text in enumerate((base, *texts)):
        files.append(folder / f"{number}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    chance = random.Random(7)
    pairs = chance.sample([*combinations(files[1:], 2)], 300)
    failed = 0
    for one, other in pairs:
        ran = subprocess.run(["git", "merge-file", "-p", one, files[0], other], capture_output=True, check=False)
        failed += ran.returncode != 0
    return failed / len(pairs)


def test_two_people_who_add_entries_at_once_rarely_conflict(tmp_path: Path, record_property) -> None:
    base = (ROOT / "resources.yaml").read_text(encoding="utf-8")
    chance = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    records = []
    for _ in range(200):
        id = "-".join("".join(chance.choices(letters, k=chance.randint(3, 8))) for _ in range(3))
        records.append(block("resources", {"id": id, "title": id, "summary": "What it is.", "topics": ["power"]}))
    placed = conflicts([inserted(base, "resources", one) for one in records], base, tmp_path)
    appended = conflicts([f"{base}\n{one}" for one in records], base, tmp_path)
    record_property(
        "measured",
        f"200 additions to resources.yaml, 300 pairs merged: {placed:.1%} conflict at their places,"
        f" {appended:.1%} at the end of the file",
    )
    assert appended == 1.0
    assert placed < 0.05
