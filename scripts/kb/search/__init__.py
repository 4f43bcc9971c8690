"""The search: what can be found of each page, to an index in small files of which a browser fetches few.

A static inverted index. Every word has its list of pages, each with an impact: how much the page is about that word,
reckoned at build time, so that a browser only adds up (impacts: Anh and Moffat, 2006, "Pruned query evaluation using
pre-computed impacts"; the reckoning: BM25F of Robertson and Zaragoza, 2009, "The probabilistic relevance framework",
section 3.6). Words and lists are cut into blocks, sorted, so that one word is one fetch of each.

`find.js` reads what is written here:

- `find/find.json`: the version, how many entries there are, the kind of each, the first word or key of each block,
  words to ignore.
- `words-N.json`: forms of words, the key of each and how many entries have it; after `#` identifiers, after `"`
  whole titles, with their entries.
- `lists-N.json`: for each key the entries that have it (each number less the one before) and their impacts; the names
  of ideas of the glossary that begin with it: all keys of the name, the key that stands for the idea, the entry that
  explains it, and what was meant where the name is a misspelling; and of a key that stands for an idea all its names.
- `shown-N.json`: what a result shows; two members more if its title is foreign. `cited-N.json`: how an entry is cited.
- `facets.json`: the entries of each value of each facet, the years, and what results show of the newest entries: all
  that Explore needs before anybody chooses.

All but the first lie in a folder named after their content: a browser never mixes two versions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from heapq import nsmallest
from itertools import pairwise
from typing import Any

from kb.pages import COLUMNS, Asset, Entry, Progress, Site
from kb.search.lists import ALPHABET, Index, make, parted
from kb.search.words import STOP_WORDS

ROOT = "find/find.json"
"""The file that a browser fetches first; it names the others."""
CHUNK = 8
"""How many entries share a file of what results show: results are few and lie apart."""
FIRST = 20
"""How many of the newest entries are shown beside the facets: as many as Explore shows at once."""
WORDS_BLOCK, LISTS_BLOCK = 12_000, 24_000
"""Characters in a block of words or lists: about a third of that is sent."""


def index(site: Site, tell: Progress = lambda done, total: None) -> tuple[Asset, ...]:
    """The files of the index of a site. The same site gives the same bytes."""
    found = sorted(
        ((page.entry, page) for page in site.pages if page.entry),
        key=lambda one: (one[0].sorted_as, one[0].kind == "reference", one[1].address),
    )
    entries = [entry for entry, _ in found]
    made = make(entries, (page.words for _, page in found), tell)
    shown = [_shown(entry, page.address) for entry, page in found]
    words, words_first = _blocks("words", sorted(_word_rows(made), key=lambda row: _utf16(row[0])), WORDS_BLOCK)
    lists, lists_first = _blocks("lists", _list_rows(made), LISTS_BLOCK)
    texts = {
        **words,
        **lists,
        **_chunks("shown", shown),
        **_chunks("cited", [_cited(entry) for entry in entries]),
        "facets": _json(_facets(site, entries, shown)),
    }
    whole = sha256()
    for name, text in texts.items():
        whole.update(f"{name}\0{text}\0".encode())
    build = whole.hexdigest()[:12]
    root = {
        "build": build,
        "entries": len(entries),
        "kinds": (kinds := sorted({entry.kind for entry in entries})),
        "kind": "".join(ALPHABET[kinds.index(entry.kind)] for entry in entries),
        "chunk": CHUNK,
        "words": words_first,
        "lists": lists_first,
        "stop": STOP_WORDS,
        "alphabet": ALPHABET,
        "columns": COLUMNS,
    }
    return (
        Asset(ROOT, _json(root)),
        *(Asset(f"find/{build}/{name}.json", text) for name, text in texts.items()),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# --- blocks and chunks ----------------------------------------------------------------------------------
Row = tuple[Any, ...]


def _word_rows(made: Index) -> Iterator[Row]:
    for form, number in made.forms:
        yield form, number, len(made.lists[number])
    for mark, names in (("#", made.identifiers), ('"', made.titles)):
        for name, entries in names:
            yield mark + name, entries, 0


def _list_rows(made: Index) -> Iterator[Row]:
    beginning: dict[int, list[Row]] = {}
    names: dict[int, list[str]] = {}
    for name, keys, idea, entry, meant in made.aliases:
        beginning.setdefault(keys[0], []).append((keys, idea, entry, meant))
        names.setdefault(idea, []).append(name)
    for number, postings in enumerate(made.lists):
        entries, impacts = parted(postings)
        yield number, list(_gaps(entries)), impacts, beginning.get(number, 0), names.get(number, 0)


def _gaps(numbers: Sequence[int]) -> Iterator[int]:
    """The first number, and of each other what it has more than the one before."""
    yield from numbers[:1]
    yield from (after - before for before, after in pairwise(numbers))


def _blocks(name: str, rows: Iterable[Row], most: int) -> tuple[Mapping[str, str], list[Any]]:
    """Rows, sorted by their first member, in files of about as many characters, by columns; and where each begins."""
    texts: dict[str, str] = {}
    firsts = []
    for block in _cut(rows, most):
        texts[f"{name}-{len(texts)}"] = _json(list(zip(*block, strict=True)))
        firsts.append(block[0][0])
    return texts, firsts


def _cut(rows: Iterable[Row], most: int) -> Iterator[list[Row]]:
    """Rows by blocks, one block after another: there are too many to hold them all."""
    block: list[Row] = []
    size = 0
    for row in rows:
        if size >= most:
            yield block
            block, size = [], 0
        block.append(row)
        size += len(str(row))
    if block:
        yield block


def _utf16(word: str) -> bytes:
    """What a word sorts by in a browser."""
    return word.encode("utf-16-be")


def _chunks(name: str, rows: list[Row]) -> Mapping[str, str]:
    starts = range(0, len(rows), CHUNK)
    return {f"{name}-{start // CHUNK}": _json(rows[start : start + CHUNK]) for start in starts}


def _shown(entry: Entry, address: str) -> Row:
    row = (entry.id, entry.kind, entry.title, address, entry.year or 0, entry.by, entry.sentence, entry.note)
    return (*row, entry.tongue.lang, entry.tongue.dir) if entry.tongue.lang else row


def _cited(entry: Entry) -> Row:
    citation = entry.citation
    return (citation.formatted, citation.bibtex, citation.ris, citation.row)


# --- facets -----------------------------------------------------------------------------------------------
def _facets(site: Site, entries: Sequence[Entry], shown: Sequence[Row]) -> Mapping[str, Any]:
    """Each facet with its values and, for each value, the entries that bear it; entries without a page's notice."""
    bearers: dict[tuple[str, str], list[int]] = {}
    for number, entry in enumerate(entries):
        if not entry.note:
            for name, values in entry.facets.items():
                for value in values:
                    bearers.setdefault((name, value), []).append(number)
    years = [0 if entry.note else entry.year or 0 for entry in entries]
    findable = (number for number, entry in enumerate(entries) if not entry.note)
    return {
        "years": years,
        "facets": [
            [
                facet.name,
                facet.label,
                [(id, label, list(_gaps(bearers[facet.name, id]))) for id, label in facet.values],
            ]
            for facet in site.facets
        ],
        "first": [(number, shown[number]) for number in nsmallest(FIRST, findable, key=lambda one: -years[one])],
    }
