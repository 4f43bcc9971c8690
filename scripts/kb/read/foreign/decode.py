"""The bytes of a file from another program as text. Such files come in many encodings, and none is refused for it."""

from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """The text with line feeds alone and without a byte order mark, and a word on an encoding that was guessed."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if raw.startswith(mark)), (b"", "utf-8"))
    raw = raw.removeprefix(mark)
    remarks: tuple[str, ...] = ()
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        text = _guessed(raw)
        remarks = (f"The file is not in UTF-8 (line {line}): read as Western European. Look at letters with accents.",)
    return text.replace("\r\n", "\n").replace("\r", "\n"), remarks


def _guessed(raw: bytes) -> str:
    """The text in the code of Windows, of which Latin-1 is a part; five bytes mean nothing there."""
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
