"""`kb review`: what a reviewer of a change is told, seen in small repositories."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Set
from pathlib import Path
from random import Random

import pytest

from kb import review
from kb.change import Review
from kb.read import Layout, read
from kb.report import quote
from kb.report import review as report
from kb.source import Sources
from tests import make, test_changed
from tests.make import SOUND
from tests.test_changed import Git, change, commit
from tests.test_cli import Ended, Run, kb
from tests.test_ledger import CHANGES, RECORD, another_word
from tests.test_preview import preview

__all__ = ["kb"]

git, toy = test_changed.git, test_changed.toy
TERM = """\
terms:
  - id: tea-round
    title: Tea round
    summary: Who makes the tea today, and [what][timebanking] it counts for.
    definition: A turn.
    added: 2026-11-23
    review_by: 2027-11-23
"""


def said(kb: Run) -> str:
    ended = kb("review", "main")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("<!-- kb-review -->\n\n## What this change does\n\n")
    preview.look_at_comment(ended.out.encode())
    return ended.out


def section(comment: str, heading: str) -> str:
    return comment.partition(f"### {heading}\n\n")[2].partition("\n\n### ")[0].rstrip()


def headings(comment: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r"^### (.*)$", comment, re.M))


def test_a_record_that_is_added_is_shown_with_its_facts(toy: Path, kb: Run) -> None:
    make.write(toy, {"resources/more.yaml": TERM.replace("[what][timebanking]", "what")})
    comment = said(kb)
    assert "**Nothing stands in its way.**" in comment
    assert section(comment, "Added") == (
        "- **term** `Tea round` (`tea-round`)\n"
        "  - `Who makes the tea today, and what it counts for.`\n"
        "  - definition: `A turn.`\n"
        "  - added: `2026-11-23`\n"
        "  - review by: `2027-11-23`"
    )
    assert section(comment, "Addresses") == "- new: `/glossary/tea-round/`"
    assert list(headings(comment)) == ["Added", "Addresses", "Who should review"]


def test_a_field_that_changes_is_shown_before_and_after_in_the_words_of_the_lists(toy: Path, kb: Run) -> None:
    change(toy, "resources.yaml", "topics: [sharing, play]", "topics: [play]")
    change(toy, "resources.yaml", "    cost: free\n", "")
    change(toy, "resources.yaml", "      - the washing up\n", "      - the drying up\n")
    change(toy, "resources.yaml", "    publisher: Toy Town Films\n", "    publisher: Toy Town Films\n    cost: paid\n")
    told = section(said(kb), "Changed")
    assert re.search(r"  - topics: `Sharing.*; .*[Pp]lay.*` → `[^;]*[Pp]lay[^;]*`\n", told)
    assert "  - cost: gone: `free`" in told
    assert "  - cost: new: `paid`" in told
    assert "  - limits: `- the washing up` → `- the drying up`" in told
    assert told.count("**resource**") == 2


def test_problems_stand_apart_by_whether_they_block(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {"resources/old.yaml": test_changed.OLD})
    commit(git)
    change(toy, "resources.yaml", "[sharing, play]", "[sharing, pley]")
    change(toy, "resources.yaml", "added: 2026-11-01\n    review_by: 2027", "added: 2025-11-01\n    review_by: 2026")
    comment = said(kb)
    assert "**1 problem must be mended first.**\nElsewhere there are 5 older problems.\n" in comment
    assert section(comment, "To mend").startswith(
        "- `resources.yaml, line 11`: `'pley' is not a topic. Did you mean 'play'? Choose from: "
    )
    assert section(comment, "To look at").startswith("- `resources.yaml, line 61`: ``the review was due on 2026-11-01.")
    assert section(comment, "Addresses") == "- not known: no pages can be made while a problem must be mended"


def test_what_goes_and_what_leads_on_is_said(toy: Path, kb: Run) -> None:
    text = (toy / "resources.yaml").read_text(encoding="utf-8")
    text = text[: text.index("  - id: hebrew-guide")].replace("tea-and-toast", "toast")
    make.write(toy, {"resources.yaml": text, "permalinks.txt": ""})
    change(toy, "resources/people.yaml", "item: tea-and-toast", "item: toast")
    change(toy, "docs/about.md", "[tea-and-toast]", "[toast]")
    change(toy, "resources.yaml", "  - id: toast\n    title", "  - id: toast\n    was: [tea-and-toast]\n    title")
    comment = said(kb)
    assert "- **resource** `מדריך לבנק הזמן` (`hebrew-guide`)" in section(comment, "Taken out")
    told = section(comment, "Addresses").split("\n")
    assert "- new: `/resources/toast/`" in told
    assert "- leads on: `/resources/tea-and-toast/` → `/resources/toast/`" in told
    assert "- **lost**: `/resources/hebrew-guide/`" in told


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("title = {מדריך, לבנק-הזמן!}, date = {2020}", "nearly the same title"),
        ("title = {Other}, date = {2020}, url = {http://www.he.example.org/guide/}", "the same address"),
    ],
)
def test_what_may_be_there_twice_is_named(toy: Path, kb: Run, entry: str, why: str) -> None:
    bib = (toy / "references.bib").read_text(encoding="utf-8")
    make.write(toy, {"references.bib": f"{bib}\n@online{{again2020,\n  {entry}\n}}\n"})
    told = section(said(kb), "Perhaps there twice")
    assert told.startswith("- **work** `")
    assert told.endswith(f") have {why}")
    assert told.count("\n") == 0


def test_a_doi_is_the_same_however_it_is_written(toy: Path, kb: Run) -> None:
    bib = (toy / "references.bib").read_text(encoding="utf-8")
    doi = re.search(r"doi +=\s\{(.*?)\}", bib)
    assert doi
    entry = f"@article{{again2020,\n  title = {{Other}},\n  date = {{2020}},\n  url = {{https://dx.doi.org/{doi[1].upper()}}}\n}}"
    make.write(toy, {"references.bib": f"{bib}\n{entry}\n"})
    assert section(said(kb), "Perhaps there twice").endswith("have the same DOI")


def test_a_resource_and_the_work_that_it_cites_are_not_twins(toy: Path, kb: Run) -> None:
    change(
        toy, "resources.yaml", "    cite: toytown2015audit\n", "    cite: toytown2015audit\n    title: Toy Town audit\n"
    )
    change(toy, "resources.yaml", "It shows what an hour is worth", "It tells what an hour is worth")
    assert "Perhaps there twice" not in said(kb)


def test_pages_and_other_files_are_named(toy: Path, kb: Run) -> None:
    (toy / "docs/about.md").write_text("---\ntitle: About us\ndescription: Who we are.\n---\n\nNew words.\n")
    make.write(toy, {"scripts/x y.py": "pass\n", "docs/broken.md": "---\ntitle: [\n---\n"})
    comment = said(kb)
    assert "- **page** `About us` (`about.md`)\n" in section(comment, "Changed")
    assert "- **page** `broken.md` (`broken.md`)" in section(comment, "Added")
    assert section(comment, "Other files") == "- `scripts/x y.py`"


def test_hostile_words_stay_code_and_the_comment_stays_short(toy: Path, kb: Run) -> None:
    hostile = '"@octocat ```<!-- kb-review --> [x](https://evil.example) #1 | \\u202e ' + "x" * 5_000 + '"'
    records = "".join(
        f"\n  - id: t{number}\n    title: {hostile}\n    summary: {hostile}\n    definition: {hostile}\n"
        f"    synonyms: [{hostile}]\n    '@evil': {hostile}\n"
        for number in range(40)
    )
    make.write(toy, {"resources/more.yaml": f"terms:{records}"})
    comment = said(kb)
    assert len(comment) <= quote.LIMIT
    assert "- and 25 more\n" in section(comment, "Added") + "\n"
    assert "\u202e" not in comment


def test_a_comment_that_grows_too_long_is_cut_between_lines() -> None:
    cut = quote.bounded("0123456789\n" * 10_000)
    assert len(cut) <= quote.LIMIT
    assert cut.endswith("0123456789\n\nThere is more, but a comment can hold no more.\n")


def test_a_sick_entry_is_shown_by_its_key(toy: Path, kb: Run) -> None:
    bib = (toy / "references.bib").read_text(encoding="utf-8")
    make.write(toy, {"references.bib": f"{bib}\n@book{{sick2020,\n  title = {{A\n}}\n"})
    assert "must be mended first" in said(kb)


def test_the_same_again_changes_nothing(toy: Path, kb: Run) -> None:
    assert "**Nothing changed.**" in said(kb)
    assert said(kb) == said(kb)


# --- who should review ------------------------------------------------------------------------------------------
def test_the_owners_from_before_the_change_are_named(toy: Path, git: Git, kb: Run) -> None:
    make.write(toy, {".github/CODEOWNERS": "# ours\n* @everybody\n/docs/ @writers @editors # prose\n*.bib @library\n"})
    commit(git)
    make.write(toy, {".github/CODEOWNERS": "* @evil\n"})
    change(toy, "docs/about.md", "\n---\n", "\n---\nMore.\n")
    told = section(said(kb), "Who should review")
    assert told == "Those who look after these files: `@everybody`, `@writers`, `@editors`."


@pytest.mark.parametrize(
    ("lines", "file", "found"),
    [
        ("", "a.bib", ()),
        ("docs/ @a", "docs/x/y.md", ("@a",)),
        ("docs/ @a", "more/docs/y.md", ("@a",)),
        ("/docs/ @a", "more/docs/y.md", ()),
        ("resources/*.yaml @a", "resources/cases.yaml", ("@a",)),
        ("*.bib @a", "deep/er/x.bib", ("@a",)),
        ("* @a\n*.bib", "x.bib", ()),
    ],
)
def test_patterns_of_files(lines: str, file: str, found: tuple[str, ...]) -> None:
    assert review.owners(lines, [file]) == found


# --- where nothing can be compared ------------------------------------------------------------------------------
def test_outside_a_repository(toy: Path, kb: Run) -> None:
    shutil.rmtree(toy / ".git")
    ended = kb("review", "main")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("git cannot compare the files here: ")


def test_an_unknown_revision(toy: Path, kb: Run) -> None:
    said = "git knows no revision 'nowhere' here; one from elsewhere is fetched first.\n"
    assert kb("review", "nowhere") == Ended(2, "", said)


def test_our_mark_is_the_first_line() -> None:
    assert report.MARK == "<!-- kb-review -->"


def comment(now: Sources, before: Sources, same: Set[str]) -> str:
    """What is said of a change, without problems, addresses and owners."""
    are, were = review.shown(now, same), review.shown(before, same)
    added = tuple(one for key, one in are.items() if key not in were)
    edited = tuple(review.edited(were.values(), are))
    removed = tuple(one for key, one in were.items() if key not in are)
    twins = tuple(review.twins((*added, *(one.now for one in edited)), are.values()))
    return report.as_comment(Review(added, edited, removed, twins, (), (), 0, None, ("a file",), ()))


def test_what_did_not_change_need_not_be_looked_at() -> None:
    """The same is said of any edit, whether only the records that it touched are taken apart or all of them."""
    layout = Layout(SOUND)
    before = read(layout)
    files = [name for name in before.texts if not name.startswith("docs/") and name != "permalinks.txt"]
    told = set()
    for number in range(150):
        chance = Random(number)
        file = chance.choice(files)
        change = chance.choice((*CHANGES, doubled))
        now = read(layout, {file: change(before.texts[file], chance)})
        said = comment(now, before, frozenset())
        assert comment(now, before, review.same(now, before)) == said, f"edit {number}"
        told.add(said)
    assert len(told) > 75
    assert len(review.same(before, before)) == sum(bool(one.mark.digest) for one in before.records)


def doubled(text: str, chance: Random) -> str:
    found = [*RECORD.finditer(text)]
    one = another_word(chance.choice(found)[0], chance) if found else ""
    return text[: found[-1].end()] + one + text[found[-1].end() :] if found else text
