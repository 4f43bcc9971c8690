"""One thoroughly sick knowledge base, and the exact list of what must be said of it.

Every line of `sick/expected.tsv` (file, line, column, rule) was compared with the files by eye.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kb import house
from kb.house import Community
from kb.read import Layout
from kb.render import Settings

SICK = Path(__file__).parent / "sick"
RESULT = house.run(Community(Layout(SICK), Settings("Sick Commons")), date(2026, 11, 23))
READ = """
    topics audiences phases levels themes countries resource-types evidence-kinds evidence-strengths
    sound-term anchored sound-word sound-film nameless both same-work a-draft sound-case sick-case
    sound-framework sound-principle sound-pathway sick-pathway
"""
"""The records whose form is sound, though some break rules on what they say."""
NAMED = "settings kettle colon-in-title Capital_Letters sound-term tabbed neither lost-principle"
"""Sick records whose ids are known all the same; one more has none."""


def test_everything_wrong_is_said_once_and_in_its_place() -> None:
    expected = (SICK / "expected.tsv").read_text(encoding="utf-8").splitlines()
    said = [f"{one.place.file}\t{one.place.line}\t{one.place.column}\t{one.rule}" for one in RESULT.problems]
    assert said == expected
    assert len(said) >= 60


def test_every_sound_record_is_read() -> None:
    assert [written.id for written in RESULT.sources.records if written.record] == READ.split()
    assert [written.id for written in RESULT.sources.records if not written.record and written.id] == NAMED.split()


def test_every_entry_with_a_key_is_known() -> None:
    entries = {cited.key: cited.reference is not None for cited in RESULT.sources.literature if cited.key}
    known = "sound2001 dates2002 fields2003 type2004 never2005 sound2006 uncited2007 lost2008"
    assert " ".join(entries) == known
    assert [key for key, is_read in entries.items() if not is_read] == ["never2005", "lost2008"]
