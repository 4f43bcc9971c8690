"""The knowledge base to pages of finished HTML. Values in, values out: nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from kb.knowledge import KnowledgeBase, Prose
from kb.model import KINDS, MovedHeading, Record
from kb.pages import Heading, Page, Redirect, Site, relative
from kb.render import listings, records
from kb.render.desk import Desk
from kb.render.finish import finish, source_id
from kb.render.graph import story_of
from kb.render.printer import Printer
from kb.render.text import page_address
from kb.render.views import Anchor, ListingView, ProseView, SourceView
from kb.render.words import words


@dataclass(frozen=True, slots=True)
class Settings:
    """What a community decides about its site: its name, its address if known, and its language."""

    name: str
    address: str = ""
    language: str = "en"


def render(kb: KnowledgeBase, settings: Settings) -> Site:
    """The whole site. The same knowledge base gives the same bytes."""
    base = settings.address.rstrip("/") + "/" if settings.address else ""
    desk = Desk(kb, words(settings.language), settings.name, base)
    press = _Press(desk, Printer(desk.words))
    pages = (
        press.home(),
        *(press.record(record) for record in kb.records.values()),
        *(press.work(key) for key in kb.references),
        *press.listings(),
        *(press.prose(page) for page in kb.prose.values() if _stands_alone(page, kb)),
    )
    return Site(pages, tuple(press.redirect(former, now) for former, now in _moved(desk)))


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


@dataclass(frozen=True, slots=True)
class _Press:
    """Makes pages of views."""

    desk: Desk
    printer: Printer

    def home(self) -> Page:
        view = listings.home(self.desk)
        meta = self.desk.kb.prose.get("index.md")
        description = meta.meta.description if meta else ""
        return self._page("/", "home", view.title, description, view, "home")

    def record(self, record: Record) -> Page:
        view = records.record_view(record, self.desk)
        declared = {source.cite: source.at for source in record.sources}
        description = self.desk.pen.plain(record.summary)
        return self._page(
            self.desk.address(record.id),
            record.kind,
            view.frame.title,
            description,
            view,
            record.kind,
            declared,
        )

    def work(self, key: str) -> Page:
        work = self.desk.kb.references[key]
        view = records.reference_view(work, self.desk)
        description = self.desk.pen.plain(work.annotation) or view.frame.title
        return self._page(self.desk.address(key), "reference", view.frame.title, description, view, "reference")

    def listings(self) -> Iterator[Page]:
        desk = self.desk
        for kind in KINDS:
            yield self._listing(f"/{kind.folder}/", listings.kind_listing(kind, desk))
        yield self._listing("/references/", listings.references_listing(desk))
        yield self._listing("/explore/", listings.explore(desk), desk.words["explore"]["description"])
        for vocabulary in desk.kb.vocabularies.values():
            yield self._listing(
                f"/{vocabulary.id}/", listings.vocabulary_listing(vocabulary, desk), vocabulary.definition
            )
            for value in vocabulary.values:
                view = listings.value_listing(vocabulary, value, desk)
                yield self._listing(f"/{vocabulary.id}/{value.id}/", view, value.definition)

    def _listing(self, address: str, view: ListingView, description: str = "") -> Page:
        page = self.desk.kb.prose.get(f"{address.strip('/')}/index.md")
        said = page.meta.description if page else ""
        return self._page(address, "listing", view.title, description or said or view.title, view, "listing")

    def prose(self, page: Prose) -> Page:
        folder = page.path.rpartition("/")[0]
        converted = self.desk.pen.text(page.body, folder)
        address, origin = page_address(page.path), self.desk.kb.origins[page.path]
        contents = tuple(Anchor(one.title, f"#{one.id}") for one in converted.headings if one.level == 2)
        title = page.meta.title or page.path
        text = _offer_headings(converted.html, page.meta.moved_headings)
        view = ProseView(title, page.meta.description, text, contents, origin.address, origin.words,
                         self.desk.permalink(address))  # fmt: skip
        return self._page(address, "prose", title, page.meta.description, view, "prose")

    def _page(
        self, address: str, kind: str, title: str, description: str, view: object, template: str,
        declared: dict[str, str] | None = None,
    ) -> Page:  # fmt: skip
        body = self.printer.print(template, view)
        html = finish(body, address, lambda places: self._sources(places, declared or {}))
        return Page(
            address,
            _path(address, kind),
            kind,
            title,
            description,
            html,
            tuple(_headings(html)),
            tuple(id or former for id, former in _OFFERED.findall(html)),
        )

    def redirect(self, former: str, now: str) -> Redirect:
        target = relative(now, former)
        return Redirect(former, now, self.printer.print("redirect", Anchor(self.desk.permalink(now), target)))

    def _sources(self, places: dict[str, tuple[str, ...]], declared: dict[str, str]) -> str:
        keys = [key for key in (*places, *(key for key in declared if key not in places)) if key in self.desk.entries]
        if not keys:
            return ""
        sources = tuple(
            SourceView(
                source_id(key), self.desk.entries[key], self.desk.address(key), places.get(key, ()),
                "" if key in places else declared.get(key, ""), self.desk.unchecked(self.desk.kb.references[key]),
            )
            for key in keys
        )  # fmt: skip
        return self.printer.print("sources", sources)


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
        yield Heading(int(level), id, _plain(inner))


def _path(address: str, kind: str) -> str:
    """The Markdown file that makes a page at the address, with room for others below a list."""
    stem = address.strip("/")
    if not stem:
        return "index.md"
    return f"{stem}/index.md" if kind == "listing" else f"{stem}.md"


def _plain(html: str) -> str:
    return Markup(html).striptags()
