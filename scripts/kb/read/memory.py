"""`links.txt`: what is remembered of addresses on other sites. No line in it is ever a fault of the data."""

from __future__ import annotations

import os
from pathlib import Path

from kb.liveness import Memory, parse
from kb.problem import Problem
from kb.read.files import FILE_EXISTS, read_bytes


def read_memory(root: Path, name: str) -> tuple[Memory, tuple[Problem, ...]]:
    """What is remembered in `root/name`; nothing if there is no such file. What is no text spoils its line only.

    A file that cannot be opened is no fault of the data either; one that leads elsewhere, or has no end, is.
    """
    if not os.path.lexists(root / name):
        return Memory(), ()
    raw, said = read_bytes(root, name)
    if raw is None:
        why = said[0].message.removeprefix("the file cannot be opened: ")
        return Memory(unread=why), tuple(one for one in said if one.rule != FILE_EXISTS.id)
    return parse(raw.decode("utf-8-sig", "backslashreplace")), said
