"""Bytes on disk to text, with every way in which a file can fail to be text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from html.entities import html5
from pathlib import Path, PurePosixPath

from kb.problem import Place, Problem, Rule, breach

FILE_EXISTS = Rule(
    "file-exists",
    "Every file that the project names exists and can be opened.",
    "Check the spelling of the name, or add the file.",
)
NOT_EMPTY = Rule("not-empty", "A data file holds something.", "Add at least one record, or remove the file.")
UTF8_TEXT = Rule(
    "utf8-text",
    "Every file is text in UTF-8, and so is its name.",
    "Save the file again and choose the encoding UTF-8.",
)
NO_BYTE_ORDER_MARK = Rule(
    "no-byte-order-mark",
    "A file does not begin with a byte order mark.",
    "Save the file again as UTF-8 without a byte order mark (BOM).",
    "warning",
)
UNIX_LINE_ENDS = Rule(
    "unix-line-ends",
    "Lines end with a line feed alone.",
    "Save the file again with Unix line ends (LF); most editors show CRLF or LF in the bottom bar.",
    "warning",
)
REASONABLE_SIZE = Rule(
    "reasonable-size",
    "A file is at most 20 MB, a page of docs/ at most 100,000 characters, and a single value at most 20,000.",
    "Move long texts to a page under docs/, and split large files with `include`.",
)
NO_CONFLICTS = Rule(
    "no-conflicts",
    "A file holds no marks of two versions that git could not join.",
    "Keep the lines that should stand, and remove the lines with <<<<<<<, ======= and >>>>>>>.",
)
NO_HIDDEN_SIGNS = Rule(
    "no-hidden-signs",
    "No text holds a sign that cannot be seen, or that turns the order in which others are shown.",
    "Delete the letters around it, and type them anew.",
)
NO_SYMBOLIC_LINKS = Rule(
    "no-symbolic-links",
    "No file of the project is a symbolic link: it could publish what lies outside the project.",
    "Put the file itself there.",
)
RULES = (
    FILE_EXISTS,
    NOT_EMPTY,
    UTF8_TEXT,
    NO_BYTE_ORDER_MARK,
    UNIX_LINE_ENDS,
    REASONABLE_SIZE,
    NO_CONFLICTS,
    NO_HIDDEN_SIGNS,
    NO_SYMBOLIC_LINKS,
)

LARGEST_FILE = 20_000_000
LONGEST_PAGE = 100_000
LONGEST_VALUE = 20_000
_HERE = PurePosixPath()
_NUMBERS = (
    0x00AD,
    0x180E,
    0x200B,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2065),
    *range(0x2066, 0x206A),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
)
_SIGNS = "".join(map(chr, _NUMBERS))
_ENTITIES = (
    *(name.removesuffix(";") for name, sign in html5.items() if not set(sign).isdisjoint(_SIGNS)),
    *(f"#0*{number}" for number in _NUMBERS),
    *(f"#[xX]0*(?i:{number:x})" for number in _NUMBERS),
)
HIDDEN = re.compile(f"[{_SIGNS}]|&(?:{'|'.join(sorted(set(_ENTITIES)))});")
"""Signs without width, soft hyphens, and signs that turn text around (Boucher and Anderson, 2021, "Trojan Source").

They may be written as entities of HTML, such as `&#x202e;`. The joiners that scripts and emoji need may stand, and so
may the marks for left and right."""
_CONFLICT = re.compile(r"^<{7}(?: [^\n]*)?\n(.*?)^={7}\n(.*?)^>{7}(?: [^\n]*)?$", re.DOTALL | re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:<{7}|>{7})(?: [^\n]*)?$", re.MULTILINE)
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(root: Path, name: str) -> tuple[str | None, tuple[Problem, ...]]:
    """The text of `root/name` with line feeds alone, and what is wrong with it.

    The text is None where the file is missing, a symbolic link, too large or not UTF-8.
    """
    raw, said = read_bytes(root, name)
    return (None, said) if raw is None else decode(raw, name)


def read_bytes(root: Path, name: str) -> tuple[bytes | None, tuple[Problem, ...]]:
    """What `root/name` holds; None where it cannot be read, and why: missing, a symbolic link, too large, ill named."""
    place = Place(name)
    if not _is_utf8(name):
        advice = "Give the file another name, of letters that every computer has."
        return None, (breach(UTF8_TEXT, place, "the name of the file is not in UTF-8", help=advice),)
    way = PurePosixPath(name)
    if any((root / part).is_symlink() for part in (way, *way.parents) if part != _HERE):
        return None, (breach(NO_SYMBOLIC_LINKS, place, "the file is a symbolic link, or lies behind one"),)
    try:
        size = (root / name).stat().st_size
        if size > LARGEST_FILE:
            return None, (breach(REASONABLE_SIZE, place, f"the file has {size:,} bytes"),)
        return (root / name).read_bytes(), ()
    except FileNotFoundError:
        return None, (breach(FILE_EXISTS, place, "there is no such file"),)
    except OSError as error:
        return None, (breach(FILE_EXISTS, place, f"the file cannot be opened: {error.strerror}"),)


def _is_utf8(name: str) -> bool:
    """Whether the name of a file is text: Python tells bytes that are none by signs that no text may hold (PEP 383)."""
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


def decode(raw: bytes, name: str) -> tuple[str | None, tuple[Problem, ...]]:
    """The text that `raw` holds in UTF-8, without byte order mark and carriage returns."""
    if raw.startswith(UTF16_MARKS):
        return None, (breach(UTF8_TEXT, Place(name), "the file is in UTF-16, not in UTF-8"),)
    problems: list[Problem] = []
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
        problems.append(breach(NO_BYTE_ORDER_MARK, Place(name), "the file begins with a byte order mark"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, (*problems, _not_utf8(raw, error.start, name))
    if "\r" in text:
        problems.append(_carriage_return(text, name))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    problems.extend(_hidden(text, name))
    if "<<<<<<<" in text or ">>>>>>>" in text:
        problems.extend(_conflicts(_CONFLICT, text, name, "git could not join two versions here"))
        text = _CONFLICT.sub(_ours, text)
        left_over = "this line is left over from two versions that git could not join"
        problems.extend(_conflicts(_LEFT_OVER, text, name, left_over))
        text = _LEFT_OVER.sub("", text)
    return text, tuple(problems)


def _hidden(text: str, name: str) -> Iterator[Problem]:
    """The first hidden sign of each line."""
    if HIDDEN.search(text):
        for number, line in enumerate(text.split("\n"), 1):
            if found := HIDDEN.search(line):
                yield hidden(found[0], Place(name, number, found.start() + 1, len(found[0])))


def hidden(written: str, place: Place) -> Problem:
    """That a hidden sign, perhaps written as an entity, stands at a place."""
    sign = unescape(written)
    return breach(
        NO_HIDDEN_SIGNS, place, f"the sign U+{ord(sign):04X}, {unicodedata.name(sign).lower()}, is hidden here"
    )


def _conflicts(mark: re.Pattern[str], text: str, name: str, message: str) -> Iterator[Problem]:
    for found in mark.finditer(text):
        width = len(found[0].partition("\n")[0])
        place = Place(name, text.count("\n", 0, found.start()) + 1, 1, width)
        yield breach(NO_CONFLICTS, place, message)


def _ours(found: re.Match[str]) -> str:
    """The first of two versions, on the lines where it stands: the file can be read on."""
    rest = found[0][found.end(1) - found.start() :]
    return f"\n{found[1]}" + "\n" * rest.count("\n")


def _not_utf8(raw: bytes, offset: int, name: str) -> Problem:
    before = raw[:offset]
    line_start = before.rfind(b"\n") + 1
    place = Place(name, before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1)
    return breach(UTF8_TEXT, place, f"the byte 0x{raw[offset]:02x} is not UTF-8")


def _carriage_return(text: str, name: str) -> Problem:
    first = text.index("\r")
    before = text[:first]
    place = Place(name, before.count("\n") + 1, first - before.rfind("\n"))
    count = text.count("\r")
    lines = "1 line ends" if count == 1 else f"{count} lines end"
    return breach(UNIX_LINE_ENDS, place, f"{lines} with a carriage return")
