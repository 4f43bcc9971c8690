"""LaTeX as people write it in bibliographies, turned into plain Unicode text.

pylatexenc knows what each command stands for, but its own walk through a text takes `%` for a comment,
is slow and recurses; so the walk is one regular expression here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from pylatexenc.latex2text import get_default_latex_context_db  # type: ignore[import-untyped]  # has no types

_COMBINING = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
    "t": "\u0361",
}
_COMMANDS = get_default_latex_context_db()
_NOT_IN_PYLATEXENC = {
    "BibTeX": "BibTeX",
    "LaTeX": "LaTeX",
    "P": "¶",
    "S": "§",
    "TeX": "TeX",
    "copyright": "©",
    "degree": "°",
    "euro": "€",
    "newline": " ",
    "pounds": "£",
    "slash": "/",
    "textasciicircum": "^",
    "textbar": "|",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textunderscore": "_",
}
_SIGNS = dict.fromkeys("\\ \n,;:", " ") | dict.fromkeys("-/!()", "")
_LIGATURES = {"---": "—", "--": "–", "``": "“", "''": "”"}
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-n", "₀₁₂₃₄₅₆₇₈₉₊₋ₙ")

_WORTH_DECODING = re.compile(r"[\\{}$~]|--|``|''")
_SPACE = re.compile(r"\s+")
_MATH = re.compile(r"(?<!\\)\$(?=\S)((?:\\.|[^$\\])*)(?<=\S)\$(?!\d)")
_COMMAND_AND_SPACE = re.compile(r"(\\[A-Za-z]+)(\s)")
_SCRIPT = re.compile(r"([\^_])(?:\{([0-9+\-n]+)\}|([0-9n]))")
_ACCENT = re.compile(
    r"\\(?:([`'^\"~=.])|([uvHtcdbrk])(?![A-Za-z]))\s*"
    r"(?:\{\s*(?:\\([ij])|([^\W\d_]+))\s*\}|\\([ij])(?![A-Za-z])|([^\W\d_]))"
)
_LINK = re.compile(r"\\href\s*\{[^{}]*\}")
_COMMAND = re.compile(r"\\(?P<word>[A-Za-z]+)\*?(?:\{\}|\s+)?|\\(?P<sign>.)|(?P<lig>---?|``|'')|~|[{}]", re.DOTALL)
_IN_ADDRESS = re.compile(r"\{\\([_%&#])\}|\\([_%&#])")
_URL = re.compile(r"\\url\s*\{([^{}]*)\}")


@lru_cache(maxsize=1 << 13)
def plain(latex: str) -> str:
    """The text that the LaTeX stands for, on one line."""
    if _WORTH_DECODING.search(latex):
        latex = _MATH.sub(_math, latex)
        latex = _LINK.sub("", _accents(latex))
        latex = _COMMAND.sub(_command, latex)
    return unicodedata.normalize("NFC", _SPACE.sub(" ", latex).strip())


def address(latex: str) -> str:
    """An address or a number of a work: nothing is decoded but the signs that BibTeX itself needs escaped."""
    bare = "".join(_URL.sub(r"\1", latex).split())
    if bare.startswith("{") and bare.endswith("}"):
        bare = bare[1:-1]
    return _IN_ADDRESS.sub(lambda sign: sign[1] or sign[2], bare)


def _math(math: re.Match[str]) -> str:
    """A formula with its spaces kept: in text, TeX drops those after a command."""
    return _SCRIPT.sub(_script, _COMMAND_AND_SPACE.sub(r"\1{}\2", math[1]))


def _script(script: re.Match[str]) -> str:
    return (script[2] or script[3]).translate(_RAISED if script[1] == "^" else _LOWERED)


def _accents(latex: str) -> str:
    """Letters with their accents; the second turn is for letters with two (Vietnamese)."""
    return _ACCENT.sub(_accent, _ACCENT.sub(_accent, latex))


def _accent(accent: re.Match[str]) -> str:
    mark = _COMBINING[accent[1] or accent[2]]
    letters = next(group for group in accent.groups()[2:] if group)
    return unicodedata.normalize("NFC", letters[0] + mark + letters[1:])


def _command(command: re.Match[str]) -> str:
    if word := command["word"]:
        return _symbol(word)
    if sign := command["sign"]:
        return _SIGNS.get(sign, sign)
    if ligature := command["lig"]:
        return _LIGATURES[ligature]
    return " " if command.group() == "~" else ""


@cache
def _symbol(name: str) -> str:
    """What a command without arguments prints; nothing for one that only changes how its text looks."""
    if name in _NOT_IN_PYLATEXENC:
        return _NOT_IN_PYLATEXENC[name]
    command = _COMMANDS.get_macro_spec(name)
    text = command.simplify_repl if command else ""
    return text if isinstance(text, str) and "%" not in text else ""
