"""The knowledge base to pages of finished HTML. Values in, values out: nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from sys import intern
from types import MappingProxyType
from urllib.parse import unquote

from markupsafe import Markup, escape

from kb.knowledge import KnowledgeBase, Origin, Prose
from kb.model import KINDS, MovedHeading, Record
from kb.pages import Asset, Heading, Page, Progress, Redirect, Site, pack, page_address, relative
from kb.press import Press, blank
from kb.render import entries, listings, records
from kb.render.calendar import calendar
from kb.render.desk import Desk, changed
from kb.render.finish import finish, relative_addresses, source_id
from kb.render.graph import story_of
from kb.render.ledger import Ledger
from kb.render.printer import Printer
from kb.render.views import Anchor, ListingView, ProseView, SourceView
from kb.render.words import Words, words

__all__ = ["Ledger", "Settings", "render"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a community decides about its site: its name, its address if known, and its language."""

    name: str
    address: str = ""
    language: str = "en"


def render(
    kb: KnowledgeBase,
    settings: Settings,
    ledger: Ledger | None = None,
    tell: Progress = lambda done, total: None,
) -> Site:
    """The whole site. The same knowledge base gives the same bytes.

    With the ledger of an earlier run, under whatever settings, only what changed since is made anew.
    """
    base = settings.address.rstrip("/") + "/" if settings.address else ""
    ledger = ledger or Ledger()
    desk = Desk(kb, words(settings.language), settings.name, base, ledger)
    ledger.begin(settings, desk.derive)
    press = _Press(desk, _printer(desk.words))
    wanted, pages = tuple(press.pages()), []
    for one, make in wanted:
        pages.append(press.placed(one, ledger.recall(("page", *one), make)))
        tell(len(pages), len(wanted))
    facets = entries.facets([page.entry for page in pages if page.entry], desk)
    redirects = tuple(press.redirect(former, now) for former, now in _moved(desk))
    return Site(tuple(pages), redirects, facets, (Asset("review.ics", calendar(desk)),))


@cache
def _printer(words: Words) -> Printer:
    """One printer for each language: to read its templates takes longer than to print many pages."""
    return Printer(words)


def _moved(desk: Desk) -> Iterator[tuple[str, str]]:
    """Each former address and the address that it leads to."""
    for record in desk.kb.records.values():
        yield from ((f"/{record.folder}/{former}/", desk.address(record.id)) for former in record.was)
    for work in desk.kb.references.values():
        yield from ((f"/references/{former}/", desk.address(work.key)) for former in work.ids)
    for name, vocabulary in desk.kb.vocabularies.items():
        for value in vocabulary.values:
            yield from ((f"/{name}/{former}/", f"/{name}/{value.id}/") for former in value.was)
    for page in desk.kb.prose.values():
        yield from ((former, page_address(page.path)) for former in page.meta.was)


def _stands_alone(page: Prose, kb: KnowledgeBase) -> bool:
    """Whether a page of `docs/` has an address of its own: not the home page, a list's introduction or a story."""
    folders = {kind.folder for kind in KINDS} | {"references"}
    folder, _, name = page.path.rpartition("/")
    introduces = name == "index.md" and (not folder or folder in folders)
    return not introduces and not story_of(page.path, kb)


@dataclass(frozen=True)
class _Press:
    """Makes pages of views."""

    desk: Desk
    printer: Printer
    improve: Press = field(default_factory=Press)

    def pages(self) -> Iterator[tuple[tuple[str, ...], Callable[[], Page]]]:
        """What makes each page, under the name of the page; pages are made of what they ask of the desk."""
        kb = self.desk.everything
        yield ("home",), self.home
        yield from ((("record", id), partial(self.record, id)) for id in kb.records)
        yield from ((("work", key), partial(self.work, key)) for key in kb.references)
        yield from (((kind.folder,), partial(self.kind, kind)) for kind in KINDS)
        yield ("references",), self.references
        yield ("explore",), self.explore
        for name, vocabulary in kb.vocabularies.items():
            yield ("vocabulary", name), partial(self.vocabulary, name)
            yield from ((("value", name, one.id), partial(self.value, name, one.id)) for one in vocabulary.values)
        yield ("reading-list",), self.reading_list
        yield ("editors",), self.editors
        alone = (path for path, page in kb.prose.items() if _stands_alone(page, kb))
        yield from ((("prose", path), partial(self.prose, path)) for path in alone)

    def home(self) -> Page:
        view = listings.home(self.desk)
        page = self.desk.kb.prose.get("index.md")
        return self._page("/", "home", view.title, page.meta.description if page else "", view)

    def record(self, id: str) -> Page:
        record = self.desk.kb.records[id]
        view = records.record_view(record, self.desk)
        declared = {source.cite: source.at for source in record.sources}
        description = self.desk.pen.plain(record.summary)
        address, (entry, words) = self.desk.address(record.id), entries.of_record(record, self.desk)
        page = self._page(address, record.kind, view.frame.title, description, view, declared, changed(record), words)
        home = self.desk.frameworks.get(record.id)
        label = f"{page.label} ({home.short_title})" if home else page.label
        return replace(page, label=label, entry=entry)

    def work(self, key: str) -> Page:
        work = self.desk.kb.references[key]
        view = records.reference_view(work, self.desk)
        description = self.desk.pen.plain(work.annotation) or view.frame.title
        entry, words = entries.of_work(work, self.desk)
        page = self._page(self.desk.address(key), "reference", view.frame.title, description, view, words=words)
        return replace(page, entry=entry)

    def kind(self, kind: type[Record]) -> Page:
        return self._listing(f"/{kind.folder}/", listings.kind_listing(kind, self.desk))

    def references(self) -> Page:
        return self._listing("/references/", listings.references_listing(self.desk))

    def explore(self) -> Page:
        said = self.desk.words["explore"]["description"]
        return self._listing("/explore/", listings.explore(self.desk), said, kind="explore")

    def vocabulary(self, name: str) -> Page:
        vocabulary = self.desk.kb.vocabularies[name]
        return self._listing(f"/{name}/", listings.vocabulary_listing(vocabulary, self.desk), vocabulary.definition)

    def value(self, name: str, id: str) -> Page:
        vocabulary, value = self.desk.kb.vocabularies[name], self.desk.value(name, id)
        view = listings.value_listing(vocabulary, value, self.desk)
        return self._listing(f"/{name}/{id}/", view, value.definition, vocabulary.title)

    def _listing(
        self, address: str, view: ListingView, description: str = "", label: str = "", kind: str = "listing"
    ) -> Page:
        intro = self.desk.kb.prose.get(f"{address.strip('/')}/index.md")
        said = description or (intro.meta.description if intro else "") or view.title
        page = self._page(address, kind, view.title, said, view)
        return replace(page, label=label, entry=entries.of_list(address, view.title, said, self.desk))

    def reading_list(self) -> Page:
        words, address = self.desk.words["reading_list"], "/reading-list/"
        page = self._page(address, "reading-list", words["title"], words["description"], None)
        return replace(page, entry=entries.of_list(address, page.title, page.description, self.desk))

    def editors(self) -> Page:
        view, said = listings.editors(self.desk), self.desk.words["editors"]["description"]
        page = self._page("/editors/", "editors", view.title, said, view)
        return replace(page, entry=entries.of_list("/editors/", view.title, said, self.desk))

    def prose(self, path: str) -> Page:
        prose = self.desk.kb.prose[path]
        converted = self.desk.pen.text(prose.body, prose.path.rpartition("/")[0])
        address = page_address(prose.path)
        view = ProseView(
            id=address,
            title=prose.meta.title or prose.path,
            lead=prose.meta.description,
            text=_offer_headings(converted.html, prose.meta.moved_headings),
            contents=tuple(Anchor(one.title, f"#{one.id}") for one in converted.headings if one.level == 2),
            permalink=self.desk.permalink(address),
        )
        entry, words = entries.of_page(prose, self.desk)
        page = self._page(address, "prose", view.title, prose.meta.description, view, words=words)
        return replace(page, entry=entry)

    def placed(self, what: tuple[str, ...], page: Page) -> Page:
        """The page of a record, a work or prose with the place where that is kept; others as they are."""
        origin = self.desk.everything.origins.get(what[-1]) if what[0] in {"record", "work", "prose"} else None
        if origin is None:
            return page
        texts = {"words": str(escape(origin.words)), "address": str(escape(origin.address))}
        sort = bool(origin.address), page.address.count("/")
        return replace(page, improve=self.improve.print(sort, texts, lambda: self._improve(page.address, sort[0])))

    def _improve(self, page: str, can_be_edited: bool) -> str:
        """How to improve a page, with blanks for its origin."""
        view = Origin(blank("words"), blank("address") if can_be_edited else "")
        return relative_addresses(self.printer.print("improve", view), page)

    def redirect(self, former: str, now: str) -> Redirect:
        html = self.printer.print("redirect", Anchor(self.desk.permalink(now), relative(now, former)))
        return Redirect(former, now, html)

    def _page(
        self,
        address: str,
        kind: str,
        title: str,
        description: str,
        view: object,
        declared: Mapping[str, str] = MappingProxyType({}),
        changed: str = "",
        words: str = "",
    ) -> Page:
        """A page from its view, by the template of its kind. `declared` are sources that the text need not cite."""
        body = finish(self.printer.print(kind, view), address, lambda places: self._sources(places, declared))
        return Page(
            address=address,
            path=_path(address, kind),
            kind=kind,
            title=title,
            description=description,
            packed=pack(body, words),
            headings=tuple(_headings(body)),
            anchors=tuple(id or former for id, former in _OFFERED.findall(body)),
            changed=changed or self.desk.newest[""],
            label=self.desk.words["kind"].get(kind, ""),
        )

    def _sources(self, places: Mapping[str, tuple[str, ...]], declared: Mapping[str, str]) -> str:
        """The list of sources: those that the text cites, in order, then those that the record names besides."""
        keys = [key for key in dict.fromkeys((*places, *declared)) if key in self.desk.kb.references]
        if not keys:
            return ""
        return self.printer.print("sources", tuple(self._source(key, places, declared) for key in keys))

    def _source(self, key: str, places: Mapping[str, tuple[str, ...]], declared: Mapping[str, str]) -> SourceView:
        work = self.desk.kb.references[key]
        return SourceView(
            key=source_id(key),
            name=self.desk.author_date(work),
            entry=self.desk.entry(work),
            about=self.desk.address(key),
            back=places.get(key, ()),
            at="" if key in places else declared.get(key, ""),
            unchecked=self.desk.unchecked(work),
        )


_HEADING = re.compile(r'<h([1-6])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
_OFFERED = re.compile(r'<a class="kb-hash" href="#([^"]+)"|<span class="kb-moved" id="([^"]+)"')
_PROSE_HEADING = re.compile(r'<h([23]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)


def _offer_headings(html: Markup, moved: Iterable[MovedHeading]) -> Markup:
    """The headings of a page of prose with a link to each, and the ids that they had before."""
    former: dict[str, str] = {}
    for heading in moved:
        former[heading.now] = former.get(heading.now, "") + f'<span class="kb-moved" id="{escape(heading.was)}"></span>'

    def offered(found: re.Match[str]) -> str:
        level, id, words = found.groups()
        link = f'<a class="kb-hash" href="#{id}" aria-hidden="true" tabindex="-1"></a>'
        return f'{former.get(id, "")}<h{level} id="{id}">{words}{link}</h{level}>'

    return Markup(_PROSE_HEADING.sub(offered, html))


def _headings(html: str) -> Iterator[Heading]:
    for level, id, inner in _HEADING.findall(html):
        yield Heading(int(level), intern(id), intern(_plain(inner)))


def _path(address: str, kind: str) -> str:
    """The Markdown file that makes a page at the address, with room for others below a list."""
    stem = unquote(address.strip("/"))
    if not stem:
        return "index.md"
    return f"{stem}/index.md" if kind in {"listing", "explore"} else f"{stem}.md"


def _plain(html: str) -> str:
    return Markup(html).striptags()
