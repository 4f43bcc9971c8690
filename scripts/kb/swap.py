"""A finished folder into the place of another, so that whoever looks finds one of the two whole, whenever it is killed.

Two renames in a row would leave a moment without any. Linux and macOS can exchange two names in one step; where the
system or the file system cannot, that moment stays, a few microseconds long, and the next build mends what it left.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

_HERE = -100
"""AT_FDCWD of Linux: names are seen from the working folder."""
_EXCHANGE = 2
"""RENAME_EXCHANGE of Linux (renameat2(2)) and RENAME_SWAP of macOS (renamex_np(2))."""
_WRITTEN_BY_US_ALONE = 0o022
"""What others may not do with files that are made (umask(2)); all may read them."""


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder beside `target` to build in. What is in it when the block ends without an error is the new target.

    Hidden files of the old target, such as `.git`, stay. Whoever builds the same target at the same time waits. What
    a build that was killed left beside the target is cleared away first. Every user of the system may read what is
    made, for a web server is another one. Raises OSError; the old target then stands.
    """
    half, ready, old = _beside(target)
    with _alone(_lock(target)):
        _mend(target, half, ready, old)
        usual = os.umask(_WRITTEN_BY_US_ALONE)
        try:
            yield half
            half.rename(ready)
            _put(ready, target, old)
        finally:
            os.umask(usual)
            _mend(target, half, ready, old)


def is_tidy(target: Path) -> bool:
    """Whether nothing stands beside the target that a killed build left, and nobody builds it now."""
    return not any(path.exists() for path in (_lock(target), *_beside(target)))


def _lock(target: Path) -> Path:
    """The file that whoever builds the target holds."""
    return target.with_name(f".{target.name}.lock")


def _beside(target: Path) -> tuple[Path, Path, Path]:
    """Where a folder is built, where it waits when it is whole, and where the old one goes."""
    half, ready, old = (target.with_name(f".{target.name}.{word}") for word in ("new", "ready", "old"))
    return half, ready, old


def _put(ready: Path, target: Path, old: Path) -> None:
    if target.exists() and not _exchange(ready, target):
        target.rename(old)
    if ready.exists() and not target.exists():
        ready.rename(target)


def _mend(target: Path, half: Path, ready: Path, old: Path) -> None:
    """Clear away what stands beside the target, but not the only whole one, nor what was hidden in the old."""
    shutil.rmtree(half, ignore_errors=True)
    for whole in (old, ready):
        if whole.exists() and not target.exists():
            whole.rename(target)
        for hidden in whole.glob(".*"):
            if not (target / hidden.name).exists():
                hidden.rename(target / hidden.name)
        shutil.rmtree(whole, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Give each of two folders the name of the other, in one step. False where this system or file system cannot."""
    if os.name != "posix":
        return False
    system: Any = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if hasattr(system, "renameat2"):
        return bool(system.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0)
    if hasattr(system, "renamex_np"):
        return bool(system.renamex_np(*names, _EXCHANGE) == 0)
    return False


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else holds the file `lock`, and hold it. The system lets go of it when a process dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with lock.open("w") as held:
            _hold(held.fileno())
            if lock.exists() and os.path.samestat(os.fstat(held.fileno()), lock.stat()):
                try:
                    yield
                finally:
                    _let_go(lock, held)
                return


if sys.platform == "win32":
    import msvcrt
    import time

    def _hold(file: int) -> None:
        while True:
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
                return
            except OSError:
                time.sleep(0.2)

    def _let_go(lock: Path, held: TextIO) -> None:
        """Windows removes no file that is open, by us or by one who waits for it."""
        held.close()
        with suppress(OSError):
            lock.unlink()
else:
    import fcntl

    def _hold(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _let_go(lock: Path, held: TextIO) -> None:
        """Removed while it is held, so that nobody can hold a file that no longer has the name."""
        lock.unlink(missing_ok=True)
