"""The table that Lighthouse's reports make. No test here runs Lighthouse, for it needs Node."""

from __future__ import annotations

import json

import pytest

from tests.bench import lighthouse
from tests.bench.lighthouse import CATEGORIES, FIGURES, Report


def report(performance: float, **audits: float) -> str:
    """A report with this score of performance, of whose audits some count."""
    refs = [{"id": name, "weight": 3} for name in audits]
    modes = {name: {"score": score, "scoreDisplayMode": "binary"} for name, score in audits.items()}
    figures = {name: {"displayValue": f"{place}\xa0s"} for place, name in enumerate(FIGURES)}
    categories = {name: {"score": 1, "auditRefs": []} for name in CATEGORIES}
    categories["performance"] = {
        "score": performance,
        "auditRefs": [*refs, {"id": "largest-contentful-paint", "weight": 0}],
    }
    return json.dumps({"lighthouseVersion": "12.0", "categories": categories, "audits": modes | figures})


def test_a_report_is_read() -> None:
    assert lighthouse.read(report(0.97, lang=1, names=0)) == Report(
        "12.0", (97, 100, 100, 100), ("0 s", "1 s", "2 s", "3 s"), frozenset({"names"})
    )


def test_the_look_in_the_middle_counts() -> None:
    looks = [lighthouse.read(report(score)) for score in (0.91, 1, 0.98, 0.95)]
    assert lighthouse.middle(looks).scores[0] == 95


def test_the_table_has_a_line_for_each_kind() -> None:
    said = lighthouse.table({"home": lighthouse.read(report(1)), "case": lighthouse.read(report(0.9, names=0))})
    assert said.splitlines()[2:] == [
        "| home | 100 | 100 | 100 | 100 | 0 s | 1 s | 2 s | 3 s |  |",
        "| case | 90 | 100 | 100 | 100 | 0 s | 1 s | 2 s | 3 s | names |",
    ]


def test_a_score_below_100_is_missed() -> None:
    found = {"home": lighthouse.read(report(1)), "case": lighthouse.read(report(0.994))}
    assert [*lighthouse.missed(found)] == ["case: performance has 99, and 100 is the aim."]


def test_without_lighthouse_it_says_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert lighthouse.main(["--program", "no-such-program"]) == 1
    assert "npm install --global lighthouse" in capsys.readouterr().err
