"""The benchmark of the search: the records it makes, and the table it prints. No test here asks for a time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import mean

import pytest

from kb import house
from kb.read import Layout, read
from kb.render import Settings
from tests.bench import records
from tests.bench.search import CONTESTANTS, arguments

ROOT = Path(__file__).parent.parent
FEW = 150


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


# --- records ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    records.write(folder, FEW)
    return folder


def test_the_same_seed_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    (tmp_path / "other").mkdir()
    records.write(tmp_path / "again", FEW)
    records.write(tmp_path / "other", FEW, seed=2)
    assert files(tmp_path / "again") == files(made)
    assert files(tmp_path / "other") != files(made)


def test_they_are_sound_and_as_many_as_were_wanted(made: Path) -> None:
    result = house.run(house.Community(Layout(made), Settings("Generated")), date(2026, 11, 23))
    assert result.problems == ()
    shown = [page for page in result.site.pages if page.entry and page.entry.kind not in {"list", "page"}]
    assert len(shown) == FEW


@pytest.mark.parametrize("number", [FEW, 1_000, 100_000])
def test_kinds_are_in_the_proportions_of_life(number: int) -> None:
    real = records.real()
    counts = records.counts(real, number)
    lifelike = {kind: len(patterns) for kind, patterns in real.kinds.items()} | {"reference": len(real.works)}
    assert sum(counts.values()) == number
    for kind, count in counts.items():
        assert count == pytest.approx(number * lifelike[kind] / sum(lifelike.values()), abs=len(counts))


def test_they_are_as_long_as_was_said(tmp_path: Path) -> None:
    number = 1_000
    records.write(tmp_path, number)
    sources = read(Layout(tmp_path))
    lengths = [
        sum(len(text.split()) for _, text in records.texts(written.record.model_dump(exclude_unset=True)))
        for written in sources.records
        if written.record and written.kind != "vocabulary"
    ]
    lengths += [
        len(f"{one.reference.full_title} {one.reference.annotation}".split())
        for one in sources.literature
        if one.reference
    ]
    assert len(lengths) == number
    assert mean(lengths) == pytest.approx(records.WORDS, rel=0.1)


def test_too_few_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        records.counts(records.real(), records.FEWEST - 1)


def test_every_number_has_a_word_of_its_own() -> None:
    words = [records.spelled(number) for number in range(30_000)]
    assert len(set(words)) == len(words)
    assert all(re.fullmatch("[a-z]+", word) for word in words)


# --- the contestants --------------------------------------------------------------------------------
def test_pagefind_waits_as_long_for_the_next_key_as_we_do() -> None:
    sources = ("scripts/kb/theme/assets/dialog.js", "tests/bench/pagefind/search.js")
    pauses = {re.findall(r"const PAUSE = (\d+);", (ROOT / name).read_text(encoding="utf-8"))[0] for name in sources}
    assert len(pauses) == 1


# --- the table --------------------------------------------------------------------------------------
def test_every_size_is_measured_unless_others_are_named() -> None:
    assert arguments([]).records == list(records.SIZES)
    assert arguments(["--records", "1000,150"]).records == [150, 1000]


@pytest.mark.parametrize("wrong", ["few", "0", "150,"])
def test_sizes_that_cannot_be_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--records", wrong])
    assert "--records" in capsys.readouterr().err


def test_the_command_prints_what_each_contestant_costs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.search", "--records", str(FEW), "--queries", "1"]
    run = subprocess.run(
        [*command, "--folder", str(tmp_path / "sites")],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in run.stdout.splitlines() if line[:1] == "|"
    ]
    (measure, _, *names, _), _, *rows = lines
    assert names == [who.name for who in CONTESTANTS]
    table = {row[0]: dict(zip(names, row[2:], strict=False)) for row in rows}
    assert measure == "measure"
    assert table["fetched before the box is focused"]["ours"] == "0 B"
    assert table["queries of 1 that found something"] == dict.fromkeys(names, "1")
    for part in (": fetched", ": requests", ", this computer", ", fast 4G"):
        assert all(re.match(r"[\d,.]+", cell) for cell in table[f"first query{part}"].values()), part
    for row, cells in table.items():
        facets = row.startswith(("Explore", "facet click"))
        assert (cells["Material"] == "none") is facets, row
        assert "none" not in cells["ours"] + cells["Pagefind"]
