"""The real knowledge base: it keeps every rule, holds what it should, and claims no more than its sources."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from markupsafe import Markup
from pydantic import BaseModel, ValidationError

from kb import house, model, report
from kb.house import Community, Result
from kb.model import KINDS, SECTIONS, Case, Pathway, Record
from kb.read import Layout
from kb.render import Settings

ROOT = Path(__file__).parent.parent


@cache
def whole() -> Result:
    return house.run(Community(Layout(ROOT), Settings("Co-production Commons")), date(2026, 11, 23), strict=True)


def of(kind: type[Record]) -> list[Record]:
    return [written.record for written in whole().sources.records if isinstance(written.record, kind)]


def test_the_real_data_keeps_every_rule() -> None:
    assert report.as_text(whole().problems, whole().sources.texts) == "No problems found."


def test_nothing_of_the_fact_base_is_missing() -> None:
    counted = Counter(written.kind for written in whole().sources.records)
    least = {
        "resource": 60, "case": 34, "framework": 9, "principle": 46, "outcome": 7, "term": 40, "organisation": 37,
        "pathway": 6,
    }  # fmt: skip
    assert {kind: number for kind, number in least.items() if counted[kind] < number} == {}
    assert len(whole().sources.literature) >= 130


def test_every_record_and_work_has_a_page() -> None:
    addresses = {page.address for page in whole().site.pages}
    expected = {f"/{record.folder}/{record.id}/" for kind in KINDS for record in of(kind)}
    expected |= {f"/references/{cited.key}/" for cited in whole().sources.literature}
    assert expected - addresses == set()


def test_no_page_says_that_co_production_is_proven() -> None:
    claim = re.compile(r"co-?production (?:is|has been) (?:proven|shown|known) to work|proven to work", re.IGNORECASE)
    denial = re.compile(r"\b(?:no|not|nobody|never|nor|whether|cannot)\b[^.]*$", re.IGNORECASE)
    claimed = {
        (page.address, found.group())
        for page in whole().site.pages
        for text in [Markup(page.body).striptags()]
        for found in claim.finditer(text)
        if not denial.search(text[: found.start()])
    }
    assert claimed == set()


def test_every_finding_names_its_source() -> None:
    findings = [one for case in of(Case) if isinstance(case, Case) for one in case.results]
    assert findings
    assert all(finding.sources for finding in findings)


def test_every_exercise_is_written_out() -> None:
    exercises = [step for one in of(Pathway) if isinstance(one, Pathway) for step in one.steps if step.item is None]
    assert exercises
    assert min(len(step.task.split()) for step in exercises) > 80
    assert all(step.facilitator for step in exercises)


def every_part(kind: type[BaseModel]) -> dict[str, str | None]:
    return {f"{kind.__name__}.{name}": info.description for name, info in kind.model_fields.items()}


def test_every_field_is_documented() -> None:
    parts = [one for one in vars(model).values() if isinstance(one, type) and issubclass(one, model.Value)]
    assert set(SECTIONS.values()) <= set(parts)
    undocumented = [name for part in parts for name, text in every_part(part).items() if not text]
    assert undocumented == []


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        of(Case)[0].title = "Another"
