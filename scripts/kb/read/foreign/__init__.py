"""Works in the forms of other programs: BibTeX, RIS, CSL-JSON and CSV, each read into entries for the bibliography."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kb.offer import Batch
from kb.problem import Place, breach
from kb.read.bib.offers import read_bibtex
from kb.read.files import LARGEST_FILE, REASONABLE_SIZE
from kb.read.foreign.csl import read_csl, read_told
from kb.read.foreign.decode import decode
from kb.read.foreign.ris import read_ris
from kb.read.foreign.table import read_table

__all__ = ["read_batch", "read_file", "read_told"]

Read = Callable[[str, str], Batch]
_BY_ENDING: dict[str, Read] = {
    ".bib": read_bibtex,
    ".csv": read_table,
    ".json": read_csl,
    ".ris": read_ris,
    ".tsv": read_table,
}
_RIS = re.compile(r"^[ \t]*+TY {0,2}- ", re.MULTILINE)
_BIBTEX = re.compile(r"^[ \t]*+@\s*+\w++\s*+[{(]", re.MULTILINE)


def read_file(path: Path) -> Batch:
    """What a file offers. Raises OSError where it cannot be opened."""
    name = path.as_posix()
    if path.stat().st_size > LARGEST_FILE:
        return Batch((), (breach(REASONABLE_SIZE, Place(name), f"the file has {path.stat().st_size:,} bytes"),))
    return read_batch(path.read_bytes(), name)


def read_batch(raw: bytes, name: str) -> Batch:
    """What the bytes of a file offer. Its form is told by the ending of its name, or else by what it holds."""
    text, remarks = decode(raw)
    if not text.strip():
        return Batch(remarks=("The file is empty.",))
    read = _BY_ENDING.get(Path(name).suffix.lower()) or _form_of(text)
    batch = read(text, name)
    return replace(batch, remarks=(*remarks, *batch.remarks))


def _form_of(text: str) -> Read:
    if text.lstrip()[0] in "[{":
        return read_csl
    if _RIS.search(text):
        return read_ris
    return read_bibtex if _BIBTEX.search(text) else read_table
