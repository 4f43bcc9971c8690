"""Reading: every value with the place where it really stands, and one slip that never hides anything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.model import SECTIONS, Markdown, Vocabulary
from kb.problem import Place, Problem
from kb.read import Layout, read
from kb.read.files import HIDDEN, LARGEST_FILE, LONGEST_VALUE, decode, read_text
from kb.read.promises import read_promises
from kb.read.prose import read_page
from kb.read.records import read_sections
from kb.read.salvage import salvage
from kb.read.tree import DEEPEST, read_tree
from kb.source import Leaf, Mapping, Node, Scalar, Sequence, Sources, place_of, within
from tests import make

LETTERS = st.characters(codec="utf-8", categories=("L", "N", "So"), exclude_characters="\ufffe\uffff")
WORD = st.text(LETTERS, min_size=1, max_size=5).map(lambda word: f"w{word}")
WORDS = st.lists(WORD, min_size=1, max_size=6)


# --- a YAML text and what it must be read as --------------------------------------------------------------
@dataclass(frozen=True)
class Text:
    """A text to be written in a style; `broken` puts each word on a line of its own."""

    words: tuple[str, ...]
    style: str
    broken: bool

    @property
    def value(self) -> str:
        if self.style == "|":
            return "\n".join(self.words) + "\n"
        return " ".join(self.words) + ("\n" if self.style == ">" else "")

    def lines(self, pad: str) -> list[str]:
        if self.style in "|>" and self.style:
            return [self.style, *(pad + word for word in self.words)]
        quoted = {"": "{}", "'": "'{}'", '"': '"{}"', "u": "{}"}[self.style]
        if self.style == "u":
            return ['"' + "".join(map(_escaped, " ".join(self.words))) + '"']
        text = quoted.format((f"\n{pad}" if self.broken else " ").join(self.words))
        return text.split("\n")


def _escaped(letter: str) -> str:
    return letter if letter.isascii() else f"\\U{ord(letter):08X}"


TEXTS = st.builds(Text, WORDS.map(tuple), st.sampled_from(["", "'", '"', "u", "|", ">"]), st.booleans())
Written = Text | dict[str, Any] | list[Any]
TREES: st.SearchStrategy[Written] = st.recursive(
    TEXTS,
    lambda inner: st.dictionaries(WORD, inner, min_size=1, max_size=4) | st.lists(inner, min_size=1, max_size=4),
    max_leaves=12,
)


def lines(tree: Written, indent: int) -> list[str]:
    """The lines of a tree in block style, with `indent` more spaces at each level."""
    pad = " " * indent
    if isinstance(tree, Text):
        return tree.lines(pad)
    if isinstance(tree, dict):
        return [line for key, value in tree.items() for line in _entry(f"{key}:", value, indent)]
    return [line for item in tree for line in _item(item, indent)]


def _entry(key: str, value: Written, indent: int) -> list[str]:
    pad = " " * indent
    inner = lines(value, indent)
    if isinstance(value, Text):
        return [f"{key} {inner[0]}", *inner[1:]]
    return [key, *(pad + line for line in inner)]


def _item(item: Written, indent: int) -> list[str]:
    inner = lines(item, indent)
    if isinstance(item, Text):
        return [f"- {inner[0]}", *inner[1:]]
    return [f"- {inner[0]}", *(f"  {line}" for line in inner[1:])]


def pairs(tree: Written, node: Node) -> Iterator[tuple[Text, Scalar]]:
    """Each text that was written, with what was read in its place."""
    if isinstance(tree, Text):
        assert isinstance(node, Scalar)
        yield tree, node
    elif isinstance(tree, dict):
        assert isinstance(node, Mapping)
        assert [pair.key.text for pair in node.pairs] == list(tree)
        for pair, value in zip(node.pairs, tree.values(), strict=True):
            yield from pairs(value, pair.value)
    else:
        assert isinstance(node, Sequence)
        for one, item in zip(node.items, tree, strict=True):
            yield from pairs(item, one)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Mapping):
        for pair in node.pairs:
            yield from nodes(pair.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from nodes(item)


def at(text: str, place: Place) -> str:
    """What the file holds from a place on, to the end of the line."""
    return text.split("\n")[place.line - 1][place.column - 1 :]


def offset(text: str, place: Place) -> int:
    before = text.split("\n")[: place.line - 1]
    return sum(len(line) + 1 for line in before) + place.column - 1


BEGINNING = {"'": "'", '"': '"', "u": '"', "|": "|", ">": ">"}


@settings(deadline=None)
@given(tree=TREES, indent=st.integers(1, 4), comments=st.integers(0, 2), end=st.booleans())
def test_every_value_has_the_place_where_it_stands(tree: Written, indent: int, comments: int, end: bool) -> None:
    text = "\n".join([*(["# ünder way"] * comments), *lines(tree, indent)]) + "\n" * end
    node, problems = read_tree(text, "f.yaml")
    assert problems == ()
    assert node is not None
    for written, scalar in pairs(tree, node):
        assert scalar.text == written.value.rstrip("\n") + "\n" * (
            written.value.endswith("\n") and scalar.text[-1] == "\n"
        )
        found = at(text, scalar.place)
        assert found.startswith(BEGINNING.get(written.style, written.words[0]))
        assert scalar.place.width <= len(found)
        last = text.split("\n")[scalar.last_line - 1]
        assert written.style == "u" or written.words[-1] in last
    for one in nodes(node):
        if isinstance(one, Mapping):
            assert all(at(text, pair.key.place).startswith(f"{pair.key.text}:") for pair in one.pairs)
            assert all(pair.key.place.width == len(pair.key.text) for pair in one.pairs)


@settings(deadline=None)
@given(words=WORDS, style=st.sampled_from(["", "'", '"', "u", "|", ">"]), broken=st.booleans(), data=st.data())
def test_a_token_is_found_where_it_stands_or_its_text_is_shown(
    words: list[str], style: str, broken: bool, data: st.DataObject
) -> None:
    token = data.draw(st.sampled_from(words))
    written = Text(tuple(words), style, broken)
    text = "\n".join(["before: " + token, *_entry("key:", written, 2), "after: " + token])
    node, _ = read_tree(text, "f.yaml")
    assert isinstance(node, Mapping)
    scalar = node.get("key")
    assert isinstance(scalar, Scalar)
    leaf = Leaf(Markdown(), scalar.text, scalar.place, scalar.last_line)
    for occurrence in range(scalar.text.count(token)):
        place = within(text, leaf, token, occurrence)
        if style == "u" and not token.isascii():
            assert place == leaf.place
        else:
            assert at(text, place).startswith(token)
            assert text[offset(text, leaf.place) : offset(text, place)].count(token) == occurrence


def test_a_token_that_breaks_over_two_lines_is_shown_where_its_text_begins() -> None:
    text = "a: >-\n  see [one\n  word][two\n  words]\n"
    node, _ = read_tree(text, "f.yaml")
    assert isinstance(node, Mapping)
    scalar = node.get("a")
    assert isinstance(scalar, Scalar)
    leaf = Leaf(Markdown(), scalar.text, scalar.place, scalar.last_line)
    assert within(text, leaf, "[two words]", 0) == leaf.place


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\u0085"], ids=["LS", "PS", "NEL"])
def test_odd_line_separators_shift_no_line(character: str) -> None:
    """Editors and the report count line feeds alone; YAML 1.1 counts these as well, so they are refused."""
    node, problems = read_tree(f'- "a{character * 3}b"\n- "second\n  line"\n', "f.yaml")
    assert [(problem.place.line, problem.place.column) for problem in problems] == [(1, 5), (1, 6), (1, 7)]
    assert isinstance(node, Sequence)
    assert [item.place.line for item in node.items] == [1, 2]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a: 7", 7),
        ("a: 1.5", 1.5),
        ("a: no", False),
        ("a: ~", None),
        ("a:", None),
        ('a: "7"', "7"),
        ("a: 'no'", "no"),
        ("a: 2026-13-40", "2026-13-40"),
        ("a: 2026-11-23 10:00:00", "2026-11-23 10:00:00"),
        ("a: =", "="),
        ("a: 0o7", "0o7"),
        ("a: 1:30", 90),
        ("a: ! x", "x"),
    ],
)
def test_what_yaml_takes_a_bare_text_for(written: str, value: object) -> None:
    node, problems = read_tree(written, "f.yaml")
    assert problems == ()
    assert isinstance(node, Mapping)
    scalar = node.get("a")
    assert isinstance(scalar, Scalar)
    assert scalar.value == value
    assert type(scalar.value) is type(value)


def said(problems: tuple[Problem, ...]) -> list[tuple[str, int, int]]:
    return [(problem.rule, problem.place.line, problem.place.column) for problem in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c\n", ("yaml-syntax", 1, 5)),
        ("a: 1\n  b: 2\n", ("yaml-syntax", 2, 3)),
        ("a: 'it' s\n", ("yaml-syntax", 1, 9)),
        ("a:\n\t- b\n", ("no-tabs", 2, 1)),
        ("a: @b\n", ("yaml-syntax", 1, 4)),
        ("a: 1\nb\nc: 2\n", ("yaml-syntax", 2, 1)),
        ("a: 'b\n\nc: 2\n", ("yaml-syntax", 1, 4)),
        ('a: "\\d"\n', ("yaml-syntax", 1, 5)),
        ("a: [1, 2\nb: 3\n", ("yaml-syntax", 1, 4)),
        ("a: [1, 2", ("yaml-syntax", 1, 4)),
        ("a: x\x07y\n", ("yaml-syntax", 1, 5)),
        ("a: 1\n---\nb: 2\n", ("one-document", 2, 1)),
        ("a: &x 1\n", ("no-aliases", 1, 4)),
        ("a: !!str 1\n", ("no-aliases", 1, 4)),
        ("a: *x\n", ("no-aliases", 1, 4)),
        ("<<: {b: 1}\n", ("no-aliases", 1, 1)),
        ("a: 1\na: 2\n", ("unique-keys", 2, 1)),
        ("? [a]\n: 1\n", ("yaml-syntax", 1, 3)),
        ("a: " + "[" * (DEEPEST + 5), ("reasonable-nesting", 1, 3 + DEEPEST)),
        (f"a: {'x' * (LONGEST_VALUE + 1)}\n", ("reasonable-size", 1, 4)),
        ("%YAML 3.0\n---\na: 1\n", ("yaml-syntax", 1, 1)),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else value[0],
)
def test_a_slip_of_the_pen_is_named_at_its_place(text: str, expected: tuple[str, int, int]) -> None:
    _, problems = read_tree(text, "f.yaml")
    assert expected in said(problems)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab:- \n\t'\"[]{}&*!|>%@#,?\\~\x00é")))
@example("[")
@example("\ud800".encode("utf-8", "replace").decode())
def test_no_text_makes_reading_stop(text: str) -> None:
    """Whatever stands in a file, it is read or a problem in the file is named."""
    node, problems = read_tree(text, "f.yaml")
    saved, more = salvage(text, "f.yaml")
    records, wrong = read_sections(node, "f.yaml")
    read_sections(saved, "f.yaml")
    count = text.count("\n") + 2  # nothing at all may begin after the last line
    assert records == ()
    assert problems or wrong or node is None or node == Mapping((), Place("f.yaml"))
    assert all(1 <= problem.place.line <= count for problem in (*problems, *more, *wrong))


# --- records ------------------------------------------------------------------------------------------------
IDS = ("alpha", "beta", "gamma", "delta")
SLIPS = {
    "an open quote": "    title: 'Never closed\n",
    "two colons": "    title: One: two\n",
    "an open bracket": "    was: [one, two\n",
    "a tab": "\t  title: Tab\n",
    "an odd indent": "      title: Deeper\n     summary: Less deep\n",
    "an odd sign": "    title: @home\n",
    "a line without colon": "    title\n    summary: Words\n",
    "an unknown escape": '    title: "C:\\dir"\n',
    "a line too far left": " title: Left\n",
}


def terms(broken: int, slip: str, indent: str) -> str:
    """Four terms, one of them with a slip, and an organisation after them."""
    text = "terms:\n"
    for number, id in enumerate(IDS):
        text += f"  - id: {id}\n" + (slip if number == broken else f"    title: Term {id}\n")
        text += "    summary: Words.\n    added: 2026-01-01\n    review_by: 2027-01-01\n    definition: Words.\n"
    text = text if indent else "\n".join(line.removeprefix("  ") for line in text.split("\n"))
    return text + make.data_file([make.record("organisation")])


@pytest.mark.parametrize("position", range(len(IDS)))
@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
@pytest.mark.parametrize("indent", ["  ", ""], ids=["indented", "flush"])
def test_a_broken_record_hides_none_of_the_others(tmp_path: Path, position: int, slip: str, indent: str) -> None:
    text = terms(position, slip, indent)
    make.write(tmp_path, {"resources.yaml": text, "references.bib": ""})
    sources = read(Layout(tmp_path))
    read_records = {written.id: written.record is not None for written in sources.records}
    assert read_records == {id: id != IDS[position] for id in IDS} | {"a-organisation": True}
    first = text.split("\n").index(f"{indent}- id: {IDS[position]}") + 1
    assert sources.problems
    assert all(first <= problem.place.line <= first + 7 for problem in sources.problems), sources.problems


def test_a_slip_in_one_section_leaves_a_flow_list_in_another() -> None:
    text = "include: [a.yaml]  # all\n# a remark\nterms: [{id: one}]\ncases: # none\n  - {id: two\nresources:\n"
    node, problems = salvage(text, "f.yaml")
    assert [pair.key.text for pair in node.pairs] == ["include", "terms", "cases", "resources"]
    assert place_of(node, ("terms", 0, "id")) == Place("f.yaml", 3, 14, 3)
    assert [problem.place.line for problem in problems] == [5]


def test_what_stands_before_the_first_section_is_read_too() -> None:
    _, problems = salvage("'oops\nterms:\n  - id: a\n", "f.yaml")
    assert said(problems) == [("yaml-syntax", 1, 1)]


def test_a_section_that_stands_twice_in_a_broken_file_loses_nothing() -> None:
    node, _ = salvage("terms:\n  - id: one\nterms:\n  - id: two\ncases: [\n", "f.yaml")
    found, problems = read_sections(node, "f.yaml")
    assert {written.id for written in found} == {"one", "two"} or "unique-keys" in {one.rule for one in problems}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "not-empty"),
        ("# nothing\n", "not-empty"),
        ("~\n", "not-empty"),
        ("just words\n", "right-types"),
        ("- a\n", "right-types"),
        ("terms: words\n", "right-types"),
        ("terms:\n", "right-types"),
        ("terms:\n  - words\n", "right-types"),
        ("termz: []\n", "known-keys"),
        ("include: a.yaml\n", "right-types"),
        ("include: [[a]]\n", "included-files"),
        ("include: [nothing/*.yaml]\n", "included-files"),
        ("include: [/etc/passwd]\n", "included-files"),
        ("include: [../*.yaml]\n", "included-files"),
        ('include: ["**.yaml"]\n', "included-files"),
        ('include: ["a\\0b"]\n', "included-files"),
        ('include: ["["]\n', "included-files"),
    ],
)
def test_a_file_that_holds_no_records_is_named(tmp_path: Path, text: str, rule: str) -> None:
    make.write(tmp_path, {"resources.yaml": text, "references.bib": ""})
    sources = read(Layout(tmp_path))
    assert sources.problems
    assert sources.problems[0].rule == rule
    assert sources.records == ()


def first_problem(kind: str, **fields: Any) -> Problem:
    found = list(make.sources([make.record(kind, **fields)]).problems)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("kind", "fields", "rule", "message"),
    [
        ("term", {"title": 7}, "quoted-text", "'7' is read as a number, but 'title' must be a text"),
        ("term", {"title": 7.5}, "quoted-text", "'7.5' is read as a number, but 'title' must be a text"),
        ("term", {"title": False}, "quoted-text", "'false' is read as yes or no, but 'title' must be a text"),
        ("term", {"title": make.TODAY}, "quoted-text", "'2026-11-23' is read as a day, but 'title' must be a text"),
        ("term", {"title": None}, "quoted-text", "'null' is read as nothing, but 'title' must be a text"),
        ("term", {"title": ""}, "required-fields", "'title' is empty"),
        ("term", {"title": " "}, "required-fields", "'title' is empty"),
        ("term", {"title": ["x"]}, "right-types", "'title' must be a text, but a list stands here"),
        ("term", {"title": {"x": "y"}}, "right-types", "'title' must be a text, but keys with values stand here"),
        ("term", {"added": "soon"}, "right-types", "'soon' will not do: 'added' must be a day, such as 2026-11-23"),
        ("term", {"added": None}, "required-fields", "'added' has no value"),
        ("term", {"synonyms": "one"}, "right-types", "'one' will not do: 'synonyms' must be a list"),
        ("term", {"titel": "x"}, "known-keys", "'titel' is not a key of a term. Did you mean 'title'?"),
        ("organisation", {"rank": "x"}, "known-keys", "'rank' is not a key of an organisation."),
        ("term", {"not_same_as": [{"id": "b", "wy": "x", "why": "x"}]}, "known-keys", "'wy' is not a key of this item"),
        ("case", {"evidence": {"kind": "first", "strength": "first"}}, "required-fields", "'line' is missing"),
        ("case", {"evidence": {"kind": "a", "strength": "b", "line": "c", "x": "d"}}, "known-keys", "of 'evidence'"),
        ("case", {"evidence": "good"}, "right-types", "'good' will not do: 'evidence' must be keys with values"),
        ("case", {"topics": []}, "", ""),
        ("case", {"countries": []}, "required-fields", "'countries' is empty"),
        ("case", {"what_did_not_work": "nothing"}, "closed-choices", "'nothing' is not a choice for 'what_did_not"),
        ("term", {"status": "publisht"}, "closed-choices", "'publisht' is not a choice for 'status'. Did you"),
        ("resource", {"cost": ["free"]}, "closed-choices", "'a list' is not a choice for 'cost'."),
        ("resource", {"minutes": 0}, "right-types", "'0' will not do: 'minutes' must be more than 0"),
        ("resource", {"minutes": 1.5}, "right-types", "'1.5' will not do: 'minutes' must be a whole number"),
        ("resource", {"minutes": "90"}, "right-types", "'90' will not do: 'minutes' must be a whole number, without"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_form(kind: str, fields: dict[str, Any], rule: str, message: str) -> None:
    if not rule:
        assert make.sources([make.record(kind, **fields)]).problems == ()
        return
    problem = first_problem(kind, **fields)
    assert (problem.rule, problem.record) == (rule, f"a-{kind}")
    assert message in problem.message
    assert problem.help


@pytest.mark.parametrize("kind", make.MODELS)
def test_each_required_field_is_asked_for_at_its_record(kind: str) -> None:
    for name, info in make.MODELS[kind].model_fields.items():
        made = make.record(kind) if kind != "vocabulary" else make.vocabularies()[0]
        if not info.is_required() or name == "id":
            continue
        del made[name]
        [problem] = make.sources([made]).problems
        assert problem.message == f"'{name}' is missing"
        assert problem.help.startswith(f"Add `{name}:`. {info.description}")
        assert problem.place.line == 2


def test_a_record_without_id_is_asked_for_one() -> None:
    made = make.record("term")
    del made["id"]
    [problem] = make.sources([made]).problems
    assert (problem.message, problem.record) == ("'id' is missing", None)


@pytest.mark.parametrize("kind", make.MODELS)
def test_every_field_of_every_kind_can_be_written(kind: str) -> None:
    made = make.full(kind) if kind != "vocabulary" else make.vocabularies()[0]
    sources = make.sources([made])
    assert sources.problems == ()
    [written] = sources.records
    assert written.record is not None
    text = sources.texts["resources.yaml"]
    for leaf in written.leaves:
        assert at(text, leaf.place).startswith((leaf.text.split()[0], "'", '"')), leaf
        assert sources.place_of(written, *leaf.route) == leaf.place


def test_a_way_that_leads_nowhere_ends_at_the_nearest_node() -> None:
    sources = make.sources([make.record("term", synonyms=["one"])])
    [written] = sources.records
    assert sources.place_of(written, "synonyms", 5) == sources.place_of(written, "synonyms")
    assert sources.place_of(written, "nothing", 0) == written.start


def test_sections_are_one_for_each_kind() -> None:
    assert set(SECTIONS) == set(make.FOLDERS.values())
    sources = make.sources(make.one_of_each())
    assert {written.kind for written in sources.of_kind("vocabulary")} == {"vocabulary"}
    assert all(isinstance(written.record, Vocabulary) for written in sources.of_kind("vocabulary"))


# --- files ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "text", "expected"),
    [
        (b"", "", []),
        ("é\n".encode(), "é\n", []),
        (b"\xef\xbb\xbfa\n", "a\n", [("no-byte-order-mark", 1, 1)]),
        (b"a\r\nb\r\n", "a\nb\n", [("unix-line-ends", 1, 2)]),
        (b"a\nbc\rd", "a\nbc\nd", [("unix-line-ends", 2, 3)]),
        (b"\xef\xbb\xbfa\r\n", "a\n", [("no-byte-order-mark", 1, 1), ("unix-line-ends", 1, 2)]),
        ("a\n".encode("utf-16"), None, [("utf8-text", 1, 1)]),
        ("a\n".encode("utf-16-be"), "\0a\0\n", []),
        ("one\nzwö caf\xe9".encode("latin-1"), None, [("utf8-text", 2, 3)]),
        ("é\né".encode() + b"\xff", None, [("utf8-text", 2, 2)]),
    ],
)
def test_bytes_become_text(raw: bytes, text: str | None, expected: list[tuple[str, int, int]]) -> None:
    found, problems = decode(raw, "f")
    assert (found, said(problems)) == (text, expected)


def test_the_number_of_carriage_returns_is_told() -> None:
    assert decode(b"a\r\n", "f")[1][0].message == "1 line ends with a carriage return"
    assert decode(b"a\r\nb\r\n", "f")[1][0].message == "2 lines end with a carriage return"


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_text_in_utf8_is_kept_as_it_is(text: str) -> None:
    found, problems = decode(text.encode(), "f")
    assert found == text.removeprefix("\ufeff")
    rules = {problem.rule for problem in problems}
    assert ("no-byte-order-mark" in rules) == text.startswith("\ufeff")
    assert ("no-hidden-signs" in rules) == bool(HIDDEN.search(text.removeprefix("\ufeff")))


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_make_reading_stop(raw: bytes) -> None:
    text, problems = decode(raw, "f")
    assert text is not None or problems


def test_a_file_can_be_missing_a_folder_or_too_large(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large").open("wb") as large:
        large.truncate(LARGEST_FILE + 1)
    messages = [read_text(tmp_path, name)[1][0].message for name in ("missing", "folder", "large")]
    assert messages == [
        "there is no such file",
        "the file cannot be opened: Is a directory",
        "the file has 20,000,001 bytes",
    ]


def test_missing_files_are_named_and_permalinks_may_be_missing(tmp_path: Path) -> None:
    sources = read(Layout(tmp_path))
    assert [(one.place.file, one.rule) for one in sources.problems] == [
        ("resources.yaml", "file-exists"),
        ("references.bib", "file-exists"),
    ]


def layout(tmp_path: Path, files: dict[str, str]) -> Sources:
    return read(Layout(make.write(tmp_path, {"references.bib": "", **files})))


def ids(sources: Sources) -> list[str]:
    return [written.id for written in sources.records]


TERM_FILES = {
    f"{folder}/{id}.yaml": make.data_file([make.record("term", id)])
    for folder, id in (("more", "b"), ("more", "a"), ("more/deep", "c"), ("other", "d"))
}


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ("more/*.yaml", ["a", "b"]),
        ("more/**/*.yaml", ["a", "b", "c"]),
        ("'more/[b]*.yaml', other/d.yaml", ["b", "d"]),
        ("'*/?.yaml'", ["a", "b", "d"]),
        ("more/*.yaml, more/a.yaml", ["a", "b"]),
    ],
)
def test_further_files_are_included_in_order_and_each_once(tmp_path: Path, include: str, expected: list[str]) -> None:
    sources = layout(tmp_path, TERM_FILES | {"resources.yaml": f"include: [{include}]\n"})
    assert sources.problems == ()
    assert ids(sources) == expected


def test_a_file_does_not_include_itself(tmp_path: Path) -> None:
    text = 'include: ["*.yaml"]\n' + make.data_file([make.record("term", "own")])
    assert ids(layout(tmp_path, {"resources.yaml": text, "z.yaml": TERM_FILES["more/a.yaml"]})) == ["own", "a"]


def test_a_slip_in_an_included_file_is_named_there(tmp_path: Path) -> None:
    files = TERM_FILES | {"resources.yaml": "include: [more/*.yaml]\n", "more/a.yaml": "terms: [\n"}
    sources = layout(tmp_path, files)
    assert {problem.place.file for problem in sources.problems} == {"more/a.yaml"}
    assert ids(sources) == ["b"]


# --- pages and permanent links -----------------------------------------------------------------------------
def test_a_page_with_front_matter() -> None:
    text = "---\ntitle: Über uns\ndescription: 'Words'\nwas: [/old/]\n---\nSee [us][a-b].\n"
    page, problems = read_page(text, "docs/about.md", "about.md")
    assert problems == ()
    assert page.meta is not None
    assert (page.meta.title, page.meta.was) == ("Über uns", ("/old/",))
    leaf = page.leaves[-1]
    assert (leaf.place, leaf.last_line, leaf.text) == (Place("docs/about.md", 6), 7, "See [us][a-b].\n")
    assert within(text, leaf, "[a-b]", 0) == Place("docs/about.md", 6, 9, 5)


@pytest.mark.parametrize(
    ("text", "body", "expected"),
    [
        ("Words", "Words", []),
        ("", "", []),
        ("---\n---\nWords", "Words", []),
        ("---\ntitle: A\n---", "", []),
        ("---\ntitle: A\n---\n", "", []),
        ("---\ntitle: A\nWords", "", [("front-matter", 1, 1)]),
        ("---\nwords\n---\nWords", "Words", [("right-types", 2, 1)]),
        ("---\ntitle: [A\n---\nWords", "Words", [("yaml-syntax", 2, 8)]),
        ("---\ntitel: A\n---\nWords", "Words", [("known-keys", 2, 1)]),
        ("---\ntitle: 7\n---\nWords", "Words", [("quoted-text", 2, 8)]),
        ("Words\n\n---\n\nMore", "Words\n\n---\n\nMore", []),
    ],
)
def test_front_matter_and_body(text: str, body: str, expected: list[tuple[str, int, int]]) -> None:
    page, problems = read_page(text, "docs/a.md", "a.md")
    assert said(problems) == expected
    assert page.body == body
    assert body == "" or at(text, page.leaves[-1].place).startswith(body[:1])


def test_pages_are_read_in_order_and_a_sick_one_leaves_the_others(tmp_path: Path) -> None:
    files = {"resources.yaml": TERM_FILES["other/d.yaml"], "docs/b.md": "B", "docs/a/c.md": "C", "docs/x.png": "X"}
    make.write(tmp_path, files)
    (tmp_path / "docs/d.md").write_bytes(b"\xff\xfe")
    sources = layout(tmp_path, files)
    assert [page.path for page in sources.pages] == ["a/c.md", "b.md"]
    assert [(one.place.file, one.rule) for one in sources.problems] == [("docs/d.md", "utf8-text")]


def test_pages_may_be_kept_outside_the_project(tmp_path: Path) -> None:
    make.write(tmp_path, {"docs/a.md": "A", "in/resources.yaml": TERM_FILES["other/d.yaml"], "in/references.bib": ""})
    sources = read(Layout(tmp_path / "in", docs=(tmp_path / "docs").as_posix()))
    assert [page.path for page in sources.pages] == ["a.md"]


def test_permanent_links() -> None:
    promises, problems = read_promises("# a remark\n/cases/\n\n  /a/#b  \nhttps://x.org/\n", "permalinks.txt")
    assert [(one.address, one.place.line) for one in promises] == [("/cases/", 2), ("/a/#b", 4)]
    assert said(problems) == [("address-lines", 5, 1)]
    assert problems[0].place.width == len("https://x.org/")


def test_permanent_links_are_read_from_their_file(tmp_path: Path) -> None:
    sources = layout(tmp_path, {"resources.yaml": TERM_FILES["other/d.yaml"], "permalinks.txt": "/a/\n"})
    assert [one.address for one in sources.promises] == ["/a/"]
    assert set(sources.texts) == {"resources.yaml", "references.bib", "permalinks.txt"}
