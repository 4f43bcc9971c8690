"""The reader of bibliographies: what it understands, and how each slip is met where it was made and nowhere else."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.literature import Day, Name, Names, Reference, Span
from kb.problem import Problem
from kb.read.bib import RULES, read_bibliography
from kb.source import Cited

Said = tuple[int, int, int, str]


def read(text: str) -> tuple[tuple[Cited, ...], tuple[Problem, ...]]:
    return read_bibliography(text, "references.bib")


def said(problems: tuple[Problem, ...]) -> list[Said]:
    return [(one.place.line, one.place.column, one.place.width, one.rule) for one in problems]


def marked(text: str, rule: str) -> tuple[str, list[Said]]:
    """The text without its «marks», and the problem that is expected where they stood."""
    before, token, after = re.fullmatch(r"(.*)«(.*)»(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]  # each case has marks
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return before + token + after, [(line, column, max(len(token.split("\n")[0]), 1), rule)]


def reference(fields: str, type: str = "book") -> Reference:
    """The one sound entry with these fields."""
    (cited,), problems = read(f"@{type}{{key, {fields}}}")
    assert not problems
    assert cited.reference
    return cited.reference


# --- recovery ------------------------------------------------------------------------------------------
# Each slip as people make it. «» stand around what is to be reported; key and fields are what can still be read.
SYNTAX = "bibtex-syntax"
GRAVE = {
    "no brace": (SYNTAX, "«@book» sick,\n  title = {Words},\n}"),
    "no at": (SYNTAX, "«book»{sick,\n  title = {Words},\n}"),
    "no at, in capitals": (SYNTAX, "  «Article» {sick,\n  title = {Words},\n}"),
    "brace of a value": (SYNTAX, "@book{sick,\n  title = «{»Words,\n  year = {2000},\n}"),
    "brace of the last value": (SYNTAX, "@book{sick,\n  year = {2000},\n  title = «{»Words\n}"),
    "outer of two braces": (SYNTAX, "@book{sick,\n  title = «{»The {Words},\n  year = {2000},\n}"),
    "brace of a value on one line": (SYNTAX, "@book{sick, title = «{»Words, year = {2000}}"),
    "brace of a value that ends the file": (SYNTAX, "@book{sick, title = «{»Words"),
    "quotation mark": (SYNTAX, '@book{sick,\n  title = «"»Words,\n  year = {2000},\n}'),
    "quotation mark before another": (SYNTAX, '@book{sick,\n  title = «"»Words,\n  author = "A. Name",\n}'),
    "quotation mark of the last value": (SYNTAX, '@book{sick,\n  title = «"»Words\n}'),
    "brace and quotation mark": (SYNTAX, '@book{sick,\n  title = «"»The {Words,\n  author = "A. Name",\n}'),
    "brace of the entry": (SYNTAX, "«@book{»sick,\n  title = {Words},\n  year = {2000},\n"),
    "brace of the entry, words after": (SYNTAX, "«@book{»sick,\n  title = {Words},\n\nSome words\n"),
    "bracket of the entry": (SYNTAX, "«@book(»sick,\n  title = {Words},\n"),
    "entry with its key only": (SYNTAX, "«@book{»sick,\n"),
    "comment over the end": (SYNTAX, "@book{sick,\n  title = {Words}, «% }»"),
    "key in a foreign sign": ("citation-keys", "@book{«sick\u20102000»,\n  title = {Words},\n}"),
    "key with a space": ("citation-keys", "@book{«sick key»,\n  title = {Words},\n}"),
    "key with an equals sign": ("citation-keys", "@book{«sick=key»,\n  title = {Words},\n}"),
    "key with a brace": ("citation-keys", "@book{«si{ck»,\n  title = {Words},\n}"),
    "key that leads out of its folder": ("citation-keys", "@book{«sick/../key»,\n  title = {Words},\n}"),
    "key that begins with a sign": ("citation-keys", "@book{«-sick»,\n  title = {Words},\n}"),
}
MENDED = {
    "equals sign": (SYNTAX, "@book{sick,\n  «title» {Words},\n  year = {2000},\n}"),
    "equals sign before a quotation mark": (SYNTAX, '@book{sick,\n  «title» "Words",\n  year = {2000},\n}'),
    "comma after a value": (SYNTAX, "@book{sick,\n  title = {Words}«\n»  year = {2000},\n}"),
    "comma after a quoted value": (SYNTAX, '@book{sick,\n  title = "Words"«\n»  year = {2000},\n}'),
    "comma after a number": (SYNTAX, "@book{sick,\n  year = 2000«\n»  title = {Words},\n}"),
    "comma on one line": (SYNTAX, "@book{sick, title = {Words}« »year = {2000}}"),
    "comma after the key": (SYNTAX, "@book{sick«\n»  title = {Words},\n}"),
    "comma after the key on one line": (SYNTAX, "@book{sick« »title = {Words}}"),
    "two commas": (SYNTAX, "@book{sick,\n  title = {Words},«,»\n  year = {2000},\n}"),
    "comment line": (SYNTAX, "@book{sick,\n  title = {Words},\n«% year = {2000},»\n}"),
    "comment of two lines": (SYNTAX, "@book{sick,\n«% year = {2000},»\n% month = jan,\n  title = {Words},\n}"),
    "comment after a field": (SYNTAX, "@book{sick,\n  title = {Words}, «% new»\n  year = {2000},\n}"),
    "comment before the comma": (SYNTAX, "@book{sick,\n  title = {Words} «% new»\n  , year = {2000},\n}"),
    "comment over the comma": (SYNTAX, "@book{sick,\n  title = {Words} «% new,»\n  year = {2000},\n}"),
    "comment over a value": (SYNTAX, "@book{sick,\n  title = «% {Words},»\n  year = {2000},\n}"),
    "comment over the equals sign": (SYNTAX, "@book{sick,\n  title «% = {Words},»\n  year = {2000},\n}"),
    "closing brace too many": (SYNTAX, "@book{sick,\n  title = {Words}«}»,\n  year = {2000},\n}"),
    "closing brace too many, no comma": (SYNTAX, "@book{sick,\n  title = {Words}«}»\n  year = {2000},\n}"),
    "closing brace at the end": (SYNTAX, "@book{sick,\n  title = {Words},\n}\n«}»"),
    "closing brace within": (SYNTAX, "@book{sick,\n  title = {Wo}«rds}»,\n  year = {2000},\n}"),
    "opening brace": (SYNTAX, "@book{sick,\n  title = «Some words}»,\n  year = {2000},\n}"),
    "opening brace before names": (
        SYNTAX,
        "@book{sick,\n  author = «Boyle, David and Harris, M.}»,\n  year = {2000},\n}",
    ),
    "opening brace before an address": (SYNTAX, "@book{sick,\n  url = «https://a.org}»,\n  year = {2000},\n}"),
    "opening quotation mark": (SYNTAX, '@book{sick,\n  title = «Some words"»,\n  year = {2000},\n}'),
    "no braces": (SYNTAX, "@book{sick,\n  title = «Some words»,\n  year = {2000},\n}"),
    "no braces around a range": (SYNTAX, "@book{sick,\n  pages = «12--34»,\n  year = {2000},\n}"),
    "no value": (SYNTAX, "@book{sick,\n  «title» = ,\n  year = {2000},\n}"),
    "no value and no comma": (SYNTAX, "@book{sick,\n  «title» =\n  year = {2000},\n}"),
    "no field": (SYNTAX, "@book{sick,\n  «some words»,\n  year = {2000},\n}"),
    "space in a name": (SYNTAX, "@book{sick,\n  «the» title = {Words},\n  year = {2000},\n}"),
    "sign before a field": (SYNTAX, '@book{sick,\n  «" title = {Words}»,\n  year = {2000},\n}'),
    "sign after a value": (SYNTAX, '@book{sick,\n  title = {Words}«"»,\n  year = {2000},\n}'),
    "nothing to join": (SYNTAX, '@book{sick,\n  title = "Words" «#»,\n  year = {2000},\n}'),
    "braces between quotation marks": (SYNTAX, '@book{sick,\n  title = «"The {Words"»,\n  year = {2000},\n}'),
    "former key": ("citation-keys", "@book{sick,\n  ids = {«old/../key, older»},\n}"),
    "unknown macro": ("known-macros", "@book{sick,\n  journal = «plos»,\n  year = {2000},\n}"),
    "unknown macro in the middle": ("known-macros", '@book{sick,\n  title = "A " # «plos» # " Z",\n}'),
    "unknown type": ("known-entry-types", "«@bok»{sick,\n  title = {Words},\n}"),
    "no type": ("known-entry-types", "«@»{sick,\n  title = {Words},\n}"),
    "unknown field": ("known-fields", "@book{sick,\n  «titel» = {Words},\n}"),
    "field twice": ("unique-fields", "@book{sick,\n  title = {Words},\n  «Title» = {Words},\n}"),
    "field twice in two languages": ("unique-fields", "@book{sick,\n  journal = {A},\n  «journaltitle» = {B},\n}"),
    "no date": ("readable-dates", "@book{sick,\n  date = {«last year»},\n}"),
    "no date in spaces": ("readable-dates", "@book{sick,\n  date = { «20001» },\n}"),
    "no day in the calendar": ("readable-dates", "@book{sick,\n  date = {«2001-02-29»},\n}"),
    "range backwards": ("readable-dates", "@book{sick,\n  date = {«2004/2001»},\n}"),
    "range without ends": ("readable-dates", "@book{sick,\n  date = {«/»},\n}"),
    "range with a dash": ("readable-dates", "@book{sick,\n  year = {«1999--2001»},\n}"),
    "no month": ("readable-dates", "@book{sick,\n  year = 2000,\n  month = {«Jult»},\n}"),
    "month of words": ("readable-dates", "@book{sick,\n  year = 2000,\n  month = {«the fifth of May»},\n}"),
    "month thirteen": ("readable-dates", "@book{sick,\n  year = 2000,\n  month = «13»,\n}"),
    "no day of access": ("readable-dates", "@book{sick,\n  urldate = {«yesterday»},\n}"),
    "joined date": ("readable-dates", "@book{sick,\n  «date» = {20} # {001},\n}"),
    "nobody between two and": (
        "readable-names",
        "@book{sick,\n  author = {Boyle, David and «and» Harris, Michael},\n}",
    ),
    "nobody after and": ("readable-names", "@book{sick,\n  author = {Boyle, David «and» },\n}"),
    "nobody before and": ("readable-names", "@book{sick,\n  author = {«and» Boyle, David},\n}"),
    "too many commas": ("readable-names", "@book{sick,\n  author = {Plato and «A, B, C, D» and Kant},\n}"),
    "comma at the end": ("readable-names", "@book{sick,\n  author = {«Boyle, David,»},\n}"),
    "et al": ("readable-names", "@book{sick,\n  editor = {Boyle, David and «et al.»},\n}"),
    "et al in a name": ("readable-names", "@book{sick,\n  editor = {Boyle «et al»},\n}"),
    "others in the middle": ("readable-names", "@book{sick,\n  author = {Plato and «others» and Kant},\n}"),
    "semicolon": ("readable-names", "@book{sick,\n  author = {Boyle, David«;» Harris, Michael},\n}"),
    "name on the second line": ("readable-names", "@book{sick,\n  author = {Plato and\n    «A, B, C, D»},\n}"),
    "joined names": ("readable-names", "@book{sick,\n  «author» = {Plato and } # {A, B, C, D},\n}"),
}
LOST = {
    "no key": ("citation-keys", "«@book{»\n  title = {Words},\n  year = {2000},\n}"),
    "empty key": ("citation-keys", "«@book{», title = {Words}}"),
    "nothing at all": ("citation-keys", "«@book{»}"),
    "space after at": (SYNTAX, "«@ book{»sick,\n  title = {Words},\n}"),
    "fields of no entry": (SYNTAX, "  «title» = {Words},\n  year = {2000},\n}"),
    "brace of no entry": (SYNTAX, "«}»"),
    "comment that never ends": (SYNTAX, "«@comment{» title = {Words},\n"),
    "preamble that never ends": (SYNTAX, '«@preamble{» "\\newcommand{\\x}{y}"\n'),
    "bracketed comment that never ends": (SYNTAX, "«@comment(» words\n"),
    "macro that never ends": (SYNTAX, '@string{nef = «"»New Economics Foundation}'),
    "macro of unknown macros": ("known-macros", "@string{nef = «new» # { Foundation}}"),
    "macro without a value": (SYNTAX, "@string{«nef»}"),
}
CASES = {**GRAVE, **MENDED, **LOST}
FIRST = "@misc{first, title = {First}}\n\n"
LAST = "\n\n@misc{last,\n  title = {Last},\n  date = {2000},\n}\n"


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("case", CASES)
def test_a_slip_is_told_once_where_it_was_made_and_its_neighbours_survive(case: str, where: str) -> None:
    rule, entry = CASES[case]
    before, after = (FIRST if where != "first" else ""), (LAST if where != "last" else "")
    text, expected = marked(before + entry + after, rule)
    cited, problems = read(text)
    assert said(problems) == expected
    titles = [one.reference.title for one in cited if one.reference and one.key in ("first", "last")]
    assert titles == [*(["First"] if before else []), *(["Last"] if after else [])]


@pytest.mark.parametrize("case", CASES)
def test_what_can_be_told_of_a_sick_entry_is_kept(case: str) -> None:
    cited, _ = read(marked(*reversed(CASES[case]))[0])
    assert bool(cited) == (case not in LOST)
    if case in GRAVE:
        assert [one.reference for one in cited] == [None]
    if case in MENDED:
        assert [one.reference is not None and one.key for one in cited] == ["sick"]


def test_a_field_that_was_read_despite_a_slip_says_what_it_said() -> None:
    for case in ("equals sign", "comma after a value", "closing brace too many", "comma on one line", "no braces"):
        (cited,), _ = read(marked(*reversed(MENDED[case]))[0])
        assert cited.reference
        assert (cited.reference.title.lower().removeprefix("some "), cited.reference.year) == ("words", 2000)


@pytest.mark.parametrize("gap", [" ", "\n", "\r\n"])
def test_whichever_sign_is_left_out_of_an_entry_one_thing_at_most_is_wrong(gap: str) -> None:
    fields = ("author = {Boyle, David}", 'title = "The {Words}"', "date = {2004-11-05}", "url = {https://a.org}")
    entry = gap.join(["@article{sick,", *(f"{field}," for field in fields), "volume = 12", "}"])
    for left_out in range(len(entry)):
        cited, problems = read(FIRST + entry[:left_out] + entry[left_out + 1 :] + LAST)
        assert len(problems) <= 1
        sound = [one.key for one in cited if one.reference]
        assert (sound[0], sound[-1]) == ("first", "last")


def test_a_message_says_what_is_meant() -> None:
    _, problems = read("@artcle{key, titel = {Words}}")
    assert [one.message for one in problems] == [
        "'@artcle' is not a type of entry. Did you mean 'article'?",
        "'titel' is not a field that anybody knows. Did you mean 'title'?",
    ]
    assert [(one.severity, one.record) for one in problems] == [("error", "key"), ("warning", "key")]


def test_every_rule_can_be_broken_and_says_so() -> None:
    broken = {rule for rule, _ in CASES.values()} | {"unique-citation-keys"}
    assert broken == {rule.id for rule in RULES}


# --- keys ----------------------------------------------------------------------------------------------
def test_the_first_entry_with_a_key_wins_and_later_ones_are_still_checked() -> None:
    cited, problems = read("@misc{Key, title = {A}}\n@misc{key, title = {B}, date = {x}}\n@misc{KEY, titel = {C}}\n")
    assert [one.reference and one.reference.title for one in cited] == ["A"]
    assert said(problems) == [
        (2, 7, 3, "unique-citation-keys"),
        (2, 33, 1, "readable-dates"),
        (3, 7, 3, "unique-citation-keys"),
        (3, 12, 5, "known-fields"),
    ]
    assert [one.related and one.related.place.line for one in problems] == [1, None, 1, None]


def test_a_sick_entry_keeps_its_key() -> None:
    cited, problems = read("@misc{key, title = {A\n\n@misc{key, title = {B}}\n")
    assert [(one.key, one.reference) for one in cited] == [("key", None)]
    assert [one.rule for one in problems] == ["bibtex-syntax", "unique-citation-keys"]


def test_places_of_key_and_fields() -> None:
    (cited,), _ = read(
        "\n@Article { boyle:2009/a+b.c-d_e,\n  Journal = {X},\n  year = 2009, month = jan,\n  doi = {},\n}"
    )
    assert (cited.place.line, cited.place.column, cited.place.width) == (2, 12, 20)
    places = {name: (place.line, place.column, place.width) for name, place in cited.fields.items()}
    # An empty field is none, and a year is also found under the name of the field it stands for.
    assert places == {"journaltitle": (3, 3, 7), "year": (4, 3, 4), "month": (4, 16, 5), "date": (4, 3, 4)}


# --- what is understood --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"G\"odel, G{\"o}del, G\"{o}del, {G\"odel}", "Gödel, Gödel, Gödel, Gödel"),
        (r"Sm{\o}rrebr{\o}d, \O re, Stra{\ss}e, Stra\ss e", "Smørrebrød, Øre, Straße, Straße"),
        (
            r"\'{\i}, \'\i, \'{i}, \~n, \c{c}, \v{S}, \k a, \H{o}, \r{a}, \u g, \=o, \.z, \d{s}",
            "í, í, í, ñ, ç, Š, ą, ő, å, ğ, ō, ż, ṣ",
        ),
        (r"Nguy\~{\^e}n", "Nguyễn"),
        (r"\AA, \ae, \L\'od\'z, \dh", "Å, æ, Łódź, ð"),
        (r"\emph{so} \textit{very} \textbf{plain} {\em and} \textsc{small}", "so very plain and small"),
        (r"Health \& care: 50\% of \$5 \#1 a\_b \{c\}", "Health & care: 50% of $5 #1 a_b {c}"),
        (r"Dr~Who---or 1--2, ``quoted'' 'so'", "Dr Who—or 1–2, “quoted” 'so'"),
        ("50% of people", "50% of people"),
        (r"$\alpha$, $x \leq y$, CO$_2$, 10$^{-3}$, a $b_i$ c", "\u03b1, x ≤ y, CO₂, 10⁻³, a b_i c"),
        ("from $5 to $10", "from $5 to $10"),
        ("{NHS} and {The {UK}}", "NHS and The UK"),
        (r"see \url{https://a.org/x_y} or \href{https://a.org}{here}", "see https://a.org/x_y or here"),
        (r"\LaTeX{} \ldots\ \textregistered \copyright{} \pounds5 \S 4 \texteuro", "LaTeX … ®© £5 §4 €"),
        (r"\textquoteright\textendash\unheardof{word}", "’–word"),
        (r"two\\lines \- and\, more", "two lines and more"),
        ("many\n   lines", "many lines"),
        ("e\u0301", "é"),
        (r"ends with \\", "ends with"),
    ],
)
def test_latex_becomes_text(latex: str, text: str) -> None:
    assert reference(f"title = {{{latex}}}").title == text


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Boyle, David", Name("Boyle", "David")),
        ("David Boyle", Name("Boyle", "David")),
        ("Plato", Name("Plato")),
        ("van der Graaf, Peter", Name("Graaf", "Peter", "van der")),
        ("Peter van der Graaf", Name("Graaf", "Peter", "van der")),
        ("de la Vallée Poussin, Charles-Jean", Name("Vallée Poussin", "Charles-Jean", "de la")),
        ("de Onís", Name("Onís", "", "de")),
        ("Van Buren, Martin", Name("Van Buren", "Martin")),
        ("{van der Berg}, Jan", Name("van der Berg", "Jan")),
        ("King, Jr., Martin Luther", Name("King", "Martin Luther", "", "Jr.")),
        ("von Gates, III, Bill", Name("Gates", "Bill", "von", "III")),
        ("{NHS England}", Name("NHS England", corporate=True)),
        (r"{Simon \& Schuster and Sons}", Name("Simon & Schuster and Sons", corporate=True)),
        (r"{\'E}mile Zola", Name("Zola", "Émile")),
        (r"Kjellstr\"om, Sofia", Name("Kjellström", "Sofia")),
        (r"\'Ibrahim de~Souza", Name("Souza", "Íbrahim", "de")),
        ("family=Graaf, given=Peter, prefix=van der, suffix=Jr.", Name("Graaf", "Peter", "van der", "Jr.")),
    ],
)
def test_names(written: str, name: Name) -> None:
    assert reference(f"author = {{{written}}}").author == Names((name,))


def test_lists_of_names() -> None:
    boyle, nhs = Name("Boyle", "David"), Name("NHS England", corporate=True)
    assert reference("author = {{NHS England} and Boyle, David\n AND others}").author == Names((nhs, boyle), True)
    assert reference("editor = {Boyle, David and {NHS England}}").editor == Names((boyle, nhs))
    assert reference("author = {Others, Ann and Sandy Land}").author.names[0].family == "Others"
    assert reference("author = {}").author == Names()


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("date = {2004}", Span(Day(2004))),
        ("date = 2004", Span(Day(2004))),
        ("date = {2004-11}", Span(Day(2004, 11))),
        ("date = {2004-11-05}", Span(Day(2004, 11, 5))),
        ("date = {2004-11-05T10:00:00Z}", Span(Day(2004, 11, 5))),
        ("date = {2004/2006}", Span(Day(2004), Day(2006))),
        ("date = {2004-01/2004-02-29}", Span(Day(2004, 1), Day(2004, 2, 29))),
        ("date = {1999/}", Span(Day(1999), open_end=True)),
        ("date = {1999/..}", Span(Day(1999), open_end=True)),
        ("date = {/2004}", Span(None, Day(2004), open_start=True)),
        ("date = {../2004}", Span(None, Day(2004), open_start=True)),
        ("date = {1997~}", Span(Day(1997), circa=True)),
        ("date = {1998?}", Span(Day(1998), uncertain=True)),
        ("date = {1998%}", Span(Day(1998), circa=True, uncertain=True)),
        ("date = {1984~/2004?}", Span(Day(1984), Day(2004), circa=True, uncertain=True)),
        ("date = {-0044}", Span(Day(-44))),
        ("date = {-0044-03-15}", Span(Day(-44, 3, 15))),
        ("date = {0000-02-29}", Span(Day(0, 2, 29))),
        ("date = {Y-17000}", Span(Day(-17000))),
        ("date = {199X}", Span(Day(1990), Day(1999))),
        ("date = {19XX}", Span(Day(1900), Day(1999))),
        ("date = {1999-XX}", Span(Day(1999))),
        ("date = {1999-XX-XX}", Span(Day(1999))),
        ("date = {2012-22}", Span(Day(2012))),
        ("year = 2004", Span(Day(2004))),
        ("year = {2004}, month = nov", Span(Day(2004, 11))),
        ("year = {2004}, month = {Sept.}", Span(Day(2004, 9))),
        ("year = {2004}, month = {September}", Span(Day(2004, 9))),
        ("year = {2004~}, month = 11", Span(Day(2004, 11), circa=True)),
        ('year = {2004}, month = nov # "~5"', Span(Day(2004, 11, 5))),
        ('year = {2004}, month = "5~" # nov', Span(Day(2004, 11, 5))),
        ("year = {2004/2005}, month = nov", Span(Day(2004), Day(2005))),
        ("date = {2004}, year = {2004}, month = nov", Span(Day(2004))),
        ("month = nov", None),
    ],
)
def test_dates(written: str, span: Span | None) -> None:
    assert reference(written).date == span


@pytest.mark.parametrize("written", ["in press", "In Press", "forthcoming", "submitted"])
def test_a_year_that_has_not_come(written: str) -> None:
    read = reference(f"year = {{{written}}}")
    assert (read.date, read.pubstate) == (None, written)


@pytest.mark.parametrize(
    ("type", "fields", "expected"),
    [
        ("book", "address = {Leeds}", {"location": "Leeds"}),
        ("book", "subtitle = {B}, title = {A}", {"full_title": "A: B"}),
        ("book", "publisher = {{ACME} \\& Co}", {"publisher": "ACME & Co"}),
        ("book", "number = 3, series = {S}", {"number": "3", "issue": "", "series": "S"}),
        ("article", "number = 3, journal = {J}", {"number": "", "issue": "3", "journaltitle": "J"}),
        ("article", "issue = {Spring}", {"issue": "Spring"}),
        ("article", "pages = {81--97}, eid = {e014650}", {"pages": "81–97", "eid": "e014650"}),
        ("incollection", "booktitle = {B}, booksubtitle = {S}", {"booktitle": "B: S"}),
        ("techreport", "institution = {A}", {"type": "report", "subtype": "Technical report", "institution": "A"}),
        ("report", "type = {Working paper}", {"subtype": "Working paper"}),
        ("phdthesis", "school = {A}", {"type": "thesis", "subtype": "Doctoral dissertation", "institution": "A"}),
        ("thesis", "type = {mathesis}", {"subtype": "Master’s thesis"}),
        ("conference", "organization = {O}", {"type": "inproceedings", "organization": "O"}),
        ("WWW", "urldate = {2026-11-23}", {"type": "online", "urldate": Span(Day(2026, 11, 23))}),
        ("electronic", "langid = {english}", {"type": "online", "language": "english"}),
        ("book", "language = {Welsh}, langid = {welsh}", {"language": "Welsh"}),
        ("misc", r"howpublished = {\url{https://a.org/x_y}}", {"url": "https://a.org/x_y", "howpublished": ""}),
        ("misc", "howpublished = {https://a.org}", {"url": "https://a.org", "howpublished": ""}),
        ("misc", "howpublished = {Leaflet}", {"url": "", "howpublished": "Leaflet"}),
        ("misc", "howpublished = {https://b.org}, url = {https://a.org}", {"url": "https://a.org"}),
        ("misc", r"url = {https://a.org/x\_y{\_}z?a=50\%25\&b=~c--d$e\#f}", {"url": "https://a.org/x_y_z?a=50%25&b=~c--d$e#f"}),
        ("misc", r"url = {\url{https://a.org}}, isbn = {978--1}", {"url": "https://a.org", "isbn": "978--1"}),
        ("misc", "url = {{https://a.org/\n  b}}", {"url": "https://a.org/b"}),
        ("misc", "doi = {https://doi.org/10.1/a_b--c}", {"doi": "10.1/a_b--c", "address": "https://doi.org/10.1/a_b--c"}),
        ("misc", "doi = {http://dx.doi.org/10.1/x}", {"doi": "10.1/x"}),
        ("misc", "doi = {doi:10.1/x}", {"doi": "10.1/x"}),
        ("misc", "archivePrefix = {arXiv}, eprint = {2001.1}", {"eprinttype": "arXiv", "eprint": "2001.1"}),
        ("misc", "keywords = {a, b; c,}", {"keywords": ("a", "b", "c")}),
        ("misc", "unchecked = {doi, pages}", {"unchecked": ("doi", "pages")}),
        ("misc", "ids = {old, Older}", {"ids": ("old", "Older")}),
        ("misc", "seen = {a.org; b.org}, annote = {Good.}", {"seen": "a.org; b.org", "annotation": "Good."}),
    ],
)  # fmt: skip
def test_fields(type: str, fields: str, expected: dict[str, Any]) -> None:
    read = reference(fields, type)
    assert {name: getattr(read, name) for name in expected} == expected


def test_the_entry_is_kept_as_its_author_wrote_it() -> None:
    entry = "@Book{key,\n  title = {{The} \\emph{Words}},\n}"
    (cited,), _ = read(f"words\n{entry}\nmore words")
    assert cited.reference
    assert cited.reference.raw == entry


def test_an_unknown_type_is_read_as_misc() -> None:
    (cited,), _ = read("@web_page{key, title = {A}}")
    assert cited.reference
    assert cited.reference.type == "misc"


@pytest.mark.parametrize(
    ("strings", "value", "text"),
    [
        ("@string{nef = {New Economics Foundation}}", "nef", "New Economics Foundation"),
        ('@STRING(nef = "New {E}conomics")', "NEF", "New Economics"),
        ("@string{n = {New}} @string{nef = n # { Foundation}}", 'nef # ", " # 2009', "New Foundation, 2009"),
        ("@string{nef = {A}}\n@string{nef = {B}}", "nef", "B"),
        ("@string\n\n{\n  nef\n  =\n  {A}\n\n}", "nef", "A"),
        ("", "jan", "January"),
    ],
)
def test_macros(strings: str, value: str, text: str) -> None:
    (cited,), problems = read(f"{strings}\n@misc{{key, title = {value}}}")
    assert not problems
    assert cited.reference
    assert cited.reference.title == text


def test_a_macro_used_above_its_definition() -> None:
    (_,), (problem,) = read("@misc{key, title = nef}\n@string{nef = {A}}")
    assert (problem.place.column, problem.rule) == (20, "known-macros")
    assert "above the @string" in problem.message


def test_a_sick_macro_still_counts_as_defined() -> None:
    _, problems = read('@string{nef = "A}\n\n@misc{key, title = "B"}\n')
    assert [one.rule for one in problems] == ["bibtex-syntax"]
    _, problems = read("@string{nef = {A} # gone}\n@misc{key, title = nef}\n")
    assert said(problems) == [(1, 21, 4, "known-macros")]


@pytest.mark.parametrize(
    "remark",
    [
        "Some words on co-production, = and , and \"quotes\".",
        "% @misc{out, title = {Out}}",
        "%@misc{out,\n%  title = {Out},\n%}",
        "  % @misc{out, title = {never closed",
        "@comment{words}",
        "@Comment{\n@misc{out, title = {Out}}\n}",
        "@comment{\n@comment{words}\n@misc{out, title = {Out}}\n}",
        "@comment{jabref-meta: grouping:\n0 AllEntriesGroup:;\n}",
        "@comment(words)",
        '@preamble{"\\newcommand{\\x}{y}"}',
        "@comment some words",
        "Write to me@example.org",
    ],
)  # fmt: skip
def test_remarks_between_entries_are_welcome(remark: str) -> None:
    cited, problems = read(f"{remark}\n@misc{{a, title = {{A}}}}\n{remark}\n@misc{{b, title = {{B}}}}\n{remark}")
    assert not problems
    assert [one.key for one in cited] == ["a", "b"]


@pytest.mark.parametrize(
    "entry",
    [
        "@misc(key, title = {A (B) C})",
        '@misc(key, title = "A (B) C")',
        "@misc\n{key,\n  title = {A (B) C}}",
        "@misc{key , title={A (B) C},}",
        "@misc{key\n  , title = {A (B) C}\n  , year = 2000\n}",
        "@MISC{key, TITLE = {A (B) C}}",
        "@misc{key,\r\n  title = {A\r\n (B) C},\r\n}\r\n",
        '@misc{key, title = "A {(}B{)} " # {C}}',
        "@misc{key, title = {A (B) C}, note = {me@x.org @ {y}}}",
        "@misc{key, title = {A (B) C}, note = {one\n% two @three{four}\n}}",
        "@misc{key, title = {A (B) C}, x-own = {a}, bdsk-url-1 = {b}, OPTnote = {c}, mendeley-tags = {d}}",
        "@misc{key, title = {A (B) C}, author+an:role = {1=editor}, RELATED = {other}, date-added = {2000}}",
        "@misc{key, title = {A (B) C}, journal = {J}, journaltitle = {J}}",
        r'@misc{key, title = "A (B) C", note = "a \"quoted\" word"}',
        r"@misc{key, title = {A (B) C}, note = {a \{ b}}",
        '@misc{key, title = {A (B) C}, note = "a {"}b{"} c"}',
    ],
)
def test_all_ways_of_writing_an_entry(entry: str) -> None:
    (cited,), problems = read(entry)
    assert not problems
    assert cited.reference
    assert (cited.key, cited.reference.title) == ("key", "A (B) C")


def test_several_entries_on_one_line() -> None:
    cited, problems = read("@misc{a, title = {A}} @misc{b, title = {B}}@misc{c}")
    assert not problems
    assert [one.key for one in cited] == ["a", "b", "c"]


def test_a_type_that_begins_like_a_command() -> None:
    (cited,), problems = read("@commentary{key, title = {A}}")
    assert not problems
    assert cited.reference


@pytest.mark.parametrize("entry", ["@misc{key}", "@misc{key,}", "@misc{key , }"])
def test_an_entry_without_fields(entry: str) -> None:
    (cited,), problems = read(entry)
    assert not problems
    assert cited.key == "key"


def test_an_empty_file() -> None:
    assert read("") == ((), ())


# --- whatever is written -------------------------------------------------------------------------------
SCRAPS = [
    *'@{}(),=#"%\\\n $~', "@article{", "@string{", "@comment{", "key", "title = {A},\n", "year = 2000,\n", "}\n\n",
    "author = {", " and ", "others", "jan", "2004", "--", "\\'e", "é", "\r\n", ";", "et al",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=3)), max_size=40))
def test_whatever_is_written_every_problem_has_a_place_in_the_file(scraps: list[str]) -> None:
    text = "".join(scraps)
    cited, problems = read(text)
    lines = text.split("\n")
    for one in problems:
        assert 1 <= one.place.column <= one.place.column - 1 + one.place.width <= len(lines[one.place.line - 1]) + 1
    assert len({one.key.casefold() for one in cited}) == len(cited)
    assert problems == tuple(sorted(problems, key=lambda one: one.place))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([scrap for scrap in SCRAPS if scrap not in ("%", "@comment{")]), max_size=30))
def test_whatever_is_written_no_entry_goes_without_a_word(scraps: list[str]) -> None:
    text = "".join(scraps)
    cited, problems = read(text + "\n@misc{the-last-one, title = {Last}}\n")
    assert problems or len(cited) >= 1 + len(re.findall(r"^\s*@article\{", text, re.MULTILINE))
    assert cited
    assert (cited[-1].key, bool(cited[-1].reference)) == ("the-last-one", True)


@pytest.mark.parametrize(
    "text",
    [
        "@misc{k, title = " + "{" * 50_000 + "}" * 50_000 + "}",
        "@misc{k, title = " + "{" * 50_000,
        "@misc{k, " + "title = {\n" * 10_000,
        "@misc{k, title = {" + "\\'{" * 10_000 + "}" * 10_001 + "}",
        "@misc{k, author = {" + "and " * 5_000 + "}}",
        "@misc{k" + "\n" * 50_000 + "x}",
        "@comment{" * 5_000,
    ],
    ids=range(7),
)
def test_hostile_files_are_read_in_no_time(text: str) -> None:
    started = time.process_time()
    read(text)
    assert time.process_time() - started < 20
