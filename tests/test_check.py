"""Forms of identifiers, one by one: what is taken and what is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest

from kb import check
from kb.check import forms
from kb.check.rules import Known
from kb.literature import Reference, normal_address
from kb.problem import Place
from kb.read import Layout, read
from kb.source import Cited, Sources

TODAY = date(2026, 11, 23)


def isbn_is_taken(isbn: str) -> bool:
    work = Reference("key", "book", "", isbn=isbn)
    sources = Sources(literature=(Cited("key", Place("references.bib"), MappingProxyType({}), work),))
    return not list(forms.isbn_form(Known(sources, TODAY)))


@pytest.mark.parametrize(
    ("isbn", "is_taken"),
    [
        ("978-1-906461-39-3", True),
        ("9781906461393", True),
        ("978-1-906461-39-4", False),
        ("0-19-852663-6", True),
        ("0-8044-2957-X", True),
        ("0-8044-2957-1", False),
        ("12345", False),
        ("978-1-906461-39-3, 0-8044-2957-X", True),
    ],
)
def test_an_isbn_agrees_with_its_last_digit(isbn: str, is_taken: bool) -> None:
    assert isbn_is_taken(isbn) == is_taken


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/guide",
        "https://www.example.org/guide/",
        "https://EXAMPLE.org/guide#part",
        "https://example.org/guide?utm_source=letter",
    ],
)
def test_one_page_has_one_address(other: str) -> None:
    assert normal_address(other) == normal_address("https://example.org/guide")


def test_other_pages_have_others() -> None:
    assert normal_address("https://example.org/?idea=a") != normal_address("https://example.org/?idea=b")


def test_where_no_data_could_be_read_nothing_is_said_of_what_refers_to_it(tmp_path: Path) -> None:
    (tmp_path / "resources.yaml").write_text("include: [gone.yaml]\nterms:\n  - id: kettle\n", encoding="utf-8")
    (tmp_path / "references.bib").write_text("@misc{a, title = {A}, keywords = {power}}", encoding="utf-8")
    sources = read(Layout(tmp_path))
    said = {problem.rule for problem in (*sources.problems, *check.check(sources, TODAY).problems)}
    assert said == {"included-files", "required-fields"}
