"""The reading list as people use it: put together on pages and in the search, sent as a link, ordered, taken away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from playwright.sync_api import Browser, Locator, Page, expect

from kb.pages import COLUMNS
from tests import make
from tests.conftest import UNDER, Visit, mkdocs_build, served
from tests.test_browser import DESKTOP, PHONE, faults, faults_in_both_schemes, focused, sideways, tab_to

LIST = "/reading-list/"
CASE, OTHER, PAGE, WORK = "dafne", "southwark-circle", "/power/", "arnstein1969ladder"
NAMES = {
    CASE: "DAFNE: Dose Adjustment For Normal Eating",
    OTHER: "Southwark Circle and London Circle",
    PAGE: "Power",
    WORK: "A ladder of citizen participation",
}
ADD, DROP = re.compile("^Add to list: "), re.compile("^Remove from list: ")
MARKED = (
    "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
)
BOXES = """all => all.map((one) => one.getBoundingClientRect()).map(
    (box) => [box.left, box.right, box.y, box.height],
)"""
FORBIDDEN = """for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });
}"""


def link(*ids: str, title: str = "") -> str:
    """The address of a list, as a trainer sends it."""
    return f"{LIST}#ids={','.join(ids)}" + (f"&title={quote(title)}" if title else "")


def titles(page: Page) -> Locator:
    return page.locator(".kb-listed h2")


def listed(page: Page, *ids: str) -> None:
    """What the list shows, in order, and what the address names."""
    expect(titles(page)).to_have_text([NAMES[id] for id in ids])
    expect(page).to_have_url(re.compile(rf"#ids={','.join(map(re.escape, ids))}(&|$)"))


def said(page: Page) -> Locator:
    return page.locator(".kb-list__told")


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.locator("article").get_by_role("button", name=name).click()


def add(page: Page, path: str) -> None:
    """Go to a page of the same site and add it."""
    page.goto(f"{page.url.partition(UNDER)[0]}{UNDER.rstrip('/')}{path}")
    press(page, ADD)


def to_my_list(page: Page) -> None:
    page.get_by_role("link", name=re.compile(r"^Reading list \(\d+\)$")).click()


def downloaded(page: Page, name: str) -> tuple[str, bytes]:
    """The name of the file that a button gives, and what is in it."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def read_bibtex(file: bytes) -> dict[str, str]:
    """The title of each entry by its key; nothing may fail to be read."""
    library = parse_string(file.decode())
    assert library.failed_blocks == []
    return {entry.key: entry.fields_dict["title"].value for entry in library.entries}


def read_csv(file: bytes) -> list[dict[str, str]]:
    assert file.startswith(b"\xef\xbb\xbf")
    text = file.decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


# --- to put together ----------------------------------------------------------------------------------------
def test_an_entry_is_added_from_its_page_and_stays_while_the_reader_goes_on(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        button = page.locator("article").get_by_role("button", name=ADD)
        expect(button).to_be_in_viewport()
        expect(page.locator(".kb-list-link")).to_be_hidden()
        button.click()
        expect(page.get_by_role("button", name=f"Remove from list: {NAMES[CASE]}")).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="Added to your reading list")).to_contain_text(NAMES[CASE])
        page.get_by_role("link", name="Home", exact=True).click()
        expect(page.get_by_role("link", name="Reading list (1)")).to_be_visible()
        add(page, "/references/arnstein1969ladder/")
        add(page, PAGE)
        to_my_list(page)
        listed(page, CASE, WORK, PAGE)
        page.reload()
        listed(page, CASE, WORK, PAGE)
        page.goto(page.url.partition("#")[0].replace(LIST, "/cases/dafne/"))
        press(page, DROP)
        expect(page.locator("article").get_by_role("button", name=ADD)).to_be_focused()
        expect(page.get_by_role("link", name="Reading list (2)")).to_be_visible()


@pytest.mark.parametrize("path", ["/cases/dafne/", "/references/arnstein1969ladder/", PAGE, "/glossary/power/"])
def test_the_button_is_seen_at_once_on_a_phone_too(visit: Visit, pages: dict[str, str], path: str) -> None:
    there = path if path in pages else next(one for one in pages if one.startswith("/glossary/") and len(one) > 11)
    with visit(there, width=390, height=844) as page:
        expect(page.locator("article").get_by_role("button", name=ADD)).to_be_in_viewport()


def test_a_result_of_the_search_is_added_and_taken_off(visit: Visit) -> None:
    with visit("/") as page:
        page.keyboard.press("Control+k")
        page.keyboard.type("dafne")
        sheet = page.get_by_role("dialog")
        button = sheet.get_by_role("button", name=f"Add to list: {NAMES[CASE]}")
        button.press("Enter")
        taken = sheet.get_by_role("button", name=f"Remove from list: {NAMES[CASE]}")
        expect(taken).to_be_focused()
        expect(sheet.get_by_role("status").filter(has_text="Added to your reading list")).to_contain_text("DAFNE")
        taken.press("Enter")
        expect(button).to_be_focused()
        button.press("Enter")
        page.keyboard.press("Escape")
        to_my_list(page)
        listed(page, CASE)


def test_what_the_search_adds_on_the_page_of_the_list_appears_there(visit: Visit) -> None:
    with visit("/cases/southwark-circle/") as page:
        press(page, ADD)
        to_my_list(page)
        listed(page, OTHER)
        page.keyboard.press("Control+k")
        page.keyboard.type("dafne")
        page.get_by_role("dialog").get_by_role("button", name=f"Add to list: {NAMES[CASE]}").click()
        page.keyboard.press("Escape")
        listed(page, OTHER, CASE)


def test_back_shows_the_list_as_it_is_now(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        press(page, ADD)
        to_my_list(page)
        listed(page, CASE)
        page.get_by_role("link", name="Explore", exact=True).first.click()
        add(page, PAGE)
        page.go_back()
        page.go_back()
        listed(page, CASE, PAGE)
        expect(page.get_by_text("came with a link")).to_be_hidden()


def test_an_empty_list_says_how_to_fill_it(visit: Visit) -> None:
    with visit(LIST) as page:
        expect(page.locator("article")).to_contain_text("press “Add to list”")
        assert [one.get_attribute("href") for one in page.locator("[data-kb-list-page] a").all()] == [
            "../explore/",
            "../cases/",
        ]
        expect(page.get_by_role("button", name="Print")).to_have_count(0)
        assert faults(page) == []


# --- the link -----------------------------------------------------------------------------------------------
def test_a_link_opens_the_list(visit: Visit) -> None:
    with visit(link(CASE, PAGE, WORK, title="Week 1: who decides?")) as page:
        listed(page, CASE, PAGE, WORK)
        expect(page.get_by_role("heading", level=1)).to_have_text("Week 1: who decides?")
        expect(page).to_have_title(re.compile(r"^Week 1: who decides\? – Reading list – "))
        expect(page.locator("article")).to_contain_text("3 entries. This list came with a link.")
        expect(page.get_by_role("link", name=NAMES[CASE])).to_have_attribute("href", re.compile("/cases/dafne/$"))
        work = page.locator(".kb-listed li").nth(2)
        expect(work.locator(".kb-kind")).to_have_text("Reference · 1969 · Arnstein")
        expect(work.locator(".kb-entry")).to_contain_text("Arnstein, S. R. (1969). A ladder of citizen participation.")
        expect(work.locator(".kb-entry i").first).to_contain_text("Journal of the American Institute of Planners")


def test_nothing_of_a_list_is_sent_to_any_server(visit: Visit) -> None:
    with visit("/cases/") as page:
        sent: list[str] = []
        page.on("request", lambda asked: sent.extend([asked.url, *asked.all_headers().values()]))
        page.goto(page.url.replace("/cases/", link(CASE, OTHER, title="Secret")))
        listed(page, CASE, OTHER)
        press(page, f"Down: {NAMES[CASE]}")
        page.get_by_label("Name of the list").fill("Still secret")
        page.get_by_role("link", name="Glossary", exact=True).first.click()
        expect(page.locator("h1")).to_contain_text("Glossary")
        assert len(sent) > 10
        assert [one for one in sent if re.search("dafne|southwark|secret", unquote(one), re.IGNORECASE)] == []


def test_the_list_has_a_name_that_the_link_and_the_files_bear(visit: Visit) -> None:
    with visit(link(CASE)) as page:
        expect(titles(page)).to_have_count(1)
        field = page.get_by_label("Name of the list")
        field.fill("Who pays? (50/50)")
        expect(page.get_by_role("heading", level=1)).to_have_text("Who pays? (50/50)")
        expect(page).to_have_url(re.compile(r"&title=Who\+pays%3F\+%2850%2F50%29$"))
        assert downloaded(page, "BibTeX")[0] == "Who pays- (50-50).bib"
        page.reload()
        expect(field).to_have_value("Who pays? (50/50)")
        field.fill("")
        expect(page.get_by_role("heading", level=1)).to_have_text("Reading list")
        expect(page).to_have_url(re.compile(r"#ids=dafne$"))


def test_the_link_is_copied(visit: Visit) -> None:
    with visit(link(CASE, PAGE, title="Week 1")) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        press(page, "Copy link")
        expect(said(page)).to_have_text("The link is copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url
        page.goto("about:blank")
        page.goto(copied)
        listed(page, CASE, PAGE)


def test_where_nothing_can_be_copied_the_link_is_marked(visit: Visit) -> None:
    with visit("/") as page:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.goto(page.url.rstrip("/") + link(CASE))
        press(page, "Copy link")
        expect(said(page)).to_contain_text("The link is marked")
        assert page.evaluate(MARKED) == page.url
        press(page, "Copy references")
        expect(said(page)).to_contain_text("Download the references instead")


def test_a_link_within_the_page_does_not_lose_the_list(visit: Visit) -> None:
    with visit(link(CASE, PAGE)) as page:
        listed(page, CASE, PAGE)
        page.keyboard.press("Tab")
        assert focused(page).startswith("Skip to")
        page.keyboard.press("Enter")
        listed(page, CASE, PAGE)
        page.reload()
        listed(page, CASE, PAGE)


def test_another_link_in_the_same_tab_opens_too(visit: Visit) -> None:
    with visit(link(CASE)) as page:
        listed(page, CASE)
        page.goto(page.url.replace("dafne", "dafne,/power/"))
        listed(page, CASE, PAGE)
        page.go_back()
        listed(page, CASE)


# --- somebody else's list -------------------------------------------------------------------------------------
def test_to_change_a_list_from_a_link_makes_a_copy_of_ones_own(visit: Visit) -> None:
    with visit(link(CASE, PAGE, title="Week 1")) as page:
        listed(page, CASE, PAGE)
        expect(page.locator(".kb-list-link")).to_be_hidden()
        press(page, f"Up: {NAMES[PAGE]}")
        listed(page, PAGE, CASE)
        page.get_by_role("link", name="Home", exact=True).click()
        to_my_list(page)
        listed(page, PAGE, CASE)
        expect(page.get_by_role("heading", level=1)).to_have_text("Week 1")


@pytest.fixture
def others_list(visit: Visit) -> Callable[[], AbstractContextManager[Page]]:
    """Somebody whose own list holds a work opens a link to another."""

    @contextmanager
    def opened() -> Iterator[Page]:
        with visit("/references/arnstein1969ladder/") as page:
            press(page, ADD)
            page.goto(page.url.replace("/references/arnstein1969ladder/", link(CASE, PAGE, title="Week 1")))
            listed(page, CASE, PAGE)
            expect(page.get_by_role("note")).to_contain_text("It is not your own reading list")
            yield page

    return opened


def test_a_list_from_a_link_leaves_ones_own_alone(others_list: Callable[[], AbstractContextManager[Page]]) -> None:
    with others_list() as page:
        press(page, f"Remove: {NAMES[CASE]}")
        listed(page, PAGE)
        page.get_by_label("Name of the list").fill("Mine?")
        expect(page.get_by_label("Keep this list in this browser")).to_be_hidden()
        expect(page.get_by_role("link", name="Reading list (1)")).to_be_visible()
        assert faults(page) == []
        press(page, "Show my list")
        listed(page, WORK)
        expect(page.get_by_role("heading", level=1)).to_have_text("Reading list")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page.get_by_role("note")).to_be_hidden()
        page.go_back()
        listed(page, PAGE)
        expect(page.get_by_role("note")).to_be_visible()


def test_a_list_from_a_link_is_added_to_ones_own(others_list: Callable[[], AbstractContextManager[Page]]) -> None:
    with others_list() as page:
        press(page, "Add these to my list")
        listed(page, WORK, CASE, PAGE)
        expect(said(page)).to_have_text("They are on your list now.")
        expect(page.get_by_role("link", name="Reading list (3)")).to_be_visible()
        expect(page.get_by_role("note")).to_be_hidden()


# --- where it is kept -----------------------------------------------------------------------------------------
def test_a_list_is_kept_in_this_browser_only_if_the_reader_wants(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        press(page, ADD)
        tab = page.context.new_page()
        tab.goto(page.url)
        expect(tab.locator(".kb-list-link")).to_be_hidden()
        to_my_list(page)
        check = page.get_by_label("Keep this list in this browser")
        expect(check).not_to_be_checked()
        check.check()
        expect(said(page)).to_have_text("The list is kept in this browser.")
        expect(tab.get_by_role("link", name="Reading list (1)")).to_be_visible()
        expect(tab.locator("article").get_by_role("button", name=DROP)).to_be_visible()
        add(tab, PAGE)
        listed(page, CASE, PAGE)
        tab.close()
        later = page.context.new_page()
        later.goto(page.url.partition("#")[0])
        listed(later, CASE, PAGE)
        expect(later.get_by_label("Keep this list in this browser")).to_be_checked()
        later.get_by_label("Keep this list in this browser").uncheck()
        listed(later, CASE, PAGE)
        assert later.evaluate("Object.keys(localStorage)") == []
        last = page.context.new_page()
        last.goto(page.url.partition("#")[0])
        expect(last.locator("article")).to_contain_text("nothing on your reading list yet")


def test_two_lists_become_one_where_both_are_to_be_kept(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        press(page, ADD)
        tab = page.context.new_page()
        tab.goto(page.url)
        add(tab, PAGE)
        for one in page, tab:
            to_my_list(one)
            one.get_by_label("Keep this list in this browser").check()
        listed(tab, PAGE, CASE)
        listed(page, PAGE, CASE)


def test_where_nothing_can_be_kept_the_address_holds_the_list(visit: Visit) -> None:
    with visit("/") as page:
        page.add_init_script(FORBIDDEN)
        add(page, "/cases/dafne/")
        listed(page, CASE)
        expect(page.locator("article")).to_contain_text("This browser keeps nothing for this site")
        expect(page.get_by_label("Keep this list in this browser")).to_be_hidden()
        page.keyboard.press("Control+k")
        page.keyboard.type("southwark circle")
        page.get_by_role("dialog").get_by_role("button", name=f"Add to list: {NAMES[OTHER]}").click()
        page.keyboard.press("Escape")
        listed(page, CASE, OTHER)
        press(page, f"Up: {NAMES[OTHER]}")
        page.reload()
        listed(page, OTHER, CASE)


def test_what_is_kept_need_not_be_sound(visit: Visit) -> None:
    with visit("/") as page:
        for kept in ("{", "null", "7", '{"ids": 7}', '{"ids": ["dafne", {}, null, "<b>"], "title": 4}'):
            page.evaluate(
                "kept => sessionStorage.setItem(`kb-list ${document.querySelector('.kb-list-link').pathname}`, kept)",
                kept,
            )
            page.goto(page.url.partition(UNDER)[0] + UNDER + "reading-list/")
            expect(page.locator("[data-kb-list-page]")).to_contain_text("DAFNE" if "dafne" in kept else "nothing on")


# --- order ----------------------------------------------------------------------------------------------------
def test_order_by_keyboard(visit: Visit) -> None:
    with visit(link(CASE, PAGE, WORK)) as page:
        listed(page, CASE, PAGE, WORK)
        page.get_by_role("button", name=f"Up: {NAMES[WORK]}").focus()
        page.keyboard.press("Enter")
        listed(page, CASE, WORK, PAGE)
        expect(said(page)).to_have_text(f"Now number 2 of 3: {NAMES[WORK]}")
        assert focused(page) == "Up"
        page.keyboard.press("Enter")
        listed(page, WORK, CASE, PAGE)
        first = page.get_by_role("button", name=f"Up: {NAMES[WORK]}")
        expect(first).to_be_focused()
        expect(first).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("Enter")
        listed(page, WORK, CASE, PAGE)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name=f"Down: {NAMES[WORK]}")).to_be_focused()
        listed(page, CASE, WORK, PAGE)


def test_after_an_entry_is_removed_the_focus_is_on_the_next(visit: Visit) -> None:
    with visit(link(CASE, PAGE, WORK)) as page:
        press(page, f"Remove: {NAMES[PAGE]}")
        expect(said(page)).to_have_text(f"Removed from the list: {NAMES[PAGE]}")
        expect(page.get_by_role("button", name=f"Remove: {NAMES[WORK]}")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Remove: {NAMES[CASE]}")).to_be_focused()
        listed(page, CASE)
        page.keyboard.press("Enter")
        expect(page.locator("article")).to_contain_text("nothing on your reading list yet")
        expect(page.locator("article").get_by_role("link", name="Explore")).to_be_focused()
        assert "#" not in page.url


def test_all_of_it_by_keyboard(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        tab_to(page, "Add to list")
        page.keyboard.press("Enter")
        page.goto(page.url.replace("/cases/dafne/", PAGE))
        tab_to(page, "Add to list")
        page.keyboard.press("Space")
        page.keyboard.press("Control+Home")
        page.evaluate("document.activeElement.blur()")
        page.get_by_role("link", name="Reading list (2)").focus()
        page.keyboard.press("Enter")
        listed(page, CASE, PAGE)
        passed = tab_to(page, "Remove")
        for name in "Share, print, download", "kb-list-name", "Copy link", "Print", "BibTeX", "Up", "Down":
            assert name in passed
        page.keyboard.press("Enter")
        listed(page, PAGE)


# --- to take it away --------------------------------------------------------------------------------------------
def test_every_file_is_read_back(visit: Visit) -> None:
    with visit(link(WORK, CASE, PAGE, title="Week 1")) as page:
        name, bibtex = downloaded(page, "BibTeX")
        assert name == "Week 1.bib"
        assert read_bibtex(bibtex) == {WORK: NAMES[WORK], CASE: NAMES[CASE], "page:power": NAMES[PAGE]}

        name, ris = downloaded(page, "RIS")
        assert name == "Week 1.ris"
        read: list[dict[str, Any]] = rispy.loads(ris.decode())
        assert [(one["id"], one["title"]) for one in read] == [
            (WORK, NAMES[WORK]),
            (CASE, NAMES[CASE]),
            ("page:power", NAMES[PAGE]),
        ]

        name, table = downloaded(page, "Table (CSV)")
        assert name == "Week 1.csv"
        rows = read_csv(table)
        assert tuple(rows[0]) == COLUMNS
        assert [(row["id"], row["title"]) for row in rows] == [(id, NAMES[id]) for id in (WORK, CASE, PAGE)]
        assert (rows[0]["authors"], rows[0]["year"]) == ("Arnstein, Sherry R.", "1969")

        name, text = downloaded(page, "References (text)")
        assert name == "Week 1.txt"
        heading, *references, address = text.decode().strip().split("\n\n")
        assert heading == "Week 1"
        assert references == page.locator(".kb-listed .kb-entry").all_inner_texts()
        assert address == page.url


def test_references_are_copied_with_their_italics(visit: Visit) -> None:
    with visit(link(WORK)) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        press(page, "Copy references")
        expect(said(page)).to_have_text("The references are copied.")
        copied = page.evaluate(
            """async () => {
                const [one] = await navigator.clipboard.read();
                return Promise.all(["text/html", "text/plain"].map(async (type) => (await one.getType(type)).text()));
            }"""
        )
        assert "<i>Journal of the American Institute of Planners</i>, <i>35</i>(4)" in copied[0]
        assert copied[1] == page.locator(".kb-entry").inner_text()


# --- entries that changed, and a hostile title: in the toy community ----------------------------------------------
FORMULAS = ("=1+1", "+1", "-1", "@home", '=cmd|"/c calc"!A1', "plain, with a comma")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the toy community, which has renamed, replaced and retired entries."""
    terms = [make.record("term", f"formula-{number}", title=title) for number, title in enumerate(FORMULAS)]
    config = make.community(
        tmp_path_factory.mktemp("toy") / "community", {"resources/formulas.yaml": make.data_file(terms)}
    )
    folder = config.parent.parent / "site"
    mkdocs_build(folder, config)
    with served(folder) as address:
        yield address


@pytest.fixture
def toy_list(browser: Browser, toy: str) -> Iterator[Callable[..., Page]]:
    """Opens a list of the toy community."""
    context = browser.new_context()

    def opened(*ids: str) -> Page:
        page = context.new_page()
        page.goto(toy + link(*ids))
        return page

    yield opened
    context.close()


@pytest.mark.parametrize(
    ("former", "now", "title"),
    [
        ("toy-manual", "toy-handbook", "Hours & minutes <audited>"),
        ("toytown2014draft", "toytown2015audit", "Hours & minutes <audited>"),
        ("/who-we-are/", "/about/", "About Toy Town"),
    ],
)
def test_a_renamed_id_still_resolves(toy_list: Callable[..., Page], former: str, now: str, title: str) -> None:
    page = toy_list(former, "lost-poster")
    expect(titles(page)).to_have_text([title, "The lost poster"])
    expect(page).to_have_url(re.compile(rf"#ids={now},lost-poster$"))


def test_a_renamed_id_and_its_successor_are_one_entry(toy_list: Callable[..., Page]) -> None:
    page = toy_list("toy-manual", "toy-handbook", "toy-manual")
    expect(titles(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("#ids=toy-handbook$"))


def test_retired_and_replaced_entries_say_so(toy_list: Callable[..., Page]) -> None:
    page = toy_list("lost-poster", "old-leaflet", "tea-and-toast")
    notes = page.locator(".kb-listed li").locator(".kb-listed__note")
    expect(notes).to_have_count(3)
    expect(notes.nth(0)).to_have_text("This entry has been retired. No copy was found when it was read again.")
    expect(notes.nth(1)).to_contain_text("This entry has been replaced. Read this instead: Hours & minutes")
    expect(notes.nth(2)).to_be_hidden()


def test_a_work_that_two_entries_cite_is_given_once(toy_list: Callable[..., Page]) -> None:
    page = toy_list("toy-handbook", "toytown2015audit", "ashe2012timebank")
    expect(titles(page)).to_have_count(3)
    assert list(read_bibtex(downloaded(page, "BibTeX")[1])) == ["toytown2015audit", "ashe2012timebank"]
    assert [one["id"] for one in rispy.loads(downloaded(page, "RIS")[1].decode())] == [
        "toytown2015audit",
        "ashe2012timebank",
    ]
    assert downloaded(page, "References (text)")[1].decode().count("Hours & minutes <audited>") == 1
    assert [row["id"] for row in read_csv(downloaded(page, "Table (CSV)")[1])] == [
        "toy-handbook",
        "toytown2015audit",
        "ashe2012timebank",
    ]


def test_no_cell_of_the_table_is_a_formula(toy_list: Callable[..., Page]) -> None:
    page = toy_list(*(f"formula-{number}" for number in range(len(FORMULAS))))
    expect(titles(page)).to_have_text(list(FORMULAS))
    rows = read_csv(downloaded(page, "Table (CSV)")[1])
    assert [row["title"] for row in rows] == [*(f"'{title}" for title in FORMULAS[:-1]), FORMULAS[-1]]
    assert [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@\t\r"))] == []


# --- what cannot be shown ---------------------------------------------------------------------------------------
def test_unknown_ids_are_said_and_stay_in_the_link(visit: Visit) -> None:
    with visit(link("nobody", CASE, "no-such-thing", PAGE)) as page:
        expect(titles(page)).to_have_text([NAMES[CASE], NAMES[PAGE]])
        missing = page.get_by_text("Not found here: nobody, no-such-thing.")
        expect(missing).to_be_visible()
        expect(page).to_have_url(re.compile("#ids=dafne,/power/,nobody,no-such-thing$"))
        press(page, f"Up: {NAMES[PAGE]}")
        expect(page).to_have_url(re.compile("#ids=/power/,dafne,nobody,no-such-thing$"))
        press(page, "Leave it out")
        expect(missing).to_be_hidden()
        listed(page, PAGE, CASE)


def test_only_unknown_ids_make_a_list_without_downloads(visit: Visit) -> None:
    with visit(link("nobody")) as page:
        expect(page.get_by_text("Not found here: nobody.")).to_be_visible()
        expect(page.get_by_role("button", name="BibTeX")).to_be_hidden()
        assert faults(page) == []
        press(page, "Leave it out")
        expect(page.locator("article")).to_contain_text("nothing on your reading list yet")


def test_a_list_that_cannot_be_loaded_is_not_lost(visit: Visit) -> None:
    with visit("/") as page:
        page.route("**/find/find.json", lambda route: route.fulfill(status=204))
        page.goto(page.url.rstrip("/") + link(CASE, PAGE, title="Week 1"))
        expect(page.get_by_text("cannot be loaded just now")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text("Week 1")
        expect(page.locator("[data-kb-list-page] li")).to_have_text([CASE, PAGE])
        expect(page.get_by_role("link", name=PAGE)).to_have_attribute("href", re.compile(rf"{UNDER}power/$"))
        expect(page).to_have_url(re.compile("#ids=dafne,/power/&title=Week\\+1$"))
        assert faults(page) == []
        page.unroute("**/find/find.json")
        page.reload()
        listed(page, CASE, PAGE)


def test_without_the_references_the_entries_are_still_there(visit: Visit) -> None:
    with visit("/") as page:
        page.route("**/cited-*.json", lambda route: route.fulfill(status=204))
        page.goto(page.url.rstrip("/") + link(CASE, PAGE))
        listed(page, CASE, PAGE)
        expect(page.get_by_text("The references cannot be loaded")).to_be_visible()
        expect(page.get_by_role("button", name="BibTeX")).to_be_hidden()
        page.emulate_media(media="print")
        expect(titles(page).first).to_be_visible()


HOSTILE = {
    "markup": (
        "#ids=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E,dafne&title=%3Cscript%3Ealert(1)%3C/script%3E",
        "<script>alert(1)</script>",
    ),
    "bad encoding": ("#ids=%,%E0%A4%A,%zz,dafne&title=%F0%28%8C%28", None),
    "an address elsewhere": ("#ids=//evil.example/,/..//evil.example/,javascript:alert(1),dafne", "Reading list"),
    "names of the language": ("#ids=__proto__,constructor,toString,dafne&title=__proto__", "__proto__"),
    "other fields": ("#title=A&x=1&ids=dafne&ids=other&=&&", "A"),
    "turned around": ("#ids=dafne&title=%E2%80%AEabc%0A%0Ddef%00", "abc def"),
    "half a sign at the end": (f"#ids=dafne&title={'a' * 199}%F0%9F%98%80", "a" * 199),
    "endless": (f"#ids=dafne,{'x' * 50_000},{',' * 50_000}&title={'b' * 50_000}", "b" * 200),
    "the same again and again": (f"#ids={'dafne,' * 20_000}", "Reading list"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_link_does_no_harm(visit: Visit, name: str) -> None:
    fragment, heading = HOSTILE[name]
    with visit("/") as page:
        page.on("dialog", lambda dialog: pytest.fail(f"it said {dialog.message}"))
        page.goto(page.url.rstrip("/") + LIST + fragment)
        expect(titles(page)).to_have_text([NAMES[CASE]])
        if heading:
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert page.locator("article").locator("img, script, style, iframe").count() == 0
        leading = page.locator("[data-kb-list-page] a").evaluate_all("all => all.map((one) => one.href)")
        assert [one for one in leading if not one.startswith(page.url.partition(UNDER)[0] + UNDER)] == []
        assert sideways(page) <= 0
        page.reload()
        expect(titles(page)).to_have_text([NAMES[CASE]])


def test_a_hostile_link_does_no_harm_where_nothing_can_be_loaded(visit: Visit) -> None:
    with visit("/") as page:
        page.route("**/find/find.json", lambda route: route.fulfill(status=204))
        page.goto(page.url.rstrip("/") + LIST + "#ids=//evil.example/,/\\evil.example,<b>bold,/:80/")
        expect(page.locator("[data-kb-list-page] li").nth(2)).to_have_text("<b>bold")
        leading = page.locator("[data-kb-list-page] a").evaluate_all("all => all.map((one) => one.href)")
        assert len(leading) == 3
        assert [one for one in leading if not one.startswith(page.url.partition("/commons/")[0] + "/")] == []


@pytest.fixture(scope="session")
def ids(pages: dict[str, str]) -> Sequence[str]:
    """The ids of all records and works."""
    buttons = (re.search(r'data-kb-keep="([^"/]+)"', html) for html in pages.values())
    return [found[1] for found in buttons if found]


def test_a_list_of_two_hundred_entries(visit: Visit, ids: Sequence[str]) -> None:
    many = ids[:200]
    assert len(many) == 200
    with visit(link(*many)) as page:
        expect(titles(page)).to_have_count(200)
        page.get_by_role("button", name=re.compile("^Down: ")).first.click()
        expect(said(page)).to_contain_text("Now number 2 of 200")
        rows = read_csv(downloaded(page, "Table (CSV)")[1])
        assert [row["id"] for row in rows] == [many[1], many[0], *many[2:]]
        assert sideways(page) <= 0


def test_a_list_holds_five_hundred_entries(visit: Visit) -> None:
    with visit(link(CASE, *(f"no-{number}" for number in range(700)))) as page:
        expect(said(page)).to_have_text("A list holds 500 entries. The others are left out.")
        assert page.url.count(",") == 499
        press(page, f"Remove: {NAMES[CASE]}")
        page.goto(page.url.partition("#")[0].replace(LIST, "/cases/dafne/"))
        press(page, ADD)
        add(page, PAGE)
        expect(page.locator("article").get_by_role("button").first).to_have_text(
            re.compile("Your reading list is full")
        )
        expect(page.locator(".kb-list-link")).to_contain_text("500")


# --- for everybody ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing_with_the_list_full(visit: Visit, width: int) -> None:
    with visit(link(CASE, PAGE, WORK, "nobody", title="Week 1"), width=width, still=True) as page:
        expect(titles(page)).to_have_count(3)
        page.locator("[data-kb-tools]").evaluate("one => { one.open = true }")
        press(page, f"Down: {NAMES[CASE]}")
        assert faults_in_both_schemes(page) == []
        assert sideways(page) <= 0


def test_buttons_are_large_enough_for_thumbs(visit: Visit) -> None:
    with visit(link(CASE, PAGE, WORK, "nobody"), width=PHONE) as page:
        expect(titles(page)).to_have_count(3)
        page.get_by_text("Share, print, download").click()
        for button in page.locator("article").get_by_role("button").all():
            box = button.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 43.9, button.inner_text()


@pytest.mark.parametrize("number", [1, 99, 499])
def test_the_way_to_the_list_fits_into_the_header_of_a_phone(visit: Visit, number: int) -> None:
    with visit(link(CASE, *(f"no-{one}" for one in range(number))), width=PHONE) as page:
        press(page, f"Remove: {NAMES[CASE]}")
        parts = page.locator(":is(.kb-search-button, .kb-palette, .kb-list-link, .kb-menu > summary)")
        boxes = sorted(parts.evaluate_all(BOXES))
        assert len(boxes) == 4
        assert len({round(y + height / 2) for _, _, y, height in boxes}) == 1
        assert [pair for pair in pairwise(boxes) if pair[0][1] > pair[1][0]] == []
        assert sideways(page) <= 0


def test_on_paper_there_are_the_heading_the_references_and_the_address(visit: Visit) -> None:
    with visit(link(CASE, PAGE, WORK, "nobody", title="Week 1"), width=680) as page:
        expect(titles(page)).to_have_count(3)
        references = page.locator(".kb-listed .kb-entry").all_inner_texts()
        press(page, f"Down: {NAMES[PAGE]}")
        page.emulate_media(media="print")
        text = " ".join(page.locator("body").inner_text().split())
        address = f"Link to this list: {page.url}"
        assert text == " ".join(["Week 1", references[0], references[2], references[1], address])
        assert page.get_by_role("button").count() == 0
        assert sideways(page) <= 0


def test_the_button_prints(visit: Visit) -> None:
    with visit("/") as page:
        page.add_init_script("window.print = () => { window.printed = true; }")
        page.goto(page.url.rstrip("/") + link(CASE))
        press(page, "Print")
        assert page.evaluate("window.printed")


def test_without_javascript_the_page_says_where_else_to_look(visit: Visit) -> None:
    with visit(link(CASE), script=False) as page:
        expect(page.get_by_text("that needs JavaScript")).to_be_visible()
        for name in "Explore", "Case studies", "References":
            expect(page.locator("article").get_by_role("link", name=name)).to_be_visible()
        assert page.get_by_role("button").count() == 0
    with visit("/cases/dafne/", script=False) as page:
        assert page.get_by_role("button").count() == 0
        expect(page.locator(".kb-list-link")).to_be_hidden()


def test_where_the_script_does_not_run_the_page_says_so_too(visit: Visit) -> None:
    with visit("/") as page:
        page.route("**/reading-list.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
        page.goto(page.url.rstrip("/") + LIST)
        expect(page.get_by_text("that needs JavaScript")).to_be_visible()


def test_the_foot_of_every_page_leads_to_the_list(visit: Visit) -> None:
    with visit("/cases/") as page:
        page.get_by_role("contentinfo").get_by_role("link", name="Reading list").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Reading list")


def test_the_list_needs_no_search_until_it_is_opened(visit: Visit) -> None:
    with visit("/cases/dafne/") as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.reload(wait_until="networkidle")
        press(page, ADD)
        assert any(one.endswith("/kept.js") for one in asked)
        assert [one for one in asked if "/find" in one or "reading-list" in one] == []
