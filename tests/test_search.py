"""The index of the search: what is in it, what is not, and that it is the same every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest

from kb import search
from kb import site as door
from kb.pages import Asset, Site
from kb.render import Settings, render
from kb.search.words import STOP, compounds, fold, key, keys, words
from tests import make


def made(*records: make.Made, **more: Any) -> Mapping[str, Any]:
    """The files of the index of a small site, by name, read back."""
    return contents(search.index(make.site(*records, **more)))


def contents(assets: tuple[Asset, ...]) -> dict[str, Any]:
    return {asset.path.rpartition("/")[2].removesuffix(".json"): json.loads(asset.text) for asset in assets}


def columns(index: Mapping[str, Any], name: str) -> list[tuple[Any, ...]]:
    """The rows of all blocks of a name, in order."""
    blocks = sorted((one for one in index if one.startswith(f"{name}-")), key=lambda one: int(one.partition("-")[2]))
    return [row for block in blocks for row in zip(*index[block], strict=True)]


def shown(index: Mapping[str, Any]) -> list[str]:
    chunks = sorted((one for one in index if one.startswith("shown-")), key=lambda one: int(one.partition("-")[2]))
    return [row[0] for chunk in chunks for row in index[chunk]]


def found(index: Mapping[str, Any], form: str) -> dict[str, float]:
    """The ids of the entries that have a word, an identifier or a whole title, with the impact of a word on each."""
    row = next((row for row in columns(index, "words") if row[0] == form), None)
    ids = shown(index)
    if row is None:
        return {}
    if isinstance(row[1], list):
        return dict.fromkeys((ids[entry] for entry in row[1]), 0.0)
    _, gaps, signs, *_ = columns(index, "lists")[row[1]]
    alphabet, at, impacts = index["find"]["alphabet"], 0, {}
    for gap, sign in zip(gaps, signs, strict=True):
        at += gap
        impacts[ids[at]] = float(alphabet.index(sign))
    return impacts


# --- words ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["co-production", "Co-Production", "coproduction", "co production", "co\u2011production"]
)
def test_co_production_is_one_word_however_it_is_written(text: str) -> None:
    assert list(words(text)) == ["coproduction"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Björn Brañdão", ["bjorn", "brandao"]),
        ("people’s carer's carers'", ["people", "carer", "carers"]),
        ("self-care", ["self", "care"]),
        ("the co-op co", ["the", "coop", "co"]),
        ("co co-design", ["coco", "design"]),
        ("NHS: 24/7, 50%", ["nhs", "24", "7", "50"]),
        ("ﬁnd ①", ["find", "1"]),
        ("", []),
        ("🙂 … --", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


@pytest.mark.parametrize(
    "forms",
    [
        ("organisation", "organization", "organisations", "organizing"),
        ("behaviour", "behavior", "behaviours"),
        ("neighbourhood", "neighborhoods"),
        ("centre", "center", "centres"),
        ("programme", "program", "programmes"),
        ("analysed", "analyzed", "analyse"),
        ("evaluate", "evaluating", "evaluation"),
    ],
)
def test_forms_and_spellings_of_a_word_share_a_key(forms: tuple[str, ...]) -> None:
    assert len({key(form) for form in forms}) == 1


def test_words_that_say_nothing_are_left_out() -> None:
    assert keys("What is the point of it?") == (key("point"),)
    assert all(fold(word) == word for word in STOP)


def test_a_hyphen_may_be_left_out() -> None:
    assert list(compounds("self-care and co-design, time-banking")) == ["selfcare", "timebanking"]


# --- what is in the index -----------------------------------------------------------------------------------
def test_a_title_weighs_more_than_text() -> None:
    index = made(
        make.record("term", "loud", title="Solidarity", definition="A word."),
        make.record("term", "quiet", title="Another", definition="Solidarity is one of many words here."),
    )
    impacts = found(index, "solidarity")
    assert impacts["loud"] > impacts["quiet"] > 0


def test_a_record_counts_more_than_a_list_of_the_same_name() -> None:
    index = made(make.record("term", "glossary", title="Glossary", summary="Words."))
    impacts = found(index, "glossary")
    assert impacts["glossary"] > impacts["/glossary/"] > 0


def test_a_list_is_not_found_by_the_names_of_its_members() -> None:
    index = made(make.record("term", "a", title="Solidarity"))
    assert set(found(index, "solidarity")) == {"a"}


def test_a_draft_is_nowhere() -> None:
    index = made(make.record("term", "a", title="Solidarity", status="draft", hidden=["goodwill"], was=["old-a"]))
    assert "Solidarity" not in json.dumps(index)
    assert found(index, "#old-a") == found(index, "goodwill") == {}


def test_what_is_retired_is_found_by_its_id_alone_and_says_so() -> None:
    index = made(make.record("term", "a", title="Solidarity", status="retired", retired_because="Nobody says it."))
    assert found(index, "solidarity") == found(index, '"solidarity') == {}
    assert set(found(index, "#a")) == {"a"}
    [row] = [row for chunk in index if chunk.startswith("shown-") for row in index[chunk] if row[0] == "a"]
    assert row[-1] == "This entry has been retired. Nobody says it."
    assert all(row[0] != "term" for _, _, values in index["facets"]["facets"] for row in values)


def test_a_former_id_a_key_a_doi_and_an_isbn_lead_to_their_entry() -> None:
    bib = make.BIBLIOGRAPHY.replace(
        "publisher", "doi = {10.1000/ABC}, isbn = {978-1-906461-39-3}, ids = {older},\n  publisher"
    )
    index = made(make.record("resource", "challenge", was=["former"]), bib=bib)
    assert set(found(index, "#former")) == {"challenge"}
    assert list(found(index, "#challenge")) == ["challenge"]
    for identifier in (f"#{make.KEY}", "#10.1000/abc", "#9781906461393", "#older"):
        assert set(found(index, identifier)) == {"challenge", make.KEY}, identifier
    assert next(iter(found(index, f"#{make.KEY}"))) == make.KEY


def test_makers_years_and_bodies_are_found() -> None:
    index = made()
    for word in ("boyle", "david", "harris", "2009", "nesta"):
        assert make.KEY in found(index, word), word


def test_the_names_of_an_idea_are_one() -> None:
    index = made(
        make.record(
            "term", "ppi", title="Patient and public involvement", synonyms=["lay input"], hidden=["PPI", "PPIE"]
        ),
        make.record("term", "other", title="Other", definition="Some say PPIE for it."),
    )
    lists = columns(index, "lists")
    every = ["patient public involvement", "lay input", "ppi", "ppie"]
    [idea] = [row[0] for row in lists if row[4] and "ppi" in row[4]]
    assert sorted(lists[idea][4]) == sorted(every)
    keys = {row[0]: row[1] for row in columns(index, "words")}
    for name in every:
        first, *rest = (keys[word] for word in name.split())
        assert [[first, *rest], idea] in [row[:2] for row in lists[first][3]], name
    assert len(lists[idea][1]) == 2


def test_an_idea_is_found_whose_title_holds_the_longer_name_of_another() -> None:
    index = made(make.record("term", "short", title="Voice (lay)"), make.record("term", "long", title="Voice lay"))
    lists, keys = columns(index, "lists"), {row[0]: row[1] for row in columns(index, "words")}
    [idea] = [row[1] for row in lists[keys["voice"]][3] if row[0] == [keys["voice"]]]
    assert [shown(index)[entry] for entry in lists[idea][1]] == ["short"]


def test_a_name_of_words_that_say_nothing_stands_for_no_idea() -> None:
    index = made(make.record("term", "who", title="Who is who", synonyms=["asker"]))
    lists, keys = columns(index, "lists"), {row[0]: row[1] for row in columns(index, "words")}
    assert [name for row in lists for name in row[4] or ()] == ["asker"]
    assert "who" not in keys


@pytest.mark.parametrize(
    ("name", "meant"),
    [("recipricity", "Reciprocity"), ("reciprocities", ""), ("give and take", ""), ("reciprocal", "")],
)
def test_a_misspelling_is_told_from_another_name(name: str, meant: str) -> None:
    index = made(make.record("term", "a", title="Reciprocity", hidden=[name]))
    met = [word for word in words(name) if word not in STOP]
    known = {row[0]: row[1] for row in columns(index, "words")}
    names = [row for _, _, _, beginning, _ in columns(index, "lists") for row in beginning or ()]
    said = [row[3] for row in names if row[0] == [known.get(word) for word in met]]
    assert (said or [""]) == [meant]  # a name that is the title in another form is no name of its own


def test_a_principle_is_borne_by_what_shows_it_at_least_in_part() -> None:
    shown_by = [{"principle": "a-principle", "degree": degree} for degree in ("not shown", "not reported")]
    cases = [make.record("case", f"c{place}", principles=[one]) for place, one in enumerate(shown_by)]
    bearing = make.record("case", "partly", principles=[{"principle": "a-principle", "degree": "partly"}])
    index = made(make.record("principle"), make.record("framework", principles=["a-principle"]), *cases, bearing)
    [facet] = [one for one in index["facets"]["facets"] if one[0] == "principle"]
    [(id, _, gaps)] = facet[2]
    assert (id, [shown(index)[entry] for entry in gaps]) == ("a-principle", ["partly"])


# --- its form -------------------------------------------------------------------------------------------------
RECORDS = [make.record("term", f"t{n}", title=f"Word{n} number", definition=f"Text {n % 7} of {n}.") for n in range(60)]


def test_entries_are_numbered_by_title_for_explore_to_sort_by() -> None:
    index = made(
        *(make.record("term", id, title=title) for id, title in (("a", "Zeal"), ("b", "The Ant"), ("c", "Élan")))
    )
    own = [id for id in shown(index) if id in {"a", "b", "c"}]
    assert own == ["b", "c", "a"]


def test_small_blocks_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(*RECORDS)
    monkeypatch.setattr(search, "WORDS_BLOCK", 300)
    monkeypatch.setattr(search, "LISTS_BLOCK", 200)
    cut = made(*RECORDS)
    assert len(cut["find"]["words"]) > len(whole["find"]["words"]) == 1
    for name in ("words", "lists"):
        assert columns(cut, name) == columns(whole, name)
        firsts = [cut[f"{name}-{number}"][0][0] for number in range(len(cut["find"][name]))]
        assert firsts == cut["find"][name] == sorted(firsts)


def test_what_describes_a_work_stands_before_the_work_of_the_same_title() -> None:
    ids = shown(made(make.record("resource", "z-resource")))
    assert ids.index("z-resource") < ids.index(make.KEY)


def test_the_same_site_gives_the_same_bytes_and_another_another_folder() -> None:
    one, again, other = (search.index(make.site(*records)) for records in (RECORDS, RECORDS, RECORDS[1:]))
    assert one == again
    assert {asset.path for asset in one} & {asset.path for asset in other} == {"find/find.json"}


def test_an_empty_site_has_an_index() -> None:
    index = contents(search.index(Site(())))
    assert index["find"]["entries"] == 0
    assert index["facets"] == {"years": [], "facets": [], "first": []}


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    site = make.site(*RECORDS)
    search.index(site, lambda done, total: told.append((done, total)))
    total = sum(1 for page in site.pages if page.entry)
    assert told == [(done, total) for done in range(1, total + 1)]


@pytest.mark.parametrize("terminal", [True, False])
def test_long_builds_say_how_far_they_are_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, terminal: bool
) -> None:
    moment = iter((0.0, 0.5, 2.5, 2.5, 2.6, 2.6))
    monkeypatch.setattr("kb.site.time.monotonic", lambda: next(moment))
    monkeypatch.setattr("kb.site.sys.stderr", Mock(isatty=lambda: terminal))
    caplog.set_level("INFO", "mkdocs.plugins.kb")
    tell = door.Progress("Pages")
    for done in (1, 2_000, 3_000):
        tell(done, 3_000)
    said = ["Pages: 2,000 of 3,000", "Pages: 3,000 of 3,000"] if terminal else []
    assert [one.getMessage() for one in caplog.records] == said


def test_progress_of_pages_is_told() -> None:
    told: list[tuple[int, int]] = []
    pages = len(render(make.base(*RECORDS), Settings("Toy"), tell=lambda *given: told.append(given)).pages)
    assert told == [(done, pages) for done in range(1, pages + 1)]
