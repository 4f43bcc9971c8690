"""Random damage: whatever happens to the files of a sound community, something is said of it, each at a place there is.

Never a traceback. The seed of each damage is its number, so that one that fails can be looked at again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from kb import house, report
from kb.house import Community, Result
from kb.pages import Site
from kb.problem import Place
from kb.read import Layout
from kb.read.bib import read_bibliography
from kb.read.prose import read_page
from kb.read.records import read_sections
from kb.read.tree import read_tree
from kb.render import Settings, render
from tests import make

DAMAGES, CHUNKS = 2000, 20
RENDERED_OF = 80
"""Of so many damages that leave the community sound, one is rendered: pages take longer than all the rest."""
FILES = sorted(path.relative_to(make.SOUND).as_posix() for path in make.SOUND.rglob("*.*"))
SIGNS = [
    *"\"'{}[]()<>:;,#%@&*!|?-=+~^$\\/`_ \t\n\r.0a",
    "\x00",
    "\x07",
    "\x1b",
    "\x85",
    "\u2028",
    "\ufeff",
    "é",
    "漢",
    "😀",
]
WORDS = [
    "- ",
    ": ",
    "---\n",
    "...\n",
    "<<: ",
    "id: ",
    "\n\n",
    "  - id: x\n",
    "@misc{",
    "},\n",
    "include: [",
    "<<<<<<< a\n",
]
Damage = Callable[[str, Random], str]


# --- one damage each ------------------------------------------------------------------------------------
def cut_out(text: str, chance: Random) -> str:
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.choice((1, 1, 2, 5, 40, 400)) :]


def cut_off(text: str, chance: Random) -> str:
    return text[: chance.randrange(len(text))]


def put_in(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) + 1)
    sign, word = chance.choice(SIGNS), chance.choice(WORDS)
    return text[:at] + chance.choice((sign, sign * 3, word)) + text[at:]


def say_twice(text: str, chance: Random) -> str:
    start = chance.randrange(len(text))
    end = start + chance.choice((1, 3, 30, 300))
    return text[:end] + text[start:]


def swap_signs(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def double_or_drop_a_mark(text: str, chance: Random) -> str:
    marks = [number for number, sign in enumerate(text) if sign in "\"'{}[]():,=-@#>|"] or [0]
    at = chance.choice(marks)
    return text[:at] + text[at] * int(chance.random() < 0.5) * 2 + text[at + 1 :]


def move_lines(text: str, chance: Random) -> str:
    lines = text.split("\n")
    taken = [lines.pop(chance.randrange(len(lines))) for _ in range(min(chance.choice((1, 1, 3)), len(lines)))]
    for line in taken * chance.choice((0, 1, 2)):
        lines.insert(chance.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def indent_otherwise(text: str, chance: Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    for number in range(at, min(at + chance.choice((1, 1, 4)), len(lines))):
        bare = lines[number].lstrip(" ")
        depth = len(lines[number]) - len(bare)
        spaces = " " * max(depth + chance.choice((-2, -1, 1, 2)), 0)
        lines[number] = chance.choice((spaces, "\t" * (depth // 2))) + bare
    return "\n".join(lines)


def mix_files(text: str, chance: Random) -> str:
    other = (make.SOUND / chance.choice(FILES)).read_text(encoding="utf-8")
    start, at = chance.randrange(len(other)), chance.randrange(len(text))
    return text[:at] + other[start : start + 200] + text[at:]


KINDS: list[Damage] = [
    cut_out, cut_off, put_in, put_in, say_twice, swap_signs, double_or_drop_a_mark, move_lines, indent_otherwise,
    mix_files,
]  # fmt: skip


def damaged(raw: bytes, chance: Random) -> bytes:
    """The bytes after one to three damages, some of which no encoding knows."""
    if chance.random() < 0.05:
        at = chance.randrange(len(raw))
        return raw[:at] + bytes([chance.randrange(256)]) + raw[at + chance.choice((0, 1)) :]
    text = raw.decode("utf-8")
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = chance.choice(KINDS)(text, chance) if len(text) > 2 else text
    return text.encode("utf-8")


# --- what must hold ---------------------------------------------------------------------------------------
def places(result: Result) -> Iterator[Place]:
    for problem in result.problems:
        yield problem.place
        if problem.related:
            yield problem.related.place


def assert_there(place: Place, root: Path) -> None:
    """The place is in a file of the community, and its first sign is in that line or right after it."""
    assert (root / place.file).is_file(), place
    text = (root / place.file).read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= place.line <= len(lines), place
    assert 1 <= place.column <= len(lines[place.line - 1]) + 1, place
    assert 1 <= place.width <= max(len(lines[place.line - 1]) - place.column + 1, 1), place


def remembering(function: Callable, key: Callable) -> Callable:
    """The function with what it gave the last times; it keeps what it was given, so that no id is given twice."""
    remembered: dict = {}

    def call(*given):
        if key(*given) not in remembered:
            if len(remembered) > 50:
                remembered.clear()
            remembered[key(*given)] = given, function(*given)
        return remembered[key(*given)][1]

    return call


QUICK = {
    "kb.read.data.read_tree": remembering(read_tree, lambda text, *others: (text, *others)),
    "kb.read.data.read_sections": remembering(read_sections, lambda tree, file: (id(tree), file)),
    "kb.read.bib.read_bibliography": remembering(read_bibliography, lambda *texts: texts),
    "kb.read.prose.read_page": remembering(read_page, lambda *texts: texts),
}
"""What is read of a text depends on the text alone, so the files that are not damaged are read once."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, function in QUICK.items():
        monkeypatch.setattr(name, function)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_damage_goes_unsaid_or_astray(chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "community"
    shutil.copytree(make.SOUND, root)
    community = Community(Layout(root), Settings("Toy Commons"))
    for number in range(chunk, DAMAGES, CHUNKS):
        monkeypatch.setattr(house, "render", render if number % RENDERED_OF == 0 else lambda *_: Site(()))
        chance = Random(number)
        file = chance.choice(FILES)
        raw = (make.SOUND / file).read_bytes()
        (root / file).write_bytes(damaged(raw, chance))
        try:
            result = house.run(community, make.TODAY)
            assert [one.place for one in result.problems] == sorted(one.place for one in result.problems)
            for place in places(result):
                assert_there(place, root)
            assert report.as_text(result.problems, result.sources.texts)
        except BaseException as error:
            error.add_note(f"damage {number}, to {file}")
            raise
        (root / file).write_bytes(raw)
