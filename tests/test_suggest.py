"""Issues that suggest a resource, from recorded payloads: a record of plain text, or a sentence that says why not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb import cli, house, read, report, site
from kb import suggest as suggestions
from kb.forge import Suggestion
from kb.problem import is_unseen
from kb.read.issues import read_form, read_issue
from kb.write import block, forms, inserted
from tests import make
from tests.conftest import ROOT
from tests.test_cli import Run, kb

__all__ = ["kb"]

EVENTS = Path(__file__).parent / "events"
FORM = read_form(ROOT / ".github/ISSUE_TEMPLATE/suggest-resource.yml")
TAKEN = "taken-already"
DATA = f"""\
include: [vocabularies.yaml]

# the resources
resources:
  - id: a-first
    title: The first

  # a remark on this one
  - id: {TAKEN}
    title: Taken

  - id: z-last
    title: "The: last"
"""
Suggest = Callable[..., Suggestion]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the lists of the real one, and few records: sick ones, of which no suggestion may speak."""
    root = tmp_path / "project"
    lists = (ROOT / "resources/vocabularies.yaml").read_text(encoding="utf-8")
    make.write(root, {"resources.yaml": DATA, "vocabularies.yaml": lists, "references.bib": "", "docs/a.md": ""})
    return make.write(root, {"mkdocs.yml": make.CONFIGURATION, cli.FORM: (ROOT / cli.FORM).read_text(encoding="utf-8")})


@pytest.fixture
def suggest(project: Path, tmp_path: Path) -> Suggest:
    """What becomes of a recorded event, with some words of its issue replaced by others."""

    def made(name: str, *others: tuple[str, str]) -> Suggestion:
        event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
        for old, new in others:
            assert old in event["issue"]["body"]
            event["issue"]["body"] = event["issue"]["body"].replace(old, new)
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        community = site.community(str(project / "mkdocs.yml"))
        return house.suggest(community, read_issue(tmp_path / "event.json"), FORM, make.TODAY)

    return made


def body(name: str) -> str:
    return str(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))["issue"]["body"])


def asked(name: str, label: str) -> str:
    """What was written under a heading, as its author meant it."""
    found = re.search(
        rf"### {re.escape(label)}\s*\n\n(.*?)(?=\n\n### (?:What|Where|Who|Why|Can|Was|If|Lic)|\Z)", body(name), re.S
    )
    assert found
    return "\n".join(line.rstrip() for line in found[1].expandtabs(4).strip().split("\n"))


def record(made: Suggestion) -> dict[str, Any]:
    (one,) = yaml.safe_load(made.record)
    return dict(one)


# --- a record ---------------------------------------------------------------------------------------------------
def test_a_whole_answer_is_a_sound_record(suggest: Suggest) -> None:
    made = suggest("complete")
    assert (made.refusals, made.missing, made.problems) == ((), (), ())
    one = record(made)
    assert one["topics"] == ["power", "typology"]
    assert one["co_produced"] == {"with_whom": "Six patients and two clerks", "how": "The patients chose what to ask."}
    assert one["cost"] == "free"
    assert made.branch == "suggestion-41"
    assert "The checks find nothing wrong with it." in report.answer(made)
    assert report.offer(made).startswith("A suggestion from the form. Closes #41.\n")


def test_what_was_left_empty_is_asked_for_in_the_words_of_the_form(suggest: Suggest) -> None:
    made = suggest("minimal")
    assert made.missing == ("What does it not do, or where should a reader be careful?",)
    assert made.problems == ()
    assert "- What does it not do, or where should a reader be careful?\n" in report.answer(made)


def test_windows_line_ends_and_dois_are_understood(suggest: Suggest) -> None:
    assert suggest("crlf").record == suggest("minimal").record
    assert record(suggest("doi"))["url"] == "https://doi.org/10.1000/xyz.123"


HOSTILE = ("expressions", "backticks", "document-markers", "yaml-tags", "comments", "headings", "mentions", "emoji")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_plain_text(suggest: Suggest, name: str) -> None:
    made = suggest(name)
    assert made.refusals == ()
    one = record(made)
    assert one["title"] == asked(name, "What is it called?")
    assert one["summary"] == asked(name, "What is it, in a sentence or two?")
    assert one["why_useful"] == asked(name, "Why is it useful?")
    assert re.fullmatch(r"[a-z0-9-]+", made.id)
    assert set(one) <= {"id", "title", "summary", "url", "type", "topics", "audiences", "cost", "why_useful", "limits",
                        "added", "review_by"}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_the_file_around_the_record_stays_byte_for_byte(suggest: Suggest, name: str) -> None:
    made = suggest(name)
    before, after = DATA, made.text
    assert made.file == "resources.yaml"
    assert after.count(made.record) == 1
    assert after.replace(f"{made.record}\n", "", 1) == before or after.replace(f"\n{made.record}", "", 1) == before
    ids = [one["id"] for one in yaml.safe_load(after)["resources"]]
    assert sorted(ids) == sorted([*(one["id"] for one in yaml.safe_load(before)["resources"]), made.id])


@pytest.mark.parametrize("name", HOSTILE)
def test_the_answer_shows_it_as_code_and_nothing_else(suggest: Suggest, name: str) -> None:
    for said in (report.answer(suggest(name)), report.offer(suggest(name))):
        outside = re.sub(r"^(`{3,})yaml\n.*?^\1$", "", said, flags=re.S | re.M)
        outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
        assert not re.search(r"@|#(?!41\b)|://|<(?!!-- kb-suggestion -->)|`", outside)
        assert outside.count("<!--") == said.startswith("<!-- kb-suggestion -->\n")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("C", "Zl", "Zp"))), min_size=1, max_size=4))
def test_whatever_is_answered_comes_back_from_the_file(lines: list[str]) -> None:
    form = [one for one in FORM if one.route in {("title",), ("why_useful",)}]
    said = "\n".join(lines)
    given_answers, refused = suggestions.answers(f"### {form[0].label}\n\nTea\n\n### {form[1].label}\n\n{said}", form)
    if not refused:
        values = forms.filled(forms.questions("resources", ()), given_answers)
        text = inserted("resources:\n  - id: a\n    title: A\n", "resources", block("resources", {"id": "b", **values}))
        first, second = yaml.safe_load(text)["resources"]
        assert first == {"id": "a", "title": "A"}
        assert set(second) == {"id", "title", "why_useful"}
        assert second["why_useful"].split() == given_answers[1].texts[0].split()


def test_an_id_that_is_taken_gets_the_number_of_the_issue(suggest: Suggest) -> None:
    assert suggest("complete", ("Tea for two boards", "Taken: already?")).id == f"{TAKEN}-41"


def test_what_may_be_there_already_is_named(suggest: Suggest) -> None:
    said = report.answer(suggest("complete", ("Tea for two boards", "The: last!")))
    assert "Perhaps we have it already:\n\n- `The: last` has nearly the same title\n" in said
    assert "nothing wrong" not in said


def test_problems_are_told_as_sentences(suggest: Suggest) -> None:
    wrong = " ".join(f"[@octocat{number}] [@octocat{number}]" for number in range(30))
    address = ("https://boards.example.org/tea", "in a drawer, @octocat")
    said = report.answer(suggest("complete", ("It says nothing of money.", wrong), address))
    told = said.partition("To look at:\n\n")[2]
    assert told.startswith("- `'in a drawer, @octocat' does not begin with http")
    assert told.count("\n- ") == 19
    assert "\n\nAnd 11 more.\n" in told
    assert "@" not in re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", told)


# --- no record --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("empty", ["This issue was not written with the form, or its headings were changed. Please use the form."]),
        ("free-text", ["This issue was not written with the form, or its headings were changed. Please use the form."]),
        (
            "bidi",
            [
                "“What is it called?” holds signs that nobody can see (U+202C, U+202E). "
                "Please type the answer anew without them.",
                "“Why is it useful?” holds signs that nobody can see (U+2066, U+2069). "
                "Please type the answer anew without them.",
            ],
        ),
        (
            "zero-width",
            [
                "“What is it, in a sentence or two?” holds signs that nobody can see (U+00AD, U+200B, U+FEFF). "
                "Please type the answer anew without them."
            ],
        ),
        (
            "control-signs",
            [
                "“What is it called?” holds signs that nobody can see (U+0000, U+0007). "
                "Please type the answer anew without them.",
                "“What is it, in a sentence or two?” holds signs that nobody can see (U+2028, U+D83D). "
                "Please type the answer anew without them.",
            ],
        ),
        (
            "heading-twice",
            ["The heading “Where can it be found?” stands 2 times. Please leave it once, above one answer."],
        ),
        ("no-consent", ["Under “Licence”, please tick the box. Without it we may not use your words."]),
        (
            "unanswered",
            ["“What is it called?” has no answer. We need one.", "“What is it about?” has no answer. We need one."],
        ),
        (
            "unknown-choice",
            [
                "“What is it about?” holds an answer that is not on its list. Please choose from the list.",
                "“Who is it for?” holds an answer that is not on its list. Please choose from the list.",
            ],
        ),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_sentence(suggest: Suggest, name: str, sentences: list[str]) -> None:
    made = suggest(name)
    assert list(made.refusals) == sentences
    assert (made.record, made.text) == ("", "")
    assert all(f"\n- {sentence}\n" in report.answer(made) for sentence in sentences)


def test_64_kb_are_refused_in_a_short_answer(suggest: Suggest) -> None:
    made = suggest("complete", ("It says nothing of money.", "money " * 10_600))
    label = "What does it not do, or where should a reader be careful?"
    assert made.refusals == (f"“{label}” has 63,599 characters. Please keep it to 3,000.",)
    assert len(report.answer(made)) < 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "event.json is not an event of an issue."),
        ("[]", "event.json is not an event of an issue."),
        ('{"issue": {"number": true, "body": ""}}', "event.json tells no number and body of an issue."),
        ('{"issue": {"number": 1, "body": 7}}', "event.json tells no number and body of an issue."),
        (" " * 2_000_001, "event.json is too large for an event of an issue."),
    ],
)
def test_what_is_no_event_is_the_callers_fault(
    project: Path, tmp_path: Path, kb: Run, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(project)
    (tmp_path / "event.json").write_text(text, encoding="utf-8")
    ended = kb("suggest", str(tmp_path / "event.json"), "--into", str(tmp_path / "made"))
    assert (ended.code, ended.out, ended.err) == (2, "", f"{said}\n")
    assert not (tmp_path / "made").exists()


def test_data_that_git_could_not_join_is_not_added_to(suggest: Suggest, project: Path) -> None:
    make.write(project, {"resources.yaml": f"<<<<<<< mine\n=======\n>>>>>>> theirs\n{DATA}"})
    made = suggest("complete")
    assert made.refusals == ("The data of this project cannot be read at present. An editor has to mend it first.",)
    assert made.record == ""


def test_a_choice_that_the_data_does_not_know_is_refused(suggest: Suggest, project: Path) -> None:
    lists = (project / "vocabularies.yaml").read_text(encoding="utf-8")
    make.write(
        project, {"vocabularies.yaml": lists.replace("label: Power", "label: Might").replace("id: power", "id: might")}
    )
    (sentence,) = suggest("complete").refusals
    assert sentence.startswith("'Power' is not one of: ")


# --- the command and the form -----------------------------------------------------------------------------------
def test_the_command_writes_texts_and_prints_no_word_of_the_issue(
    project: Path, tmp_path: Path, kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    made = tmp_path / "made"
    ended = kb("suggest", str(EVENTS / "expressions.json"), "--into", str(made))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "The record 'github-token-and-rm-rf' was made.\n"
    files = {file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file()}
    assert files == {"answer.md", "title.txt", "pull-request.md", "files/resources.yaml"}
    assert (made / "title.txt").read_text() == "Add the suggested resource github-token-and-rm-rf"
    again = kb("suggest", str(EVENTS / "expressions.json"), "--into", str(made))
    assert again.code == 2
    assert "is not empty" in again.err
    refused = kb("suggest", str(EVENTS / "bidi.json"), "--into", str(tmp_path / "refused"))
    assert refused.out == "No record was made; answer.md says why.\n"
    assert [file.name for file in (tmp_path / "refused").iterdir()] == ["answer.md"]


def test_the_form_asks_for_fields_of_a_resource_and_offers_its_lists() -> None:
    community = site.community(str(ROOT / "mkdocs.yml"))
    known = house.vocabularies(read.read(community.layout))
    fields = {one.route[0] for one in FORM if one.route}
    questions = {one.name: one for one in forms.questions("resources", known, fields)}
    assert fields <= set(questions)
    assert {name for name, one in questions.items() if one.needed} <= fields
    for field in FORM:
        if field.route and field.options:
            offered = [label.casefold() for _, label in questions[field.route[0]].choices]
            assert sorted(option.casefold() for option in field.options) == sorted(offered)
    assert len({one.label for one in FORM}) == len(FORM)


def test_signs_that_nobody_can_see_are_told_from_those_that_make_emoji() -> None:
    assert [sign for sign in "a\n\t👩\u200d⚕️é\u202e\u2028\ufeff\u0007" if is_unseen(sign)] == [
        "\u202e", "\u2028", "\ufeff", "\u0007",
    ]  # fmt: skip
