"""What the accessibility page says of the last test run. A run that is told to writes it.

`KB_ACCEPT=1 python3 scripts test tests/test_floor.py tests/test_html.py`
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from kb.render.words import words

PAGE = Path(__file__).parent.parent / "docs/accessibility.md"
TOOLS = {
    "axe": "common barriers, with light or dark colours, 1280 or 320 pixels wide",
    "Chromium": "text that is cut off or folded away on A4 paper",
    "Nu HTML Checker": "errors in the code",
}
"""What each tool looks for on every page."""
KNOWN: dict[str, str] = {}
"""What the Nu checker says and we cannot mend: how its message begins, and whose fault it is. An unused one must go."""
BLOCK = re.compile(
    r"(?<=<!-- A test run writes this: tests/statement\.py -->\n\n).*?(?=\n<!-- To here\. -->)", re.DOTALL
)


def accept(seen: Iterable[Sequence[str | int]], page: Path = PAGE) -> None:
    """Write down what a run saw today: the tool, its version and the number of pages, for each part of the run."""
    counted: Counter[str] = Counter()
    for tool, version, pages in seen:
        counted[f"{tool} {version}"] += int(pages)
    block = told({tool: counted[tool] for tool in sorted(counted)}, datetime.now(UTC).date())
    text = BLOCK.sub(lambda _: block, page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8", newline="\n")


def told(pages: dict[str, int], day: date) -> str:
    """The block in Markdown. `pages` has the number for each tool with its version."""
    rows = (f"| {tool} | {TOOLS[tool.rpartition(' ')[0]]} | {number:,} |" for tool, number in pages.items())
    lines = [
        f"Last run written down: {words().day(day)}. Nothing was found on any page beyond the known failures.",
        "",
        "| Tool | What it looks for | Pages |",
        "| --- | --- | --: |",
        *rows,
        "",
        f"**Known failures:** {'; '.join(KNOWN.values()) or 'none'}.",
        "",
    ]
    return "\n".join(lines)
