"""Files made to take all time and all memory: each is one problem, soon, in a process that may not have much memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import make

MEMORY = 1_500_000_000
"""Bytes of address space, more than a sound run takes."""
PATIENCE = 240
RUN = f"""
import contextlib, sys
with contextlib.suppress(ImportError):
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
from kb import cli
sys.argv = ["kb", "check", "--format", "json"]
cli.main()
"""
MANY = 100_000_000
BELOW_THE_LIMIT = 15_000_000
MACROS = "".join(f"@string{{m{n} = m{n - 1} # m{n - 1} # m{n - 1} # m{n - 1}}}\n" for n in range(1, 40))
HOSTILE = {
    "a long line of yaml": ("resources/x.yaml", "terms: ", "a", MANY, "\n", "reasonable-size"),
    "a long line of bibtex": ("references.bib", "@misc{x, title = {", "a", MANY, "}}\n", "reasonable-size"),
    "a long line of markdown": ("docs/x.md", "", "a", MANY, "\n", "reasonable-size"),
    "a long value of yaml": ("resources/x.yaml", "terms: ", "a", BELOW_THE_LIMIT, "\n", "reasonable-size"),
    "a long value of bibtex": (
        "references.bib",
        "@misc{x, title = {",
        "a",
        BELOW_THE_LIMIT,
        "}}\n",
        "reasonable-size",
    ),
    "macros of macros": (
        "references.bib",
        "@string{m0 = {lol}}\n",
        MACROS,
        1,
        "@misc{x, title = m39}\n",
        "reasonable-size",
    ),
    "braces in braces": ("references.bib", "@misc{x, title = ", "{", 1_000_000, "\n", "bibtex-syntax"),
    "quotations in quotations": ("docs/x.md", "", ">", 50_000, " x\n", "shallow-lists"),
    "lists in lists": ("docs/x.md", "", "- ", 40_000, "x\n", "shallow-lists"),
    "brackets that never close": ("docs/x.md", "", "[x][", 20_000, "[x](javascript:x)\n", "web-addresses"),
    "links by the thousand": ("docs/x.md", "", "[x](javascript:x)\n", 5_000, "", "web-addresses"),
}
"""The file, how it begins, what is repeated and how often, how it ends, and the rule that it meets."""


@pytest.mark.parametrize(("name", "start", "body", "times", "end", "rule"), HOSTILE.values(), ids=HOSTILE)
def test_it_ends_soon_and_says_why(
    name: str, start: str, body: str, times: int, end: str, rule: str, tmp_path: Path
) -> None:
    toy = make.community(tmp_path / "toy", {name: start + body * times + end}).parent
    ended = subprocess.run([sys.executable, "-c", RUN], cwd=toy, capture_output=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (1, False)
    assert rule in {one["rule"] for one in json.loads(ended.stdout) if one["file"] == name}
