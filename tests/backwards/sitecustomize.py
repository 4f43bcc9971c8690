"""Whoever has this folder in PYTHONPATH is told the files of a folder in reverse order; systems promise none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

_listdir, _scandir = os.listdir, os.scandir


class _Backwards:
    """What os.scandir gives: the entries, once, and an end to `with`."""

    def __init__(self, *given: Any) -> None:
        with closing(_scandir(*given)) as found:
            self._entries = iter(sorted(found, key=lambda entry: entry.name, reverse=True))

    def __iter__(self) -> Iterator[os.DirEntry[Any]]:
        return self._entries

    def __next__(self) -> os.DirEntry[Any]:
        return next(self._entries)

    def __enter__(self) -> _Backwards:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """All entries were read at once."""


os.scandir = _Backwards  # type: ignore[assignment]  # stands in for a function of two signatures
os.listdir = lambda *given: sorted(_listdir(*given), reverse=True)  # type: ignore[assignment]  # likewise
