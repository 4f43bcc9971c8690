"""A work of another program in biblatex: statements put under their names, and what has no name kept under its own.

What no field of biblatex can hold goes into a field of our own such as `x-ris-db`, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kb.entry import address, entry, latex, number
from kb.literature import Name
from kb.offer import Offered
from kb.problem import Place
from kb.read.bib.offers import STAND_IN, read_bibtex

Statement = tuple[str, str, str]
"""What the other program calls it, its field in biblatex or nothing, and the text: of a name in LaTeX, else plain."""

MAKERS = frozenset({"author", "editor", "translator", "bookauthor"})
_NUMBERS = frozenset({"doi", "eprint", "isbn", "issn"})
_DOI = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?[-/]*(?:[T ].*)?")
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a sign of UTF-16: JSON can name it, and no file can hold it."""
_DASH = re.compile(r"(?<!\s)\s*+[-–—]+\s*")
_JOINT = re.compile(r"\band\b|,", re.IGNORECASE)


def offered(form: str, key: str, type: str, said: Iterable[Statement], place: Place, quote: str) -> Offered:
    """The entry that statements make. `form` is what the other form is called in names of fields."""
    fields = _gathered(form, said)
    made = read_bibtex(entry(type, STAND_IN, fields), place.file).entries[0]
    return replace(made, place=place, key=_HALF.sub("\ufffd", key), quote=quote)


def _gathered(form: str, said: Iterable[Statement]) -> dict[str, str]:
    """The fields of an entry in LaTeX. Of two that say different things the second keeps the name it came with."""
    fields: dict[str, str] = {}
    kept: dict[str, list[str]] = {}
    for tag, name, text in _settled(list(said)):
        value = _value(name, text)
        if name in MAKERS and name in fields:
            fields[name] += f" and {value}"
        elif name == "keywords" and name in fields:
            fields[name] += f", {value}"
        elif name and fields.setdefault(name, value) == value:
            continue
        else:
            kept.setdefault(f"x-{form}-{_slug(tag)}", []).append(_value("", text))
    return fields | {name: "; ".join(values) for name, values in kept.items()}


def _settled(said: list[Statement]) -> list[Statement]:
    """The statements that are not empty, the most exact date in front, without an address that only repeats the DOI."""
    said = [(tag, name, _clean(name, _HALF.sub("\ufffd", text))) for tag, name, text in said if text.strip()]
    dates = sorted((one for one in said if one[1] == "date"), key=lambda one: (not iso(one[2]), -len(iso(one[2]))))
    best = iso(dates[0][2]) if dates else ""
    dates = dates[:1] + [one for one in dates[1:] if not iso(one[2]) or not best.startswith(iso(one[2]))]
    dois = {text.lower() for _, name, text in said if name == "doi"}
    others = [one for one in said if one[1] != "date" and not (one[1] == "url" and _doi_of(one[2]) in dois)]
    return others + dates


def _clean(name: str, text: str) -> str:
    if name == "doi":
        return _DOI.sub("", text.strip(), count=1)
    return ",".join(re.split(r"[\s,;]+", text.strip())) if name == "isbn" else text


def _doi_of(address: str) -> str:
    return _DOI.sub("", address.strip(), count=1).lower() if _DOI.match(address.strip()) else ""


def _value(name: str, text: str) -> str:
    if name in MAKERS:
        return text
    if name in _NUMBERS:
        return number(text)
    if name == "url":
        return address("".join(text.split()))
    if name in {"date", "urldate"}:
        return iso(text) or latex(text)
    return "--".join(map(latex, _DASH.split(text.strip()))) if name == "pages" else latex(text)


def iso(text: str) -> str:
    """A day, a month or a year in the form of ISO 8601; empty where it is none."""
    found = _DAY.fullmatch(text.strip())
    return "-".join(part.zfill(2) for part in found.groups() if part and int(part)) if found else ""


def _slug(tag: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", tag.lower())) or "unnamed"


# --- names --------------------------------------------------------------------------------------------------
def inverted(text: str) -> str:
    """A name of the form `Graaf, Peter` or `King, Martin Luther, Jr.` in LaTeX.

    One without a comma, or with a comma at its end, is a body's.
    """
    if text.strip().rstrip(".,").lower() == "et al":
        return "others"
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1 or len(parts) > 3 or not parts[-1]:
        return in_latex(Name(text.strip().removesuffix(","), corporate=True))
    family, given, *suffix = parts
    return in_latex(Name(family, given, suffix="".join(suffix)))


def in_latex(name: Name) -> str:
    """A name in LaTeX, as BibTeX reads it."""
    if name.corporate or not name.given:
        return f"{{{latex(' '.join(filter(None, (name.particle, name.family))) or name.given)}}}"
    family = " ".join(filter(None, (name.particle, name.family)))
    return ", ".join(_guarded(part) for part in (family, name.suffix, name.given) if part)


def _guarded(part: str) -> str:
    """A part of a name in braces where BibTeX would take it apart."""
    return f"{{{latex(part)}}}" if _JOINT.search(part) else latex(part)
