"""What Lighthouse says of a page of every kind: `python3 scripts bench-lighthouse`.

Lighthouse needs Node, which nothing else here does: only this command asks for it. It looks as it does by itself: as a
telephone of the middle range on a slow network, simulated. The server compresses, as hosts do. The command ends with 1
where a score is below 100.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from tests.bench.measure import served
from tests.conftest import chromium, mkdocs_build, read_pages
from tests.test_browser import KINDS, example_of

CATEGORIES = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "best practices",
    "seo": "SEO",
}
FIGURES = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
}
LOOKED_AT = [kind for kind in KINDS if kind != "lost"]
"""The server that compresses has no page for a wrong address."""
HELP = "Lighthouse is not here: type `npm install --global lighthouse`, then the same line again."


@dataclass(frozen=True, slots=True)
class Report:
    """What one look said: scores of 100, the figures behind the first of them in words, and what was found wanting."""

    version: str
    scores: tuple[int, ...]
    figures: tuple[str, ...]
    wanting: frozenset[str]


def read(text: str) -> Report:
    """A report of Lighthouse in JSON."""
    found = json.loads(text)
    scores = tuple(round(100 * found["categories"][name]["score"]) for name in CATEGORIES)
    figures = tuple(found["audits"][name]["displayValue"].replace("\xa0", " ") for name in FIGURES)
    counted = {ref["id"] for one in found["categories"].values() for ref in one["auditRefs"] if ref["weight"]}
    wanting = (name for name in counted if (found["audits"][name]["score"] or 0) < 0.9)
    judged = frozenset(name for name in wanting if found["audits"][name]["scoreDisplayMode"] in {"binary", "numeric"})
    return Report(found["lighthouseVersion"], scores, figures, judged)


def look(program: str, address: str) -> Report:
    """One look at a page, in a browser of its own."""
    flags = f"--chrome-flags={' '.join(('--headless', '--no-sandbox', '--disable-gpu'))}"
    command = [program, address, "--quiet", "--output=json", flags, f"--only-categories={','.join(CATEGORIES)}"]
    done = subprocess.run(
        command,
        env=os.environ | {"CHROME_PATH": chromium()},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return read(done.stdout)


def middle(reports: Sequence[Report]) -> Report:
    """The report whose performance is in the middle; of two, the lower."""
    score = median_low(report.scores[0] for report in reports)
    return next(report for report in reports if report.scores[0] == score)


def table(found: dict[str, Report]) -> str:
    """The reports in Markdown, a line for each kind of page."""
    heads = ("kind of page", *CATEGORIES.values(), *FIGURES.values(), "wanting")
    lines = [f"| {' | '.join(heads)} |", f"|---|{'--:|' * (len(heads) - 2)}---|"]
    for kind, report in found.items():
        cells = (kind, *map(str, report.scores), *report.figures, ", ".join(sorted(report.wanting)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def missed(found: dict[str, Report]) -> Iterator[str]:
    """Every score that is not 100, in words."""
    for kind, report in found.items():
        for category, score in zip(CATEGORIES.values(), report.scores, strict=True):
            if score < 100:
                yield f"{kind}: {category} has {score}, and 100 is the aim."


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 scripts bench-lighthouse", description=__doc__)
    parser.add_argument("--program", default="lighthouse", help="the program of Lighthouse (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="looks at each page, of which one counts (%(default)s)")
    parser.add_argument("--kinds", nargs="*", default=LOOKED_AT, choices=LOOKED_AT, help="kinds of page (all)")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> int:
    chosen = arguments(given)
    program = shutil.which(chosen.program)
    if program is None:
        print(HELP, file=sys.stderr)
        return 1
    found = {}
    load = f", {os.getloadavg()[0]:.1f} processes waiting before" if hasattr(os, "getloadavg") else ""
    with tempfile.TemporaryDirectory() as passing:
        mkdocs_build(site := Path(passing) / "site")
        pages = read_pages(site)
        with served(site) as server:
            for kind in chosen.kinds:
                print(kind, file=sys.stderr)
                address = server.address + example_of(pages, kind).lstrip("/")
                found[kind] = middle([look(program, address) for _ in range(chosen.runs)])
    print(
        f"Lighthouse {next(iter(found.values())).version}; looks at each page: {chosen.runs}{load}.\n\n{table(found)}"
    )
    wanting = list(missed(found))
    for line in wanting:
        print(line, file=sys.stderr)
    return 1 if wanting else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
