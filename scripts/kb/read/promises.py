"""`permalinks.txt`: the addresses that were once given out, one a line."""

from __future__ import annotations

import re

from kb.problem import Place, Problem, Rule, breach
from kb.source import Promise

ADDRESS_LINES = Rule(
    "address-lines",
    "Every line of permalinks.txt is an address that begins with a slash, or a comment that begins with `# `.",
    "Leave this file to `python3 scripts release`, and put back what was changed by hand.",
)
RULES = (ADDRESS_LINES,)


def read_promises(text: str, file: str) -> tuple[tuple[Promise, ...], tuple[Problem, ...]]:
    """The addresses of a list of permanent links, and the lines that are none."""
    promises: list[Promise] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        address = line.strip()
        place = Place(file, number, 1, max(len(line), 1))
        if address.startswith("/") and not re.search(r"\s", address):
            promises.append(Promise(address, place))
        elif address and not address.startswith("#"):
            problems.append(breach(ADDRESS_LINES, place, f"'{address}' is not an address"))
    return tuple(promises), tuple(problems)
