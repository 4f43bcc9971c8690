"""The text of problems in colour, for a terminal that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from kb.problem import Problem
from kb.report.text import Look, Texts, spans

LOOKS: dict[Look, str] = {
    "plain": "",
    "place": "bold",
    "error": "bold red",
    "warning": "bold yellow",
    "rule": "cyan",
    "margin": "blue",
    "help": "",
}


def in_colour(problems: Sequence[Problem], texts: Texts, terminal: TextIO) -> bool:
    """Print problems in colour, without the line that counts; false, and nothing, where there shall be no colours.

    A pipe has none, nor one who set NO_COLOR; FORCE_COLOR asks for them all the same.
    Of no problems nothing is printed.
    """
    if not problems:
        return True
    from rich.console import Console  # here, for most runs have nothing to show, and it takes a while to load
    from rich.text import Text

    console = Console(file=terminal, highlight=False, markup=False, emoji=False)
    if console.no_color or not console.color_system:
        return False
    text = Text.assemble(*((span.text, LOOKS[span.look]) for span in spans(problems, texts)))
    console.print(text, soft_wrap=True, end="")
    return True
