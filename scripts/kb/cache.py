"""What a run leaves to the next, among what programs keep for a user: lines that are used if they are whole and ours.

Nothing here is ever run or unpickled. A file that is damaged, that another version of the generator wrote or that
belongs to somebody else counts as missing; so does one that cannot be opened. Without any of it all is made anew.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache as once
from hashlib import blake2b
from importlib.metadata import distributions
from pathlib import Path

from kb.digest import SIZE, digest

PACKAGE = Path(__file__).parent


@once
def made_by() -> str:
    """Which generator this is: its own files, Python and every library."""
    libraries = sorted(f"{one.name} {one.version}" for one in distributions())
    return digest(sys.version, libraries, contents(PACKAGE))


def contents(folder: Path, besides: Iterable[Path] = ()) -> str:
    """A digest of the names and contents of all files in a folder, but for hidden and compiled ones and `besides`.

    Raises OSError where they cannot all be known: a folder that is a link may lead anywhere, even to itself.
    """
    left = {path.resolve() for path in besides}
    found = blake2b(digest_size=SIZE)
    for path in _files(folder, left):
        raw = path.read_bytes()
        found.update(f"{path.relative_to(folder).as_posix()}\0{len(raw)}\0".encode("utf-8", "surrogateescape") + raw)
    return found.hexdigest()


def _files(folder: Path, left: set[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__" or (left and path.resolve() in left):
            continue
        if path.is_file():
            yield path
        elif path.is_dir():
            if path.is_symlink():
                raise OSError(f"{path} is a link to a folder")
            yield from _files(path, left)


def shelf(project: Path) -> Path:
    """The folder of one project among what programs keep for this user, which nobody can put there with the project.

    XDG Base Directory Specification, section 3; on Windows what holds for this machine alone. Nothing can be kept
    where the system names no such place.
    """
    kept = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    return Path(kept if Path(kept).is_absolute() else os.devnull) / "kb" / digest(str(project.resolve()))


def load(file: Path, by: str) -> Iterable[bytes]:
    """The lines that were saved in a file by the same generator; none where that is not certain."""
    try:
        if not _is_ours(file.lstat()):
            return ()
        raw = file.read_bytes()
    except OSError:
        return ()
    begin = len(_head(by, blake2b(digest_size=SIZE)))
    if raw[:begin] != _head(by, blake2b(memoryview(raw)[begin:], digest_size=SIZE)):
        return ()
    lines = io.BytesIO(raw)
    lines.seek(begin)
    return lines


def save(file: Path, by: str, lines: Iterable[bytes]) -> None:
    """Put lines into a file, all or none. Where that cannot be done, there is nothing to use again next time."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half, found = file.with_name(f"{file.name}.half"), blake2b(digest_size=SIZE)
        try:
            half.unlink(missing_ok=True)
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
                written.write(_head(by, found))
                for line in lines:
                    written.write(line + b"\n")
                    found.update(line + b"\n")
                written.seek(0)
                written.write(_head(by, found))
            half.replace(file)
        finally:
            half.unlink(missing_ok=True)


def _is_ours(found: os.stat_result) -> bool:
    """Whether nobody else can have written a file, as far as the system tells."""
    if os.name != "posix":
        return stat.S_ISREG(found.st_mode)
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _head(by: str, body: blake2b) -> bytes:
    return f"{by} {body.hexdigest()}\n".encode()
