"""Every regular expression of `kb` over texts made out of it to be slow: time must not grow with their square.

The patterns are found in the source code itself, so that a new one is measured without being named here.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from re import _constants as code  # type: ignore[attr-defined]  # the one way to a pattern's own tree
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from typing import Any, TypeGuard

import pytest

import kb

HOME = Path(kb.__file__).parent
FUNCTIONS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}
ONE_PLACE = {"fullmatch", "match"}
"""Methods that look at one place of the text; the others begin at every place."""
TAKEN_AT_ONE_PLACE = {"kb.read.bib.scan", "kb.read.salvage", "kb.write.mend"}
"""Modules whose own functions take patterns, and ask each for a match where they stand."""
MADE_OF_DATA = {"kb.read.salvage", "kb.render.text", "kb.write.forms"}
"""Modules with a pattern that only a run of the program knows."""
HELD = {
    "kb.markup": ("(?P<fence>", "fences that never close; a page has 100,000 characters at most"),
    "kb.render": ("<h([1-6])", "pages that our templates wrote: every tag closes"),
    "kb.render.exports": ("<[^>]*>", "HTML that the sanitiser wrote: every tag closes"),
    "kb.render.text": ("<", "HTML that the sanitiser wrote: every tag closes"),
}
"""Patterns that are slow over texts which they never meet, or only short ones: their beginning, and why."""
SIZES = (16, 24, 64, 256, 1_024, 4_096)
SOON = 0.01
"""Seconds within which nobody need ask how the time grew."""
STEEP = 10
"""How much longer a text four times as long may take: linear time gives 4, quadratic 16."""


@dataclass(frozen=True)
class Found:
    """A pattern, where it stands, and whether it begins at every place of a text."""

    module: str
    line: int
    pattern: re.Pattern[str]
    everywhere: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line}"


# --- the patterns in the source code -----------------------------------------------------------------------------
@cache
def trees() -> dict[str, ast.Module]:
    files = sorted(HOME.rglob("*.py"))
    names = (
        ".".join(("kb", *file.relative_to(HOME).with_suffix("").parts)).removesuffix(".__init__") for file in files
    )
    return {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in zip(names, files, strict=True)}


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a function of `re` that takes a pattern."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name)) if name in FUNCTIONS:
                yield name, node


def known(module: str, node: ast.expr) -> Any:
    """What an expression is worth in a module. Raises NameError where only a run of the program knows."""
    return eval(compile(ast.Expression(node), module, "eval"), vars(importlib.import_module(module)))


def patterns() -> Iterator[Found | str]:
    """Every pattern; of one that is made of data, its module."""
    for module, tree in trees().items():
        names = {id(one.value): one.targets[0].id for one in ast.walk(tree) if is_name(one)}
        for function, call in calls(tree):
            flags = call.args[1] if function == "compile" and len(call.args) > 1 else ast.parse("0", mode="eval").body
            try:
                written, with_flags = known(module, call.args[0]), known(module, flags)
            except NameError:
                yield module
                continue
            methods = asked(names.get(id(call), ""), module) if function == "compile" else {function}
            one_place = methods <= ONE_PLACE if methods else module in TAKEN_AT_ONE_PLACE
            yield Found(module, call.lineno, re.compile(written, with_flags), not one_place)


def is_name(node: ast.AST) -> TypeGuard[Any]:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)


@cache
def asked(name: str, module: str) -> frozenset[str]:
    """The methods of patterns that are called on a name: in its module, or anywhere if it is not private."""
    where = [trees()[module]] if name.startswith("_") else trees().values()
    nodes = chain.from_iterable(map(ast.walk, where))
    calls = (node for node in nodes if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS)
    return frozenset(node.attr for node in calls if ast.unparse(node.value).rpartition(".")[2] == name)


def is_held(found: Found) -> bool:
    return HELD.get(found.module, ("\0",))[0] in found.pattern.pattern[:15]


EVERY = tuple(patterns())
FOUND = [one for one in EVERY if isinstance(one, Found) and not is_held(one)]


def test_the_patterns_are_found() -> None:
    assert {one for one in EVERY if isinstance(one, str)} == MADE_OF_DATA
    assert {one.module for one in EVERY if isinstance(one, Found) and is_held(one)} == HELD.keys()
    assert len(FOUND) > 150


# --- texts made out of a pattern ---------------------------------------------------------------------------------
SIGNS = "a 1\n-A,.:;=[](){}<>@#%&\"'`\\/_|*~^$!\t0é"
ENDS = ("", "\0", "\n\0", "}\0")
MANY = 16


def signs(item: Any, state: Any) -> list[str]:
    """Up to three signs that an item of one sign takes."""
    one = re._compiler.compile(parser.SubPattern(state, [item]), 0)  # type: ignore[attr-defined]  # likewise
    return [sign for sign in SIGNS if one.match(sign)][:3]


def example(item: Any, state: Any) -> Any:
    """A text that an item of a pattern takes."""
    match item:
        case (code.LITERAL, int(number)):
            return chr(number)
        case (code.IN | code.NOT_LITERAL | code.ANY, _):
            return next(iter(signs(item, state)), "")
        case (code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT, (least, _, inner)):
            return text(inner) * max(least, 1)
        case (code.SUBPATTERN, (*_, inner)) | (code.ATOMIC_GROUP, inner):
            return text(inner)
        case (code.BRANCH, (_, ways)):
            return text(ways[0])
    return ""


def text(items: Any) -> str:
    """A text that a sequence of items takes."""
    return "".join(example(item, items.state) for item in items)


def pumps(items: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """What may stand again and again, each with what must stand before it."""
    for item in items:
        match item:
            case (code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT, (_, most, inner)):
                if most > MANY:
                    bodies = signs(inner[0], inner.state) if len(inner) == 1 else []
                    yield from ((before, body) for body in (*bodies, text(inner)))
                yield from pumps(inner, before)
            case (code.SUBPATTERN | code.ASSERT | code.ASSERT_NOT, (*_, inner)) | (code.ATOMIC_GROUP, inner):
                yield from pumps(inner, before)
            case (code.BRANCH, (_, ways)):
                for way in ways:
                    yield from pumps(way, before)
                    yield "", text(way)
        before += example(item, items.state)


def attacks(pattern: re.Pattern[str]) -> set[tuple[str, str, str]]:
    """Texts by their beginning, what is repeated, and their end."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    found = {("", text(tree)), *pumps(tree)}
    found |= {("", before + body) for before, body in found} | {("", body) for _, body in found}
    return {(before, body, end) for before, body in found if body for end in ENDS}


# --- measuring ---------------------------------------------------------------------------------------------------
def seconds(found: Found, attack: tuple[str, str, str], size: int) -> float:
    """Processor time for one text of about a size."""
    before, body, end = attack
    whole = before + body * (size // len(body)) + end
    begun = time.process_time()
    if found.everywhere:
        for _ in found.pattern.finditer(whole):
            pass
    else:
        found.pattern.match(whole)
    return time.process_time() - begun


def is_slow(found: Found, attack: tuple[str, str, str]) -> bool:
    """Whether the time grows much faster than the text: a slow one is measured three times, and the best counts."""
    last = 0.0
    for size in SIZES:
        now = seconds(found, attack, size)
        if now > SOON:
            now = min(now, *(seconds(found, attack, size) for _ in range(2)))
            return now > SOON and now > STEEP * last
        last = max(now, 1e-4)
    return False


@pytest.mark.parametrize("found", FOUND, ids=str)
def test_time_does_not_grow_with_the_square(found: Found) -> None:
    assert [attack for attack in attacks(found.pattern) if is_slow(found, attack)] == []


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"\s+x", r"<[^>]*>", r"(?:a|a)*b"])
def test_a_slow_pattern_is_told(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a fast computer the shortest of the square kind need a text more before they take long."""
    monkeypatch.setattr("tests.test_patterns.SIZES", (*SIZES, 4 * SIZES[-1]))
    found = Found("here", 1, re.compile(pattern), everywhere=True)
    assert [attack for attack in attacks(found.pattern) if is_slow(found, attack)] != []
