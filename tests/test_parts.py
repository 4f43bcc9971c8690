"""Of an edited file only those records and entries are read that are new, and it says what the whole file would."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kb.check import check
from kb.read import Layout, read
from kb.read.bib import read_bibliography, read_bibliography_again
from kb.read.data import read_data_file
from kb.read.tree import read_tree
from tests.make import SOUND, TODAY
from tests.test_cases import CASES, lay
from tests.test_damage import damaged

ROOT = Path(__file__).parents[1]
Read = Callable[[str, str, Any], Any]

DAMAGES, CHUNKS = 2_000, 4
DATA = sorted(path for path in SOUND.rglob("*.yaml"))
BIB = SOUND / "references.bib"
FAR_REACHING = {
    "a text that swallows the next record": ("summary: ", "summary: '"),
    "a list that swallows the next record": ("summary: ", "summary: ["),
    "a second document": ("\n- id: ", "\n...\n- id: "),
    "an alias": ("summary: ", "summary: *a"),
    "a misspelt include beside a right one": ("\n- id: ", "\ninclude: [a.yaml]\ninclud: [b.yaml]\nterms:\n- id: "),
    "a key at the top a second time": ("\n- id: ", "\nterms:\n- id: "),
    "a record that is drawn into another": ("\n- id: ", "\n  id: "),
    "a record deeper than its neighbours": ("\n- id: ", "\n - id: "),
}
BIB_REACHING = {
    "a macro of the reader's own": ("@", '@string{jan = "Ianuarius"}\n@'),
    "a remark that swallows": ("title = {", "title = {@comment{"),
    "an entry that is never closed": ("\n}", "\n"),
    "an entry within a line": ("\n@", " @"),
    "a key in other letters": ("@", "@misc{ASHE2012TIMEBANK, title={X}}\n@"),
}


def texts(kind: str) -> list[str]:
    return [path.read_text("utf-8") for path in (DATA if kind == "data" else [BIB])]


def reader(kind: str) -> Read:
    return read_data_file if kind == "data" else read_bibliography_again


def is_cut(said: Any) -> bool:
    """Whether a file could be cut into records, or into entries."""
    return any(one.mark.digest for one in getattr(said, "records", said[0] if isinstance(said, tuple) else ()))


@pytest.mark.parametrize("kind", ["data", "bib"])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_after_any_damage_a_file_says_what_it_says_read_as_a_whole(kind: str, chunk: int) -> None:
    again, sound, by_parts = reader(kind), texts(kind), 0
    before = [again(text, "file", None) for text in sound]
    assert all(is_cut(one) for one in before)
    for number in range(chunk, DAMAGES, CHUNKS):
        chance = Random(number)
        which = chance.randrange(len(sound))
        try:
            text = damaged(sound[which].encode(), chance).decode()
        except UnicodeDecodeError:
            continue
        after = again(text, "file", None)
        assert again(text, "file", before[which]) == after, f"damage {number}"
        assert again(sound[which], "file", after) == before[which], f"damage {number}"
        by_parts += is_cut(after)
    assert by_parts > DAMAGES / CHUNKS / 20


@pytest.mark.parametrize("case", [*FAR_REACHING, *BIB_REACHING])
def test_what_reaches_into_other_parts_is_read_with_them(case: str) -> None:
    kind = "data" if case in FAR_REACHING else "bib"
    sign, instead = (FAR_REACHING | BIB_REACHING)[case]
    again, tried = reader(kind), 0
    for sound in texts(kind):
        if kind == "data":
            sound = re.sub("^  ", "", sound, flags=re.MULTILINE)
        before = again(sound, "file", None)
        for at in [found.start() for found in re.finditer(re.escape(sign), sound)]:
            text = sound[:at] + instead + sound[at + len(sign) :]
            assert again(text, "file", before) == again(text, "file", None)
            tried += 1
    assert tried


def noted(function: Callable[..., Any], given: list[str]) -> Callable[..., Any]:
    """The function, which notes every text that it is given."""

    def call(text: str, *others: object) -> Any:
        given.append(text)
        return function(text, *others)

    return call


def test_one_edited_record_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "resources.yaml").read_text("utf-8")
    before = read_data_file(text, "resources.yaml", None)
    given: list[str] = []
    monkeypatch.setattr("kb.read.data.read_tree", noted(read_tree, given))
    edited = text.replace("The full report", "Edited. The full report")
    after = read_data_file("# A line more.\n" + edited, "resources.yaml", before)
    [one] = [text for text in given if "Edited. " in text]
    assert one.count("\n  - id: ") == 1
    assert all("- id: " not in text for text in given if text is not one)
    [changed] = [a.id for a, b in zip(before.records, after.records, strict=True) if a.record != b.record]
    assert f"- id: {changed}\n" in one
    assert after.records[-1] == before.records[-1].down(1)


def test_one_edited_entry_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "references.bib").read_text("utf-8")
    before = read_bibliography_again(text, "references.bib", None)
    given: list[str] = []
    monkeypatch.setattr("kb.read.bib.read_bibliography", noted(read_bibliography, given))
    after = read_bibliography_again(
        re.sub(r"annotation\s*= \{", r"\g<0>Edited. ", text, count=1), "references.bib", before
    )
    [one] = [text for text in given if "Edited. " in text]
    assert all(text.startswith("@comment") for text in given if text is not one)
    assert len(re.findall("^@", one, re.MULTILINE)) == 1
    assert sum(a != b for a, b in zip(before[0], after[0], strict=True)) == 1


def test_what_is_wrong_with_a_record_is_said_again_where_it_stands_now() -> None:
    text = "terms:\n- id: one\n- id: two\n"
    said = read_data_file(text, "terms.yaml", None)
    again = read_data_file(f"# A line more.\n{text}", "terms.yaml", said)
    assert [one.place.line for one in again.problems] == [one.place.line + 1 for one in said.problems]
    assert {one.record for one in again.problems} == {"one", "two"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_found_sound_need_not_be_checked_again(case: Path, tmp_path: Path) -> None:
    """Of every golden case the same is said, whether its records were checked before or not, in whatever company."""
    sound_sources, sources = read(Layout(SOUND)), read(lay(case, tmp_path / "community").layout)
    before, alone = check(sound_sources, TODAY), check(sources, TODAY)
    assert check(sources, TODAY, before.sound) == alone
    assert check(sources, TODAY, alone.sound) == alone
    assert check(sound_sources, TODAY, alone.sound) == before


def test_nothing_is_sound_that_breaks_a_rule_by_itself() -> None:
    text = (SOUND / "resources/people.yaml").read_text("utf-8")
    sick = text.replace("https://council.example.org/", "council.example.org")
    sources = read(Layout(SOUND), {"resources/people.yaml": sick})
    [council] = [one for one in sources.records if one.id == "toy-town-council"]
    checked = check(sources, TODAY)
    assert council.mark.digest
    assert council.mark.digest not in checked.sound
    assert len(checked.sound) == len(check(read(Layout(SOUND)), TODAY).sound) - 1
    assert check(sources, TODAY, checked.sound) == checked


def test_rules_that_look_at_one_record_do_not_look_at_sound_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    sources, looked = read(Layout(SOUND)), list[str]()

    def words(text: str) -> list[str]:
        looked.append(text)
        return []

    sound = check(sources, TODAY).sound
    monkeypatch.setattr("kb.check.substance._too_deep", words)
    check(sources, TODAY)
    every = len(looked)
    looked.clear()
    check(sources, TODAY, sound)
    assert 0 < len(looked) < every / 2


def test_after_any_damage_the_same_is_found_wrong() -> None:
    layout = Layout(SOUND)
    texts = {name: text for name, text in read(layout).texts.items() if not name.startswith("docs/")}
    sound = check(read(layout), TODAY).sound
    for number in range(300):
        chance = Random(number)
        file = chance.choice(sorted(texts))
        try:
            text = damaged(texts[file].encode(), chance).decode()
        except UnicodeDecodeError:
            continue
        sources = read(layout, {file: text})
        fresh = check(sources, TODAY)
        assert check(sources, TODAY, sound) == fresh, f"damage {number}"
        sound |= fresh.sound
