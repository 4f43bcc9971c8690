"""Texts, names and files that are refused: each meets its rule, at its place, with exit code 1 and no traceback."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb import cli
from kb.model import KINDS, WebAddress
from kb.problem import Place
from tests import make

TABLE: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "hostile" / "refused.yaml").read_text(encoding="utf-8").replace("LONG", "a" * 105)
)
ADDRESSES = {**TABLE["addresses"], **TABLE["spaces"]}
HEAD = "---\ntitle: X\ndescription: X\n"
MADE = "https://example.org/"
"""What an address begins with that is made for a field."""


def of(part: str) -> pytest.MarkDecorator:
    """A run of the test for each line of a part of the table."""
    return pytest.mark.parametrize("given", TABLE[part].values(), ids=TABLE[part])


# --- addresses ------------------------------------------------------------------------------------------------
def with_address(value: Any, address: str) -> Any:
    """A value with the address in each of its fields that takes one."""
    if isinstance(value, dict):
        return {name: with_address(one, address) for name, one in value.items()}
    if isinstance(value, list):
        return [with_address(one, address) for one in value]
    return address if isinstance(value, str) and value.startswith(MADE) else value


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_in_a_field(address: str) -> None:
    records = [with_address(make.full(kind.kind), address) for kind in KINDS]
    leaves = [leaf for _, leaf in make.sources(records).leaves() if isinstance(leaf.role, WebAddress)]
    met = [one.place for one in make.problems(*records) if one.rule == "web-addresses"]
    assert {leaf.route for leaf in leaves} >= {("url",), ("archive", "url")}
    assert len(met) == len(leaves)


@pytest.mark.parametrize("address", TABLE["addresses"].values(), ids=TABLE["addresses"])
def test_an_address_in_the_bibliography_and_in_texts(address: str) -> None:
    url, line = f"  url = {{{address}}},", f"Words [x]({address}) and ![x]({address}) end."
    bib = make.BIBLIOGRAPHY.replace("  keywords", f"{url}\n  keywords")
    term = make.record("term", definition=f"[x]({address})")
    said = make.problems(term, bib=bib, pages={"x.md": f"{HEAD}---\n{line}\n"})
    met = {(one.place.file, one.place.line, one.place.column) for one in said if one.rule == "web-addresses"}
    assert {one for one in met if one[0] != "resources.yaml"} == {
        ("references.bib", bib.split("\n").index(url) + 1, 3),
        ("docs/x.md", 5, line.index("(") + 1),
        ("docs/x.md", 5, line.rindex(f"({address}") + 1),
    }
    assert {record for one in said if one.rule == "web-addresses" and (record := one.record)} >= {"a-term"}


# --- names ----------------------------------------------------------------------------------------------------
@of("keys")
def test_a_citation_key(given: tuple[str, str]) -> None:
    key, rule = given
    said = make.problems(bib=f"{make.BIBLIOGRAPHY}@misc{{{key}, title = {{X}}, year = {{2001}}}}\n")
    line = make.BIBLIOGRAPHY.count("\n") + 1
    assert (rule, line, 7) in [(one.rule, one.place.line, one.place.column) for one in said]


@of("ids")
def test_an_id(given: tuple[str, str]) -> None:
    id, rule = given
    term = make.record("term", id)
    own = next(leaf for _, leaf in make.sources([*make.vocabularies(), term]).leaves() if leaf.text == id)
    assert (rule, own.place) in [(one.rule, one.place) for one in make.problems(term)]


# --- files ----------------------------------------------------------------------------------------------------
Check = Callable[[dict[str, str]], list[tuple[str, Place]]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """What `kb check` says of the sound community with files laid over it: it must end with 1, for there are errors."""

    def run(files: dict[str, str]) -> list[tuple[str, Place]]:
        monkeypatch.chdir(make.community(tmp_path / "toy", files).parent)
        monkeypatch.setattr(sys, "argv", ["kb", "check", "--format", "json"])
        with redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 1
        said = json.loads(out.getvalue())
        return [(one["rule"], Place(one["file"], one["line"], one["column"])) for one in said]

    return run


@of("pages")
def test_a_name_of_a_page(given: tuple[str, str], check: Check) -> None:
    name, rule = given
    assert (rule, Place(f"docs/{name}")) in check({f"docs/{name}": f"{HEAD}---\nWords.\n"})


@of("was")
def test_a_former_address(given: tuple[str, str], check: Check) -> None:
    address, rule = given
    page = f"{HEAD}was: [{json.dumps(address)}]\n---\nWords.\n"
    assert (rule, Place("docs/x.md", 4, 7)) in check({"docs/x.md": page})


@of("includes")
def test_an_included_file(given: str, check: Check) -> None:
    main = (make.SOUND / "resources.yaml").read_text(encoding="utf-8")
    listed = f'include:\n  - "resources/*.yaml"\n  - {json.dumps(given)}'
    said = check({"resources.yaml": main.replace("include: [resources/*.yaml]", listed)})
    assert ("included-files", Place("resources.yaml", 3, 5)) in said


@of("promises")
def test_a_promise(given: tuple[str, str], check: Check) -> None:
    line, rule = given
    kept = (make.SOUND / "permalinks.txt").read_text(encoding="utf-8")
    said = check({"permalinks.txt": f"{kept}{line}\n"})
    assert (rule, Place("permalinks.txt", kept.count("\n") + 1)) in said


@of("files")
def test_a_file(given: tuple[str, str, str, int, int], check: Check) -> None:
    name, text, rule, line, column = given
    assert (rule, Place(name, line, column)) in check({name: text})
