"""The interface's words, from one catalogue for each language. A word that is missing is an error."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The one catalogue of a language: `words["case"]["results"]`, or in a template `words.case.results`."""

    catalogue: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.catalogue[key]

    def count(self, what: str, n: int) -> str:
        """A number with its noun: `1 minute`, `90 minutes`."""
        one, other = self.catalogue["count"][what]
        return str(one if n == 1 else other).format(n=n)

    def day(self, day: date) -> str:
        """A day as people write it: 23 November 2026."""
        return f"{day.day} {self.catalogue['months'][day.month - 1]} {day.year}"

    def name(self, section: str, key: str, default: str = "") -> str:
        """The word for one of a closed list, or `default` where the list may be longer than the catalogue."""
        return str(self.catalogue[section].get(key, default or key))


@cache
def words(language: str = "en") -> Words:
    """The catalogue of a language. Raises FileNotFoundError if there is none."""
    return Words(tomllib.loads((files(__package__) / "catalogue" / f"{language}.toml").read_text(encoding="utf-8")))
