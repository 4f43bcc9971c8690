"""Looks at what a pull request brings to a workflow that may write, before anything is done with it.

`python3 scripts/preview.py ARCHIVE.zip FOLDER` unpacks the comment and the preview into a new folder, if both are what
they should be, and ends with 1 and a sentence if not. Standard library only, so that the workflow installs nothing.
"""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

MARK = "<!-- kb-review -->"
COMMENT = "review.md"
LONGEST_COMMENT = 65_000
LARGEST_ARCHIVE, LARGEST_FILE, LARGEST_WHOLE, MOST_FILES = 200_000_000, 20_000_000, 400_000_000, 30_000
DATA = frozenset({".bib", ".csv", ".ics", ".json", ".ris", ".txt", ".xml"})
KINDS = DATA | {".css", ".gz", ".html", ".ico", ".jpg", ".js", ".map", ".png", ".svg", ".webp", ".woff", ".woff2"}
"""What the files of a site end with."""
_NAME = re.compile(r"[\w.,@+()=~ -]+(/[\w.,@+()=~ -]+)*")
_CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_DANGER = re.compile(r"[@<\[\\`]|://|www\.|#\d|GH-")
"""What a comment may hold in code only: there it names nobody and leads nowhere."""
_TABLE = re.compile(r"[\s>|:*+-]*-[\s>|:*+-]*")
"""A line that would make a table of the one above: its cells are cut before code is seen."""


class UnsafeError(Exception):
    """What was brought is not what it should be. The text says what."""


def unpack(archive: Path, folder: Path) -> None:
    """Write the comment and the site of an archive below a new folder. Raises UnsafeError, and then writes nothing."""
    if archive.stat().st_size > LARGEST_ARCHIVE:
        raise UnsafeError("The archive is too large.")
    try:
        with ZipFile(archive) as opened:
            members = tuple(_sound(opened.infolist()))
            comment = opened.read(COMMENT) if COMMENT in opened.namelist() else b""
            look_at_comment(comment)
            folder.mkdir(parents=True)
            for member in members:
                path = folder / member.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(opened.read(member))
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnsafeError(f"The archive cannot be read: {error}.") from error


def _sound(members: Sequence[ZipInfo]) -> Iterator[ZipInfo]:
    """The files of an archive, each looked at. Raises UnsafeError."""
    if len(members) > MOST_FILES:
        raise UnsafeError(f"The archive holds {len(members):,} files; {MOST_FILES:,} at most are allowed.")
    if sum(member.file_size for member in members) > LARGEST_WHOLE:
        raise UnsafeError("The files of the archive are too large together.")
    seen: set[str] = set()
    for member in members:
        why = _fault(member, seen)
        if why:
            raise UnsafeError(f"{member.filename[:200]!a}: {why}.")
        seen.add(member.filename.casefold())
        if not member.is_dir():
            yield member


def _fault(member: ZipInfo, seen: set[str]) -> str:
    """Why a file may not be unpacked; empty if it may."""
    name = member.filename.removesuffix("/")
    path = PurePosixPath(name)
    mode = member.external_attr >> 16
    if not _NAME.fullmatch(name) or {".", ".."} & {*name.split("/")} or len(name) > 250:
        return "the name leads elsewhere, or holds signs that names of a site do not have"
    if member.filename.casefold() in seen:
        return "two files have this name"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "this is a link or no ordinary file"
    if member.is_dir():
        return ""
    if member.file_size > LARGEST_FILE:
        return "the file is too large"
    if name != COMMENT and (path.parts[0] != "site" or path.suffix.lower() not in KINDS):
        return "this kind of file does not belong to a site"
    return ""


def look_at_comment(raw: bytes) -> None:
    """Whether a comment has the form that `kb review` gives it. Raises UnsafeError."""
    try:
        first, *lines = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise UnsafeError("The comment is no text in UTF-8.") from None
    if first != MARK:
        raise UnsafeError("The comment does not begin with its mark.")
    if len(raw.decode("utf-8")) > LONGEST_COMMENT:
        raise UnsafeError("The comment is too long.")
    for line in lines:
        if _DANGER.search(_CODE.sub("", line)) or _TABLE.fullmatch(line):
            raise UnsafeError("The comment holds more than text and code.")


def main(arguments: Sequence[str]) -> int:
    """Unpack, or say why not."""
    archive, folder = map(Path, arguments)
    try:
        unpack(archive, folder)
    except UnsafeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
