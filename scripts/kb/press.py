"""The press: a shell is rendered once, with blanks; every page of its sort is printed by filling them in.

What is filled in is never looked at again, so a text that looks like a blank stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping

_BLANK = re.compile("#\ue000([a-z0-9]+)\ue000")


def blank(name: str) -> str:
    """What stands in a shell for a text; templates and addresses leave it as it is."""
    return f"#\ue000{name}\ue000"


class Press:
    """Keeps the shells that it was given, each cut at its blanks."""

    def __init__(self) -> None:
        self._shells: dict[Hashable, tuple[str, ...]] = {}

    def print(self, sort: Hashable, texts: Mapping[str, str], shell: Callable[[], str]) -> str:
        """A page of a sort. `shell` renders what all pages of the sort share, with blanks of the names of `texts`."""
        if sort not in self._shells:
            self._shells[sort] = tuple(_BLANK.split(shell()))
        pieces = self._shells[sort]
        return "".join(texts[piece] if place % 2 else piece for place, piece in enumerate(pieces))
