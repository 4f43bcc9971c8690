"""What `python3 scripts bench` prints of what it measured."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.bench import plot
from tests.bench.builds import CHECK, FROM_JSON, OURS, PARSED, SERVED, Contestant, Cost, run, table, verdicts

MEASURED = {
    1_000: {OURS: Cost(10, 9, 150_000_000, 0), SERVED: Cost(0.9, 0, 0, 0)},
    10_000: {
        OURS: Cost(120, 110, 800_000_000, 200_000_000),
        FROM_JSON: Cost(60, 90, 0, 0),
        CHECK: Cost(90, 90, 0, 0),
        PARSED: Cost(10, 10, 0, 0),
    },
}


def test_an_aim_that_is_missed_says_so() -> None:
    assert [line for line in verdicts(MEASURED) if line.endswith("| met |")] == [
        f"| {OURS}: at most 2 times {FROM_JSON} | 2 times | met |",
        f"| {SERVED}: at most 1 s at 1,000 records | 0.90 s | met |",
    ]
    assert [line for line in verdicts(MEASURED) if line.endswith("| missed |")] == [
        f"| {CHECK}: at most 2 times {PARSED} | 9 times | missed |",
        f"| {OURS}: at most 400 MB of memory | 800 MB | missed |",
        f"| {OURS}: 10,000 records at most 11 times 1,000 | 12 times | missed |",
    ]


def test_aims_are_asked_at_the_size_for_which_they_are_set() -> None:
    largest = MEASURED | {100_000: {OURS: Cost(1_100, 1_100, 8_000_000_000, 0), FROM_JSON: Cost(100, 100, 0, 0)}}
    grown = f"| {OURS}: 100,000 records at most 11 times 10,000 | 9.2 times | met |"
    assert [*verdicts(largest)] == [*verdicts(MEASURED), grown]


def test_each_cost_is_compared_with_ours() -> None:
    assert f"| 10,000 | {FROM_JSON} | 60.00 s | 0.5 | 90.00 s |  |  |" in table(MEASURED)


def test_every_line_is_drawn_and_named() -> None:
    names = [f"number {number}" for number in range(14)]
    picture = fromstring(plot.log_log({name: {1: 1.0, 10: 9.0} for name in names}, "records", "seconds"))
    words = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert set(names) <= {*words}
    assert len([*picture.iterfind("{http://www.w3.org/2000/svg}path[@stroke-width]")]) == len(names)


def test_a_program_is_not_charged_with_the_memory_of_the_one_that_measures(tmp_path: Path) -> None:
    held = b"held" * 50_000_000
    cost = run(Contestant("small", (sys.executable, "-S", "-c", "print('Nothing')"), "."), tmp_path)
    assert 1_000_000 < cost.memory < 100_000_000 < len(held)
    assert 0 < cost.cpu < 60
    assert 0 < cost.wall < 60


def test_a_program_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError, match="broken ended with 7"):
        run(Contestant("broken", (sys.executable, "-S", "-c", "raise SystemExit(7)"), "."), tmp_path)


def test_a_program_that_does_not_end_is_broken_off(tmp_path: Path) -> None:
    endless = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
    with pytest.raises(ChildProcessError, match="endless did not end within 1 s"):
        run(Contestant("endless", endless, "."), tmp_path, limit=1.0)
