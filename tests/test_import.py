"""`kb import`: works from other programs, each accounted for, none twice, none lost. None of it leaves this machine."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb import accession
from kb.literature import Reference
from kb.match import Shelf
from kb.offer import Batch, Offered, Told
from kb.read.bib import read_bibliography
from kb.read.foreign import read_batch
from kb.render import exports
from kb.render.desk import Desk
from kb.source import Sources
from kb.web import Manners
from kb.write import new_key, shelved
from tests import make, strange_web, test_cli, test_exports
from tests.strange_web import Server, serving
from tests.test_cli import Run

kb, toy, desk, guard = test_cli.kb, test_cli.toy, test_exports.desk, strange_web.guard
DAY = date(2027, 3, 3)
SUMS = re.compile(r"(\d+) read: (\d+) new, (\d+) there already, (\d+) other versions[^,]*, (\d+) not taken\.")

pytestmark = pytest.mark.usefixtures("guard")


def offline(addresses: tuple[str, ...]) -> dict[str, Told]:
    return dict.fromkeys(addresses, Told(why="nobody was asked"))


def entries(text: str, name: str = "given.bib") -> tuple[Offered, ...]:
    return read_batch(text.encode(), name).entries


def work(text: str, name: str) -> Reference:
    [one] = entries(text, name)
    assert one.reference is not None
    return one.reference


def taken(bibliography: str, batch: Batch) -> accession.Accession:
    literature, _ = read_bibliography(bibliography, "references.bib")
    sources = Sources(literature=literature, texts={"references.bib": bibliography})
    made = accession.accession(batch, sources, "references.bib", offline, DAY)
    assert made.sound
    assert len(made.outcomes) == len(batch.entries)
    return made


def sums(said: str) -> list[int]:
    """How many were read, and what became of them, which adds up."""
    found = SUMS.search(said)
    assert found, said
    numbers = [int(number) for number in found.groups()]
    assert numbers[0] == sum(numbers[1:])
    return numbers


def fates(bibliography: str, text: str, name: str = "given.bib") -> list[tuple[str, str]]:
    return [(one.fate, one.why) for one in taken(bibliography, read_batch(text.encode(), name)).outcomes]


# --- the command --------------------------------------------------------------------------------------------
BIB = """\
A remark of somebody's.
@string{jot = {Journal of Tea}}

@article{New 2020,
  author = {Moore, Ann},
  title  = {Tea for two},
  journal = jot, % kept
  year = 2020,
  abstract = {All about it.},
}
"""


def test_a_file_is_imported_and_the_second_time_changes_nothing(toy: Path, kb: Run) -> None:
    path = toy / "given.bib"
    path.write_text(BIB.replace(" % kept", ""), encoding="utf-8")
    before = (toy / "references.bib").read_text(encoding="utf-8")
    ended = kb("import", "--offline", "given.bib")
    assert (ended.code, ended.err) == (0, "")
    assert "given.bib:4: 'New 2020' is written as 'New2020'." in ended.out
    assert "given.bib: not part of any entry, and so not taken: lines 1-2." in ended.out
    assert sums(ended.out) == [1, 1, 0, 0, 0]
    assert "Nothing is wrong with it." in ended.out
    after = (toy / "references.bib").read_text(encoding="utf-8")
    new = "@article{New2020,\n  author = {Moore, Ann},\n  title  = {Tea for two},\n  journal = {Journal of Tea},\n"
    assert new in after
    start = after.index(new)
    end = after.index("\n}\n", start) + len("\n}\n\n")
    assert after[:start] + after[end:] == before
    assert kb("check").code == 0
    again = kb("import", "--offline", "given.bib")
    assert sums(again.out) == [1, 0, 1, 0, 0]
    assert "is there already as 'New2020': word for word." in again.out
    assert (toy / "references.bib").read_text(encoding="utf-8") == after


def test_a_dry_run_writes_nothing(toy: Path, kb: Run) -> None:
    before = (toy / "references.bib").read_bytes()
    (toy / "given.ris").write_text("TY  - BOOK\nAU  - Moore, Ann\nTI  - Tea for two\nPY  - 2020\nER  - \n")
    ended = kb("import", "--dry-run", "--offline", "given.ris")
    assert ended.code == 0
    assert "+@book{moore2020tea,\n+  author       = {Moore, Ann},\n" in ended.out
    assert (toy / "references.bib").read_bytes() == before


def test_what_is_not_taken_is_quoted_with_its_line(toy: Path, kb: Run) -> None:
    (toy / "given.bib").write_text("\n@book{one,\n  author = {Moore, Ann}\n  title = {Tea}\n}\n@misc{two, note={x}}\n")
    ended = kb("import", "--offline", "given.bib")
    assert ended.code == 1
    assert sums(ended.out) == [2, 0, 0, 0, 2]
    assert (
        "given.bib:2: 'one' is not taken: line 3: the comma after the value of 'author' is missing. Write the comma.\n"
        "    | @book{one,\n    |   author = {Moore, Ann}\n    |   title = {Tea}\n    | }\n"
        "given.bib:6: 'two' is not taken: it has no title. Add one.\n    | @misc{two, note={x}}\n"
    ) in ended.out


def test_what_the_checks_find_wrong_with_a_new_entry_is_said(toy: Path, kb: Run) -> None:
    (toy / "given.bib").write_text("@article{one, title = {Tea for two}, year = {2020}, keywords = {tea}}\n")
    ended = kb("import", "--offline", "given.bib")
    assert ended.code == 1
    assert "error: one: an article needs author [entries-are-complete]" in ended.out
    assert "entries-are-cited" not in ended.out


def test_keywords_of_others_are_kept_and_are_no_topics_here(toy: Path, kb: Run) -> None:
    entry = "@misc{{one,\n  title = {{keywords = {{x}}}},\n  Keywords = {{{}}},\n}}\n"
    (toy / "given.bib").write_text(
        entry.format("tea, power") + entry.format("sharing").replace("one", "two").replace("{x}", "y")
    )
    ended = kb("import", "--offline", "given.bib")
    assert (ended.code, sums(ended.out)) == (0, [2, 2, 0, 0, 0])
    after = (toy / "references.bib").read_text(encoding="utf-8")
    assert "  title = {keywords = {x}},\n  x-keywords = {tea, power},\n" in after
    assert "  Keywords = {sharing},\n" in after
    assert sums(kb("import", "--offline", "given.bib").out) == [2, 0, 2, 0, 0]
    assert (toy / "references.bib").read_text(encoding="utf-8") == after


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nothing.bib",), 2, "There is no file 'nothing.bib', and it is no DOI (10.…) and no address (https://…)."),
        ((), 2, "Missing argument 'FILE'"),
    ],
)
def test_wrong_usage(toy: Path, kb: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    ended = kb("import", *arguments)
    assert (ended.code, said in ended.err) == (code, True)


def test_a_bibliography_that_would_swallow_entries_stays_as_it_is(toy: Path, kb: Run) -> None:
    path = toy / "references.bib"
    kept = (
        "@comment{for later:\n@comment{---- Imported, and not yet put into a part ----}\n@comment{---- Two ----}\n}\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + kept, encoding="utf-8")
    before = path.read_bytes()
    (toy / "given.bib").write_text("@misc{zz, title = {Tea for two}}\n")
    ended = kb("import", "--offline", "given.bib")
    assert ended.code == 1
    assert "has faults that would swallow what is new" in ended.err
    assert path.read_bytes() == before


def test_two_versions_that_git_could_not_join_are_left_alone(toy: Path, kb: Run) -> None:
    path = toy / "references.bib"
    path.write_text("<<<<<<< a\n% x\n=======\n% y\n>>>>>>> b\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    (toy / "given.bib").write_text("@misc{zz, title = {Tea for two}}\n")
    ended = kb("import", "--offline", "given.bib")
    assert (ended.code, "Mend that first" in ended.err) == (1, True)


def test_a_file_without_end_is_refused(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.read.foreign.LARGEST_FILE", 10)
    (toy / "given.bib").write_text("@misc{zz, title = {Tea for two}}\n")
    ended = kb("import", "--offline", "given.bib")
    assert (ended.code, "the file has 33 bytes" in ended.out) == (1, True)
    assert sums(ended.out) == [0, 0, 0, 0, 0]


# --- keys and places ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("own", "text", "key"),
    [
        ("boyle2009", "@book{x, title = {Tea}}", "boyle2009b"),  # there is one, and a resource with that id
        ("a b", "@book{x, title = {Tea}}", "ab"),
        ("-(2000)", "@book{x, title = {The Tea of Ann}}", "teaann"),
        ("http://zotero.org/items/1", "@book{x, title = {What is tea?}, date = {2020}}", "tea2020"),
        ("12345", "@book{x, author = {O'Brien, Ann}, title = {A cup}, date = {2020}}", "obrien2020cup"),
        ("", "@book{x, author = {{The Tea Board}}, title = {Cups}, date = {-0300}}", "tea300cups"),
        ("", "@book{x, title = {山田}}", "work"),
        ("x" * 300, "@book{x, editor = {Łuk, Zoë}, title = {É}, date = {2020}}", "uk2020e"),
    ],
)
def test_keys(own: str, text: str, key: str) -> None:
    assert new_key(own, work(text, "given.bib"), {"Boyle2009"}) == key


def test_a_key_that_many_have_gets_a_number() -> None:
    tea = work("@book{x, title = {Tea}}", "given.bib")
    taken = {"tea", *(f"tea{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")}
    assert new_key("tea", tea, taken) == "tea-27"


def test_ids_of_records_and_former_keys_are_taken(toy: Path, kb: Run) -> None:
    (toy / "given.bib").write_text("@misc{toy-garden, title = {Tea}}\n@misc{toytown2014draft, title = {Coffee}}\n")
    said = kb("import", "--offline", "given.bib").out
    assert "'toy-garden' is written as 'toy-gardenb'." in said
    assert "'toytown2014draft' is written as 'toytown2014draftb'." in said
    assert kb("check").code == 0


PARTS = "@comment{---- One ----}\n\n@misc{m, title = {M}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "@b\n"),
        ("@misc{a,}", "@misc{a,}\n\n@b\n"),
        ("@misc{a,}\n\n", "@misc{a,}\n\n@b\n"),
        ("% on c\n@misc{c,}\n\n\n", "@b\n\n% on c\n@misc{c,}\n\n\n"),
        ("@misc{a,}\n\n% on c\n% too\n@misc{c,}\n", "@misc{a,}\n\n@b\n\n% on c\n% too\n@misc{c,}\n"),
        (PARTS, f"{PARTS}\n@comment{{---- Imported, and not yet put into a part ----}}\n\n@b\n"),
        (
            f"@comment{{---- Imported, and not yet put into a part ----}}\n\n@misc{{a,}}\n\n{PARTS}",
            f"@comment{{---- Imported, and not yet put into a part ----}}\n\n@misc{{a,}}\n\n@b\n\n{PARTS}",
        ),
    ],
)
def test_places(before: str, after: str) -> None:
    starts = {one.key: one.place.line for one in entries(before)} if before else {}
    assert shelved(before, starts, {"b": "@b"}) == after
    assert shelved(before, starts, {}) == before


def test_entries_that_name_others_by_a_key_that_changed_name_them_by_the_new_one() -> None:
    text = "@book{a tea, title={A big book}}\n@misc{c,title={Chapter},crossref={a tea},related={q, a tea}}"
    made = taken("", read_batch(text.encode(), "given.bib"))
    assert "crossref={atea},related={q, atea}" in made.text


# --- what is there already ----------------------------------------------------------------------------------
THERE = """\
@article{there,
  author = {Moore, Ann and Zed, Bo},
  title = {Tea for two again: a study of cups},
  journaltitle = {Journal of Tea},
  date = {2020-05-01},
  volume = {3},
  pages = {11--19},
  doi = {10.5555/Tea.2020},
  url = {https://www.example.org/tea/},
}
@book{bound, author = {Pye, Cy}, title = {Pies}, date = {2001}, publisher = {P}, isbn = {0-306-40615-2}}
"""
SAME, VERSION, NEW = "known", "version", "new"


@pytest.mark.parametrize(
    ("entry", "fate", "why"),
    [
        ("@misc{a, title = {Tea for two}, doi = {https://doi.org/10.5555/TEA.2020}}", SAME, "the same DOI"),
        ("@misc{a, doi = {10.5555/tea.2020}}", SAME, "the same DOI"),
        ("@misc{a, title = {Tea for two}, url = {http://example.org/tea?utm_source=x}}", SAME, "the same address"),
        ("@book{a, title = {Pies}, isbn = {978-0-306-40615-7}}", SAME, "the same ISBN"),
        ("@misc{a, title = {A world apart}, doi = {10.5555/tea.2020}}", NEW, ""),
        ("@inbook{a, title = {Pies}, author = {Ott, O}, isbn = {9780306406157}}", NEW, ""),
        (
            "@article{a, author = {Moore, A.}, title = {Tea for Two Again}, date = {2020}}",
            SAME,
            "the same title, year and first author",
        ),
        (
            "@article{a, author = {Moore, A.}, title = {Tea for Two Again: A studdy of cups}, date = {2020}}",
            SAME,
            "the same title, year and first author",
        ),
        ("@article{a, title = {Tea for two again: a study of cups}, date = {2020}}", SAME, "the same title, year and"),
        ("@article{a, title = {Tea for two again: a study of cups}, date = {2018}}", NEW, ""),
        ("@online{a, author = {Moore, A.}, title = {Tea for two again: a study of cups}}", VERSION, "another type"),
        (
            "@misc{a, author = {Moore, A.}, title = {Tea for two again: a study of cups}, eprinttype = {arxiv}}",
            VERSION,
            "one is a preprint",
        ),
        (
            "@article{a, author = {Moore, A.}, title = {Tea for two again: a study of cups}, date = {2011}}",
            VERSION,
            "another year (2011, there 2020)",
        ),
        (
            "@article{a, author = {Moore, A.}, title = {Tea for two again: a study of cups}, doi = {10.5555/2}}",
            VERSION,
            "another DOI",
        ),
        (
            "@article{a, author = {Moore, A.}, title = {Tea for two again: a study of cups}, volume = {4}}",
            VERSION,
            "another volume",
        ),
        ("@article{a, author = {Moore, A.}, title = {Tea for two again}}", VERSION, "one has a subtitle"),
        (
            "@article{a, author = {Moore, A.}, title = {Tea for two again: a study of cups, part two}, date = {2020}}",
            NEW,
            "",
        ),
        ("@article{a, author = {Other, A.}, title = {Tea for two again: a study of cups}, date = {2020}}", NEW, ""),
        ("@book{a, author = {Pye, Cy}, title = {Pier}, date = {2001}}", NEW, ""),
    ],
)
def test_whether_a_work_is_there(entry: str, fate: str, why: str) -> None:
    [(found, said)] = fates(THERE, entry)
    assert found == fate
    assert said.startswith(why)
    made = taken(THERE, read_batch(entry.encode(), "given.bib"))
    assert (THERE in made.text) or fate != SAME
    again = taken(made.text, read_batch(entry.encode(), "given.bib"))
    assert [one.fate for one in again.outcomes] == [SAME]
    assert again.text == made.text


def test_another_version_is_written_with_a_link() -> None:
    preprint = "@online{pre, author = {Moore, Ann}, title = {Tea for two again: a study of cups}, doi = {10.1101/1}}"
    made = taken(THERE, read_batch(preprint.encode(), "given.bib"))
    assert (
        "@online{pre,\n  related      = {there},\n  relatedstring = {Other version},\n author = {Moore, Ann}"
        in made.text
    )
    linked = preprint.replace("doi", "related = {other}, doi")
    assert "related = {other}, doi" in taken(THERE, read_batch(linked.encode(), "given.bib")).text


def test_a_page_leads_to_another_version_of_its_work(toy: Path, kb: Run) -> None:
    preprint = "@online{pre, author={Ashe, Robin}, title={An hour is an hour}, doi={10.1101/9}, keywords={sharing}}"
    (toy / "given.bib").write_text(preprint)
    assert (
        "for it is another version of 'ashe2012timebank': one is a preprint."
        in kb("import", "--offline", "given.bib").out
    )
    assert kb("render", "pages").code == 0
    page = (toy / "pages/references/pre/index.md").read_text(encoding="utf-8")
    assert re.search(r'href="[^"]*ashe2012timebank/".*Other version', page, re.DOTALL)


def test_what_the_same_work_says_beyond_is_told(toy: Path, kb: Run) -> None:
    (toy / "references.bib").write_text((toy / "references.bib").read_text(encoding="utf-8") + THERE, encoding="utf-8")
    (toy / "given.bib").write_text(
        "@article{a, author={Moore, A.}, title={Tea for two}, year={2020}, volume={3}, doi={10.5555/tea.2020},"
        " url={http://example.org/tea}, abstract={All of it}}"
    )
    said = kb("import", "--offline", "given.bib").out
    assert (
        "'a' is there already as 'there': the same DOI. It says more: abstract. It says otherwise: author, title."
        in said
    )


def test_the_same_work_twice_in_one_file() -> None:
    one = "@book{a, author = {Pye, Cy}, title = {Of pies and tea}, date = {2001}}"
    assert fates("", f"{one}\n{one.replace('{a', '{b')}") == [("new", ""), ("known", "word for word")]


def test_works_are_not_all_compared_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    compared: list[object] = []
    tea = work("@book{x, author = {Moore, Ann}, title = {Of pies and tea}, date = {2001}}", "given.bib")
    for number in range(500):
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        makers = replace(tea.author, names=(replace(tea.author.names[0], family=f"Maker {name}"),))
        shelf.add(replace(tea, key=name, title=f"{name} and a title", author=makers))

    def compare(*pair: object) -> Iterator[object]:
        compared.append(pair)
        return iter(())

    monkeypatch.setattr("kb.match._matches", compare)
    assert shelf.find(replace(tea, title="abc and a title")) is None
    assert len(compared) < 10


# --- other forms --------------------------------------------------------------------------------------------
RIS = """\
Provider: Somebody
TY  - JOUR
ID  - moore
AU  - Moore, Ann
AU  - World Tea Board,
TI  - Tea for two {and} more
of the same -- 50%
T2  - Journal of Tea
JF  - Journal of Tea, The
PY  - 2020
DA  - 2020/05/1/
SP  - 11
EP  - 19
DO  - https://doi.org/10.5555/1
UR  - http://dx.doi.org/10.5555/1
KW  - one
KW  - two
DB  - Tea Base
DB  - Second
XX  - unheard of
TY  - CHAP
TI  - A chapter
T2  - The book
A2  - Ed, Ann
SN  - 978-0-306-40615-7
Y2  - 2020/05/01
ER  -
"""


def test_ris() -> None:
    batch = read_batch(RIS.replace("\n", "\r\n").encode("utf-8-sig"), "given.txt")
    first, second = batch.entries
    assert batch.beside == (1,)
    assert (first.place.line, second.place.line, first.key) == (2, 21, "moore")
    assert first.reference
    assert second.reference
    assert [(name.family, name.corporate) for name in first.reference.author.names] == [
        ("Moore", False),
        ("World Tea Board", True),
    ]
    assert first.reference.title == "Tea for two {and} more of the same -- 50%"
    assert first.reference.journaltitle == "Journal of Tea"
    assert (first.fields["date"], first.fields["pages"], first.fields["doi"]) == ("2020-05-01", "11--19", "10.5555/1")
    assert "url" not in first.fields
    assert first.fields["keywords"] == "one, two"
    assert first.fields["x-ris-db"] == "Tea Base; Second"
    assert (first.fields["x-ris-xx"], first.fields["x-ris-jf"]) == ("unheard of", "Journal of Tea, The")
    assert (second.reference.type, second.reference.booktitle) == ("incollection", "The book")
    assert second.fields["editor"] == "Ed, Ann"
    assert (second.fields["isbn"], second.fields["urldate"]) == ("978-0-306-40615-7", "2020-05-01")


@pytest.mark.parametrize(
    ("ris", "fields"),
    [
        ("TY  - RPRT\nTI  - T\nPB  - The House\nSN  - 7\nA2  - Ser, Ed", {"institution": "The House", "number": "7"}),
        ("TY  - ODD\nTI  - T\nDO  - 10.1002/(SICI)1<9::AID-A{1}>3.0", {"doi": "10.1002/(SICI)1<9::AID-A%7B1%7D>3.0"}),
        ("TY  - ODD\nTI  - T\nSN  - 1234-567X", {"x-ris-ty": "ODD", "issn": "1234-567X"}),
        ("TY  - GEN\nTI  - T\nAU  - et al.\nPY  - in press", {"author": "others", "date": "in press"}),
        ("TY  - GEN\nTI  - T\nAU  - King, Martin Luther, Jr.", {"author": "King, Jr., Martin Luther"}),
        ("TY  - GEN\nTI  - T\nAU  - Wit, Law and Order", {"author": "Wit, {Law and Order}"}),
        (
            "TY  - GEN\nTI  - T\nUR  - http://a.example/{x}\nUR  - b",
            {"url": "http://a.example/%7Bx%7D", "x-ris-ur": "b"},
        ),
        ("TY  - ELEC\nTI  - T\nT2  - The site\nDA  - Spring 2020\nPY  - 2020", {"organization": "The site"}),
        ("TY  - BOOK\nTI  - T\nDA  - Spring 2020\nPY  - 2020", {"date": "2020", "x-ris-da": "Spring 2020"}),
    ],
)
def test_what_a_tag_says(ris: str, fields: dict[str, str]) -> None:
    [one] = entries(ris, "given.ris")
    assert {name: one.fields.get(name) for name in fields} == fields


CSL: list[dict[str, Any]] = [
    {
        "id": "http://zotero.org/1",
        "type": "article-journal",
        "title": "Tea &amp; <i>two</i>",
        "container-title": ["Journal of Tea"],
        "author": [
            {"family": "Graaf", "given": "Peter", "non-dropping-particle": "van der"},
            {"literal": "Board of Tea and Cups"},
            {"family": "Plato"},
            "Somebody",
        ],
        "issued": {"date-parts": [["2020", 5], [2020, 6]]},
        "ISSN": ["1234-5678", "2345-6789"],
        "call-number": 7,
        "license": [{"URL": "x"}],
    },
    {"type": "strange", "title": "T", "issued": {"literal": "long ago"}, "publisher": "P", "note": ""},
    {"type": "posted-content", "title": "T", "DOI": "10.1101/1", "container-title": "bioRxiv", "publisher": "C"},
    {"type": "chapter", "title": "T", "container-title": "The book", "ISBN": "9780306406157 0306406152"},
]


@pytest.mark.parametrize("dressed", [lambda text: text, lambda text: f'{{"items": {text}}}'])
def test_csl(dressed: Callable[[str], str]) -> None:
    text = dressed(json.dumps(CSL, indent=1))
    first, strange, preprint, chapter = entries(text, "given.json")
    assert text.split("\n")[first.place.line - 1].endswith("{")
    assert first.place.line < strange.place.line
    assert first.reference
    assert first.reference.title == "Tea & two"
    assert [(name.particle, name.family, name.corporate) for name in first.reference.author.names] == [
        ("van der", "Graaf", False),
        ("", "Board of Tea and Cups", True),
        ("", "Plato", True),
        ("", "Somebody", True),
    ]
    assert first.fields["date"] == "2020-05/2020-06"
    assert first.fields["x-csl-call-number"] == "7"
    assert "URL" in first.fields["x-csl-license"]
    assert (strange.fields["x-csl-type"], strange.fields["date"]) == ("strange", "long ago")
    assert (preprint.fields["type"], preprint.fields["organization"]) == ("preprint", "bioRxiv")
    assert (chapter.fields["booktitle"], chapter.fields["isbn"]) == ("The book", "9780306406157,0306406152")


def test_a_long_entry_is_quoted_in_part_only(toy: Path, kb: Run) -> None:
    (toy / "given.json").write_text(json.dumps([{"note": "a", "extra": list(range(20))}], indent=1))
    said = kb("import", "--offline", "given.json").out
    assert "    |    0,\n" in said
    assert "    | … and 13 more lines\n" in said


def test_a_file_without_an_ending_is_told_by_what_it_holds() -> None:
    assert [one.key for one in entries("@misc{tea, title = {Tea}}", "given")] == ["tea"]
    assert [one.reference and one.reference.title for one in entries('{"title": "Tea"}', "given")] == ["Tea"]


def test_one_object_is_one_work() -> None:
    assert work('{"type": "book", "title": "Tea", "issued": {"raw": "2020"}}', "given.json").year == 2020


def test_broken_json_says_from_which_line_on_nothing_can_be_read() -> None:
    text = '[\n{"title": "Tea"},\n{"title": \n"Cup" oh}\n]'
    assert fates("", text, "given.json") == [
        ("new", ""),
        ("refused", "line 4 is no JSON, so nothing from line 3 on can be read. Export the file again."),
    ]
    assert fates("", "[" * 100_000, "given.json")[0][0] == "refused"
    assert fates("", "[3]", "given.json") == [("refused", "it has no title. Add one.")]


def test_a_table_of_zotero() -> None:
    table = (
        "Key,Item Type,Publication Year,Author,Title,Publication Title,Pages,Date,Manual Tags,Library Catalog\n"
        'AB12,journalArticle,2020,"Moore, Ann; World Board","Tea\nfor two",Journal,1-2,2020-05,a; b,The Library\n'
        "\nCD34,bookSection,2019,,Cups,The book,,,,,too much\n"
        "EF56,podcast,2019,,Voices,,,,,\n"
    )
    first, second, third = entries(table, "given.csv")
    assert (first.place.line, second.place.line, third.place.line) == (2, 5, 6)
    assert (first.fields["title"], first.fields["journaltitle"], first.fields["pages"]) == (
        "Tea for two",
        "Journal",
        "1--2",
    )
    assert (first.fields["author"], first.fields["date"]) == ("Moore, Ann and {World Board}", "2020-05")
    assert (first.fields["keywords"], first.fields["x-csv-library-catalog"]) == ("a, b", "The Library")
    assert (second.fields["booktitle"], second.fields["x-csv-column-11"]) == ("The book", "too much")
    assert third.fields["x-csv-item-type"] == "podcast"


@pytest.mark.parametrize(
    ("table", "title"),
    [
        ("title;year;publisher;type\nThé;2020;P;report\n", "Thé"),
        ("title\tauthors\tpublisher\ttype\nThé\tMoore\tP\twebsite\n", "Thé"),
        ("type,title,journal\nwebsite,Thé,The site\n", "Thé"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_signs_between_cells_and_encodings(table: str, title: str, encoding: str) -> None:
    batch = read_batch(table.replace("\n", "\r\n").encode(encoding), "given")
    assert [one.reference and one.reference.title for one in batch.entries] == [title]
    assert bool(batch.remarks) == (encoding == "latin-1")


def test_bytes_that_are_no_text_in_any_code_are_read_all_the_same() -> None:
    [one] = read_batch(b"title\nTea \x81\n", "given.csv").entries
    assert fates("", one.quote and "title\nTea \x81\n", "given.csv")[0][0] == "refused"


def test_a_table_without_a_title_and_one_that_breaks_are_said() -> None:
    assert "no column of this table is called title" in fates("", "a,b\n1,2\n", "given.csv")[0][1]
    found = fates("", 'title\nTea\n"' + "x" * 200_000 + '"\n', "given.csv")
    assert [fate for fate, _ in found] == ["new", "refused"]
    assert "this row cannot be read" in found[1][1]


def test_an_empty_file() -> None:
    assert read_batch(b"\xef\xbb\xbf\n", "given.ris") == Batch(remarks=("The file is empty.",))


# --- our own exports ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["bib", "ris", "csv"])
def test_our_own_exports_come_back_as_known(form: str, desk: Desk) -> None:
    works = list(desk.kb.references.values())
    cited = [exports.of_work(one, one.key, "reference", desk) for one in works]
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["id", "kind", "title", "authors", "year", "publisher", "doi", "url", "page"])
    rows.writerows(one.row for one in cited)
    texts = {
        "bib": "\n".join(one.bibtex for one in cited),
        "ris": "".join(one.ris for one in cited),
        "csv": table.getvalue(),
    }
    batch = read_batch(texts[form].encode(), f"list.{form}")
    made = taken(test_exports.PROJECT, batch)
    assert [(one.fate, one.key, one.offered.key) for one in made.outcomes if one.fate != "known"] == []
    assert [one.key for one in made.outcomes] == [one.key for one in works]
    assert made.text == test_exports.PROJECT


# --- hostile text -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sign", ["\0", "\x1b[31m", "\x7f", "\x9b"])
def test_control_signs_are_refused_and_never_reach_the_terminal(toy: Path, kb: Run, sign: str) -> None:
    (toy / "given.bib").write_text(f"@misc{{one, title = {{Tea {sign}m}}}}\n", encoding="utf-8")
    ended = kb("import", "--offline", "given.bib")
    assert sums(ended.out) == [1, 0, 0, 0, 1]
    assert f"it holds the control sign U+{ord(sign[0]):04X}" in ended.out
    assert sign[0] not in ended.out


def test_control_signs_beside_entries_never_reach_the_terminal(toy: Path, kb: Run) -> None:
    (toy / "given.bib").write_text("\x1b[31mtitle = {Tea},\n", encoding="utf-8")
    ended = kb("import", "--offline", "given.bib")
    assert (ended.code, "\x1b" in ended.out) == (1, False)
    assert "stands outside any entry" in ended.out


@pytest.mark.parametrize(
    "title", ["}", "{{{", "\\", '"', "<script>alert(1)</script>", "@book{x,", "a, b = {c},", "%", "y " * 5_000]
)
def test_no_title_harms_the_bibliography(title: str) -> None:
    text = json.dumps([{"type": "book", "title": f"Tea {title}", "id": title}])
    made = taken(THERE, read_batch(text.encode(), "given.json"))
    literature, problems = read_bibliography(made.text, "references.bib")
    assert problems == ()
    [new] = [one.reference for one in literature if one.key in made.keys]
    assert new is not None
    assert new.title == " ".join(f"Tea {title}".split())


def test_half_a_sign_is_no_bug_of_ours(toy: Path, kb: Run) -> None:
    (toy / "given.json").write_text(
        '[{"title": "Tea \\ud800 x", "URL": "https://a.example/\\udfff", "id": "a\\ud800"}]'
    )
    assert sums(kb("import", "--offline", "given.json").out) == [1, 1, 0, 0, 0]
    assert "Tea \ufffd x" in (toy / "references.bib").read_text(encoding="utf-8")


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXT,
        "type": st.sampled_from(["book", "article-journal", "webpage", "odd"]),
        "title": TEXT,
        "DOI": st.sampled_from(["10.5555/a", "10.5555/b"]),
        "URL": st.sampled_from(["https://a.example", "http://www.a.example/"]),
        "author": st.lists(st.fixed_dictionaries({"family": TEXT}, optional={"given": TEXT}), max_size=3),
        "issued": st.sampled_from([{"date-parts": [[2020]]}, {"date-parts": [[2021, 2]]}, {"raw": "soon"}]),
        "note": TEXT,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(ITEM, max_size=6))
def test_importing_twice_is_importing_once(items: list[dict[str, Any]]) -> None:
    batch = read_batch(json.dumps(items).encode(), "given.json")
    assert len(batch.entries) == len(items)
    once = taken(THERE, batch)
    twice = taken(once.text, batch)
    assert twice.text == once.text
    assert {one.fate for one in twice.outcomes} <= {"known", "refused"}
    assert all(line in once.text.split("\n") for line in THERE.split("\n"))


# --- what is looked up --------------------------------------------------------------------------------------
@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A register of DOIs and a site on this machine, which `kb` takes for the web."""
    own = asyncio.run

    def apart(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:  # browser tests of the same worker leave a loop running in this thread
            return pool.submit(own, coroutine).result()

    with serving() as one:
        monkeypatch.setattr(asyncio, "run", apart)
        monkeypatch.setattr("kb.web.register.RESOLVER", f"{one.address}/doi/")
        monkeypatch.setattr("kb.web.errand.Manners", partial(Manners, gap=0.0))
        monkeypatch.setenv("SOURCE_DATE_EPOCH", make.epoch(DAY))
        yield one


RECORD = {
    "type": "journal-article",
    "title": "Tea for three",
    "author": [{"family": "Moore", "given": "Ann", "sequence": "first"}],
    "container-title": "Journal of Tea",
    "issued": {"date-parts": [[2021, 3]]},
    "DOI": "10.5555/three",
    "publisher": "Tea Press",
    "member": "1234",
    "abstract": "<jats:p>Long</jats:p>",
}


def registered(server: Server, doi: str, **said: object) -> None:
    body = json.dumps(RECORD | said)
    server.page(f"/api/{doi}", body=body, Content_Type="application/vnd.citationstyles.csl+json")
    server.page(f"/doi/{doi}", 302, "", Location=f"/api/{doi}")


@pytest.mark.parametrize("source", ["10.5555/three", "doi:10.5555/three", "https://doi.org/10.5555/three"])
def test_a_doi_becomes_an_entry(toy: Path, kb: Run, server: Server, source: str) -> None:
    registered(server, "10.5555/three")
    ended = kb("import", source)
    assert (ended.code, ended.err) == (0, "")
    assert sums(ended.out) == [1, 1, 0, 0, 0]
    assert [one.headers["accept"] for one in server.asked] == ["application/vnd.citationstyles.csl+json"] * 2
    text = (toy / "references.bib").read_text(encoding="utf-8")
    assert "@article{moore2021tea,\n" in text
    assert "  seen         = {the register of DOIs, 2027-03-03},\n" in text
    assert "member" not in text
    assert "jats" not in text
    server.asked.clear()
    assert sums(kb("import", source).out) == [1, 0, 1, 0, 0]
    assert server.asked == []  # what is there need not be asked


def test_what_an_entry_lacks_is_looked_up_and_said(toy: Path, kb: Run, server: Server) -> None:
    registered(server, "10.5555/three")
    (toy / "given.bib").write_text("@article{a, title = {My tea for three}, doi = {10.5555/three}}\n")
    ended = kb("import", "given.bib")
    assert "https://doi.org/10.5555/three was looked up, and told: author, journaltitle, publisher, date." in ended.out
    text = (toy / "references.bib").read_text(encoding="utf-8")
    assert "@article{a,\n  author       = {Moore, Ann},\n" in text
    assert "title = {My tea for three}" in text


def test_a_doi_of_another_work_tells_nothing(toy: Path, kb: Run, server: Server) -> None:
    registered(server, "10.5555/three", title="Zebras and their kin")
    (toy / "given.bib").write_text("@article{a, title = {My tea for three}, doi = {10.5555/three}}\n")
    said = kb("import", "given.bib").out
    assert "https://doi.org/10.5555/three is 'Zebras and their kin', so nothing was taken from there." in said
    assert "Moore" not in (toy / "references.bib").read_text(encoding="utf-8")


def test_offline_it_says_what_it_could_not_look_up(toy: Path, kb: Run, server: Server) -> None:
    ended = kb("import", "--offline", "10.5555/three")
    assert ended.code == 1
    assert sums(ended.out) == [1, 0, 0, 0, 1]
    assert "an entry without a key is not taken: it has no title. Add one." in ended.out
    assert "https://doi.org/10.5555/three could not be looked up: this is a run with --offline." in ended.out
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"status": 404}, "no register knows this DOI"),
        ({"status": 500}, "the site answers 500"),
        ({"status": 200}, "the register has no record of it that can be read"),
        ({"status": 200, "body": "[1]", "Content_Type": "application/json"}, "what came back tells of no work"),
        ({"status": 302, "Location": "ftp://x"}, "the site gives no answer (nowhere)"),
    ],
)
def test_why_a_doi_could_not_be_looked_up(toy: Path, kb: Run, server: Server, answer: dict[str, Any], why: str) -> None:
    server.page("/doi/10.5555/three", **answer)
    ended = kb("import", "10.5555/three")
    assert ended.code == 1
    assert f"could not be looked up: {why}." in ended.out


HEAD = """<!doctype html><html><head>
<meta name="citation_title" content="Tea &amp; three">
<meta content="Moore, Ann" name='citation_author'><meta name="citation_author" content="Tea Board">
<meta name="citation_publication_date" content="2021/03/05"><meta property="og:site_name" content="Tea site">
<meta name="viewport">
{more}<title>Tea | site</title></head><body><h1>Tea</h1></body></html>"""


def test_an_address_becomes_an_entry(toy: Path, kb: Run, server: Server) -> None:
    address = server.page("/tea", body=HEAD.replace("{more}", ""))
    ended = kb("import", address)
    assert sums(ended.out) == [1, 1, 0, 0, 0]
    text = (toy / "references.bib").read_text(encoding="utf-8")
    assert "@online{moore2021tea,\n  title        = {Tea \\& three},\n" in text
    assert "author       = {Moore, Ann and {Tea Board}},\n" in text
    assert "organization = {Tea site},\n" in text
    assert "date         = {2021-03-05},\n" in text
    assert f"url          = {{{address}}},\n" in text
    assert "seen         = {the page, 2027-03-03},\n" in text


def test_a_page_that_names_a_doi_is_looked_up_by_that(toy: Path, kb: Run, server: Server) -> None:
    registered(server, "10.5555/three")
    named = HEAD.replace("{more}", '<meta name="citation_doi" content="doi:10.5555/three">')
    kb("import", server.page("/tea", body=named))
    assert "doi          = {10.5555/three},\n" in (toy / "references.bib").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"body": "<title>Page not found</title>"}, "the page does not say what it is"),
        ({"body": "%PDF", "Content_Type": "application/pdf"}, "it is no page but application/pdf"),
        ({"status": 403}, "the site answers 403"),
    ],
)
def test_why_an_address_could_not_be_looked_up(
    toy: Path, kb: Run, server: Server, answer: dict[str, Any], why: str
) -> None:
    ended = kb("import", server.page("/tea", **answer))
    assert ended.code == 1
    assert f"could not be looked up: {why}." in ended.out


def test_a_page_of_which_the_doi_is_unknown_tells_for_itself(toy: Path, kb: Run, server: Server) -> None:
    named = HEAD.replace("{more}", '<meta name="citation_doi" content="10.5555/none">')
    assert sums(kb("import", server.page("/tea", body=named)).out) == [1, 1, 0, 0, 0]
