"""Tables in CSV: our own export, Zotero's, and others whose first line names columns in the usual words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from kb.offer import Batch, Offered
from kb.problem import Place
from kb.read.foreign.draft import MAKERS, Statement, inverted, offered

COLUMNS = {
    **dict.fromkeys(("author", "authors", "creator", "creators"), "author"),
    **dict.fromkeys(("editor", "editors"), "editor"),
    **dict.fromkeys(("translator", "translators"), "translator"),
    **dict.fromkeys(("book author",), "bookauthor"),
    **dict.fromkeys(("document title", "title"), "title"),
    **dict.fromkeys(("date", "publication year", "published", "year"), "date"),
    **dict.fromkeys(("book title", "container title", "journal", "publication title", "source title"), "journaltitle"),
    **dict.fromkeys(("address", "link", "url", "web address"), "url"),
    **dict.fromkeys(("abstract", "abstract note"), "abstract"),
    **dict.fromkeys(("note", "notes"), "note"),
    **dict.fromkeys(("issue", "number"), "number"),
    **dict.fromkeys(("location", "place"), "location"),
    **dict.fromkeys(("automatic tags", "keywords", "manual tags", "tags"), "keywords"),
    "access date": "urldate",
    "conference name": "eventtitle",
    "doi": "doi",
    "edition": "edition",
    "institution": "institution",
    "isbn": "isbn",
    "issn": "issn",
    "journal abbreviation": "shortjournal",
    "language": "language",
    "num pages": "pagetotal",
    "number of volumes": "volumes",
    "pages": "pages",
    "publisher": "publisher",
    "series": "series",
    "short title": "shorttitle",
    "volume": "volume",
}
KEYS = frozenset({"citation key", "id", "key"})
KINDS = frozenset({"document type", "item type", "publication type", "type"})
TYPES = {
    **dict.fromkeys(("article", "journalarticle", "magazinearticle", "newspaperarticle"), "article"),
    **dict.fromkeys(("blogpost", "online", "webpage", "website"), "online"),
    **dict.fromkeys(("bookchapter", "booksection", "chapter"), "incollection"),
    **dict.fromkeys(("dissertation", "thesis"), "thesis"),
    "book": "book",
    "conferencepaper": "inproceedings",
    "dataset": "dataset",
    "encyclopediaarticle": "inreference",
    "manuscript": "unpublished",
    "preprint": "online",
    "report": "report",
    "software": "software",
}


def read_table(text: str, file: str) -> Batch:
    """What a table offers, a work in each row. The sign between cells is the one that its first line has most of."""
    head = text.lstrip("\n").partition("\n")[0]
    sign = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    lines = text.split("\n")
    columns: Sequence[str] = ()
    entries: list[Offered] = []
    end = 0
    try:
        for row in rows:
            place, quote, end = Place(file, end + 1), "\n".join(lines[end : rows.line_num]), rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = [_plain(cell) for cell in row]
                if "title" not in map(COLUMNS.get, columns):
                    why = "no column of this table is called title. Name the columns in its first line."
                    return Batch((Offered.unread(place, why, text.strip("\n")),))
            else:
                entries.append(_offered(columns, row, place, quote))
    except csv.Error as error:
        why = f"this row cannot be read, nor what follows: {error}. Export the file again."
        entries.append(Offered.unread(Place(file, end + 1), why, "\n".join(lines[end:])))
    return Batch(tuple(entries))


def _plain(header: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", header.lower()))


def _offered(columns: Sequence[str], row: Sequence[str], place: Place, quote: str) -> Offered:
    cells = [*zip(columns, row, strict=False), *((f"column {n + 1}", row[n]) for n in range(len(columns), len(row)))]
    key = next((text.strip() for name, text in cells if name in KEYS), "")
    kind = next((text.strip() for name, text in cells if name in KINDS), "")
    type = TYPES.get("".join(_plain(kind).split()), "misc")
    return offered("csv", key, type, _statements(cells, type), place, quote)


def _statements(cells: Sequence[tuple[str, str]], type: str) -> Iterator[Statement]:
    for column, text in cells:
        name = COLUMNS.get(column, "")
        if column in KEYS or (column in KINDS and "".join(_plain(text).split()) in TYPES):
            continue
        if name in MAKERS:
            yield from ((column, name, inverted(one)) for one in text.split(";") if one.strip())
        elif name == "keywords":
            yield from ((column, name, one) for one in text.split(";"))
        else:
            yield column, _within(name, type), text


def _within(name: str, type: str) -> str:
    """The field that a column is for a work of this type."""
    if name == "journaltitle" and type in {"incollection", "inproceedings", "inreference"}:
        return "booktitle"
    if name == "journaltitle" and type == "online":
        return "organization"
    if name == "publisher" and type in {"report", "thesis"}:
        return "institution"
    return "organization" if name == "publisher" and type == "online" else name
