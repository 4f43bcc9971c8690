"""What a build costs, beside what people would take instead: `python3 scripts bench`.

One run makes the same records as sources of every generator, builds each site in a process of its own, and prints two
tables in Markdown: what each cost, and which aims were met. Every number in them is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from kb import house
from kb.site import community, today
from tests.bench import plot, records, sites

SIZES = (150, 1_000, 10_000, 100_000)
FEW, MANY = 1_000, 10_000
"""Up to so many records each is run several times; up to so many servers are run, and for so many aims are set."""
TIMES = 3
PAUSE, PATIENCE = 2.0, 900.0
"""Seconds between two edits, and until a server is given up."""
LIMIT = 1_800.0
"""Seconds after which a command is broken off."""
PROGRAMS = Path(sys.executable).parent
SUMMARY = re.compile(r'- id: "?([\w-]+)"?\n(?:    .*\n)*?    summary: "(\w+)')
WITHOUT_INDEX = """\
import kb.site
kb.site.search.index = lambda *given: ()
from kb.cli import main
main()
"""
LAUNCH = """\
import json, resource, subprocess, sys, time
limit, *command = sys.argv[1:]
begun = time.perf_counter()
try:
    code = subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=float(limit))
except subprocess.TimeoutExpired:
    code = None
wall = time.perf_counter() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps((code, wall, used.ru_utime + used.ru_stime, used.ru_maxrss)))
"""
"""Runs a command and says what it cost: a small process, as a new one is charged with its starter's memory."""
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
    """A command that is run in a folder, and where its site is; none if it makes none.

    One that goes `on` finds the site of the one before it, after an edit if it is `edited`. What kb keeps for itself
    between two runs is kept beside the folder, and nothing if it is `alone`.
    """

    name: str
    command: Sequence[str]
    folder: str
    site: str = ""
    on: bool = False
    edited: bool = False
    alone: bool = False


OURS, AGAIN, EDITED = "kb build", "kb build, nothing changed", "kb build, one record changed"
CHECK, PARSED = "kb check, the first", "the bare C parse of the same files"
CHECK_AGAIN = "kb check, one record changed"
SERVED, MATERIAL_SERVED = "kb serve, until an edit shows", "MkDocs with Material, serve, until an edit shows"
FROM_JSON, MATERIAL, ZENSICAL = "Hugo, from JSON", "MkDocs with Material", "Zensical"
RAW = "writing the same bytes"


def contestants(folder: Path) -> tuple[Contestant, ...]:
    """Everybody, in the order in which they run; the first makes the pages that others get."""
    kb, python = str(PROGRAMS / "kb"), sys.executable
    built = ("build", "--config", "mkdocs.yml", "--folder", "../site")
    hugo = ("hugo", "--quiet", "--destination", "../out")
    files = [str(path) for path in sorted((folder / "ours").rglob("*")) if path.suffix in {".yaml", ".bib"}]
    return (
        Contestant(OURS, (kb, *built, "--anew"), "ours", "site"),
        Contestant(AGAIN, (kb, *built), "ours", "site", on=True),
        Contestant(EDITED, (kb, *built), "ours", "site", on=True, edited=True),
        Contestant("kb build without the search", (python, "-c", WITHOUT_INDEX, *built, "--anew"), "ours", "site"),
        Contestant(FROM_JSON, hugo, "hugo-json", "out"),
        Contestant("Hugo, from Markdown", hugo, "hugo-markdown", "out"),
        Contestant(MATERIAL, (str(PROGRAMS / "mkdocs"), "build", "--quiet"), "plain", "plain/site"),
        Contestant(ZENSICAL, (str(PROGRAMS / "zensical"), "build"), "plain", "plain/site"),
        Contestant(CHECK, (kb, "check", "--config", "mkdocs.yml"), "ours", alone=True),
        Contestant(CHECK_AGAIN, (kb, "check", "--config", "mkdocs.yml"), "ours", edited=True),
        Contestant(PARSED, (python, "-c", PARSE, *files), "ours"),
    )


# --- what they are made of ------------------------------------------------------------------------------------
def prepare(folder: Path) -> None:
    """Write the sources of the others, who get the pages that our build made of the records, or their words."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "kept")
    site = house.rerun(community(str(folder / "ours" / "mkdocs.yml")), today()).site
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
        _write(path, "\n\n".join([front, *sites.paragraphs(page, entry)]) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- what is measured -----------------------------------------------------------------------------------------
def measure(folder: Path, number: int, say: Callable[[str], None], only: str = "") -> Mapping[str, Cost]:
    """What our build cost, and each contestant whose name begins with `only`.

    Others that are not installed, or that fail, are left out, and that is said.
    """
    say(f"{number:,} records: writing them")
    (folder / "ours").mkdir(parents=True)
    sites.apart(records.write, folder / "ours", number)
    costs: dict[str, Cost] = {}
    for one in contestants(folder):
        if not (one.name == OURS or one.name.startswith(only)):
            continue
        if shutil.which(one.command[0], path=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}") is None:
            say(f"{one.name} is not installed")
            continue
        say(f"{number:,} records: {one.name}")
        if one.site and not one.on:
            shutil.rmtree(folder / one.site, ignore_errors=True)
        try:
            runs = [run(one, folder) for _ in range(TIMES if number <= FEW else 1)]
        except ChildProcessError as error:
            if one.folder == "ours":
                raise
            say(str(error))
            continue
        costs[one.name] = _middle(runs)
        if one.name == OURS and not only.startswith("kb"):
            say(f"{number:,} records: preparing them for the others")
            sites.apart(prepare, folder)
        if one.name == AGAIN:
            costs[RAW] = _middle([_raw(folder / "site", folder / "raw") for _ in runs])
    for name, command, place in servers(folder, only) if number <= MANY else ():
        say(f"{number:,} records: {name}")
        costs[name] = _middle(list(follow(command, place, folder)))
    return costs


# --- servers ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Edited:
    """A text that is edited again and again: its file, the word before which another is put, and the page's address."""

    file: Path
    word: str
    page: str


def edited(folder: Path) -> Edited:
    """A summary of our own records."""
    for file in sorted((folder / "ours/resources").iterdir()):
        for id, word in SUMMARY.findall(file.read_text(encoding="utf-8")):
            for page in (folder / "site").glob(f"*/{id}/index.html"):
                return Edited(file, f'summary: "{word}', page.parent.relative_to(folder / "site").as_posix())
    raise LookupError(f"no record in {folder} has a page and a summary")


def edit(one: Edited, word: str) -> None:
    text = one.file.read_text(encoding="utf-8")
    place = text.index(one.word) + len(one.word)
    one.file.write_text(f"{text[:place]} {word}{text[place:]}", encoding="utf-8")


def servers(folder: Path, only: str) -> Iterator[tuple[str, Sequence[str], Edited]]:
    """The name of each server, if it begins with `only`, its command without its address, and what is edited."""
    if SERVED.startswith(only):
        config = str(folder / "ours/mkdocs.yml")
        yield SERVED, (str(PROGRAMS / "kb"), "serve", "--config", config, "--address"), edited(folder)
    if not MATERIAL_SERVED.startswith(only):
        return
    page = max((folder / "plain/docs").rglob("*.md"), key=lambda path: path.stat().st_size)
    word = page.read_text(encoding="utf-8").split()[-1]
    address = page.relative_to(folder / "plain/docs").with_suffix("").as_posix()
    config = str(folder / "plain/mkdocs.yml")
    yield MATERIAL_SERVED, (str(PROGRAMS / "mkdocs"), "serve", "-f", config, "-a"), Edited(page, word, address)


def follow(command: Sequence[str], place: Edited, folder: Path) -> Iterator[Cost]:
    """What it costs a server to show each of a few edits, from the moment in which it is saved."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen(
        [*command, host], env=_environment(folder / "kept"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            _wait(f"http://{host}/{place.page}/", "")
            for number in range(TIMES):
                time.sleep(PAUSE)
                edit(place, f"zusedited{number}")
                begun = time.perf_counter()
                _wait(f"http://{host}/{place.page}/", f"zusedited{number}")
                yield Cost(time.perf_counter() - begun, 0, 0, 0)
        finally:
            running.terminate()


def _wait(address: str, word: str) -> None:
    """Until the page at an address has a word. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), urlopen(address, timeout=PATIENCE) as answer:
            if word in answer.read().decode():
                return
        time.sleep(0.02)
    raise TimeoutError(f"{address} does not show {word!r}")


def run(one: Contestant, folder: Path, limit: float = LIMIT) -> Cost:
    """Run a command to its end. Raises ChildProcessError if it fails, or does not end within `limit` seconds."""
    environment = _environment(Path(os.devnull) if one.alone else folder / "kept")
    if one.edited:
        edit(edited(folder), "more")
    told = subprocess.run(
        (sys.executable, "-I", "-S", "-c", LAUNCH, str(limit), *one.command),
        cwd=folder / one.folder, env=environment, capture_output=True, check=True,
    ).stdout  # fmt: skip
    code, wall, cpu, memory = json.loads(told)
    if code is None:
        raise ChildProcessError(f"{one.name} did not end within {limit:,.0f} s in {folder / one.folder}")
    if code:
        raise ChildProcessError(f"{one.name} ended with {code} in {folder / one.folder}")
    unit = 1 if sys.platform == "darwin" else 1_024
    size = sum(path.stat().st_size for path in (folder / one.site).rglob("*") if path.is_file()) if one.site else 0
    return Cost(wall, cpu, memory * unit, size)


def _environment(kept: Path) -> Mapping[str, str]:
    """What programs are told; `kept` is where they may keep what they want to find again."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    return {**ours, "PATH": path, "XDG_CACHE_HOME": str(kept), "NO_MKDOCS_2_WARNING": "1"}


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
SOON = 1.0
"""Seconds until an edit shows."""
GROWTH = 11
"""How many times as long a build may take of ten times as many records."""


def table(measured: Mapping[int, Mapping[str, Cost]]) -> Iterator[str]:
    yield "| records | | by the clock | × ours | processors | memory | site |"
    yield "|--:|---|--:|--:|--:|--:|--:|"
    for number, costs in measured.items():
        for name, cost in costs.items():
            times = f"{cost.wall / costs[OURS].wall:.2g}"
            used = f"{cost.cpu:,.2f} s" if cost.cpu else ""
            memory = f"{cost.memory / 1e6:,.0f} MB" if cost.memory else ""
            size = f"{cost.size / 1e6:,.1f} MB" if cost.size else ""
            yield f"| {number:,} | {name} | {cost.wall:,.2f} s | {times} | {used} | {memory} | {size} |"


def verdicts(measured: Mapping[int, Mapping[str, Cost]]) -> Iterator[str]:
    """Whether the aims are met at the size for which they are set, and how builds grew from size to size."""
    yield "| aim | measured | |"
    yield "|---|--:|---|"
    costs = measured[max(number for number in measured if number <= max(MANY, min(measured)))]
    for aim in AIMS:
        if {aim.one, aim.other} <= costs.keys():
            times = costs[aim.one].wall / costs[aim.other].wall
            yield _verdict(
                f"{aim.one}: at most {aim.most:.2g} times {aim.other}", f"{times:.2g} times", times <= aim.most
            )
    memory = costs[OURS].memory
    yield _verdict(f"{OURS}: at most {MEMORY / 1e6:.0f} MB of memory", f"{memory / 1e6:,.0f} MB", memory <= MEMORY)
    if (shown := measured.get(FEW, {}).get(SERVED)) is not None:
        what = f"{SERVED}: at most {SOON:.0f} s at {FEW:,} records"
        yield _verdict(what, f"{shown.wall:.2f} s", shown.wall <= SOON)
    for before, after in ((number, number * 10) for number in measured if number * 10 in measured):
        times = measured[after][OURS].wall / measured[before][OURS].wall
        what = f"{OURS}: {after:,} records at most {GROWTH} times {before:,}"
        yield _verdict(what, f"{times:.2g} times", times <= GROWTH)


def _verdict(aim: str, measured: str, met: bool) -> str:
    return f"| {aim} | {measured} | {'met' if met else 'missed'} |"


def head(load: str) -> str:
    names = {"MkDocs": "mkdocs", "Material": "mkdocs-material", "Zensical": "zensical", "Hugo": "hugo"}
    used = ", ".join(f"{name} {version(package)}" for name, package in names.items() if _has(package))
    return (
        f"{used}, Python {sys.version.partition(' ')[0]}; {os.cpu_count()} cores{load}. Up to {FEW:,} records the"
        f" middle of {TIMES} runs, above that one run; above {MANY:,} no servers. Memory is the most that one"
        " process took.\n"
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
    parser.add_argument("--only", default="", metavar="NAME", help="those whose name begins so, such as 'kb build'")
    parser.add_argument("--plot", type=Path, help="draw how the times grow, as an SVG file of this name")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> None:
    chosen = arguments(given)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:4.0f} s  {text}", file=sys.stderr)

    load = f", {os.getloadavg()[0]:.1f} processes waiting before"
    with tempfile.TemporaryDirectory() as passing:
        measured = {number: measure(Path(passing) / str(number), number, say, chosen.only) for number in chosen.records}
        print("\n".join([head(load), *table(measured), "", *verdicts(measured)]), flush=True)
    if chosen.plot:
        lines = {
            name: {n: costs[name].wall for n, costs in measured.items() if name in costs}
            for name in dict.fromkeys(name for costs in measured.values() for name in costs)
        }
        chosen.plot.write_text(plot.log_log(lines, "records", "seconds"), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
