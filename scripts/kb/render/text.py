"""Markdown that people wrote to HTML that is safe to show. Each text is converted once.

Some links can only be finished on their page, and leave here with a scheme of their own: `site:` an address on this
site, `cite:` a work, to be numbered there, `term:` a word of the glossary, to be linked at its first use alone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from os.path import commonprefix
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.toc import TocExtension
from markdown.inlinepatterns import LINK_RE, REFERENCE_RE, InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markupsafe import Markup

from kb.markup import CITATION, cited
from kb.pages import Heading, page_address
from kb.render.bounded import AddressLink, RecordLink, Tables, WholeTags
from kb.render.ledger import Ledger

_TAGS = {
    *(
        "p",
        "br",
        "hr",
        "strong",
        "em",
        "b",
        "i",
        "s",
        "sub",
        "sup",
        "code",
        "pre",
        "blockquote",
        "abbr",
        "cite",
        "q",
    ),
    *("ul", "ol", "li", "dl", "dt", "dd", "h2", "h3", "h4", "h5", "h6", "a", "span"),
    *("table", "thead", "tbody", "tr", "th", "td", "caption"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
_SCHEMES = {"http", "https", "mailto", "site", "cite"}
_WORDS = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;:()?!%/£€’‘“”–—…]|-(?!-)|\.(?!\.))*")
"""One line that holds no sign by which Markdown or the sanitiser would change it: most texts of records are so."""


@dataclass(frozen=True, slots=True)
class Converted:
    """The HTML of one Markdown text, and its headings."""

    html: Markup
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Pen:
    """Converts Markdown texts of one knowledge base.

    `records` gives the address of each record by its id, `cite` the words of a citation from a key and a place in
    the work, `terms` the id of the glossary's entry for each name it has; `table` is what a table is called. `recall`
    keeps what was converted.
    """

    records: Mapping[str, str]
    cite: Callable[[str, str], str]
    terms: Mapping[str, str]
    table: str = ""
    recall: Callable[[Hashable, Callable[[], Converted]], Converted] = field(default_factory=lambda: Ledger().recall)
    _names: re.Pattern[str] = field(init=False)
    _converter: Callable[[str], Markdown] = field(init=False)

    def __post_init__(self) -> None:
        pattern = rf"(?<![\w-]){_any_of(self.terms)}(?![\w-])" if self.terms else r"(?!)"
        object.__setattr__(self, "_names", re.compile(pattern, re.IGNORECASE))
        object.__setattr__(self, "_converter", lru_cache(maxsize=None)(self._new_converter))

    def text(self, markdown: str, folder: str = "") -> Converted:
        """A text of paragraphs, lists and headings. `folder` is that of the page it stands on, for links to pages."""
        return self.recall(("text", folder, markdown), lambda: self._convert(markdown, folder))

    def block(self, markdown: str) -> Markup:
        """The HTML of a text of one or more paragraphs."""
        return self.text(markdown).html

    def line(self, markdown: str) -> Markup:
        """The HTML of a text of one paragraph, without the paragraph."""
        html = str(self.block(markdown)).strip()
        inner = html.removeprefix("<p>").removesuffix("</p>")
        return Markup(html if "<p>" in inner or not html.startswith("<p>") else inner)

    def plain(self, markdown: str) -> str:
        """The words of a text without any markup."""
        return _plain(self.block(markdown))

    def _convert(self, markdown: str, folder: str) -> Converted:
        text = markdown.strip()
        html, headings = (f"<p>{text}</p>", ()) if _WORDS.fullmatch(text) else self._marked_up(text, folder)
        marked = self._mark_terms(html) if len(self.terms) else html
        return Converted(Markup(_mark_parts(marked, self.table)), headings)

    def _marked_up(self, text: str, folder: str) -> tuple[str, tuple[Heading, ...]]:
        converter = self._converter(folder)
        converter.reset()
        raw = converter.convert(text)
        clean = nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
        return clean, tuple(_headings(getattr(converter, "toc_tokens", [])))

    def _new_converter(self, folder: str) -> Markdown:
        toc = TocExtension(toc_depth="2-6", slugify=_slug)
        return Markdown(extensions=["tables", "sane_lists", "smarty", "fenced_code", toc, _Links(self, folder)])

    def _mark_terms(self, html: str) -> str:
        """Each name of a term as a link to be finished on the page, outside links, headings, quotations and code."""
        parts = re.split(r"(<[^>]+>)", html)
        closed: list[str] = []
        for number, part in enumerate(parts):
            if number % 2:
                _track(part, closed)
            elif not closed:
                parts[number] = self._names.sub(self._mark_term, part)
        return "".join(parts)

    def _mark_term(self, found: re.Match[str]) -> str:
        words = found.group()
        id = self.terms.get(words) or self.terms.get(words.lower())
        return f'<a class="term" href="term:{id}">{words}</a>' if id else words


@lru_cache(maxsize=1 << 12)  # a summary stands on many pages
def _plain(html: str) -> str:
    bare = re.sub(r'<a [^>]*href="cite:[^>]*>.*?</a>', "", html)
    return " ".join(Markup(bare).striptags().split()).replace(" .", ".")


def _any_of(names: Collection[str]) -> str:
    """A pattern of any of the names, the longest first, in which what begins alike is looked at once (a trie)."""
    begun: dict[str, list[str]] = {}
    for name in filter(None, names):
        begun.setdefault(name[0], []).append(name)
    shared = [(commonprefix(those), those) for _, those in sorted(begun.items())]  # noqa: RUF071  (of letters)
    branches = (re.escape(start) + _any_of([name[len(start) :] for name in those]) for start, those in shared)
    return f"(?:{'|'.join(branches)})" + ("?" if "" in names else "") if shared else ""


def _track(tag: str, closed: list[str]) -> None:
    """Keep the stack of open elements in which no term is linked."""
    found = re.match(r"</?(a|code|pre|h[1-6]|blockquote|th|cite|q)\b", tag)
    if found is None:
        return
    if not tag.startswith("</"):
        closed.append(found[1])
    elif found[1] in closed:
        closed.remove(found[1])


def _mark_parts(html: str, table: str) -> str:
    """Citations told apart for the style sheet, and tables in a frame that scrolls and can be reached by keyboard."""
    html = html.replace('<a href="cite:', '<a class="cite" href="cite:')
    frame = '<div class="kb-table" tabindex="0" role="group" aria-label="{}"><table class="kb-grid">'
    html = html.replace("<table>", str(Markup(frame).format(table)))
    return html.replace("</table>", "</table></div>")


def _slug(title: str, separator: str) -> str:
    return separator.join(re.findall(r"[a-z0-9]+", title.lower())) or "section"


def _headings(tokens: list[dict[str, object]]) -> Iterator[Heading]:
    for token in tokens:
        yield Heading(int(str(token["level"])), str(token["id"]), Markup(str(token["name"])).unescape())
        children = token["children"]
        yield from _headings(children if isinstance(children, list) else [])


class _Links(Extension):
    """Citations, links to records by their id, and links between pages by the names of their files."""

    def __init__(self, pen: Pen, folder: str) -> None:
        super().__init__()
        self.pen = pen
        self.folder = folder

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (Markdown's own name)
        for form in ("short_reference", "image_link", "image_reference", "short_image_ref"):
            md.inlinePatterns.deregister(form)
        md.parser.blockprocessors.deregister("reference")  # nobody gives an id of ours another meaning
        md.inlinePatterns.register(RecordLink(REFERENCE_RE, md, self.pen.records), "reference", 170)
        md.inlinePatterns.register(AddressLink(LINK_RE, md), "link", 160)
        md.inlinePatterns.register(_Citation(CITATION, md, self.pen), "citation", 175)
        md.preprocessors.register(WholeTags(md), "html_block", 20)
        md.parser.blockprocessors.register(Tables(md.parser, {"use_align_attribute": False}), "table", 75)
        md.treeprocessors.register(_Addresses(md, self.folder), "addresses", 5)


class _Citation(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, pen: Pen) -> None:
        super().__init__(pattern, md)
        self.pen = pen

    def handleMatch(  # type: ignore[override]  # noqa: N802  (Markdown's own name, and its two forms)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        span = Element("span")
        for key, at in cited(m["citation"]):
            link = Element("a", href=f"cite:{key}")
            link.text = self.pen.cite(key, at)
            span.append(link)
        return span, m.start(0), m.end(0)


class _Addresses(Treeprocessor):
    """Addresses on this site get the scheme `site:`; page names become addresses."""

    def __init__(self, md: Markdown, folder: str) -> None:
        super().__init__(md)
        self.folder = folder

    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            link.set("href", self._address(link.get("href", "")))

    def _address(self, href: str) -> str:
        name, hash, anchor = href.partition("#")
        if name.startswith("/") and not name.startswith("//"):
            return f"site:{href}"
        if name.endswith(".md") and "://" not in name:
            return f"site:{page_address(posixpath.normpath(posixpath.join(self.folder, name)))}{hash}{anchor}"
        return href
