"""The JSON Schema says what the checks say, as far as one file can tell."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from kb import house
from kb.model import Vocabulary
from kb.read import Layout, read
from kb.schema import schema
from tests.conftest import ROOT
from tests.test_cases import CASES, SOUND, TODAY, lay

SHAPE = {
    *("known-keys", "required-fields", "right-types", "quoted-text", "closed-choices", "known-values", "id-form"),
    *("language-tags", "not-empty", "reasonable-nesting"),
}
"""The rules that say what one value in one file may be: the schema must agree with each."""
PARTLY = {"web-addresses", "included-files"}
"""Rules that look into texts or at other files too: the schema may agree."""
UNREADABLE = (yaml.YAMLError, UnicodeDecodeError, AttributeError, ValueError, RecursionError)
DATA = [ROOT / "resources.yaml", *sorted((ROOT / "resources").glob("*.yaml"))]


def of(root: Path) -> dict[str, Any]:
    """The schema of a community, as an editor reads it."""
    vocabularies = [one.record for one in read(Layout(root)).records if isinstance(one.record, Vocabulary)]
    return dict(json.loads(json.dumps(schema(vocabularies))))


def as_json(value: object) -> object:
    """What YAML says, as JSON has it: days are texts."""
    if isinstance(value, dict):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def faults(made: dict[str, Any], text: str) -> list[str]:
    checker = Draft202012Validator(made, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(as_json(yaml.safe_load(text)))]


def test_the_schema_in_the_repository_is_that_of_the_model() -> None:
    assert json.loads((ROOT / "schema.json").read_text(encoding="utf-8")) == of(ROOT)
    Draft202012Validator.check_schema(of(ROOT))


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_our_own_data_keep_to_it_and_name_it_in_their_first_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert faults(of(ROOT), text) == []
    named = text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == ROOT / "schema.json"


def test_it_explains_each_field_and_offers_the_values_of_each_vocabulary() -> None:
    made = of(ROOT)
    resource = made["$defs"]["Resource"]["properties"]
    assert [name for name, field in resource.items() if not field.get("description")] == []
    topics = resource["topics"]["items"]
    assert "power" in topics["enum"]
    assert len(topics["enum"]) == len(topics["markdownEnumDescriptions"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_schema_and_checks_come_to_the_same_verdict(case: Path, tmp_path: Path) -> None:
    root = tmp_path / "community"
    result = house.run(lay(case, root), TODAY)
    made = of(SOUND)
    for path in sorted((case / "input").rglob("*.yaml")):
        name = path.relative_to(case / "input").as_posix()
        said = {problem.rule for problem in result.problems if problem.place.file == name}
        try:
            found = faults(made, (root / name).read_text(encoding="utf-8"))
        except UNREADABLE:
            assert said, f"{name} cannot be read, and nothing says so"
            continue
        if found or not said & PARTLY:
            assert bool(found) == bool(said & (SHAPE | PARTLY)), (said, found[:3])
