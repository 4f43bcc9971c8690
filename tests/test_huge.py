"""Inputs that are too large to keep as files: each is refused with one problem, at its place, in good time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kb.read import Layout, read
from kb.read.files import LARGEST_FILE

HEAD = "terms:\n  - id: kettle\n    title: "
TAIL = "\n\n  - id: teapot\n    title: Teapot\n"
HUGE = {
    "nested brackets": ("[" * 200_000, "reasonable-nesting"),
    "nested brackets that close": ("[" * 200_000 + "]" * 200_000, "reasonable-nesting"),
    "nested braces": ("{a: " * 200_000, "reasonable-nesting"),
    "nested lists": ("\n" + "\n".join(f"{' ' * (6 + level)}-" for level in range(2_000)), "reasonable-nesting"),
    "long number with colons": (":".join(["59"] * 2_000), "quoted-text"),
    "long word": ("a" * 1_000_000, "reasonable-size"),
    "long quoted text": (f'"{"word " * 1_000_000}"', "reasonable-size"),
    "many faults": ("x: y: z" * 100_000, "yaml-syntax"),
}


def said_of(text: str, root: Path) -> list[tuple[str, int, str]]:
    (root / "resources.yaml").write_text(text, encoding="utf-8")
    (root / "references.bib").write_text("", encoding="utf-8")
    return [(one.place.file, one.place.line, one.rule) for one in read(Layout(root)).problems]


@pytest.mark.parametrize(("value", "rule"), HUGE.values(), ids=HUGE)
def test_a_huge_value_is_one_problem_in_good_time(value: str, rule: str, tmp_path: Path) -> None:
    begun = time.perf_counter()
    said = said_of(HEAD + value + TAIL, tmp_path)
    assert [one[2] for one in said if one[2] != "required-fields"] == [rule]
    assert time.perf_counter() - begun < 20


def test_a_number_too_long_to_read_is_a_text(tmp_path: Path) -> None:
    assert said_of(HEAD + "9" * 5_000 + TAIL, tmp_path) == said_of(f"{HEAD}nines{TAIL}", tmp_path)


def test_a_huge_file_is_not_opened(tmp_path: Path) -> None:
    assert said_of(" " * (LARGEST_FILE + 1), tmp_path) == [("resources.yaml", 1, "reasonable-size")]


def test_aliases_do_not_multiply(tmp_path: Path) -> None:
    laughs = "".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))
    said = said_of("terms:\n  - &a0 lol\n" + laughs, tmp_path)
    assert {rule for _, _, rule in said} == {"no-aliases", "right-types"}
