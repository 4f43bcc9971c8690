"""`links.txt`: what is remembered of addresses on other sites. Nothing in it is ever a fault of the data."""

from __future__ import annotations

from pathlib import Path

from kb.liveness import Memory, parse


def read_memory(root: Path, name: str) -> Memory:
    """What is remembered in `root/name`; nothing if there is no such file. What is no text spoils its line only."""
    try:
        raw = (root / name).read_bytes()
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        return Memory(unread=error.strerror or type(error).__name__)
    return parse(raw.decode("utf-8-sig", "backslashreplace"))
