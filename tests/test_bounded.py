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
LINE = "a" * 100_000_000
MACROS = "".join(f"@string{{m{n} = m{n - 1} # m{n - 1} # m{n - 1} # m{n - 1}}}\n" for n in range(1, 40))
HOSTILE = {
    "a long line of yaml": ("resources/x.yaml", f"terms: {LINE}\n", "reasonable-size"),
    "a long line of bibtex": ("references.bib", f"@misc{{x, title = {{{LINE}}}}}\n", "reasonable-size"),
    "a long line of markdown": ("docs/x.md", f"{LINE}\n", "reasonable-size"),
    "a long value of yaml": ("resources/x.yaml", f"terms: {LINE[:15_000_000]}\n", "reasonable-size"),
    "a long value of bibtex": ("references.bib", f"@misc{{x, title = {{{LINE[:15_000_000]}}}}}\n", "reasonable-size"),
    "macros of macros": (
        "references.bib",
        f"@string{{m0 = {{lol}}}}\n{MACROS}@misc{{x, title = m39}}\n",
        "reasonable-size",
    ),
    "braces in braces": ("references.bib", f"@misc{{x, title = {'{' * 1_000_000}\n", "bibtex-syntax"),
    "quotations in quotations": ("docs/x.md", f"{'>' * 50_000} x\n", "shallow-lists"),
    "lists in lists": ("docs/x.md", f"{'- ' * 40_000}x\n", "shallow-lists"),
    "brackets that never close": ("docs/x.md", f"{'[x][' * 20_000}[x](javascript:x)\n", "web-addresses"),
    "links by the thousand": ("docs/x.md", "[x](javascript:x)\n" * 5_000, "web-addresses"),
}


@pytest.mark.parametrize(("name", "text", "rule"), HOSTILE.values(), ids=HOSTILE)
def test_it_ends_soon_and_says_why(name: str, text: str, rule: str, tmp_path: Path) -> None:
    toy = make.community(tmp_path / "toy", {name: text}).parent
    ended = subprocess.run([sys.executable, "-c", RUN], cwd=toy, capture_output=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (1, False)
    assert rule in {one["rule"] for one in json.loads(ended.stdout) if one["file"] == name}
