"""References in APA style: one golden string for each kind of work, and nothing that a text says becomes markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.literature import Day, Name, Names, Reference, Span
from kb.render.references import author_date, bibliography_entry, citation, disambiguate, plain_sort_key, sort_key

BOYLE, HARRIS, CARR = Name("Boyle", "David"), Name("Harris", "Michael"), Name("Carr", "Sarah")
NHS, NESTA = Name("NHS England", corporate=True), Name("Nesta", corporate=True)
YEAR = Span(Day(2009))


def names(*who: Name, others: bool = False) -> Names:
    return Names(who, others)


def crowd(number: int) -> Names:
    return Names(tuple(Name(f"Name{letter}", letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:number]))


def work(type: str = "book", **fields: Any) -> Reference:
    """A work by Boyle of 2009 but for what is said otherwise."""
    usual: dict[str, Any] = {"author": names(BOYLE), "title": "Title", "date": YEAR}
    return Reference("key", type, "", **(usual | fields))


# Compared with citeproc-js and the official apa.csl (en-US); where the two differ, a comment says why. Sections are
# those of the Publication Manual. What our reader gives as biblatex has it (inpress, Third edition), citeproc cannot
# read.
ENTRIES = {
    "article": (
        work("article", journaltitle="Voluntas", volume="23", issue="4", pages="1119-1138", doi="10.1007/s11266"),
        "Boyle, D. (2009). Title. <i>Voluntas</i>, <i>23</i>(4), 1119–1138. https://doi.org/10.1007/s11266",
    ),
    "article with a number": (
        work("article", journaltitle="BMJ Open", volume="7", issue="7", eid="e014650"),
        "Boyle, D. (2009). Title. <i>BMJ Open</i>, <i>7</i>(7), Article e014650.",
    ),
    "article without a volume": (
        work("article", journaltitle="Cochrane", issue="9", date=Span(Day(2021, 6, 11))),
        "Boyle, D. (2021). Title. <i>Cochrane</i>, (9).",
    ),
    # citeproc puts the editor of the issue at the head; the manual the title.
    "article without an author": (
        work("article", author=Names(), editor=names(CARR), journaltitle="Voluntas", volume="1"),
        "Title. (2009). <i>Voluntas</i>, <i>1</i>.",
    ),
    "article in press": (
        work("article", journaltitle="Voluntas", date=None, pubstate="inpress"),
        "Boyle, D. (in press). Title. <i>Voluntas</i>.",
    ),
    "preprint": (
        work("article", eprinttype="arXiv", eprint="2001.1"),
        "Boyle, D. (2009). <i>Title</i>. arXiv. https://arxiv.org/abs/2001.1",
    ),
    "book": (
        work(author=names(BOYLE, HARRIS), subtitle="Subtitle", publisher="Essential Books", location="London"),
        "Boyle, D., & Harris, M. (2009). <i>Title: Subtitle</i>. Essential Books.",
    ),
    "book in an edition": (
        work(edition="2", volume="3", publisher="ACTA; Northwestern"),
        "Boyle, D. (2009). <i>Title</i> (2nd ed., Vol. 3). ACTA; Northwestern.",
    ),
    # citeproc has (1st ed.); the manual names later editions only.
    "book in a first edition": (work(edition="1st", volume="1-3"), "Boyle, D. (2009). <i>Title</i> (Vols. 1–3)."),
    "book in a named edition": (work(edition="Third edition"), "Boyle, D. (2009). <i>Title</i> (3rd ed.)."),
    "book revised": (work(edition="Revised"), "Boyle, D. (2009). <i>Title</i> (Rev. ed.)."),
    "book in its twelfth edition": (work(edition="12"), "Boyle, D. (2009). <i>Title</i> (12th ed.)."),
    "book in an odd edition": (work(edition="3rd revised ed."), "Boyle, D. (2009). <i>Title</i> (3rd revised ed.)."),
    "book that somebody edited": (
        work(editor=names(CARR), edition="2"),
        "Boyle, D. (2009). <i>Title</i> (S. Carr, Ed.; 2nd ed.).",
    ),
    "book without an author": (work(author=Names(), publisher="Palgrave"), "<i>Title</i>. (2009). Palgrave."),
    "book in a series": (work(series="Elements", number="3"), "Boyle, D. (2009). <i>Title</i>."),
    "edited book": (
        work("collection", author=Names(), editor=names(CARR), publisher="Routledge"),
        "Carr, S. (Ed.). (2009). <i>Title</i>. Routledge.",
    ),
    "book with editors only": (
        work(author=Names(), editor=names(CARR, HARRIS), publisher="Routledge"),
        "Carr, S., & Harris, M. (Eds.). (2009). <i>Title</i>. Routledge.",
    ),
    "chapter": (
        work("incollection", editor=names(CARR, HARRIS), booktitle="Book", edition="2", pages="5--9", publisher="ACME"),
        "Boyle, D. (2009). Title. In S. Carr & M. Harris (Eds.), <i>Book</i> (2nd ed., pp. 5–9). ACME.",
    ),
    "chapter on one page": (
        work("inbook", editor=names(Name("King", "Martin Luther", "", "Jr.")), booktitle="Book", pages="5"),
        "Boyle, D. (2009). Title. In M. L. King Jr. (Ed.), <i>Book</i> (p. 5).",
    ),
    "chapter without editors": (work("incollection", booktitle="Book"), "Boyle, D. (2009). Title. In <i>Book</i>."),
    "chapter of many editors": (
        work("incollection", editor=names(CARR, HARRIS, NESTA), booktitle="Book", publisher="Nesta"),
        "Boyle, D. (2009). Title. In S. Carr, M. Harris, & Nesta (Eds.), <i>Book</i>. Nesta.",
    ),
    # citeproc has no "and others" for editors.
    "chapter with others as editors": (
        work("incollection", editor=names(CARR, others=True), booktitle="Book"),
        "Boyle, D. (2009). Title. In S. Carr et al. (Eds.), <i>Book</i>.",
    ),
    # citeproc puts the editor at the head; the manual the title.
    "chapter without an author": (
        work("incollection", author=Names(), editor=names(CARR), booktitle="Book"),
        "Title. (2009). In S. Carr (Ed.), <i>Book</i>.",
    ),
    "chapter of no book": (work("inbook", pages="5-9"), "Boyle, D. (2009). <i>Title</i> (pp. 5–9)."),
    # citeproc takes proceedings without editors for a journal; the manual has both forms (10.5).
    "conference paper": (
        work("inproceedings", booktitle="Proceedings", pages="1, 3", organization="ACM"),
        "Boyle, D. (2009). Title. In <i>Proceedings</i> (pp. 1, 3). ACM.",
    ),
    "report": (
        work("report", subtype="SCIE Guide", number="51", institution="Social Care Institute for Excellence"),
        "Boyle, D. (2009). <i>Title</i> (SCIE Guide No. 51). Social Care Institute for Excellence.",
    ),
    "report with a bare number": (work("report", number="31"), "Boyle, D. (2009). <i>Title</i> (No. 31)."),
    "report in a series": (
        work("report", series="Research Briefing", number="31", institution="SCIE"),
        "Boyle, D. (2009). <i>Title</i> (Research Briefing 31). SCIE.",
    ),
    # citeproc gives the kind capitals; here texts stand as they were written, for names and acronyms are in them.
    "report with kind, number and series": (
        work("report", subtype="Working paper", series="IDS Series", number="5"),
        "Boyle, D. (2009). <i>Title</i> (Working paper No. 5; IDS Series).",
    ),
    "report of a kind": (
        work("report", subtype="Working paper", institution="Indiana University", url="https://hdl.handle.net/10535/3675"),
        "Boyle, D. (2009). <i>Title</i> [Working paper]. Indiana University. https://hdl.handle.net/10535/3675",
    ),
    "report by its publisher": (
        work("report", author=names(NHS), institution="NHS England"),
        "NHS England. (2009). <i>Title</i>.",
    ),
    "report by both its publishers": (
        work("report", author=names(NHS, NESTA), institution="Nesta; NHS England"),
        "NHS England & Nesta. (2009). <i>Title</i>.",
    ),
    "report by one of its authors": (
        work("report", author=names(BOYLE, NHS, NESTA), institution="Nesta", publisher="Nesta"),
        "Boyle, D., NHS England, & Nesta. (2009). <i>Title</i>. Nesta.",
    ),
    "web page": (
        work("online", date=Span(Day(2012, 6, 11)), organization="Roz Davies", url="https://example.org/?a=1"),
        "Boyle, D. (2012, June 11). <i>Title</i>. Roz Davies. https://example.org/?a=1",
    ),
    "web page of a month": (work("online", date=Span(Day(2012, 6))), "Boyle, D. (2012, June). <i>Title</i>."),
    "web page of some days": (
        work("online", date=Span(Day(2012, 6, 1), Day(2012, 6, 3))),
        "Boyle, D. (2012, June 1–3). <i>Title</i>.",
    ),
    "web page of some months": (
        work("online", date=Span(Day(2012, 6, 30), Day(2012, 7, 2))),
        "Boyle, D. (2012, June 30–July 2). <i>Title</i>.",
    ),
    # citeproc gives the days too: 2012–2013, June 30–July 2.
    "web page of some years": (
        work("online", date=Span(Day(2012, 6, 30), Day(2013, 7, 2))),
        "Boyle, D. (2012–2013). <i>Title</i>.",
    ),
    "web page by its site": (
        work("online", author=names(NESTA), organization="Nesta", date=None),
        "Nesta. (n.d.). <i>Title</i>.",
    ),
    "web page that changes": (
        work("online", date=None, urldate=Span(Day(2026, 11, 23)), url="https://example.org"),
        "Boyle, D. (n.d.). <i>Title</i>. Retrieved November 23, 2026, from https://example.org",
    ),
    "web page seen on a day but dated": (
        work("online", urldate=Span(Day(2026, 11, 23)), url="https://example.org"),
        "Boyle, D. (2009). <i>Title</i>. https://example.org",
    ),
    # citeproc retrieves it "2026, from"; the manual wants the day, so without one nothing is said.
    "web page seen in some year": (
        work("online", date=None, urldate=Span(Day(2026)), url="https://example.org"),
        "Boyle, D. (n.d.). <i>Title</i>. https://example.org",
    ),
    "blog post": (work("online", subtype="Blog post"), "Boyle, D. (2009). <i>Title</i> [Blog post]."),
    "thesis": (
        work("thesis", subtype="PhD thesis", institution="University of Leeds", url="https://example.org"),
        "Boyle, D. (2009). <i>Title</i> [PhD thesis, University of Leeds]. https://example.org",
    ),
    # citeproc leaves these brackets out, or has other words (Dataset, Video recording); the manual has them.
    "thesis of no kind": (work("thesis", publisher="Leeds"), "Boyle, D. (2009). <i>Title</i> [Thesis, Leeds]."),
    "manuscript": (
        work("unpublished", organization="Leeds"),
        "Boyle, D. (2009). <i>Title</i> [Unpublished manuscript]. Leeds.",
    ),
    "data": (work("dataset", publisher="UKDS"), "Boyle, D. (2009). <i>Title</i> [Data set]. UKDS."),
    "film": (work("video", publisher="YouTube"), "Boyle, D. (2009). <i>Title</i> [Video]. YouTube."),
    "patent": (
        work("patent", subtype="U.S. Patent", number="9,367,592"),
        "Boyle, D. (2009). <i>Title</i> (U.S. Patent No. 9,367,592).",
    ),
    "leaflet": (work("misc", howpublished="Leaflet"), "Boyle, D. (2009). <i>Title</i>. Leaflet."),
    # citeproc leaves the brackets behind the date; the manual moves them with the title.
    "post without an author": (
        work("misc", author=Names(), subtype="Blog post", publisher="SCIE"),
        "<i>Title</i> [Blog post]. (2009). SCIE.",
    ),
    "work without a title": (work(title="", publisher="ACME"), "Boyle, D. (2009). ACME."),
    "work without anything": (work(author=Names(), title="", date=None), "(n.d.)."),
    "question": (work(title="Who?"), "Boyle, D. (2009). <i>Who?</i>"),
    "full stop": (work("article", title="Title.", journaltitle="BMJ"), "Boyle, D. (2009). Title. <i>BMJ</i>."),
    # citeproc adds a full stop, and begins the last with a capital.
    "quoted question": (work(title="“Who?”"), "Boyle, D. (2009). <i>“Who?”</i>"),
    "address of no web page": (work(url="doi:10.1/x"), "Boyle, D. (2009). <i>Title</i>. doi:10.1/x"),
}  # fmt: skip


def without_links(html: str) -> str:
    """The entry with its links taken off and its signs read."""
    return Reading(html).with_italics


class Reading(HTMLParser):
    """What a browser makes of an entry."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.with_italics, self.text = "", ""
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.feed("".join(html))  # A plain text: slices of Markup stay Markup, and would escape what they meet.
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.with_italics += "<i>" if tag == "i" else ""
        self.links += [value for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href"}

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")
        self.with_italics += "</i>" if tag == "i" else ""

    def handle_data(self, data: str) -> None:
        self.with_italics += data
        self.text += data


@pytest.mark.parametrize("case", ENTRIES)
def test_an_entry(case: str) -> None:
    reference, expected = ENTRIES[case]
    assert without_links(bibliography_entry(reference)) == expected


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (names(BOYLE, HARRIS, CARR), "Boyle, D., Harris, M., & Carr, S."),
        (names(NHS, NESTA), "NHS England & Nesta."),
        (names(NHS, BOYLE), "NHS England & Boyle, D."),
        # citeproc has no comma here; the manual has one after every initial (9.8).
        (names(BOYLE, NHS), "Boyle, D., & NHS England."),
        (names(Name("Plato"), Name("Kant")), "Plato, & Kant."),
        (names(Name("Fujiwara"), Name("Hotopp"), Name("Lawton")), "Fujiwara, Hotopp, & Lawton."),
        (names(Name("Graaf", "Peter", "van der"), Name("Sehity", "Tarek", "el")), "van der Graaf, P., & el Sehity, T."),
        (names(Name("King", "M. L.", "", "Jr."), Name("Gates", "B.", "", "II")), "King, M. L., Jr., & Gates, B., II."),
        # citeproc has no comma after a single name; here every list of names ends in the same way.
        (names(BOYLE, others=True), "Boyle, D., et al."),
        (names(BOYLE, HARRIS, others=True), "Boyle, D., Harris, M., et al."),
        (names(Name("Rogers"), others=True), "Rogers et al."),
        (names(NHS, others=True), "NHS England et al."),
    ],
)  # fmt: skip
def test_authors(who: Names, expected: str) -> None:
    assert without_links(bibliography_entry(work(author=who))).partition(" (2009)")[0] == expected


def test_twenty_authors_stand_in_full_and_of_more_the_last() -> None:
    twenty = without_links(bibliography_entry(work(author=crowd(20))))
    assert "NameS, S., & NameT, T. (2009)" in twenty
    more = without_links(bibliography_entry(work(author=crowd(22))))
    assert "NameS, S., … NameV, V. (2009)" in more
    assert "NameT" not in more


@pytest.mark.parametrize(
    ("given", "initials"),
    [
        ("Jean-Paul M", "J.-P. M."),
        ("J.-P.", "J.-P."),
        ("J.R.R.", "J. R. R."),
        ("J. P.", "J. P."),
        ("JP", "J. P."),  # citeproc: J.; but reference managers write two initials like this.
        ("ANN", "A."),
        ("Ai-Jun", "A.-J."),
        ("Lee-ann", "L."),
        ("Maria de Lourdes", "M. de L."),
        ("david", "D."),
        ("Åsa", "Å."),
        ("Иван Петрович", "И. П."),
        ("小明", "小明"),
        ("محمد", "محمد"),  # citeproc: its first letter, which is no initial in a script without capitals.
        ("- A", "A."),
    ],
)
def test_initials(given: str, initials: str) -> None:
    entry = without_links(bibliography_entry(work(author=names(Name("Family", given)))))
    assert entry.partition(" (2009)")[0].rstrip(".") == f"Family, {initials}".rstrip(".")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Span(Day(2004), Day(2006)), "2004–2006"),
        (Span(Day(2004, 1), Day(2004, 3)), "2004"),
        (Span(Day(1999), open_end=True), "1999–present"),
        (Span(None, Day(2004), open_start=True), "–2004"),
        (Span(Day(1990), circa=True), "ca. 1990"),
        (Span(Day(1990), uncertain=True), "1990?"),
        (Span(Day(-44)), "45 B.C.E."),  # Year 0 of ISO 8601 is 1 B.C.E.; citeproc's data have no year 0.
        (None, "n.d."),
    ],
)
def test_dates(span: Span | None, text: str) -> None:
    dated = work(date=span)
    assert f"({text}). <i>Title</i>." in bibliography_entry(dated)
    assert citation(dated) == f"(Boyle, {text})"


@pytest.mark.parametrize(
    ("fields", "in_brackets", "in_a_sentence"),
    [
        ({}, "(Boyle, 2009)", "Boyle (2009)"),
        ({"author": names(BOYLE, HARRIS)}, "(Boyle & Harris, 2009)", "Boyle & Harris (2009)"),
        ({"author": names(BOYLE, HARRIS, CARR)}, "(Boyle et al., 2009)", "Boyle et al. (2009)"),
        ({"author": names(BOYLE, others=True)}, "(Boyle et al., 2009)", "Boyle et al. (2009)"),
        ({"author": names(Name("Graaf", "P.", "van der", "Jr."))}, "(van der Graaf, 2009)", "van der Graaf (2009)"),
        ({"author": names(NHS)}, "(NHS England, 2009)", "NHS England (2009)"),
        ({"author": Names(), "editor": names(CARR)}, "(Carr, 2009)", "Carr (2009)"),
        ({"author": Names()}, "(Title, 2009)", "Title (2009)"),
        ({"author": Names(), "journaltitle": "BMJ", "type": "article"}, "(“Title,” 2009)", "“Title” (2009)"),
        ({"author": Names(), "title": ""}, "(2009)", "(2009)"),
        ({"author": names(Name("<b>"))}, "(<b>, 2009)", "<b> (2009)"),
        ({"date": None, "pubstate": "in press"}, "(Boyle, in press)", "Boyle (in press)"),
        ({"date": None, "pubstate": "inpreparation"}, "(Boyle, in preparation)", "Boyle (in preparation)"),
    ],
)
def test_citations_are_plain_text(fields: dict[str, Any], in_brackets: str, in_a_sentence: str) -> None:
    cited = work(**fields)
    assert (citation(cited), author_date(cited)) == (in_brackets, in_a_sentence)


@pytest.mark.parametrize(
    ("at", "shown"), [("p. 12", "p. 12"), ("pp. 12-14", "pp. 12–14"), ("section 3", "section 3"), ("Box A", "Box A")]
)
def test_a_citation_of_a_page(at: str, shown: str) -> None:
    assert citation(work(author=names(BOYLE, HARRIS)), at) == f"(Boyle & Harris, 2009, {shown})"


@pytest.mark.parametrize(
    ("fields", "entry", "in_brackets"),
    [
        ({}, "(2009b)", "(Boyle, 2009b)"),
        ({"date": None}, "(n.d.-b)", "(Boyle, n.d.-b)"),
        ({"date": None, "pubstate": "inpress"}, "(in press-b)", "(Boyle, in press-b)"),
        ({"type": "online", "date": Span(Day(2009, 6, 1))}, "(2009b, June 1)", "(Boyle, 2009b)"),
    ],
)
def test_a_letter_after_the_year(fields: dict[str, Any], entry: str, in_brackets: str) -> None:
    lettered = work(**fields)
    assert entry in bibliography_entry(lettered, "b")
    assert citation(lettered, suffix="b") == in_brackets
    assert author_date(lettered, "b") == "Boyle " + entry.partition(",")[0].rstrip(")") + ")"


def keyed(key: str, **fields: Any) -> Reference:
    return replace(work(**fields), key=key)


def test_works_that_would_be_cited_alike_get_letters_in_the_order_of_the_list() -> None:
    works = [
        keyed("zeta", title="Zeta"),
        keyed("alpha", title="The Alpha"),
        keyed("other year", date=Span(Day(2010))),
        keyed("two", author=names(BOYLE, HARRIS)),
        keyed("undated", date=None),
        keyed("also undated", date=None),
        keyed("later", type="online", date=Span(Day(2009, 6, 1)), title="A"),
        keyed("untitled", author=Names(), title="Same"),
        keyed("untitled too", author=Names(), title="Same"),
    ]
    assert disambiguate(works) == {
        "alpha": "a", "zeta": "b", "later": "c",
        "also undated": "a", "undated": "b",
        "untitled": "a", "untitled too": "b",
    }  # fmt: skip


def test_letters_go_on_after_z() -> None:
    letters = disambiguate(keyed(f"{number:03}") for number in range(54))
    assert [letters[key] for key in ("000", "025", "026", "051", "052", "053")] == ["a", "z", "aa", "az", "ba", "bb"]


def test_the_order_of_the_list() -> None:
    ordered = [
        keyed("2000 title", author=Names(), title="2000 words"),
        keyed("title", author=Names(), title="The Book of Words"),
        keyed("undated", date=None),
        keyed("2008", date=Span(Day(2008, 5))),
        keyed("2009 a", title="An Alpha"),
        keyed("2009 b", title="Beta"),
        keyed("in press", date=None, pubstate="inpress"),
        keyed("with Carr", author=names(BOYLE, CARR), date=Span(Day(1990))),
        keyed("with Harris", author=names(BOYLE, HARRIS)),
        keyed("and others", author=names(BOYLE, others=True), date=Span(Day(1980))),
        keyed("other Boyle", author=names(Name("Boyle", "Edward"))),
        keyed("Boyle-Carr", author=names(Name("Boyle-Carr", "Anne"))),
        keyed("de Onís", author=names(Name("Onís", "C.", "de"))),
        keyed("NHS", author=names(NHS)),
        keyed("Ørsted", author=names(Name("Ørsted", "A."))),
        keyed("Osborne", author=names(Name("Osborne", "S."))),
        keyed("Österberg", author=names(Name("Österberg", "Å."))),
        keyed("Ostrom", author=names(Name("Ostrom", "E."))),
        keyed("van der Graaf", author=names(Name("Graaf", "P.", "van der"))),
    ]
    upside_down = ordered[::-1]
    assert [one.key for one in sorted(upside_down, key=sort_key)] == [one.key for one in ordered]


def test_the_word_that_a_work_is_sorted_under() -> None:
    assert plain_sort_key(work(author=names(Name("Graaf", "P.", "van der")))) == "vandergraaf"
    assert plain_sort_key(work(author=Names(), title="The Économie")) == "economie"


# --- addresses and hostile texts -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"url": "https://example.org/a?b=1&c=2#d"}, "https://example.org/a?b=1&c=2#d"),
        ({"url": "HTTP://example.org"}, "HTTP://example.org"),
        ({"url": "http://localhost:8000/a"}, "http://localhost:8000/a"),
        ({"doi": "10.1/x", "url": "https://example.org"}, "https://doi.org/10.1/x"),
        ({"doi": "10.1002/(SICI)1097(199)17:15<1661::AID>3.0.CO;2-2"}, "https://doi.org/10.1002/(SICI)1097(199)17:15%3C1661::AID%3E3.0.CO;2-2"),
        ({"doi": '10.1/"onclick='}, "https://doi.org/10.1/%22onclick="),
        ({"url": "javascript:alert(1)"}, None),
        ({"url": " https://example.org"}, None),
        ({"url": "data:text/html,x"}, None),
        ({"url": "//example.org"}, None),
        ({"url": "https://"}, None),
        ({"url": "https://user:pass@example.org"}, None),
        ({"url": 'https://example.org/"onclick="x'}, None),
        ({"url": "https://example.org/<script>"}, None),
        ({"url": "mailto:a@example.org"}, None),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(fields: dict[str, str], link: str | None) -> None:
    entry = Reading(bibliography_entry(work(**fields)))
    assert entry.links == ([link] if link else [])
    assert entry.text.endswith(work(**fields).address)


HOSTILE = "<script>alert(\"1\")</script> & 'x' <i>"
TEXTS = (
    "title", "subtitle", "journaltitle", "booktitle", "series", "number", "volume", "issue", "edition", "pages", "eid",
    "publisher", "institution", "organization", "pubstate", "url", "doi", "subtype", "howpublished", "eprint",
)  # fmt: skip
TYPES = ("article", "book", "collection", "incollection", "report", "online", "thesis", "misc", "video")


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("field", TEXTS)
def test_no_text_becomes_markup(type: str, field: str) -> None:
    hostile = work(type, **{"title": "T", "booktitle": "B", "journaltitle": "J", "number": "1", field: HOSTILE})
    entry = bibliography_entry(hostile, suffix="<b>")
    assert set(Reading(entry).tags) <= {"i", "/i", "a", "/a"}
    assert "<script" not in entry


MARKS = st.text(alphabet="<>&\"'/=:;. ia\n\u00e9\u5c0f", max_size=12)
PEOPLE = st.lists(st.builds(Name, MARKS, MARKS, MARKS, MARKS, st.booleans()), max_size=4)
DAYS = st.builds(Day, st.integers(-50, 3000), st.none() | st.integers(1, 12), st.none())
SPANS = st.builds(Span, DAYS, st.none() | DAYS, st.just(False), st.booleans(), st.booleans(), st.booleans())
WORKS = st.builds(
    Reference,
    key=st.just("key"),
    type=st.sampled_from(TYPES),
    raw=st.just(""),
    author=st.builds(Names, PEOPLE.map(tuple), st.booleans()),
    editor=st.builds(Names, PEOPLE.map(tuple), st.booleans()),
    date=st.none() | SPANS,
    urldate=st.none() | SPANS,
    **dict.fromkeys(TEXTS, MARKS),
)


@settings(max_examples=300, deadline=None)
@given(WORKS)
def test_whatever_is_said_the_entry_is_sound_html_that_says_it(reference: Reference) -> None:
    entry = Reading(bibliography_entry(reference))
    assert all(after == f"/{before}" for before, after in zip(entry.tags[::2], entry.tags[1::2], strict=True))
    assert set(entry.tags) <= {"i", "/i", "a", "/a"}
    assert reference.full_title in entry.text
    assert all(link and link.lower().startswith(("http://", "https://")) for link in entry.links)
    assert sort_key(reference) == sort_key(reference)
    assert isinstance(citation(reference, "p. 1") + author_date(reference), str)
