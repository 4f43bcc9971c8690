"""`kb check --fix`: what is mechanical is mended and shown; all else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.liveness import Memory, Remembered, write
from tests import test_cli
from tests.test_cli import Run

kb, toy = test_cli.kb, test_cli.toy

ENTRY = """
@article{fixed2020,
  author       = {Ashe, Robin},
  title        = {Doi: 10.5555/x is no DOI here},
  date         = {2020},
  journaltitle = {Toy},
  pages        = {$PAGES},
  doi          = {$DOI},
  url          = {http://old.example.org/a},
  waive        = {entries-are-cited: It is new},
}
"""
TORN = "<<<<<<< HEAD\n    title: The old leaflet\n=======\n    title: The very old leaflet\n>>>>>>> other\n"


def entry(toy: Path, pages: str = "1--9", doi: str = "10.5555/x") -> Path:
    """The bibliography with one entry more."""
    path = toy / "references.bib"
    path.write_text(path.read_text() + ENTRY.replace("$PAGES", pages).replace("$DOI", doi), newline="\n")
    return path


@pytest.fixture
def tidy(toy: Path, kb: Run) -> Path:
    """The sound community in its one form."""
    assert kb("check", "--fix").code == 0
    return toy


def test_what_needs_nothing_is_left_alone(tidy: Path, kb: Run) -> None:
    entry(tidy)
    before = {path: path.read_bytes() for path in tidy.rglob("*") if path.is_file()}
    said = kb("check", "--fix")
    assert (said.code, said.out.split("\n")[0]) == (0, "Nothing that can be mended by itself.")
    assert {path: path.read_bytes() for path in tidy.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "doi", ["https://doi.org/10.5555/x", "http://dx.doi.org/10.5555/x", "doi:10.5555/x", "DOI: 10.5555/x"]
)
def test_a_doi_written_as_an_address(tidy: Path, kb: Run, doi: str) -> None:
    path = entry(tidy, doi=doi)
    before = path.read_text()
    said = kb("check", "--fix")
    assert said.code == 0
    assert f"-  doi          = {{{doi}}},\n+  doi          = {{10.5555/x}},\n" in said.out
    assert path.read_text() == before.replace(f"{{{doi}}}", "{10.5555/x}")


@pytest.mark.parametrize(
    ("written", "mended"),
    [("11-19", "11--19"), ("e11 - e19", "e11--e19"), ("11–19", "11–19"), ("A-12", "A-12"), ("3, 7-9", "3, 7-9")],
)
def test_a_range_of_pages(tidy: Path, kb: Run, written: str, mended: str) -> None:
    path = entry(tidy, pages=written)
    kb("check", "--fix")
    assert f"pages        = {{{mended}}}," in path.read_text()


def test_pages_that_a_record_names(tidy: Path, kb: Run) -> None:
    path = tidy / "resources/cases.yaml"
    path.write_text(path.read_text().replace("at: p. 14", "at: pp. 12-14, seen 2020-01-02", 1), newline="\n")
    kb("check", "--fix")
    assert "at: pp. 12–14, seen 2020-01-02" in path.read_text()


def test_http_only_where_the_site_moved_to_https(tidy: Path, kb: Run) -> None:
    path = entry(tidy)
    page = tidy / "docs/about.md"
    page.write_text(page.read_text() + "\n[a](http://old.example.org/a#b) and [c](http://other.example.org/c)\n")
    moved = {
        "http://old.example.org/a": "https://old.example.org/a",
        "http://other.example.org/c": "https://x.example/",
    }
    known = {address: Remembered(address, verdict="moved", now=now) for address, now in moved.items()}
    (tidy / "links.txt").write_text(write(Memory(known)))
    said = kb("check", "--fix")
    assert "+  url          = {https://old.example.org/a}," in said.out
    assert "url          = {https://old.example.org/a}," in path.read_text()
    assert "[a](https://old.example.org/a#b) and [c](http://other.example.org/c)" in page.read_text()


def test_marks_and_ends_of_lines(tidy: Path, kb: Run) -> None:
    page, bib = tidy / "docs/about.md", tidy / "references.bib"
    right, words = page.read_bytes(), bib.read_text()
    page.write_bytes(b"\xef\xbb\xbf" + right.replace(b"\n", b"\r\n"))
    bib.write_text(words.replace("\n\n", "  \n\t\n"), newline="\n")
    said = kb("check", "--fix")
    assert "docs/about.md: only the ends of lines, or a mark at the beginning, changed." in said.out
    assert page.read_bytes() == right
    assert bib.read_text() == words


def test_data_files_are_put_into_form(tidy: Path, kb: Run) -> None:
    path = tidy / "resources.yaml"
    right = path.read_text()
    cite, type = "    cite: toytown2015audit\n", "    type: report\n"
    path.write_text(right.replace(cite + type, type + cite), newline="\n")
    said = kb("check", "--fix")
    assert "resources.yaml (mended)" in said.out
    assert path.read_text() == right


def test_with_another_form_the_difference_stands_aside(tidy: Path, kb: Run) -> None:
    entry(tidy, doi="doi:10.5555/x")
    said = kb("check", "--fix", "--format", "json")
    assert said.out == "[]\n"
    assert "+  doi          = {10.5555/x},\n" in said.err


# --- two versions that git could not join: only one is read, and neither may be lost ----------------------------
@pytest.mark.parametrize("command", [("check", "--fix"), ("format",), ("new", "resource", "--set", "title=A")])
def test_no_command_writes_a_file_of_two_versions(tidy: Path, kb: Run, command: tuple[str, ...]) -> None:
    path = tidy / "resources.yaml"
    path.write_text(path.read_text().replace("    title: The old leaflet\n", TORN), newline="\n")
    before = path.read_bytes()
    asked = ("cite=ashe2012timebank", "type=report", "topics=sharing", "audiences=neighbours")
    more = [word for one in (*asked, "summary=A.", "why_useful=B.", "limits=C.") for word in ("--set", one)]
    said = kb(*command, *(more if command[0] == "new" else ()))
    assert said.code == 1
    assert "resources.yaml" in said.out + said.err
    assert path.read_bytes() == before
