"""What a build costs, beside what people would take instead: `python3 scripts bench`.

One run makes the same records as sources of every generator, builds each site in a process of its own, and prints two
tables in Markdown: what each cost, and which aims were met. Every number in them is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from statistics import median

from tests.bench import plot, records, sites

SIZES = (150, 1_000, 10_000)
FEW = 1_000
"""Up to so many records each is run several times."""
TIMES = 3
PROGRAMS = Path(sys.executable).parent
WITHOUT_INDEX = """\
import kb.site
kb.site.search.index = lambda *given: ()
from kb.cli import main
main()
"""
PARSE = """\
import sys
from pathlib import Path
import yaml
from bibtexparser.entrypoint import parse_string
for name in sys.argv[1:]:
    text = Path(name).read_text(encoding="utf-8")
    parse_string(text, parse_stack=[]) if name.endswith(".bib") else yaml.load(text, Loader=yaml.CSafeLoader)
"""
ADAPTER = """\
{{ range hugo.Data.pages }}
{{ $content := dict "mediaType" "text/html" "value" .content }}
{{ $.AddPage (dict "kind" "page" "path" .path "title" .title "content" $content "params" (dict "about" .about)) }}
{{ end }}
"""
HUGO = {
    "baseURL": "https://commons.example/",
    "disableKinds": ["home", "section", "taxonomy", "term", "RSS", "sitemap"],
    "security": {"allowContent": ["^text/(html|markdown)$"]},
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, seconds of all processors, the most memory in bytes, and the bytes of what was made."""

    wall: float
    cpu: float
    memory: int
    size: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command that is run in a folder, and where its site is; none if it makes none."""

    name: str
    command: Sequence[str]
    folder: str
    site: str = ""


OURS, AGAIN, CHECK, PARSED = "kb build", "kb build, a second time", "kb check", "the bare C parse of the same files"
FROM_JSON, MATERIAL, ZENSICAL = "Hugo, from JSON", "MkDocs with Material", "Zensical"
RAW = "writing the same bytes"


def contestants(folder: Path) -> tuple[Contestant, ...]:
    """Everybody, in the order in which they run; the first makes the site that others are measured by."""
    kb, python = str(PROGRAMS / "kb"), sys.executable
    built = ("build", "--config", "mkdocs.yml", "--folder", "../site")
    files = [str(path) for path in sorted((folder / "ours").rglob("*")) if path.suffix in {".yaml", ".bib"}]
    return (
        Contestant(OURS, (kb, *built), "ours", "site"),
        Contestant(AGAIN, (kb, *built), "ours", "site"),
        Contestant("kb build without the search", (python, "-c", WITHOUT_INDEX, *built), "ours", "site"),
        Contestant(FROM_JSON, ("hugo", "--quiet", "--destination", "../out"), "hugo-json", "out"),
        Contestant("Hugo, from Markdown", ("hugo", "--quiet", "--destination", "../out"), "hugo-markdown", "out"),
        Contestant(MATERIAL, (str(PROGRAMS / "mkdocs"), "build", "--quiet"), "plain", "plain/site"),
        Contestant(ZENSICAL, (str(PROGRAMS / "zensical"), "build"), "plain", "plain/site"),
        Contestant(CHECK, (kb, "check", "--config", "mkdocs.yml"), "ours"),
        Contestant(PARSED, (python, "-c", PARSE, *files), "ours"),
    )


# --- what they are made of ------------------------------------------------------------------------------------
def prepare(folder: Path, number: int) -> None:
    """Write the sources of every generator: the others get the pages that ours makes of the records, or their words."""
    (folder / "ours").mkdir(parents=True)
    records.write(folder / "ours", number)
    config = sites.mkdocs(folder / "ours" / "mkdocs.yml", folder / "site")
    site = config.plugins["kb"].site
    entries = [(page, page.entry) for page in site.pages if page.entry]
    sites.write_material(folder / "plain", entries)
    one = next(page for page in site.pages if page.kind == "term")
    whole = (folder / "site" / one.address.strip("/") / "index.html").read_text(encoding="utf-8")
    shell = whole.replace(one.body, "{{ .Content }}").replace(escape(one.title), "{{ .Title }}")
    shell = shell.replace(escape(one.description), "{{ .Params.about }}")
    pages = [
        {
            "path": page.address.strip("/") or "home",
            "title": page.title,
            "about": page.description,
            "content": page.body,
        }
        for page in site.pages
    ]
    for name in ("hugo-json", "hugo-markdown"):
        _write(folder / name / "hugo.json", json.dumps(HUGO))
        _write(folder / name / "layouts" / "page.html", shell)
    _write(folder / "hugo-json" / "data" / "pages.json", json.dumps(pages))
    _write(folder / "hugo-json" / "content" / "_content.gotmpl", ADAPTER)
    for page, entry in entries:
        front = json.dumps({"title": page.title, "about": page.description})
        path = folder / "hugo-markdown" / "content" / f"{page.address.strip('/') or 'home'}.md"
        _write(path, "\n\n".join([front, *sites.paragraphs(entry)]) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- what is measured -----------------------------------------------------------------------------------------
def measure(folder: Path, number: int, say: Callable[[str], None]) -> Mapping[str, Cost]:
    """What each contestant cost; those that are not installed are left out, and that is said."""
    say(f"{number:,} records: preparing")
    sites.apart(prepare, folder, number)
    costs: dict[str, Cost] = {}
    for one in contestants(folder):
        if shutil.which(one.command[0], path=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}") is None:
            say(f"{one.name} is not installed")
            continue
        say(f"{number:,} records: {one.name}")
        if one.site and one.name != AGAIN:
            shutil.rmtree(folder / one.site, ignore_errors=True)
        runs = [run(one, folder) for _ in range(TIMES if number <= FEW else 1)]
        costs[one.name] = _middle(runs)
        if one.name == AGAIN:
            costs[RAW] = _middle([_raw(folder / "site", folder / "raw") for _ in range(TIMES)])
    return costs


def run(one: Contestant, folder: Path) -> Cost:
    """Run a command to its end. Raises ChildProcessError if it fails."""
    environment = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "NO_MKDOCS_2_WARNING": "1"}
    begun = time.perf_counter()
    child = subprocess.Popen(
        one.command, cwd=folder / one.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    if child.returncode:
        raise ChildProcessError(f"{one.name} ended with {child.returncode} in {folder / one.folder}")
    unit = 1 if sys.platform == "darwin" else 1_024
    size = sum(len(text) for text in _texts(folder / one.site).values()) if one.site else 0
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit, size)


def _texts(folder: Path) -> Mapping[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _raw(site: Path, folder: Path) -> Cost:
    """What it costs to write the files of a site that are in memory already."""
    texts = _texts(site)
    shutil.rmtree(folder, ignore_errors=True)
    begun, before = time.perf_counter(), time.process_time()
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return Cost(time.perf_counter() - begun, time.process_time() - before, 0, sum(map(len, texts.values())))


def _middle(runs: Sequence[Cost]) -> Cost:
    return Cost(
        median(one.wall for one in runs),
        median(one.cpu for one in runs),
        max(one.memory for one in runs),
        runs[-1].size,
    )


# --- the tables -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Aim:
    """What one may cost at most, as a multiple of what another costs."""

    one: str
    other: str
    most: float


AIMS = (
    Aim(OURS, FROM_JSON, 2),
    Aim(AGAIN, FROM_JSON, 1),
    Aim(OURS, MATERIAL, 1 / 5),
    Aim(OURS, ZENSICAL, 1 / 10),
    Aim(CHECK, PARSED, 2),
)
MEMORY = 400_000_000
GROWTH = 11
"""How many times as long a build may take of ten times as many records."""


def table(measured: Mapping[int, Mapping[str, Cost]]) -> Iterator[str]:
    yield "| records | | by the clock | × ours | processors | memory | site |"
    yield "|--:|---|--:|--:|--:|--:|--:|"
    for number, costs in measured.items():
        for name, cost in costs.items():
            times = f"{cost.wall / costs[OURS].wall:.2g}"
            memory = f"{cost.memory / 1e6:,.0f} MB" if cost.memory else ""
            size = f"{cost.size / 1e6:,.1f} MB" if cost.size else ""
            yield f"| {number:,} | {name} | {cost.wall:,.2f} s | {times} | {cost.cpu:,.2f} s | {memory} | {size} |"


def verdicts(measured: Mapping[int, Mapping[str, Cost]]) -> Iterator[str]:
    """Whether the aims are met at the largest size, which is compared with the one before."""
    yield "| aim | measured | |"
    yield "|---|--:|---|"
    *_, largest = measured
    costs = measured[largest]
    for aim in AIMS:
        if aim.other in costs:
            times = costs[aim.one].wall / costs[aim.other].wall
            yield _verdict(
                f"{aim.one}: at most {aim.most:.2g} times {aim.other}", f"{times:.2g} times", times <= aim.most
            )
    memory = costs[OURS].memory
    yield _verdict(f"{OURS}: at most {MEMORY / 1e6:.0f} MB of memory", f"{memory / 1e6:,.0f} MB", memory <= MEMORY)
    for before in [number for number in measured if number * 10 == largest]:
        times = costs[OURS].wall / measured[before][OURS].wall
        what = f"{OURS}: {largest:,} records at most {GROWTH} times {before:,}"
        yield _verdict(what, f"{times:.2g} times", times <= GROWTH)


def _verdict(aim: str, measured: str, met: bool) -> str:
    return f"| {aim} | {measured} | {'met' if met else 'missed'} |"


def head(load: str) -> str:
    names = {"MkDocs": "mkdocs", "Material": "mkdocs-material", "Zensical": "zensical", "Hugo": "hugo"}
    used = ", ".join(f"{name} {version(package)}" for name, package in names.items() if _has(package))
    return (
        f"{used}, Python {sys.version.partition(' ')[0]}; {os.cpu_count()} cores{load}. Up to {FEW:,} records the"
        f" middle of {TIMES} runs, above that one run. Memory is the most that one process took.\n"
    )


def _has(package: str) -> bool:
    try:
        return bool(version(package))
    except ModuleNotFoundError:
        return False


# --- the command ------------------------------------------------------------------------------------------------
def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 scripts bench", description=__doc__)
    every = ",".join(map(str, SIZES))
    parser.add_argument("--records", type=records.sizes, default=every, help="how many, such as 150,1000 (%(default)s)")
    parser.add_argument("--plot", type=Path, help="draw how the times grow, as an SVG file of this name")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> None:
    chosen = arguments(given)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:4.0f} s  {text}", file=sys.stderr)

    load = f", {os.getloadavg()[0]:.1f} processes waiting before"
    with tempfile.TemporaryDirectory() as passing:
        measured = {number: measure(Path(passing) / str(number), number, say) for number in chosen.records}
    print("\n".join([head(load), *table(measured), "", *verdicts(measured)]))
    if chosen.plot:
        lines = {
            name: {n: costs[name].wall for n, costs in measured.items() if name in costs}
            for name in measured[max(measured)]
        }
        chosen.plot.write_text(plot.log_log(lines, "records", "seconds"), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
