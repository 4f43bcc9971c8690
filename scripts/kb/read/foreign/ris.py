"""RIS: a tag, two spaces, a dash and a value on each line, as EndNote, Zotero, Mendeley and databases write it.

Tags are those of the specification of 2011, with the habits of these programs: `T2` names the whole in which a work
stands, `ED` and `A2` its editors, and a body's name ends with a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kb.offer import Batch, Offered
from kb.problem import Place
from kb.read.foreign.draft import Statement, inverted, offered

LINE = re.compile(r"\s*([A-Z][A-Z0-9]) {0,2}-(?: (.*)|$)")
TYPES = {
    **dict.fromkeys(("ABST", "EJOUR", "INPR", "JFULL", "JOUR", "MGZN", "NEWS"), "article"),
    **dict.fromkeys(("BOOK", "EBOOK"), "book"),
    **dict.fromkeys(("CHAP", "ECHAP"), "incollection"),
    **dict.fromkeys(("BLOG", "ELEC", "ICOMM", "WEB"), "online"),
    **dict.fromkeys(("MANSCPT", "UNPB"), "unpublished"),
    **dict.fromkeys(("GOVDOC", "RPRT"), "report"),
    **dict.fromkeys(("DICT", "ENCYC"), "inreference"),
    **dict.fromkeys(("BILL", "LEGAL", "STAT"), "legislation"),
    **dict.fromkeys(("MPCT", "VIDEO"), "video"),
    "AGGR": "dataset",
    "ART": "artwork",
    "CASE": "jurisdiction",
    "COMP": "software",
    "CONF": "proceedings",
    "CPAPER": "inproceedings",
    "DATA": "dataset",
    "EDBOOK": "collection",
    "GEN": "misc",
    "MUSIC": "music",
    "PAMP": "booklet",
    "PAT": "patent",
    "PCOMM": "letter",
    "SER": "book",
    "SOUND": "audio",
    "STAND": "standard",
    "THES": "thesis",
}
FIELDS = {
    **dict.fromkeys(("A1", "AU"), "author"),
    **dict.fromkeys(("CT", "T1", "TI"), "title"),
    **dict.fromkeys(("DA", "PY", "Y1"), "date"),
    **dict.fromkeys(("CY", "PP"), "location"),
    **dict.fromkeys(("AB", "N2"), "abstract"),
    **dict.fromkeys(("L1", "L2", "L4"), "file"),
    **dict.fromkeys(("J2", "JA"), "shortjournal"),
    "A4": "translator",
    "DO": "doi",
    "ED": "editor",
    "ET": "edition",
    "IS": "number",
    "KW": "keywords",
    "LA": "language",
    "M3": "type",
    "N1": "note",
    "SE": "chapter",
    "ST": "shorttitle",
    "T3": "series",
    "UR": "url",
    "VL": "volume",
    "Y2": "urldate",
}
WHOLES = ("T2", "BT", "JF", "JO")
PARTS = frozenset({"incollection", "inproceedings", "inreference"})


@dataclass(slots=True)
class _Record:
    """The lines from one `TY` up to the next, or to `ER`."""

    line: int
    lines: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)


def read_ris(text: str, file: str) -> Batch:
    """What a file in RIS offers. A record without its `ER` ends where the next begins."""
    records: list[_Record] = []
    beside: list[int] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        found = LINE.fullmatch(line)
        tag, value = (found[1], (found[2] or "").strip()) if found else ("", line.strip())
        if tag == "TY":
            records.append(_Record(number))
            inside = True
        if not inside:
            beside += [number] * bool(line.strip())
            continue
        records[-1].lines.append(line)
        inside = tag != "ER"
        if tag:
            records[-1].said.append((tag, value))
        elif value:  # a long value goes on
            above, begun = records[-1].said.pop()
            records[-1].said.append((above, f"{begun} {value}"))
    return Batch(tuple(_offered(record, file) for record in records), beside=tuple(beside))


def _offered(record: _Record, file: str) -> Offered:
    said = dict(reversed(record.said))
    type = TYPES.get(said["TY"].upper(), "misc")
    statements = [*_statements(record.said, type)]
    if said["TY"].upper() not in TYPES:
        statements.append(("TY", "", said["TY"]))
    return offered(
        "ris", said.get("ID", ""), type, statements, Place(file, record.line), "\n".join(record.lines).rstrip()
    )


def _statements(said: Iterable[tuple[str, str]], type: str) -> Iterator[Statement]:
    said = list(said)
    pages = [next((text for name, text in said if name == tag), "") for tag in ("SP", "EP")]
    yield "SP", "pages", "-".join(filter(None, pages))
    whole = next((tag for tag in WHOLES if any(name == tag and text for name, text in said)), "")
    for tag, text in said:
        if tag in {"TY", "ER", "SP", "EP", "ID"}:
            continue
        name = FIELDS.get(tag, "") if tag != whole else _whole(type)
        if tag in {"PB", "SN", "A2"}:
            name = {"PB": _publisher, "SN": _number, "A2": _second_makers}[tag](type, text)
        yield tag, name, inverted(text) if name in {"author", "editor", "translator"} else text


def _whole(type: str) -> str:
    """The field for the title of the whole in which a work of this type stands."""
    if type in PARTS:
        return "booktitle"
    return {"article": "journaltitle", "online": "organization"}.get(type, "series")


def _publisher(type: str, text: str) -> str:
    return "institution" if type in {"report", "thesis"} else "publisher"


def _number(type: str, text: str) -> str:
    """What `SN` is: of a report its number, else an ISSN with eight digits, or an ISBN."""
    if type == "report":
        return "number"
    return "issn" if re.fullmatch(r"\d{4}-?\d{3}[\dXx]", text.partition(" ")[0].strip(";,")) else "isbn"


def _second_makers(type: str, text: str) -> str:
    """What `A2` makes: editors of the whole in which a part stands. Of anything else they edit its series."""
    return "editor" if type in PARTS or type == "article" else ""
