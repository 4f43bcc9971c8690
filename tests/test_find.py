"""Search and Explore as people meet them, in a real browser on the real site."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, Route, expect

from kb.read.bib import read_bibliography
from kb.search.words import fold, words
from tests.conftest import ROOT, UNDER, Visit
from tests.test_browser import DESKTOP, PHONE, faults, faults_in_both_schemes, focused, search, sideways, tab_to

ENGINE = f"{UNDER}assets/find.js"
GOLD = yaml.safe_load((ROOT / "tests/gold_queries.yaml").read_text(encoding="utf-8"))
STRANGE = [
    "",
    "   ",
    "the of and",
    "x" * 10_000,
    "power " * 2_000,
    "🙂👩🏽‍🤝‍👩🏿",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "&lt;b&gt; \" ' `",
    ".*+?^${}()|[]\\",
    "constructor __proto__ toString hasOwnProperty",
    "\u202e\u200b\ufeff\u0000",
    "%00 %ff %",
    "مرحبا 中文 кириллица ß İ ﬁ",
    "-- - -a- ---b",
    "co",
    "co co co",
    "'’'’",
    "#DAFNE",
    '"co-production',
    "1" * 400,
    "{{ 7*7 }} {% x %}",
]
SHEET = "[data-kb-sheet]"
FOUND = "[data-kb-found] a"
RESULTS = "[data-kb-results] a"


def told(page: Page, place: str = SHEET) -> Any:
    return page.locator(f"{place} [data-kb-told]")


def explore_told(page: Page) -> Any:
    return told(page, "[data-kb-explore]")


def ask(page: Page, queries: Iterable[str]) -> list[dict[str, Any]]:
    """What the engine finds for each query: the ids of the first entries, how many there are, and what was meant."""
    return list(
        page.evaluate(
            """async ([engine, queries]) => {
                const finder = await (await import(engine)).open();
                const answers = [];
                for (const query of queries) {
                    const { entries, meant, unknown } = await finder.search(query);
                    const ids = (await finder.shown(entries.slice(0, 10))).map(({ id }) => id);
                    answers.push({ ids, count: entries.length, meant, unknown });
                }
                return answers;
            }""",
            [ENGINE, list(queries)],
        )
    )


@pytest.fixture(scope="module")
def answers(browser: Browser, address: str) -> Callable[[Iterable[str]], list[dict[str, Any]]]:
    """Asks the engine on one page."""
    page = browser.new_page()
    page.goto(f"{address}/about/")
    return lambda queries: ask(page, queries)


# --- how well it finds ------------------------------------------------------------------------------------------
def test_what_people_ask_is_among_the_first_three(answers: Any, record_property: Any) -> None:
    missed, ranks = [], []
    for gold, answer in zip(GOLD, answers(one["asked"] for one in GOLD), strict=True):
        wanted, ids = gold["first_three"], answer["ids"]
        ranks.append(max((1 / (ids.index(id) + 1) for id in wanted if id in ids), default=0))
        if not set(wanted) <= set(ids[:3]):
            missed.append(f"{gold['asked']!r}: wanted {wanted}, found {ids[:3]}")
    share = 1 - len(missed) / len(GOLD)
    rank = sum(ranks) / len(ranks)
    record_property("measured", f"{len(GOLD)} gold queries: {share:.1%} succeed, mean reciprocal rank {rank:.3f}")
    assert len(GOLD) >= 100
    assert share >= 0.95, "\n".join(missed)


def test_the_gold_queries_name_what_there_is(pages: dict[str, str]) -> None:
    places = {address.strip("/").rpartition("/")[2] for address in pages}
    lost = [name for one in GOLD for name in one["first_three"] if name not in pages and name not in places]
    assert lost == []


def test_somebody_who_must_convince_a_boss_gets_something_useful(answers: Any) -> None:
    assert answers(["how do I convince my boss"])[0]["ids"][0] == "/making-the-case/"


@pytest.mark.parametrize(
    "query", ["co-production", "coproduction", "co production", "Co\u2010Production", "CO PRODUCTION"]
)
def test_co_production_is_one_word(answers: Any, query: str) -> None:
    plain, other = answers(["coproduction", query])
    assert (other["ids"], other["count"]) == (plain["ids"], plain["count"])


@pytest.mark.parametrize(
    ("query", "meant", "first"),
    [
        ("coprodution", "Co-production", "co-production"),
        ("Ostrum", "ostrom", "ostrom-great-divide"),
        ("recipricity", "reciprocity", "reciprocity"),
        ("evidnce of reciprocty", "evidence reciprocity", ""),
    ],
)
def test_a_misspelling_still_finds(answers: Any, query: str, meant: str, first: str) -> None:
    [answer] = answers([query])
    assert answer["meant"] == meant
    assert answer["count"]
    assert not first or answer["ids"][0] == first


def test_accents_fold_both_ways(answers: Any) -> None:
    plain, accented, misplaced = answers(["Jonkoping", "Jönköping", "Jónkoping"])
    assert plain["ids"]
    assert plain["ids"] == accented["ids"] == misplaced["ids"]


def test_a_word_that_occurs_nowhere_is_named(answers: Any) -> None:
    [answer] = answers(["power zzzzqqqq"])
    assert answer["unknown"] == ["zzzzqqqq"]
    assert answer["count"]


KNOWN = st.characters(max_codepoint=0x2FFF, exclude_categories=["Cn", "Cs"])
"""Signs that every version of Unicode in use knows: a browser may be ahead of Python."""


@given(text=st.lists(st.text(KNOWN, max_size=30), max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_browser_and_index_cut_texts_in_the_same_way(browser: Browser, address: str, text: list[str]) -> None:
    page = _page_of(browser, address)
    texts = [*text, *STRANGE, "\u01c4 \u017f K \u212b ½ ² ª \ufdfa", "a-b_c d’s e's's f'"]
    cut = page.evaluate(
        """async ([engine, texts]) => {
            const { fold, words } = await import(engine);
            return texts.map((text) => [fold(text), words(text)]);
        }""",
        [ENGINE, texts],
    )
    assert cut == [[fold(one), list(words(one))] for one in texts]


_pages: dict[str, Page] = {}


def _page_of(browser: Browser, address: str) -> Page:
    if address not in _pages:
        _pages[address] = browser.new_page()
        _pages[address].goto(f"{address}/about/")
    return _pages[address]


# --- facets: the same as counting by hand ---------------------------------------------------------------------------
def by_hand() -> dict[str, dict[str, set[str]]]:
    """The values of each record by facet, read from the files without the code that makes the index."""
    sections: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in (ROOT / "resources.yaml", *sorted((ROOT / "resources").glob("*.yaml"))):
        for name, records in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if name not in {"include", "vocabularies"}:
                sections[name].extend(records)
    literature, _ = read_bibliography((ROOT / "references.bib").read_text(encoding="utf-8"), "references.bib")
    works = {cited.key: cited.reference for cited in literature if cited.reference}
    found: dict[str, dict[str, set[str]]] = {}
    for name, records in sections.items():
        kind = name.removesuffix("s")
        for record in records:
            if record.get("status", "published") == "published":
                found[record["id"]] = _borne(kind, record, works)
    for key, work in works.items():
        found[key] = {
            "kind": {"reference"},
            "topic": set(work.keywords),
            "year": {str(work.year)} if work.year else set(),
        }
    return found


def _borne(kind: str, record: dict[str, Any], works: Mapping[str, Any]) -> dict[str, set[str]]:
    here = {"language": {"en"}, "cost": {"free"}, "access": {"not needed"}}
    own = {
        "language": {record.get("language", "en")},
        "cost": {record.get("cost", "not checked")},
        "access": {record.get("sign_in", "not checked")},
    }
    values = {
        "kind": {kind},
        "type": {record["type"]} if kind == "resource" else set(),
        "outcome": set(record.get("outcomes", ())) if kind in {"case", "resource"} else set(),
        "level": set(record.get("levels", ())),
        **(own if kind == "resource" else here),
    }
    for facet in ("topic", "audience", "setting", "phase"):
        values[facet] = set(record.get(f"{facet}s", ()))
    values["country"] = set(record.get("countries", ()))
    if kind == "case":
        values["principle"] = {one["principle"] for one in record["principles"] if one["degree"] in {"shown", "partly"}}
        values["evidence"] = {record["evidence"]["strength"]}
        values["study"] = {record["evidence"]["kind"]}
        values["year"] = set(re.findall(r"\b(?:19|20)\d\d\b", record["years"])[:1])
    elif kind == "framework":
        values["year"] = set(re.findall(r"\b(?:19|20)\d\d\b", str(record["year"]))[:1])
    elif kind == "resource":
        values["principle"] = set(record.get("principles", ()))
        year = works[record["cite"]].year if "cite" in record else record.get("year")
        values["year"] = {str(year)} if year else set()
    return values


def fits(borne: Mapping[str, set[str]], chosen: Mapping[str, set[str]]) -> bool:
    return all(borne.get(facet, set()) & ids for facet, ids in chosen.items())


def test_500_random_choices_of_facets_equal_a_count_by_hand(browser: Browser, address: str) -> None:
    hand = by_hand()
    page = _page_of(browser, address)
    setup = page.evaluate(
        """async ([engine, queries]) => {
            const finder = await (await import(engine)).open();
            const { Facets } = await import(engine.replace("find.js", "facets.js"));
            window.facets = new Facets(await finder.facets());
            const all = window.facets.choose(new Map()).entries;
            window.ids = new Map((await finder.shown(all)).map(({ number, id }) => [number, id]));
            window.answers = await Promise.all(queries.map(async (query) => (await finder.search(query)).entries));
            return {
                facets: window.facets.all.map(({ name, values }) => [name, values.map(({ id }) => id)]),
                within: window.answers.map((entries) => entries.map((entry) => window.ids.get(entry))),
            };
        }""",
        [ENGINE, ["reciprocity", "mental health", "power", "2019", "what is co-production"]],
    )
    for id in page.evaluate("[...window.ids.values()]"):
        if id.startswith("/"):  # pages and lists are no records; they bear only what all that is written here does
            kind = "list" if id not in _prose() else "page"
            hand[id] = {"kind": {kind}, "language": {"en"}, "cost": {"free"}, "access": {"not needed"}}
    chance = random.Random(3)
    choices = [_random_choice(setup["facets"], len(setup["within"]), chance) for _ in range(500)]
    counted = page.evaluate(
        """(choices) => choices.map(([chosen, within]) => {
            const map = new Map(Object.entries(chosen).map(([facet, ids]) => [facet, new Set(ids)]));
            const { entries, counts } = window.facets.choose(map, within === null ? null : window.answers[within]);
            const said = [...counts].map(([facet, values]) => [facet, Object.fromEntries(values)]);
            return { ids: entries.map((entry) => window.ids.get(entry)), counts: Object.fromEntries(said) };
        })""",
        choices,
    )
    for (listed, within), answer in zip(choices, counted, strict=True):
        chosen = {facet: set(ids) for facet, ids in listed.items()}
        there = hand if within is None else {id: hand[id] for id in setup["within"][within]}
        expected = {id for id, borne in there.items() if fits(borne, chosen)}
        assert set(answer["ids"]) == expected, chosen
        for facet, values in answer["counts"].items():
            elsewhere = {id for id in there if fits(there[id], {k: v for k, v in chosen.items() if k != facet})}
            for value, count in values.items():
                bearers = {id for id in elsewhere if value in there[id].get(facet, set())}
                if facet in chosen and value not in chosen[facet]:
                    bearers -= expected
                assert count == len(bearers), (chosen, facet, value)


def _prose() -> set[str]:
    return {f"/{file.stem}/" for file in (ROOT / "docs").glob("*.md")}


def _random_choice(
    facets: list[tuple[str, list[str]]], answers: int, chance: random.Random
) -> tuple[dict[str, list[str]], int | None]:
    picked = chance.sample(facets, chance.randint(0, 4))
    chosen = {name: chance.sample(ids, min(len(ids), chance.randint(1, 3))) for name, ids in picked}
    return chosen, chance.choice([None, *range(answers)])


def test_a_click_yields_what_the_count_says(visit: Visit) -> None:
    with visit("/explore/") as page:
        clicks = 0
        for facet in ("setting", "setting", "topic", "topic", "kind", "kind", "year"):
            part = page.locator(f"[data-kb-facet={facet}]")
            if part.get_attribute("open") is None:
                part.locator("summary").click()
            expect(part.locator("label").first).to_be_visible()
            more = part.locator(".kb-facet__more[aria-expanded=false]")
            if more.count():
                more.click()
            label = part.locator("label:not(:has(:checked)):not(:has(:disabled))").last
            if not label.count():
                continue
            said = label.locator(".kb-facet__count").inner_text()
            before = results(page)
            label.click()
            expected = before + int(said) if said.startswith("+") else int(said)
            expect(explore_told(page)).to_have_text(re.compile(f"^{expected} entr"))
            clicks += 1
        assert clicks > 3


def results(page: Page) -> int:
    """How many entries there are, once those stand that the address asks for."""
    expect(page.locator("[data-kb-results]")).to_have_attribute("aria-busy", "false")
    expect(explore_told(page)).to_have_text(re.compile(r"^[\d,]+ entr"))
    return int(explore_told(page).inner_text().split()[0].replace(",", ""))


def test_what_would_yield_nothing_cannot_be_chosen(visit: Visit) -> None:
    with visit("/explore/?kind=term") as page:
        assert results(page)
        label = page.locator("[data-kb-facet=topic] label").first
        expect(label.locator("input")).to_be_disabled()
        expect(label.locator(".kb-facet__count")).to_have_text("0")
        expect(page.locator("[data-kb-facet=kind] input[value=case]")).to_be_enabled()


# --- the dialog -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["Control+k", "Meta+k", "/"])
def test_a_key_opens_the_search_and_escape_gives_the_focus_back(visit: Visit, key: str) -> None:
    with visit("/cases/") as page:
        page.get_by_role("link", name="Home", exact=True).focus()
        page.keyboard.press(key)
        sheet = page.get_by_role("dialog", name="Search")
        expect(sheet).to_be_visible()
        assert focused(page) == "kb-words"
        expect(page.locator("#kb-words")).to_have_value("")
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        assert focused(page) == "Home"


def test_the_button_opens_the_search_and_has_the_focus_back(visit: Visit) -> None:
    with visit("/cases/") as page:
        tab_to(page, "Search")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Search")).to_be_visible()
        page.get_by_role("button", name="Close").press("Enter")
        expect(page.get_by_role("dialog", name="Search")).to_be_hidden()
        assert focused(page) == "Search"


def test_a_slash_that_is_typed_stays_a_slash(visit: Visit) -> None:
    with visit("/") as page:
        page.locator("#kb-query").focus()
        page.keyboard.type("and/or")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.locator("#kb-query")).to_have_value("and/or")


def test_the_slash_can_be_turned_off_and_stays_off(visit: Visit) -> None:
    with visit("/cases/") as page:
        page.keyboard.press("Control+k")
        page.get_by_label("The key / opens the search").uncheck()
        page.keyboard.press("Escape")
        page.goto(page.url.replace("/cases/", "/about/"))
        page.keyboard.press("/")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("Control+k")
        expect(page.get_by_label("The key / opens the search")).not_to_be_checked()


def test_no_bare_letter_is_taken_from_the_reader(visit: Visit) -> None:
    with visit("/cases/") as page:
        for key in "f", "s", "p", "n", "k", ",", ".":
            page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.url.endswith("/cases/")


def test_results_are_announced_grouped_and_marked(visit: Visit) -> None:
    with visit("/cases/") as page:
        search(page, "reciprocity")
        expect(page.get_by_role("status").filter(has_text=re.compile(r"^\d+ results"))).to_be_visible()
        groups = page.locator("[data-kb-found] h2").all_inner_texts()
        assert groups[0] == "Best matches"
        assert {"Principles", "Case studies"} <= set(groups)
        first = page.locator("[data-kb-found] li").first
        expect(first.locator(".kb-kind")).to_have_text("Glossary")
        expect(first.locator("a mark")).to_have_text("Reciprocity")
        expect(first.locator(".kb-found__line").first).not_to_be_empty()
        work = page.locator("[data-kb-found] li").filter(has_text="Burgess").first
        expect(work.locator(".kb-kind")).to_contain_text("2019")


def test_the_first_three_in_the_dialog_are_the_engines(visit: Visit) -> None:
    with visit("/cases/") as page:
        for query in ("reciprocity", "how do I convince my boss", "time banks"):
            [answer] = ask(page, [query])
            page.keyboard.press("Control+k")
            page.locator("#kb-words").fill(query)
            expect(page.locator("[data-kb-all]")).to_have_attribute("href", re.compile(r"q="))
            expect(told(page)).to_have_text(re.compile(rf"^{answer['count']} results?\.$"))
            links = [link.get_attribute("href") or "" for link in page.locator(FOUND).all()[:3]]
            assert [link.rstrip("/").rpartition("/")[2] for link in links] == [
                id.strip("/") for id in answer["ids"][:3]
            ]
            page.keyboard.press("Escape")


def test_did_you_mean_can_be_taken(visit: Visit) -> None:
    with visit("/cases/") as page:
        search(page, "recipricity")
        page.get_by_role("button", name="reciprocity", exact=True).click()
        expect(page.locator("#kb-words")).to_have_value("reciprocity")
        assert focused(page) == "kb-words"
        expect(page.locator("[data-kb-sheet] [data-kb-meant]")).to_be_empty()
        expect(page.locator(FOUND).first).to_have_text("Reciprocity")


def test_arrows_move_through_the_results(visit: Visit) -> None:
    with visit("/cases/") as page:
        search(page, "reciprocity")
        page.keyboard.press("ArrowDown")
        assert focused(page) == "Reciprocity"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        assert focused(page) == "kb-words"


def test_enter_goes_to_the_first_that_was_found(visit: Visit) -> None:
    with visit("/cases/") as page:
        search(page, "reciprocity")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/glossary/reciprocity/"))


def test_enter_before_the_search_has_come_leads_to_explore(visit: Visit) -> None:
    with visit("/cases/") as page:
        page.route("**/dialog.js", lambda route: None)
        page.reload()
        page.keyboard.press("Control+k")
        page.keyboard.type("reciprocity")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/explore/\?q=reciprocity$"))


def test_the_focus_stays_in_the_open_search(visit: Visit) -> None:
    with visit("/cases/") as page:
        page.keyboard.press("Control+k")
        for _ in range(6):
            page.keyboard.press("Tab")
            inside = page.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            )
            assert inside


def test_all_results_lead_to_explore_with_the_query(visit: Visit) -> None:
    with visit("/cases/") as page:
        search(page, "recipricity")
        count = told(page).inner_text().split()[0]
        page.get_by_role("link", name="All results").click()
        page.wait_for_url(re.compile(r"/explore/\?q=reciprocity$"))
        expect(explore_told(page)).to_have_text(f"{count} entries for “reciprocity”")


def test_explore_begins_with_two_files_and_fetches_what_is_shown_beyond_them(visit: Visit) -> None:
    with visit("/about/") as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url.rpartition("/")[2]))
        page.goto(page.url.replace("/about/", "/explore/"), wait_until="networkidle")
        expect(page.locator(RESULTS)).to_have_count(20)
        assert [name for name in asked if name.endswith(".json")] == ["find.json", "facets.json"]
        page.get_by_role("button", name="Show more", exact=True).click()
        expect(page.locator(RESULTS)).to_have_count(40)
        assert [name for name in asked if name.startswith("shown-")]


def test_nothing_of_the_search_is_loaded_until_it_is_used(visit: Visit) -> None:
    with visit("/cases/") as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.reload(wait_until="networkidle")
        assert [one for one in asked if "/find/" in one or re.search(r"/(find|dialog|results)\.js", one)] == []
        search(page, "reciprocity")
        assert any(one.endswith("/find/find.json") for one in asked)
        assert any(re.search(r"/find/[0-9a-f]{12}/shown-\d+\.json$", one) for one in asked)


@pytest.mark.parametrize("query", STRANGE, ids=range(len(STRANGE)))
def test_no_query_breaks_the_page(visit: Visit, query: str) -> None:
    with visit("/cases/") as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.keyboard.press("Control+k")
        page.locator("#kb-words").fill(query)
        expect(told(page)).to_have_text(re.compile(r"^(\d+ results?|Nothing here has|Type a word)"))
        assert page.locator("[data-kb-found] :is(img, script)").count() == 0
        page.locator("#kb-words").fill("reciprocity")
        expect(page.locator(FOUND).first).to_have_text("Reciprocity")


# --- Explore ------------------------------------------------------------------------------------------------------
def test_the_field_at_home_leads_to_explore(visit: Visit) -> None:
    with visit("/") as page:
        page.get_by_role("searchbox", name="Search the knowledge base").fill("time banks")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/explore/\?q=time\+banks"))
        expect(page.locator(RESULTS).first).to_have_text(re.compile("[Tt]ime ?bank"))


def test_a_shared_link_opens_the_same_view(visit: Visit) -> None:
    shared = "/explore/?q=reciprocity&setting=primary-care&kind=case&kind=resource&cost=free&language=en&sort=title"
    with visit(shared) as page:
        expect(page.locator(RESULTS)).not_to_have_count(0)
        view = page.locator("[data-kb-explore]").inner_text()
        chips = page.locator(".kb-chip").all_inner_texts()
        assert [chip.removesuffix("×").strip() for chip in chips] == [
            "Kind: Case studies",
            "Kind: Resources",
            "Setting: General practice and primary care",
            "Language: English",
            "Cost: Free",
            "Clear all filters",
        ]
        titles = page.locator(RESULTS).all_inner_texts()
        assert titles == sorted(titles, key=lambda title: title.casefold().removeprefix("the "))
        page.reload()
        expect(page.locator("[data-kb-explore]")).to_have_text(view, use_inner_text=True)
        assert page.title().startswith("“reciprocity” – ")
        assert "General practice and primary care" in page.title()


def test_back_and_forward_walk_through_the_choices(visit: Visit) -> None:
    with visit("/explore/") as page:
        everything = results(page)
        page.locator("[data-kb-facet=kind] input[value=case]").check()
        expect(page).to_have_url(re.compile(r"\?kind=case$"))
        cases = results(page)
        page.locator("[data-kb-facet=kind] input[value=term]").check()
        expect(page).to_have_url(re.compile(r"\?kind=case&kind=term$"))
        page.go_back()
        expect(explore_told(page)).to_have_text(f"{cases} entries")
        expect(page.locator("[data-kb-facet=kind] input[value=term]")).not_to_be_checked()
        page.go_back()
        expect(explore_told(page)).to_have_text(f"{everything} entries")
        page.go_forward()
        expect(explore_told(page)).to_have_text(f"{cases} entries")
        assert page.title().startswith("Case studies – ")


def test_chips_take_filters_away_and_the_focus_stays_near(visit: Visit) -> None:
    with visit("/explore/?kind=case&topic=power") as page:
        page.get_by_role("button", name="Remove: Kind: Case studies").press("Enter")
        expect(page).to_have_url(re.compile(r"\?topic=power$"))
        expect(page.get_by_role("button", name="Remove: Topic: Power")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/explore/$"))
        expect(page.locator("#results")).to_be_focused()


def test_all_filters_are_cleared_at_once(visit: Visit) -> None:
    with visit("/explore/?q=power&kind=case&topic=power") as page:
        page.get_by_role("button", name="Clear all filters").click()
        expect(page).to_have_url(re.compile(r"\?q=power$"))
        expect(page.locator(".kb-chip")).to_have_count(0)


def test_sorting(visit: Visit) -> None:
    with visit("/explore/?kind=reference") as page:
        order = page.get_by_label("Sort by")
        expect(order).to_have_value("newest")
        expect(order.locator("option[value=relevance]")).to_be_disabled()
        expect(page.locator(RESULTS)).to_have_count(20)
        kinds = page.locator("[data-kb-results] .kb-kind").all_inner_texts()
        years = [int(found[0]) for kind in kinds if (found := re.findall(r"\b\d{4}\b", kind))]
        assert years == sorted(years, reverse=True)
        assert len(years) > 10
        order.select_option("title")
        expect(page).to_have_url(re.compile("sort=title"))
        assert results(page)
        first = page.locator(RESULTS).first.inner_text()
        order.select_option("newest")
        expect(page.locator(RESULTS).first).not_to_have_text(first)
        expect(page).not_to_have_url(re.compile("sort="))


def test_typing_narrows_the_results_in_one_step_of_history(visit: Visit) -> None:
    with visit("/explore/?kind=case") as page:
        before = results(page)
        page.locator("#kb-query").press_sequentially("diabetes", delay=30)
        expect(page).to_have_url(re.compile("q=diabetes"))
        expect(explore_told(page)).to_have_text(re.compile("for “diabetes”"))
        assert results(page) < before
        expect(page.get_by_label("Sort by")).to_have_value("relevance")


def test_what_is_typed_while_an_answer_is_on_its_way_is_kept(visit: Visit) -> None:
    with visit("/explore/") as page:
        assert results(page)

        def late(route: Route) -> None:
            page.wait_for_timeout(300)
            route.continue_()

        page.route("**/find/**", late)
        box = page.locator("#kb-query")
        box.press_sequentially("diab")
        expect(page).to_have_url(re.compile("q=diab$"))
        box.press_sequentially("etes")
        expect(explore_told(page)).to_have_text(re.compile("for “diabetes”"))
        expect(box).to_have_value("diabetes")
        page.unroute_all(behavior="wait")  # what is still held back would fail in the next test


def test_more_results_on_demand(visit: Visit) -> None:
    with visit("/explore/") as page:
        expect(page.locator(RESULTS)).to_have_count(20)
        page.get_by_role("button", name="Show more").press("Enter")
        expect(page.locator(RESULTS)).to_have_count(40)
        assert focused(page) == " ".join(page.locator(RESULTS).nth(20).inner_text().split())
        expect(page).to_have_url(re.compile("shown=40"))


def test_a_choice_that_does_not_exist_is_left_out(visit: Visit) -> None:
    with visit("/explore/?kind=nonsense&nonsense=1&sort=up&shown=-5&q=%E0%A4%A") as page:
        expect(explore_told(page)).not_to_be_empty()
        expect(page.locator(".kb-chip")).to_have_count(0)


@pytest.mark.parametrize("query", STRANGE[3:13], ids=range(10))
def test_no_address_breaks_explore(visit: Visit, query: str) -> None:
    with visit("/explore/") as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.evaluate("(query) => location.assign(`?${new URLSearchParams({ q: query, kind: query })}`)", query)
        expect(page.locator("[data-kb-explore]")).to_be_visible()
        expect(explore_told(page)).to_have_text(re.compile(r"^([\d,]+ entr|Nothing here fits)"))


def test_explore_works_with_a_thumb(visit: Visit) -> None:
    with visit("/explore/?kind=case&topic=power", width=PHONE) as page:
        expect(page.locator(RESULTS)).not_to_have_count(0)
        expect(page.locator("[data-kb-facet] label").first).to_be_hidden()
        page.get_by_text("Filters", exact=True).click()
        page.locator("[data-kb-facet=kind] summary").click()
        parts = page.locator(
            "[data-kb-facet=kind] label, .kb-chip, [data-kb-facet] summary, [data-kb-filters] > summary"
        )
        heights = [box["height"] for part in parts.all() if part.is_visible() and (box := part.bounding_box())]
        assert len(heights) > 10
        assert min(heights) >= 24
        page.locator("[data-kb-facet=kind] label").first.click()
        expect(page).to_have_url(re.compile("kind=resource"))
        assert sideways(page) <= 0


def test_on_paper_explore_has_the_choice_and_the_results(visit: Visit) -> None:
    controls = (
        "#filters",
        "#kb-sort",
        "#kb-query",
        "[data-kb-more]",
        "#lists",
        ".kb-chip__cross",
        ".kb-chips > li:last-child",
    )
    with visit("/explore/?kind=resource&language=en") as page:
        for control in controls:
            expect(page.locator(control).first).to_be_visible()
        page.emulate_media(media="print")
        for control in controls:
            expect(page.locator(control).first).to_be_hidden()
        for said in (".kb-chips > li:first-child", "#results", RESULTS):
            expect(page.locator(said).first).to_be_visible()


def test_explore_by_keyboard(visit: Visit) -> None:
    with visit("/explore/") as page:
        assert results(page)
        page.locator("#kb-query").focus()
        tab_to(page, "Kind")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile("kind=resource"))
        assert page.evaluate("document.activeElement.value") == "resource"


def test_without_javascript_explore_says_so_and_has_every_list(visit: Visit) -> None:
    with visit("/explore/", script=False) as page:
        expect(page.get_by_text("it is switched off here")).to_be_visible()
        expect(page.locator("[data-kb-explore]")).to_be_hidden()
        for name in ("Mental health (", "Hospital (", "Case studies (", "Wales ("):
            expect(page.get_by_role("link", name=re.compile(rf"^{re.escape(name)}")).first).to_be_visible()


# --- accessibility ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(
    "view", ["/explore/", "/explore/?q=recipricity&kind=case&kind=term", "/explore/?q=zzzzqqqq"], ids=range(3)
)
def test_axe_finds_nothing_in_explore(visit: Visit, view: str, width: int) -> None:
    with visit(view, width=width, still=True) as page:
        expect(explore_told(page)).to_have_text(re.compile("entr|Nothing"))
        page.evaluate("document.querySelectorAll('.kb-page details').forEach((one) => { one.open = true })")
        for button in page.locator(".kb-facet__more").all()[:2]:
            button.click()
        assert faults_in_both_schemes(page) == []
        assert sideways(page) <= 0


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing_in_the_dialog(visit: Visit, width: int) -> None:
    with visit("/cases/", width=width, still=True) as page:
        page.keyboard.press("Control+k")
        expect(told(page)).to_contain_text("Type a word")
        assert faults(page) == []
        for query in ("recipricity", "power zzzzqqqq", "zzzzqqqq"):
            page.locator("#kb-words").fill(query)
            expect(told(page)).to_have_text(re.compile(r"^(\d+ results?|Nothing here)"))
            page.wait_for_timeout(300)
            assert faults(page) == [], query
        page.locator("#kb-words").fill("recipricity")
        expect(page.locator(FOUND).first).to_be_visible()
        assert faults_in_both_schemes(page) == []
        assert sideways(page) <= 0


# --- when things fail ----------------------------------------------------------------------------------------------
FAILURES: dict[str, tuple[str, Callable[[Route], None]]] = {
    "missing": ("**/find/find.json", lambda route: route.fulfill(status=404)),
    "half deployed": ("**/find/*/words-*.json", lambda route: route.fulfill(status=404)),
    "replaced by a proxy's page": (
        "**/find/**",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Blocked</h1>"),
    ),
    "cut off": ("**/find/*/shown-*.json", lambda route: route.fulfill(status=200, body='[["id","case"')),
    "blocked": ("**/find/**", lambda route: route.abort("blockedbyclient")),
    "without its script": ("**/assets/find.js", lambda route: route.abort("failed")),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_search_that_fails_says_so_and_leads_to_the_lists(visit: Visit, failure: str) -> None:
    with visit("/cases/", troubled=True) as page:
        page.route(*FAILURES[failure])
        page.keyboard.press("Control+k")
        page.keyboard.type("power")
        expect(told(page)).to_have_text(
            "The search cannot be loaded just now. Explore has every list, and they work without it."
        )
        assert page.locator(FOUND).count() == 0
        page.get_by_role("link", name="Go to Explore and its lists").click()
        page.wait_for_url(re.compile("/explore/$"))


@pytest.mark.parametrize("failure", ["missing", "half deployed", "cut off", "blocked"])
def test_a_search_recovers_when_the_index_is_back(visit: Visit, failure: str) -> None:
    with visit("/cases/", troubled=True) as page:
        page.route(*FAILURES[failure])
        page.keyboard.press("Control+k")
        page.keyboard.type("power")
        expect(told(page)).to_contain_text("cannot be loaded")
        page.unroute(FAILURES[failure][0])
        page.keyboard.type(" sharing")
        expect(page.locator(FOUND).first).to_contain_text("Power sharing")


@pytest.mark.parametrize("failure", FAILURES)
def test_explore_that_fails_says_so_and_shows_the_lists(visit: Visit, failure: str) -> None:
    with visit("/about/", troubled=True) as page:
        page.route(*FAILURES[failure])
        page.goto(page.url.replace("/about/", "/explore/?q=power"))
        expect(page.get_by_text("The lists below have everything")).to_be_visible()
        expect(page.get_by_role("link", name=re.compile(r"^Mental health \("))).to_be_visible()
        assert page.locator(RESULTS).count() == 0
        assert "…" not in page.locator("[data-kb-explore]").inner_text()


def test_explore_whose_script_never_comes_shows_the_lists(visit: Visit) -> None:
    with visit("/about/", troubled=True) as page:
        page.route("**/assets/kb.js", lambda route: route.abort("failed"))
        page.goto(page.url.replace("/about/", "/explore/"))
        page.wait_for_timeout(4_500)  # until then a browser need not draw them
        assert page.evaluate("document.querySelector('.kb-browse').offsetHeight") > 500
        expect(page.get_by_role("link", name=re.compile(r"^Mental health \("))).to_be_visible()


def test_an_index_that_never_comes_is_given_up(visit: Visit) -> None:
    with visit("/cases/", troubled=True) as page:
        page.route("**/find/**", lambda route: None)
        page.keyboard.press("Control+k")
        page.keyboard.type("power")
        expect(told(page)).to_contain_text("Searching")
        expect(told(page)).to_contain_text("cannot be loaded", timeout=25_000)


def test_no_webassembly_is_needed(visit: Visit) -> None:
    with visit("/about/") as page:
        page.add_init_script("delete globalThis.WebAssembly")
        page.goto(page.url.replace("/about/", "/cases/"))
        assert page.evaluate("typeof WebAssembly") == "undefined"
        search(page, "reciprocity")
        expect(page.locator(FOUND).first).to_have_text("Reciprocity")
