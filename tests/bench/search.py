"""What a search costs a reader, beside stock Material and Pagefind: `python3 scripts bench-search`.

One run makes the sites, searches them in Chromium and prints a table in Markdown; every number in it is measured.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from tests.bench import records, sites
from tests.bench.measure import FAST_4G, HERE, Contestant, Cost, Place, Visitor, served
from tests.bench.records import SIZES
from tests.bench.sites import Built

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
NETWORKS = (HERE, FAST_4G)
CLICKS = 3
"""Values of facets that are clicked, each on and off."""
FURTHER = 1
"""Queries after the first, on one page."""

OURS = Contestant(
    name="ours",
    folder="ours",
    key="Control+k",
    box="#kb-words",
    place=Place(
        "[data-kb-sheet]", "[data-kb-found] a", "[data-kb-sheet] [data-kb-told]", "Nothing here has these words"
    ),
    explore="explore/",
    explored=Place(
        within="[data-kb-explore]",
        found="[data-kb-results] a",
        told="[data-kb-explore] [data-kb-told], [data-kb-facet][open] .kb-facet__count",
        none="Nothing here fits",
    ),
    facets="[data-kb-facet][open] li:nth-child(-n+2) input",
)
MATERIAL = Contestant(
    name="Material",
    folder="material",
    key="",
    box="[data-md-component=search-query]",
    place=Place(
        within="[data-md-component=search-result]",
        found=".md-search-result__link",
        told=".md-search-result__meta",
        none="No matching documents",
    ),
)
PAGEFIND = Contestant(
    name="Pagefind",
    folder="pagefind",
    key="",
    box="[data-words]",
    place=Place("main", "[data-found] a", "[data-told]", "Nothing found"),
    explore="?explore",
    explored=Place("main", "[data-found] a", "[data-told], [data-facets] label", "Nothing found"),
    facets="[data-facet]:nth-child(-n+3) label:nth-child(-n+2) input",
)
CONTESTANTS = (OURS, MATERIAL, PAGEFIND)


# --- what is measured ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Measured:
    """What one site cost. Each query was the first once, on each network in turn; the others followed on its page."""

    scripts: int
    before: int
    first: dict[str, list[Cost]]
    further: dict[str, list[Cost]]
    explored: dict[str, Cost]
    clicked: dict[str, list[Cost]]


def measure(browser: Browser, built: Built, who: Contestant, queries: int, say: Callable[[str], None]) -> Measured:
    asked = list(built.queries.values())
    with served(Path(built.folder) / who.folder) as server:
        visitor = Visitor(browser, server, who)
        scripts, before = visitor.before()
        measured = Measured(scripts, before, {}, {}, {}, {})
        for network in NETWORKS:
            say(f"{built.records:,} records: {who.name}, {network.name}")
            server.network = network
            visits = [visitor.search((asked[place:] + asked[:place])[: 1 + FURTHER]) for place in range(queries)]
            measured.first[network.name] = [first for first, *_ in visits]
            measured.further[network.name] = [cost for _, *further in visits for cost in further]
            if who.explore:
                first, clicks = visitor.explore(CLICKS)
                measured.explored[network.name], measured.clicked[network.name] = first, clicks
        return measured


# --- the table ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Row:
    """One measure: what it is called, how a number of it is written, and what it was for each contestant.

    That is the middle and the worst of several, or None if there is no such thing. `most` is what ours may be at the
    largest size. `compared` says whether it means something that one is several times another.
    """

    name: str
    written: Callable[[float], str]
    values: Sequence[tuple[float, float] | None]
    most: float | None = None
    compared: bool = True


def rows(built: Built, measured: Sequence[Measured]) -> Iterator[Row]:
    names = [who.folder for who in CONTESTANTS]
    yield Row("fetched before the box is focused", _size, [(one.before, one.before) for one in measured], 0)
    yield Row("scripts that every page names", _size, [(one.scripts, one.scripts) for one in measured])
    first = [one.first[HERE.name] for one in measured]
    yield Row("first query: fetched", _size, [_of(costs, "size") for costs in first], 200_000)
    yield Row("first query: requests", _number, [_of(costs, "requests") for costs in first])
    for network in NETWORKS:
        costs = [one.first[network.name] for one in measured]
        yield Row(f"first query, {network.name}", _time, [_of(one, "milliseconds") for one in costs], 1_000)
    further = [one.further[HERE.name] for one in measured]
    yield Row("further query: fetched", _size, [_of(costs, "size") for costs in further])
    for network in NETWORKS:
        costs = [one.further[network.name] for one in measured]
        most = 200 if network is HERE else None
        yield Row(f"further query, {network.name}", _time, [_of(one, "milliseconds") for one in costs], most)
    found = [sum(bool(cost.found) for cost in costs) for costs in first]
    values = [(number, number) for number in found]
    yield Row(f"queries of {len(first[0])} that found something", _number, values, compared=False)
    explored = [[one.explored[HERE.name]] if one.explored else [] for one in measured]
    yield Row("Explore, first view: fetched", _size, [_of(costs, "size") for costs in explored])
    for network in NETWORKS:
        costs = [[one.explored[network.name]] if one.explored else [] for one in measured]
        yield Row(f"Explore, first view, {network.name}", _time, [_of(one, "milliseconds") for one in costs])
    clicked = [one.clicked.get(HERE.name, []) for one in measured]
    yield Row("facet click: fetched", _size, [_of(costs, "size") for costs in clicked])
    for network in NETWORKS:
        costs = [one.clicked.get(network.name, []) for one in measured]
        most = 100 if network is HERE else None
        yield Row(f"facet click, until counts stand, {network.name}", _time, [_of(one, "told") for one in costs], most)
        yield Row(f"facet click, {network.name}", _time, [_of(one, "milliseconds") for one in costs], most)
    yield Row("index on disk", _size, [(built.size[name], built.size[name]) for name in names])
    yield Row("index: files", _number, [(built.files[name], built.files[name]) for name in names])
    yield Row("index: time to make it", _seconds, [(built.seconds[name], built.seconds[name]) for name in names])


def _of(costs: Sequence[Cost], field: str) -> tuple[float, float] | None:
    values = [getattr(cost, field) for cost in costs]
    return (median(values), max(values)) if values else None


def _size(number: float) -> str:
    if number < 1_000:
        return f"{number:.0f} B"
    return f"{number / 1_000:,.0f} kB" if number < 10_000_000 else f"{number / 1_000_000:,.1f} MB"


def _number(number: float) -> str:
    return f"{number:,.0f}"


def _time(number: float) -> str:
    return f"{number:,.0f} ms"


def _seconds(number: float) -> str:
    return f"{number:.1f} s"


def line(row: Row, records: int, largest: bool) -> str:
    cells = [_cell(row, value) for value in row.values]
    return f"| {row.name} | {records:,} | {' | '.join(cells)} | {_verdict(row) if largest else ''} |"


def _cell(row: Row, value: tuple[float, float] | None) -> str:
    if value is None:
        return "none"
    text = row.written(value[0])
    if row.written(value[1]) != text:
        text += f" (worst {row.written(value[1])})"
    ours = row.values[0]
    if value is row.values[0] or not ours or not ours[0] or not row.compared:
        return text
    return f"{text} ×{value[0] / ours[0]:.2g}"


def _verdict(row: Row) -> str:
    if row.most is None or row.values[0] is None:
        return ""
    middle, worst = row.values[0]
    said = "met" if worst <= row.most else "met, not by the worst" if middle <= row.most else "missed"
    return f"{row.written(row.most)}: {said}"


def head(browser: Browser, built: Built, load: str) -> str:
    versions = sites.versions()
    asked = "; ".join(f"{sort}: “{query}”" for sort, query in built.queries.items())
    slow = FAST_4G
    return (
        f"Material {versions['material']}, Pagefind {versions['pagefind']}, Chromium {browser.version};"
        f" {os.cpu_count()} cores{load}. The middle of all runs, and the worst where it differs; ×"
        f" is how many times ours. Times are from the last key or click until the answer stands on the page;"
        f" “{slow.name}” is {slow.delay * 1_000:.0f} ms for each answer and {slow.speed * 8 / 1e6:.0f} Mbit/s for all,"
        f" six answers at a time, as HTTP/1.1 has it."
        f" Asked at {built.records:,} records: {asked}.\n"
    )


# --- the command ------------------------------------------------------------------------------------------------------
def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 scripts bench-search", description=__doc__)
    every = ",".join(map(str, SIZES))
    parser.add_argument("--records", type=records.sizes, default=every, help="how many, such as 150,1000 (%(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the sites there for the next run")
    parser.add_argument("--queries", type=int, default=5, help="how many of the queries to ask (%(default)s)")
    return parser.parse_args(given)


def run(sizes: Sequence[int], folder: Path, queries: int, say: Callable[[str], None]) -> str:
    """The table of sites of these sizes, which are built in a folder."""
    load = f", {os.getloadavg()[0]:.1f} processes waiting before" if hasattr(os, "getloadavg") else ""
    built = [sites.build(folder / str(size), size, say) for size in sizes]
    lines: dict[str, list[str]] = {}
    with sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=os.environ.get("KB_CHROMIUM") or shutil.which("chromium"), args=list(FLAGS)
        )
        for one in built:
            measured = [measure(browser, one, who, queries, say) for who in CONTESTANTS]
            for row in rows(one, measured):
                lines.setdefault(row.name, []).append(line(row, one.records, one is built[-1]))
        told = head(browser, built[-1], load)
        browser.close()
    names = " | ".join(who.name for who in CONTESTANTS)
    top = f"| measure | records | {names} | aim for ours |\n|---|--:|{'--:|' * len(CONTESTANTS)}---|"
    return "\n".join([told, top, *(text for those in lines.values() for text in those)])


def main(given: Sequence[str]) -> None:
    chosen = arguments(given)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:4.0f} s  {text}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as passing:
        print(run(chosen.records, chosen.folder or Path(passing), chosen.queries, say))


if __name__ == "__main__":
    main(sys.argv[1:])
