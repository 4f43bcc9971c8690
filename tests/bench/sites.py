"""The same records as three sites: our own, stock Material with its search, and plain pages with Pagefind's index.

The other two are given the very words that our own index knows of a record, and nothing around them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jinja2 import Environment, FileSystemLoader

from kb import search
from kb.pages import Entry, Page, Site
from kb.search.words import STOP, words
from tests.bench import records

Entries = Sequence[tuple[Page, Entry]]
HERE = Path(__file__).parent
QUESTION = "how do people share power in services?"
MATERIAL = """\
site_name: Stock Material
site_url: https://commons.example/
theme:
  name: material
  font: false
plugins:
  - search
not_in_nav: "*"
nav:
  - index.md
"""


@dataclass(frozen=True, slots=True)
class Built:
    """Three sites of as many records, each in the folder of its name below `folder`.

    `queries` are what is searched for, by sort; `seconds` what making each index took, `size` its bytes and `files`
    how many files it has.
    """

    folder: str
    records: int
    entries: int
    queries: Mapping[str, str]
    seconds: Mapping[str, float]
    size: Mapping[str, int]
    files: Mapping[str, int]


INDEX = {
    "ours": ("find/**/*",),
    "material": ("search/search_index.json",),
    "pagefind": ("pagefind/*/*", "pagefind/*.pf_meta"),
}
"""Which files of a site are its index."""
MADE_OF = (
    "scripts/kb/**/*",
    "tests/bench/[rs]*s.py",
    "tests/bench/pagefind/*",
    "resources.yaml",
    "resources/*",
    "*.bib",
)
"""What the sites depend on."""


def build(folder: Path, number: int, say: Callable[[str], None]) -> Built:
    """Make the sites, or take those that an earlier run left there, if what they are made of is the same."""
    stamp = _stamp(number)
    kept = folder / "built.json"
    if kept.exists():
        known = json.loads(kept.read_text(encoding="utf-8"))
        if known.pop("stamp") == stamp:
            say(f"{number:,} records: built before")
            return Built(**known)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"{number:,} records: our own site")
    seconds = {}
    seconds["ours"], entries, queries = apart(_build_ours, folder, number)
    say(f"{number:,} records: Material")
    seconds["material"] = apart(_build_material, folder)
    say(f"{number:,} records: Pagefind")
    seconds["pagefind"] = _build_pagefind(folder)
    indexes = {name: list(_index(folder / name, patterns)) for name, patterns in INDEX.items()}
    made = Built(
        folder=str(folder),
        records=number,
        entries=entries,
        queries=queries,
        seconds=seconds,
        size={name: sum(path.stat().st_size for path in paths) for name, paths in indexes.items()},
        files={name: len(paths) for name, paths in indexes.items()},
    )
    kept.write_text(json.dumps({**asdict(made), "stamp": stamp}), encoding="utf-8")
    return made


def _index(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    return (path for pattern in patterns for path in folder.glob(pattern) if path.is_file())


def versions() -> Mapping[str, str]:
    return {"material": version("mkdocs-material"), "pagefind": version("pagefind-bin")}


def _stamp(number: int) -> str:
    """What the sites depend on, as one text."""
    content = hashlib.sha256(json.dumps([number, versions()]).encode())
    for path in sorted(path for pattern in MADE_OF for path in records.ROOT.glob(pattern)):
        if path.is_file() and path.suffix != ".pyc":
            content.update(path.read_bytes())
    return content.hexdigest()


def apart(task: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives in a process of its own, so that the memory of one build does not slow the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *arguments).result()


# --- our own --------------------------------------------------------------------------------------------------
def _build_ours(folder: Path, number: int) -> tuple[float, int, dict[str, str]]:
    """Write the records and build our site; then write the pages of the others from what it knows.

    Returns the seconds that the index took, the number of its entries, and what to search for.
    """
    (folder / "records").mkdir()
    records.write(folder / "records", number)
    clock = _Clock()
    with patch.object(search, "index", clock.timed(search.index)):
        config = mkdocs(folder / "records" / "mkdocs.yml", folder / "ours")
    site: Site = config.plugins["kb"].site
    entries = [(page, page.entry) for page in site.pages if page.entry and page.entry.kind not in {"list", "page"}]
    if len(entries) != number:
        raise ValueError(f"{number} records became {len(entries)} pages.")
    write_material(folder / "plain", entries)
    _write_pagefind(folder / "pagefind", entries)
    every = sum(1 for page in site.pages if page.entry)
    return clock.seconds, every, _queries(entries)


class _Clock:
    """Adds up the seconds that functions take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - begun

        return run


def mkdocs(config_file: Path, folder: Path, prepare: Callable[[Any], None] = lambda config: None) -> Any:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    config = load_config(str(config_file), site_dir=str(folder), site_url="https://commons.example/")
    prepare(config)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return config


def _queries(found: Entries) -> dict[str, str]:
    """What is searched for: a word of most records, one of two alone, an author of one work, two words, a question."""
    borne: Counter[str] = Counter()
    for page, entry in found:
        borne.update(set(words(f"{entry.title} {entry.sentence} {page.words}")))
    plain = [(count, word) for word, count in borne.items() if len(word) > 5 and word.isalpha() and word not in STOP]
    makers = Counter(entry.by.partition(" ")[0] for _, entry in found if entry.kind == "reference")
    once = [name for name, count in makers.items() if count == 1 and name.isalpha() and name.lower() not in borne]
    return {
        "a common word": max(plain)[1],
        "a rare word": max(word for count, word in plain if count == 2),
        "a name": once[len(once) // 2].lower(),
        "two words": records.real().phrases[0],
        "a question": QUESTION,
    }


# --- the others -------------------------------------------------------------------------------------------------


def paragraphs(page: Page, entry: Entry) -> Iterator[str]:
    """All the words that our own index has of a page, besides its title."""
    yield from filter(None, (entry.sentence, entry.by, str(entry.year or "")))
    yield from filter(None, (", ".join(entry.people), ", ".join(entry.names), ", ".join(entry.labels), page.words))


def write_material(folder: Path, entries: Entries) -> None:
    (folder / "docs").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(MATERIAL, encoding="utf-8")
    (folder / "docs" / "index.md").write_text("# Stock Material\n", encoding="utf-8")
    for page, entry in entries:
        path = folder / "docs" / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join([f"# {entry.title}", *paragraphs(page, entry)]) + "\n", encoding="utf-8")


def _build_material(folder: Path) -> float:
    clock = _Clock()
    mkdocs(folder / "plain" / "mkdocs.yml", folder / "material", partial(_time_search, clock))
    return clock.seconds


def _time_search(clock: _Clock, config: Any) -> None:
    """Time everything that Material's plugin for search does."""
    searching = config.plugins["material/search"]
    for methods in config.plugins.events.values():
        methods[:] = [clock.timed(one) if getattr(one, "__self__", None) is searching else one for one in methods]


def _write_pagefind(folder: Path, entries: Entries) -> None:
    template = Environment(loader=FileSystemLoader(HERE / "pagefind"), autoescape=True).get_template("page.html")
    for page, entry in entries:
        path = folder / page.address.strip("/") / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.render(entry=entry, paragraphs=list(paragraphs(page, entry))), encoding="utf-8")
    for name in ("index.html", "search.js"):
        shutil.copy(HERE / "pagefind" / name, folder / name)


def _build_pagefind(folder: Path) -> float:
    """The seconds that Pagefind's command takes, which reads the pages too."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "pagefind_bin", "--site", str(folder / "pagefind"), "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
    return time.perf_counter() - begun
