"""An entry's fields under their biblatex names, and the reference they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb.entry import is_key
from kb.literature import Names, Reference, Span
from kb.problem import Rule, did_you_mean
from kb.read.bib import biblatex
from kb.read.bib.dates import NOT_YET, read_date, with_month
from kb.read.bib.latex import address, plain
from kb.read.bib.macros import Filled, Value
from kb.read.bib.names import read_names
from kb.read.bib.rules import DATES, FIELDS, KEYS, NAMES, TYPES, UNIQUE_FIELDS, Fault
from kb.read.bib.written import Block

_DOI_ADDRESS = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:)", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"\\url\s*\{[^{}]*\}|https?://\S+")
_DASHED = re.compile(r"\d{4}\s*(?:-+|–)\s*\d{4}")
_NEXT_WAIVER = re.compile(r";\s*(?=[\w-]+\s*(?::|$))")
_BRACES = str.maketrans("", "", "{}")
_TEXTS = (
    "title",
    "subtitle",
    "series",
    "number",
    "volume",
    "issue",
    "edition",
    "pages",
    "pagetotal",
    "eid",
    "publisher",
    "institution",
    "organization",
    "location",
    "pubstate",
    "eprinttype",
    "note",
    "annotation",
    "relatedstring",
    "seen",
)
_NUMBERS = ("url", "isbn", "issn", "eprint")

Fields = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with its fields by their biblatex names; `reference` is None where the entry is not whole.

    `slipped` names fields that nobody knows, and those that a slip has put in doubt.
    """

    block: Block
    fields: Fields
    reference: Reference | None
    faults: tuple[Fault, ...]
    slipped: frozenset[str] = frozenset()


def read_entry(filled: Filled, text: str) -> Entry:
    """The reference that the entry makes, and everything that is wrong with it."""
    block = filled.block
    fields, doubled = _unique(filled.values)
    made, unreadable = _reference(block, fields, text[block.start : block.end].rstrip())
    key_faults = tuple(_bad_key(block))
    faults = (
        *block.faults,
        *filled.faults,
        *key_faults,
        *_bad_type(block),
        *doubled,
        *_unknown(filled.values),
    )
    sound = block.whole and not key_faults
    # Of an entry that is not whole nobody knows where its values end.
    slipped = {biblatex.field_name(one.name) for one in block.fields if not one.sound}
    slipped |= {one.name for one in filled.values if not biblatex.is_known_field(one.name)}
    every = (*faults, *(unreadable if block.whole else ()))
    return Entry(block, fields, made if sound else None, every, frozenset(slipped))


# --- key, type and names of fields -------------------------------------------------------------------
def _bad_key(block: Block) -> Iterator[Fault]:
    key = block.key
    if key and not is_key(key):
        odd = sorted({sign for sign in key if not re.fullmatch(r"[\w:.+/-]", sign)})
        why = f": {' '.join('a space' if sign.isspace() else sign for sign in odd)}" if odd else ""
        message = f"'{key}' cannot be a citation key{why}"
        help = "Use letters, digits and - _ : . + / only, beginning with a letter or a digit."
        yield Fault(KEYS, block.key_start, block.key_start + len(key), message, help)


def _bad_type(block: Block) -> Iterator[Fault]:
    known = biblatex.TYPES | biblatex.OLDER_TYPES.keys()
    if block.type not in known:
        end = block.start + 1 + len(block.type)
        meant = did_you_mean(block.type, known)
        message = f"'@{block.type}' is not a type of entry"
        yield Fault(TYPES, block.start, end, f"{message}.{meant}" if meant else message)


def _unknown(values: tuple[Value, ...]) -> Iterator[Fault]:
    for value in values:
        if value.sound and not biblatex.is_known_field(value.name):
            meant = did_you_mean(value.name, biblatex.FIELDS)
            message = f"'{value.name}' is not a field that anybody knows"
            yield Fault(FIELDS, value.start, value.start + len(value.name), f"{message}.{meant}" if meant else message)


def _unique(values: tuple[Value, ...]) -> tuple[Fields, tuple[Fault, ...]]:
    fields: dict[str, Value] = {}
    faults = []
    for value in values:
        first = fields.setdefault(biblatex.field_name(value.name), value)
        same_word = first.name.lower() == value.name.lower()
        if first is not value and (same_word or plain(first.text) != plain(value.text)):
            message = f"'{value.name}' stands here a second time; the first is '{first.name}'"
            end = value.start + len(value.name)
            faults.append(Fault(UNIQUE_FIELDS, value.start, end, message, first=(first.start, len(first.name))))
    return {name: value for name, value in fields.items() if value.text.strip("{} \t\r\n")}, tuple(faults)


# --- the reference -----------------------------------------------------------------------------------
def _reference(block: Block, fields: Fields, raw: str) -> tuple[Reference, tuple[Fault, ...]]:
    faults: list[Fault] = []
    kind = biblatex.type_name(block.type)
    said: dict[str, Any] = {name: plain(fields[name].text) for name in _TEXTS if name in fields}
    said |= {name: address(fields[name].text) for name in _NUMBERS if name in fields}
    if kind in biblatex.SERIALS and "number" in said:
        said["issue"] = said.pop("number")
    said |= _addresses(fields)
    for name in ("author", "editor"):
        said[name] = _names(fields.get(name), faults)
    said |= _dates(fields, faults)
    reference = Reference(
        block.key,
        kind,
        raw,
        journaltitle=_with_subtitle(fields, "journaltitle", "journalsubtitle"),
        booktitle=_with_subtitle(fields, "booktitle", "booksubtitle"),
        language=_text(fields, "language") or _text(fields, "langid"),
        subtype=_subtype(block, fields),
        keywords=_list(fields, "keywords"),
        related=_list(fields, "related"),
        unchecked=_list(fields, "unchecked"),
        waive=tuple(_waivers(fields)),
        ids=_former_keys(fields, faults),
        **said,
    )
    return reference, tuple(faults)


def _text(fields: Fields, name: str) -> str:
    return plain(fields[name].text) if name in fields else ""


def _with_subtitle(fields: Fields, title: str, subtitle: str) -> str:
    return ": ".join(filter(None, (_text(fields, title), _text(fields, subtitle))))


def _list(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split("[,;]", _text(fields, name)) if word.strip())


def _waivers(fields: Fields) -> Iterator[tuple[str, str]]:
    """Each rule of `waive = {rule: because; another-rule: because}` with its reason, which may hold semicolons."""
    for waiver in _NEXT_WAIVER.split(_text(fields, "waive")):
        if waiver.strip():
            rule, _, because = waiver.partition(":")
            yield rule.strip(), because.strip()


def _former_keys(fields: Fields, faults: list[Fault]) -> tuple[str, ...]:
    keys = _list(fields, "ids")
    if not all(is_key(key) for key in keys):
        value = fields["ids"]
        message = f"'{value.text.strip()}' is no list of citation keys"
        help = "Write the keys that this entry had before, with commas between them."
        faults.append(_within(KEYS, value, 0, len(value.text), message, help))
    return tuple(key for key in keys if is_key(key))


def _subtype(block: Block, fields: Fields) -> str:
    said = _text(fields, "type") or biblatex.IMPLIED_SUBTYPES.get(block.type, "")
    return biblatex.SUBTYPES.get(said.lower(), said)


def _addresses(fields: Fields) -> dict[str, str]:
    """The bare DOI, and the address that BibTeX's users put into `howpublished` for want of `url`."""
    doi = address(fields["doi"].text) if "doi" in fields else ""
    published = fields["howpublished"].text.strip() if "howpublished" in fields else ""
    found = {"doi": _DOI_ADDRESS.sub("", doi, count=1), "howpublished": plain(published)}
    if "url" not in fields and _WEB_ADDRESS.fullmatch(published):
        return found | {"url": address(published), "howpublished": ""}
    return found


def _names(value: Value | None, faults: list[Fault]) -> Names:
    if value is None:
        return Names()
    names, bad = read_names(value.text)
    if value.sound:
        faults += (_within(NAMES, value, one.start, one.width, one.message, one.help) for one in bad)
    return names


def _dates(fields: Fields, faults: list[Fault]) -> dict[str, Span | str | None]:
    dates: dict[str, Span | str | None] = {"urldate": _date(fields.get("urldate"), faults)}
    published = fields.get("date") or fields.get("year")
    if published and plain(published.text).lower() in NOT_YET:
        return dates | {"pubstate": plain(published.text)}
    found = _date(published, faults)
    faults += _two_years(fields, found)
    month = fields.get("month")
    if found and month and "date" not in fields:
        dated = with_month(found, month.text.translate(_BRACES))
        faults += (_no_date(month, "month"),) if month.sound and not dated else ()
        found = dated or found
    return dates | {"date": found}


def _two_years(fields: Fields, found: Span | None) -> Iterator[Fault]:
    """A `year` that says something else than the `date` beside it."""
    year = fields.get("year")
    start = (found.start or found.end) if found else None
    if "date" in fields and year and start and year.sound and plain(year.text) != str(start.year):
        message = "'year' stands here a second time; the first is 'date'"
        day = fields["date"]
        end = year.start + len(year.name)
        yield Fault(UNIQUE_FIELDS, year.start, end, message, first=(day.start, len(day.name)))


def _date(value: Value | None, faults: list[Fault]) -> Span | None:
    found = read_date(value.text.translate(_BRACES)) if value else None
    if value and value.sound and not found:
        faults.append(_no_date(value, "date"))
    return found


def _no_date(value: Value, what: str) -> Fault:
    lead = len(value.text) - len(value.text.lstrip())
    text = value.text.strip()
    help = "Write a range with a slash, as in {1999/2001}." if _DASHED.fullmatch(text) else ""
    return _within(DATES, value, lead, len(text), f"'{plain(text)}' is no {what}", help)


def _within(rule: Rule, value: Value, start: int, width: int, message: str, help: str) -> Fault:
    """A fault in a part of a value; where parts were joined, offsets are lost and the name is shown."""
    if value.joined:
        return Fault(rule, value.start, value.start + len(value.name), message, help)
    start += value.text_start
    return Fault(rule, start, start + width, message, help)
