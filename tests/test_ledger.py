"""What is made after an edit is what would be made from nothing: whatever the edit, and after many of them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kb.house import Community, Kept, run
from kb.knowledge import knowledge
from kb.liveness import parse
from kb.model import Record
from kb.pages import Site
from kb.read import Known, Layout, read
from kb.render import Ledger, Settings, render
from tests import make

REAL = Path(__file__).parents[1]
EDITS = 60
WORD = re.compile(r"[A-Za-z]{4,}")
RECORD = re.compile(r"^  - id: .*\n(?:(?!  - ).*\n)*", re.MULTILINE)


def made(layout: Layout, texts: Mapping[str, str], ledger: Ledger, known: Known) -> Site | type[Exception]:
    """The site of a community whose files say other things; what goes wrong where the texts name what is not there."""
    try:
        sources = read(layout, texts, known)
        return render(knowledge(sources, lambda place: f"edit/{place.line}"), Settings("Toy Commons"), ledger)
    except (KeyError, ValueError) as error:
        return type(error)


def another_word(text: str, chance: random.Random) -> str:
    found = chance.choice([*WORD.finditer(text)])
    word: str = chance.choice([*WORD.findall(text), "Zeal", "time bank"])
    return text[: found.start()] + word + text[found.end() :]


def without_a_record(text: str, chance: random.Random) -> str:
    found = [*RECORD.finditer(text)]
    gone = chance.choice(found) if found else None
    return text[: gone.start()] + text[gone.end() :] if gone else text


def a_record_moved_down(text: str, chance: random.Random) -> str:
    found = [*RECORD.finditer(text)]
    at = chance.randrange(max(len(found) - 1, 1))
    if len(found) < 2 or found[at].end() != found[at + 1].start():
        return text
    return text[: found[at].start()] + found[at + 1][0] + found[at][0] + text[found[at + 1].end() :]


def a_line_more(text: str, chance: random.Random) -> str:
    return "# a remark\n" + text


CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    *([another_word] * 6),
    without_a_record,
    a_record_moved_down,
    a_line_more,
)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edit_the_site_is_what_it_would_be_from_nothing(seed: int) -> None:
    chance = random.Random(seed)
    layout = Layout(make.SOUND)
    sound = dict(read(layout).texts)
    files = [name for name in sound if not name.startswith("docs/") and name != "permalinks.txt"]
    ledger, known, texts = Ledger(), Known(), dict(sound)
    sites, left = 0, list[bytes]()
    for _ in range(EDITS):
        file = chance.choice(files)
        texts[file] = chance.choice(CHANGES)(texts[file] if chance.random() < 0.7 else sound[file], chance)
        fresh = made(layout, texts, Ledger(), Known())
        assert made(layout, texts, ledger, known) == fresh
        process = Known(left)
        assert read(layout, texts, process) == read(layout, texts)
        left = [*process.lines()]
        sites += isinstance(fresh, Site)
    assert sites > EDITS / 4


def test_after_edits_of_the_real_knowledge_base_too() -> None:
    layout, chance = Layout(REAL), random.Random(1)
    texts = dict(read(layout).texts)
    files = [name for name in texts if not name.startswith("docs/") and name != "permalinks.txt"]
    ledger, known = Ledger(), Known()
    made(layout, texts, ledger, known)
    for _ in range(6):
        file = chance.choice(files)
        texts[file] = another_word(texts[file], chance)
        assert made(layout, texts, ledger, known) == made(layout, texts, Ledger(), Known())


def test_an_edit_costs_what_shows_it() -> None:
    """Of the pages of the real knowledge base, those that have nothing to do with a summary are the same objects."""
    kept, community = Kept(), Community(Layout(REAL), Settings("Commons"))
    before = run(community, date(2026, 11, 28), kept=kept).site
    sources = read(Layout(REAL), known=kept.known)
    [term] = [one for one in sources.records if one.id == "reciprocity"]
    text = sources.texts[term.place.file]
    assert isinstance(term.record, Record)
    begin = term.record.summary[:20]
    instead = {term.place.file: text.replace(begin, begin.upper())}
    after = render(knowledge(read(Layout(REAL), instead), community.editor), community.settings, kept.ledger)
    same = {id(page.packed) for page in before.pages}
    anew = {page.address for page in after.pages if id(page.packed) not in same}
    assert "/glossary/reciprocity/" in anew
    assert len(anew) < len(after.pages) / 10


def test_what_moves_down_in_its_file_need_not_be_made_again() -> None:
    """Every page names the line on which it is kept, and that alone is new."""
    kept, community = Kept(), Community(Layout(REAL), Settings("Commons"), "https://forge.org/x")
    before = run(community, date(2026, 11, 28), kept=kept).site
    texts = read(Layout(REAL), known=kept.known).texts
    instead = {name: "\n" + texts[name] for name in ("references.bib", "resources/terms.yaml")}
    sources = read(Layout(REAL), instead, kept.known)
    after = render(knowledge(sources, community.editor), community.settings, kept.ledger)
    assert {id(page.packed) for page in after.pages} == {id(page.packed) for page in before.pages}
    assert after == render(knowledge(sources, community.editor), community.settings)
    [term] = [one for one in sources.records if one.id == "reciprocity"]
    [page] = [one for one in after.pages if one.address == "/glossary/reciprocity/"]
    assert f"kept in resources/terms.yaml, line {term.place.line}." in page.body
    assert f'href="https://forge.org/x/edit/main/resources/terms.yaml#L{term.place.line}"' in page.body


def test_what_is_remembered_of_an_address_is_asked_too() -> None:
    ledger, base = Ledger(), make.base(make.record("resource", url="https://a.org/"))
    before = render(base, Settings("Toy"), ledger)
    line = "https://a.org/\t-\t2026-11-23\t2026-11-01\t3\tgone\t-\t-\thttps://b.org/\n"
    read_again = replace(base, memory=parse(line))
    after = render(read_again, Settings("Toy"), ledger)
    assert after == render(read_again, Settings("Toy"))
    assert after != before


def test_other_settings_make_everything_anew() -> None:
    ledger, base = Ledger(), make.base(make.record("term"))
    render(base, Settings("Toy"), ledger)
    assert render(base, Settings("Other"), ledger) == render(base, Settings("Other"))
