"""`kb new`, `kb format` and `kb schema` as a person meets them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import yaml

from kb.model import KINDS, SECTIONS, Record
from kb.write import forms
from tests import test_cli
from tests.test_cli import Run

kb, toy = test_cli.kb, test_cli.toy

TERM = ("--set", "title=Ready: steady", "--set", "summary=What it is.", "--set", "definition=It means that.")


class Input(io.TextIOWrapper):
    """What somebody types, on a terminal or not."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    typed = Input(io.BytesIO("".join(f"{line}\n" for line in lines).encode()))
    typed.terminal = bool(lines)
    monkeypatch.setattr(sys, "stdin", typed)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types unless a test says so."""
    types(monkeypatch)


def record(root: Path, id: str) -> dict[str, object]:
    for path in (root / "resources.yaml", *(root / "resources").glob("*.yaml")):
        for records in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            for one in records:
                if isinstance(one, dict) and one["id"] == id:
                    return dict(one)
    pytest.fail(f"there is no {id}")


# --- new --------------------------------------------------------------------------------------------------------
def test_a_record_is_written_without_a_question(toy: Path, kb: Run) -> None:
    ended = kb("new", "term", *TERM)
    assert (ended.code, ended.err) == (0, "")
    assert "The term 'ready-steady' is written to resources/" in ended.out
    assert "Nothing is wrong with it." in ended.out
    made = record(toy, "ready-steady")
    assert made["title"] == "Ready: steady"
    assert made["review_by"] > made["added"]  # type: ignore[operator]  # both are days
    assert kb("check").code == 0


def test_what_is_still_needed_is_said_at_once(toy: Path, kb: Run) -> None:
    before = {path: path.read_bytes() for path in toy.rglob("*.yaml")}
    ended = kb("new", "term", "--set", "title=A")
    assert ended.code == 2
    assert "Still needed: summary, definition. Say each with --set" in ended.err
    assert {path: path.read_bytes() for path in toy.rglob("*.yaml")} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "term", "--set", "titel=A"), "'titel' is not a field that is asked here. Did you mean 'title'?"),
        (("new", "term", "--set", "title"), "--set needs FIELD=VALUE"),
        (("new", "term", "--id", "timebank", *TERM), "There is a record with the id 'timebank' already."),
        (("new", "organisation", "--set", "countries=Nowhere"), "'Nowhere' is not one of: "),
        (("new", "tern"), "'tern' is not one of"),
    ],
)
def test_a_wrong_flag_is_one_sentence(
    toy: Path,
    kb: Run,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    if "timebank" in arguments:
        arguments = tuple(_some_id(toy) if one == "timebank" else one for one in arguments)
        said = said.replace("timebank", _some_id(toy))
    ended = kb(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def _some_id(root: Path) -> str:
    for path in sorted((root / "resources").glob("*.yaml")):
        for name, records in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if name == "terms":
                return str(records[0]["id"])
    raise AssertionError


def test_on_a_terminal_only_what_is_needed_is_asked(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, "Tea Round", "They bring tea.", "Nowhere", "Toyland", "", "A club", "It began it.")
    ended = kb("new", "organisation")
    assert ended.code == 0, ended
    assert "'Nowhere' is not one of: " in ended.out
    made = record(toy, "tea-round")
    assert made["countries"] == ["toyland"]
    assert "url" not in made


def test_nested_fields_are_asked_part_by_part(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["A claim", "What is claimed.", "That it helps."]
    finding = ["It was seen.", "ashe2012timebank", "n", "n"]
    types(monkeypatch, *answers, *finding, *finding)
    ended = kb("new", "outcome", "--id", "claim")
    assert ended.code == 0, ended
    supports = record(toy, "claim")["supports"]
    assert supports == [{"text": "It was seen.", "sources": [{"cite": "ashe2012timebank"}]}]


def test_problems_of_the_new_record_are_shown_and_it_is_kept(toy: Path, kb: Run) -> None:
    ended = kb("new", "term", "--id", "x", "--set", "title=X", "--set", "summary=S.", "--set", "definition=[a][nobody]")
    assert ended.code == 0
    assert "[known-records]" in ended.out
    assert record(toy, "x")["definition"] == "[a][nobody]"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_the_questions_of_a_kind_are_its_required_fields(kind: type[Record]) -> None:
    asked = {one.name for one in forms.questions(f"{kind.kind}s", ()) if one.needed}
    required = {name for name, field in SECTIONS[f"{kind.kind}s"].model_fields.items() if field.is_required()}
    assert required - asked == {"id", "added", "review_by"}


@pytest.mark.parametrize(
    ("title", "id"),
    [("What is Co-production?", "what-is-co-production"), ("Café", "cafe"), ("…", ""), ("A " * 20, "a-a-a-a-a-a-a-a")],
)
def test_an_id_is_made_of_the_title(title: str, id: str) -> None:
    assert forms.new_id(title) == id


# --- format -----------------------------------------------------------------------------------------------------
def test_files_are_put_into_form_once(toy: Path, kb: Run) -> None:
    kb("format")
    (toy / "resources" / "zz.yaml").write_text("terms:\n  - title: B\n    id: b\n\n\n  - id: a\n    title: A\n")
    looked = kb("format", "--check")
    assert (looked.code, looked.out) == (1, "resources/zz.yaml is not in form.\n")
    assert kb("format").out == "resources/zz.yaml is put into form.\n"
    text = (toy / "resources" / "zz.yaml").read_text()
    assert text == "terms:\n  - id: a\n    title: A\n\n  - id: b\n    title: B\n"
    assert kb("format", "--check").out == "All data files are in form.\n"


def test_a_broken_file_is_left_as_it_is(toy: Path, kb: Run) -> None:
    kb("format")
    broken = 'terms:\n  - id: "a\n'
    (toy / "resources" / "zz.yaml").write_text(broken + "  - id: b\n    title: B\n")
    ended = kb("format")
    assert ended.code == 1
    assert ended.err == "resources/zz.yaml is too broken to be put into form. `kb check` says what is wrong with it.\n"
    assert (toy / "resources" / "zz.yaml").read_text().startswith(broken)


# --- schema -----------------------------------------------------------------------------------------------------
def test_the_schema_is_printed(toy: Path, kb: Run) -> None:
    made = json.loads(kb("schema").out)
    assert set(made["properties"]) == {"include", *SECTIONS}
