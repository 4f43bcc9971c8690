"""What tells one work from another: its identifiers, and its title, makers and dates in a form that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from unicodedata import category, normalize

from kb.literature import Names, Reference, normal_address

LONGEST = 300
"""Letters of a title that are compared."""
_BEGINNING = 12
_SORTS = {
    **dict.fromkeys(("article", "review", "suppperiodical"), "article"),
    **dict.fromkeys(("book", "booklet", "collection", "manual", "mvbook", "mvcollection", "proceedings"), "book"),
    **dict.fromkeys(("bookinbook", "inbook", "incollection", "inreference", "suppbook", "suppcollection"), "part"),
    **{type: type for type in ("inproceedings", "online", "report", "thesis", "unpublished")},
}
"""Types, as far as other programs tell them apart. One that is not here, such as misc, may be anything."""
_PARTS = frozenset({"article", "inproceedings", "part"})
_PREPRINT_DOIS = re.compile(r"10\.(?:1101|48550|31219|31222|31234|31235|2139|21203|20944|36227)/")
"""bioRxiv and medRxiv, arXiv, OSF, MetaArXiv, PsyArXiv, SocArXiv, SSRN, Research Square, Preprints.org, TechRxiv."""
_PREPRINT_WORDS = re.compile(r"\bpre-?print|rxiv\b|\bprepublished\b", re.IGNORECASE)
_NUMBERS = re.compile(
    r"\d+|\b(?:[ivx]+|one|two|three|four|five|six|first|second|third|fourth|fifth"
    r"|comment|commentary|corrigendum|correction|erratum|reply|response)\b"
)
"""What makes another work of a title, though it is a few letters only."""
_BESIDE = frozenset({"key", "raw", "ids", "waive", "unchecked", "seen", "related", "relatedstring"})


@dataclass(frozen=True, slots=True)
class Marks:
    """A work as it is compared with others.

    `title` and `main` are folded to bare letters, with and without the subtitle; `numbers` are those in the title, in
    digits or words; `maker` is the family name of the first author, or editor. `sort` is empty where the type says
    little. `exact` are details that differ between two works of one name; `words` is everything that the entry says.
    """

    key: str
    title: str
    main: str
    has_subtitle: bool
    numbers: tuple[str, ...]
    maker: str
    year: int | None
    doi: str
    isbns: frozenset[str]
    address: str
    sort: str
    preprint: bool
    exact: Mapping[str, str]
    words: tuple[object, ...]

    @property
    def is_part(self) -> bool:
        """Whether the work stands in another, whose ISBN it then bears."""
        return self.sort in _PARTS

    @property
    def volume(self) -> str:
        """The volume, if any."""
        return self.exact["volume"]

    @property
    def places(self) -> frozenset[str]:
        """The marks by which works that may be the same are found, so that not all are compared with all."""
        return frozenset(self._places())

    def _places(self) -> Iterator[str]:
        yield f"words {hash(self.words)}"
        if self.doi:
            yield f"doi {self.doi}"
        if self.address:
            yield f"address {self.address}"
        yield from (f"isbn {isbn}" for isbn in self.isbns)
        if self.title:
            yield f"title {self.title[:_BEGINNING]}"
        if self.maker:
            yield f"maker {self.maker}"


@lru_cache(maxsize=4096)
def marks(work: Reference) -> Marks:
    """What tells a work from others."""
    main, _, rest = work.full_title.partition(":")
    exact = {"edition": work.edition, "volume": work.volume, "issue": work.issue, "page": _first_number(work.pages)}
    return Marks(
        work.key,
        _letters(work.full_title),
        _letters(main),
        bool(rest.strip()),
        tuple(_NUMBERS.findall(work.full_title[: 3 * LONGEST].casefold())),
        _maker(work.author or work.editor),
        work.year,
        work.doi.lower().rstrip(".,;"),
        frozenset(_isbns(work.isbn)),
        "" if "doi.org/" in work.url else normal_address(work.url),
        _SORTS.get(work.type, ""),
        _is_preprint(work),
        {name: _letters(value) for name, value in exact.items()},
        tuple(getattr(work, one.name) for one in fields(Reference) if one.name not in _BESIDE),
    )


def _letters(text: str) -> str:
    """Letters and digits in lower case, without accents and space: forms of one title look alike."""
    plain = normalize("NFKD", text[: 3 * LONGEST].casefold())
    return "".join(sign for sign in plain if category(sign)[0] in "LN")[:LONGEST]


def _maker(names: Names) -> str:
    return _letters(names.names[0].family) if names else ""


def _first_number(pages: str) -> str:
    found = re.search(r"\w+", pages)
    return found[0] if found else ""


def _isbns(written: str) -> Iterator[str]:
    """Each ISBN in its form with thirteen digits, without the last, which only checks the others (ISO 2108)."""
    for one in re.split(r"[,;\s]\s*", written.replace("-", "").upper()):
        if re.fullmatch(r"\d{9}[\dX]", one):
            yield f"978{one[:9]}"
        elif re.fullmatch(r"97[89]\d{10}", one):
            yield one[:12]


def _is_preprint(work: Reference) -> bool:
    archive = "" if work.journaltitle else work.eprinttype
    words = (archive, work.subtype, work.howpublished, work.journaltitle, work.publisher, work.pubstate)
    return bool(_PREPRINT_DOIS.match(work.doi)) or any(map(_PREPRINT_WORDS.search, words))
