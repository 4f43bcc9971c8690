"""The door to MkDocs: a plugin that hands it finished pages. The only user of mkdocs.

MkDocs keeps what it is good at: the theme's shell, static files, the server that follows edits.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import sys
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlencode

from jinja2 import BytecodeCache, Environment, FileSystemLoader
from jinja2.bccache import Bucket
from markupsafe import escape
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.config.base import Config
from mkdocs.config.config_options import ListOfItems, Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, ConfigurationError, PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.structure.toc import AnchorLink, TableOfContents
from mkdocs.utils import get_build_datetime, write_file

from kb import cache, report, search
from kb.digest import digest
from kb.house import Community, Kept, afresh, recalled, run
from kb.pages import Asset, Heading, Page, Site, pack
from kb.press import Press, blank
from kb.read import Layout
from kb.render import Settings
from kb.render.views import Anchor
from kb.render.words import Words, words
from kb.swap import is_tidy, staged

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from mkdocs.livereload import LiveReloadServer

THEME = Path(__file__).parent / "theme"
NEWS = 2
"""Seconds between two lines about long work."""
LOOK = 0.05
"""Seconds between two looks for a saved change, and until it is taken to be all of it."""
log = logging.getLogger("mkdocs.plugins.kb")


class KnowledgeBaseConfig(Config):
    """Where a community keeps its knowledge, relative to mkdocs.yml, and where it can be edited."""

    records = Type(str, default="resources.yaml")
    """The main data file; it may `include:` others."""
    bibliography = Type(str, default="references.bib")
    """The literature, in BibTeX or biblatex."""
    permalinks = Type(str, default="permalinks.txt")
    """The addresses that were given out once."""
    links = Type(str, default="links.txt")
    """What is remembered of addresses on other sites."""
    repository = Type(str, default="")
    """Address of the repository, for "Improve this entry"; empty if there is none."""
    branch = Type(str, default="main")
    """The branch that is edited."""
    strict = Type(bool, default=False)
    """Whether warnings stop the build."""
    footer = ListOfItems(Type(str), default=[])
    """Addresses of the pages that the foot of every page leads to, such as `/about/`."""


class KnowledgeBasePlugin(BasePlugin[KnowledgeBaseConfig]):
    """Reads, checks and renders the knowledge base before each build."""

    def __init__(self) -> None:
        self.serving = False
        self.anew = False
        self.kept: Kept | None = None
        self.is_clean = False
        self.site = Site(())
        self.problems = ""
        self.index: tuple[Asset, ...] = ()
        self.files: tuple[str, ...] = ()
        self.foot: tuple[Anchor, ...] = ()
        self.has_contribute = False
        self.environment = Environment(autoescape=True)
        self.compiled = Compiled()
        self.pressed: Hashable = None
        self.press = Press()
        self.before: dict[str, Written] = {}
        self.written: dict[str, Written] = {}

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Begin anew: MkDocs gives every command that runs in one process the same plugin."""
        self.serving = command == "serve"
        self.kept, self.before, self.written = None, {}, {}

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        config.use_directory_urls = True
        config.theme.dirs.insert(0, str(THEME))
        make = config.theme.get_env

        def quick() -> Environment:
            env = make()
            env.loader = ThemeLoader(config.theme.dirs)
            return env

        config.theme.get_env = quick  # type: ignore[method-assign]  # MkDocs lists the files before any hook
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Run before MkDocs empties the folder of the site: a sick edit leaves the last good site."""
        self._run(config)
        if not self.serving:  # now that what the pages were made of is out of memory
            self.index = search.index(self.site, Progress("Index of the search, entries"))

    def _run(self, config: MkDocsConfig) -> None:
        """Make the pages and say what is wrong. Raises PluginError where there is no new site and nobody is served."""
        strict, community = self.config.strict or config.strict, _community(config, self.config)
        first = self.kept is None
        kept = self.kept or (afresh if self.anew else recalled)(community, again=self.serving)
        result = run(community, today(), strict=strict, kept=kept, tell=Progress("Pages"))
        if first and result.sound:
            kept.leave_pages()
        self.kept = kept
        if not self.serving:
            kept.ledger.end()
        said, self.is_clean = report.as_text(result.problems, result.sources.texts), not result.problems
        self.files = tuple(result.sources.texts)
        if result.sound:
            self.site, self.problems = result.site, ""
            titles = {page.address: page.title for page in self.site.pages}
            self.has_contribute = "/contribute/" in titles
            self.foot = tuple(Anchor(titles[one], one.lstrip("/")) for one in self.config.footer if one in titles)
            if result.problems:
                log.info("%s", "\n" + said)
        elif not self.serving:
            raise PluginError("\n" + said)
        else:
            log.error("%s", "\n" + said)
            self.problems = said

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        for file in list(files.documentation_pages()):
            files.remove(file)
        for file in [one for one in files if _is_idle(one, config)]:
            files.remove(file)
        self.before, self.written = self.written, {}
        shell = self._shell_of(config)
        for page in self.site.pages or (_problem_page(),):
            file = self._file(config, page.path, (page, shell), InclusionLevel.NOT_IN_NAV)
            if file.is_new:
                FinishedPage(page, file, config)
        for redirect in self.site.redirects:
            self._file(config, f"{redirect.address.strip('/')}/index.html", redirect.html)
        for asset in (*self.site.assets, *self.index):
            self._file(config, asset.path, asset.text)
        for one in self.written.values():
            files.append(one.file)
        return files

    def _shell_of(self, config: MkDocsConfig) -> Hashable:
        """All that pages have around them, from which the press makes its shells: it begins anew with another."""
        settings = Path(config.config_file_path).read_bytes() if config.config_file_path else b""
        menu, pages = repr(config.nav), self.site.pages
        titles = tuple(page.title for page in pages if page.path in menu)
        shell = (settings, config.site_dir, titles, self.problems, self.foot, self.has_contribute, bool(pages))
        if shell != self.pressed:
            self.press, self.pressed = Press(), shell
        return shell

    def _file(
        self, config: MkDocsConfig, path: str, says: object, inclusion: InclusionLevel = InclusionLevel.UNDEFINED
    ) -> SiteFile:
        """A file of the site: that which was last written there, with its page, if it says the same."""
        before = self.before.get(path)
        if before is not None and before.says == says:
            before.file.is_new = False
            self.written[path] = before
            return before.file
        content = says if isinstance(says, str) else ""
        file = SiteFile.generated(config, path, content=content, inclusion=inclusion)
        assert isinstance(file, SiteFile)
        self.written[path] = Written(says, file)
        return file

    def on_env(self, env: Environment, /, *, config: MkDocsConfig, files: Files) -> Environment:
        self.environment, env.bytecode_cache = env, self.compiled
        return env

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Take away what is not in the site any more: when MkDocs writes only what is new, it leaves the rest."""
        for path in self.before.keys() - self.written.keys():
            Path(self.before[path].file.abs_dest_path).unlink(missing_ok=True)
        self.before = {}

    def on_build_error(self, *, error: Exception) -> None:
        """Nobody knows what was written: all is new."""
        self.written = {}

    def on_page_context(self, context: Any, /, *, page: MkDocsPage, config: MkDocsConfig, nav: Any) -> Any:
        self._furnish(context, config, page.canonical_url or page.url)
        if isinstance(page, FinishedPage):
            tell = {f"tell{place}": one for place, one in enumerate(context["kb_tell"]) if "://" in one.address}
            own = page.texts()
            texts = {**own, **{name: str(escape(one.address)) for name, one in tell.items()}}
            linked = [one.address for one in self.foot] + [one.url or "" for one in nav]
            sort = page.sort(linked, own)
            context["pressed"] = self.press.print(sort, texts, lambda: self._shell(context, page, tell))
        return context

    def _shell(self, context: Any, page: FinishedPage, tell: Mapping[str, Anchor]) -> str:
        """What pages of the same sort have around their texts."""
        ways = (Anchor(one.words, blank(name)) for name, one in tell.items())
        shell = {**context, "page": page.hollow(), "kb_tell": tuple(ways) or context["kb_tell"]}
        return self.environment.get_template("main.html").render(shell)

    def on_template_context(self, context: Any, /, *, template_name: str, config: MkDocsConfig) -> Any:
        return self._furnish(context, config)

    def _furnish(self, context: Any, config: MkDocsConfig, page: str = "") -> Any:
        """Give the shell of a page its words, the links of its foot, and what is wrong with the last change."""
        context["words"] = words(_language(config))
        context["kb_footer"] = self.foot
        context["kb_tell"] = tuple(self._ways_to_tell(context["words"], page))
        context["kb_problems"] = self.problems
        context["kb_has_good_site"] = bool(self.site.pages)
        return context

    def _ways_to_tell(self, words: Words, page: str) -> Iterator[Anchor]:
        """Where to suggest a resource or report a problem with a page: forms, or without a repository a page."""
        forms = {"suggest": {"template": "suggest-resource.yml"}, "report": {"template": "problem.yml", "page": page}}
        if self.config.repository:
            new = f"{self.config.repository.rstrip('/')}/issues/new"
            yield from (Anchor(words["site"][name], f"{new}?{urlencode(asked)}") for name, asked in forms.items())
        elif self.has_contribute:
            yield from (Anchor(words["site"][name], "contribute/") for name in forms)

    def on_post_page(self, output: str, /, *, page: MkDocsPage, config: MkDocsConfig) -> str:
        return _mend(output)

    def on_post_template(self, output_content: str, /, *, template_name: str, config: MkDocsConfig) -> str:
        return _mend(output_content) if template_name.endswith(".html") else output_content

    def on_serve(self, server: LiveReloadServer, /, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        root = _root(config)
        layout = _community(config, self.config).layout
        for name in (layout.data, layout.bibliography, layout.permalinks, layout.links):
            if (root / name).exists():
                server.watch(str(root / name))
        folders = {root / Path(name).parent for name in self.files} - {root}
        for folder in sorted(one for one in folders if not one.is_relative_to(config.docs_dir)):
            server.watch(str(folder))
        _look_often(server)
        server.set_app(self._with_search(server.get_app(), Path(config.site_dir)))
        return server

    def _with_search(self, serve: WSGIApplication | None, folder: Path) -> WSGIApplication:
        """The server's own way to answer, which makes the index of the search when somebody asks for it."""
        indexed = Site(())
        one_at_a_time = Lock()

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            nonlocal indexed
            assert serve is not None
            if environ.get("PATH_INFO", "").endswith(f"/{search.ROOT}"):
                with one_at_a_time:
                    site = self.site
                    if site is not indexed or not (folder / search.ROOT).exists():
                        for asset in search.index(site):
                            write_file(asset.text.encode(), str(folder / asset.path))
                    indexed = site
            return serve(environ, start_response)

        return answer


class ThemeLoader(FileSystemLoader):
    """The folders of the theme without hidden ones: MkDocs takes no file of them. Material has 12,000 icons in one."""

    def list_templates(self) -> list[str]:
        found: set[str] = set()
        for top in self.searchpath:
            for folder, below, names in os.walk(top):
                below[:] = [name for name in below if not name.startswith(".")]
                found.update(Path(folder, name).relative_to(top).as_posix() for name in names)
        return sorted(found)


class SiteFile(File):
    """A file whose text is in memory. `is_new` says whether it has to be written."""

    is_new = True

    def is_modified(self) -> bool:
        return self.is_new


class Written(NamedTuple):
    """What a file of the site says, and the file."""

    says: object
    file: SiteFile


class Compiled(BytecodeCache):
    """The theme's templates as they were compiled last: MkDocs reads them anew for each build."""

    def __init__(self) -> None:
        self.code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key, bucket.checksum] = bucket.code


class FinishedPage(MkDocsPage):
    """A page whose HTML is finished before MkDocs sees it."""

    def __init__(self, page: Page, file: File, config: MkDocsConfig) -> None:
        super().__init__(str(escape(page.title)), file, config)
        self.finished = page
        self.update_date = page.changed or self.update_date  # else the day of the build: bytes would change with it

    def read_source(self, config: MkDocsConfig) -> None:
        self.markdown = ""
        self.meta = {"template": "pressed.html", "kind": self.finished.kind, **self._said()}

    def render(self, config: MkDocsConfig, files: Files) -> None:
        # MkDocs would keep the text of every page until the last is written, though mostly no plugin looks at it
        self.content = self.finished.body if config.plugins.events["page_content"] else ""
        self.toc = TableOfContents(_nested(self.finished.headings))
        self.present_anchor_ids = {heading.id for heading in self.finished.headings}

    def _said(self) -> Mapping[str, str]:
        """What the head of the page says, escaped, for templates of the theme print it as it is."""
        finished = self.finished
        said = {"title": finished.title, "description": finished.description, "label": finished.label}
        return {name: str(escape(text)) for name, text in said.items()}

    def texts(self) -> Mapping[str, str]:
        """The texts that tell this page from others of its sort."""
        return {**self._said(), "content": self.content or self.finished.body, "address": self.canonical_url or ""}

    def hollow(self) -> FinishedPage:
        """The page with blanks in place of those texts."""
        made = copy.copy(self)
        made.meta = {**self.meta, **{name: blank(name) for name, text in self._said().items() if text}}
        made.content = blank("content")
        made.canonical_url = self.canonical_url and blank("address")
        return made

    def sort(self, linked: Iterable[str], texts: Mapping[str, str]) -> Hashable:
        """All that the shell of the page depends on but its `texts`. `linked` are the pages to which every shell leads.

        Pages of one folder lead to others in the same way, but not a page that others lead to, nor one at the top.
        """
        folder = self.url.rstrip("/").rpartition("/")[0]
        place = folder if folder and not any(one.startswith(self.url) for one in linked) else self.url
        neighbours = tuple(page and page.url for page in (self.previous_page, self.next_page))
        first = next((heading.id for heading in self.finished.headings), "")
        return self.finished.kind, place, neighbours, first, tuple(map(bool, texts.values()))


class Progress:
    """Says on a terminal how far long work is, every few seconds: a small site is done before there is news."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.said = time.monotonic()
        self.spoken = False

    def __call__(self, done: int, total: int) -> None:
        """Say it, if the last time is long enough ago, and at the end if it was ever said."""
        if time.monotonic() - self.said >= NEWS or (done == total and self.spoken):
            self.said, self.spoken = time.monotonic(), True
            if sys.stderr.isatty():
                log.info("%s: %s of %s", self.what, f"{done:,}", f"{total:,}")


def _look_often(server: LiveReloadServer) -> None:
    """Have the server look for changes more often than its two times a second."""
    watched = list(server._watched_paths)  # it does not tell in any other way
    for path in watched:
        server.unwatch(path)
    server.build_delay = LOOK
    server.observer = type(server.observer)(timeout=LOOK)
    for path in watched:
        server.watch(path)


def _nested(headings: Iterable[Heading]) -> list[AnchorLink]:
    roots: list[AnchorLink] = []
    branch: list[AnchorLink] = []
    for heading in headings:
        link = AnchorLink(heading.title, heading.id, heading.level)
        while branch and branch[-1].level >= heading.level:
            branch.pop()
        (branch[-1].children if branch else roots).append(link)
        branch.append(link)
    return roots


def _mend(html: str) -> str:
    """The theme's two hidden checkboxes without an attribute that HTML does not allow there."""
    return html.replace('id="__drawer" autocomplete="off"', 'id="__drawer"').replace(
        'id="__search" autocomplete="off"', 'id="__search"'
    )


def _is_idle(file: File, config: MkDocsConfig) -> bool:
    """Whether a file of Material serves what no page here loads: its scripts, its stock search, its source maps."""
    ours = file.src_dir in (None, str(THEME), config.docs_dir)
    return not ours and (file.src_uri.startswith("assets/javascripts/") or file.src_uri.endswith(".map"))


def _problem_page() -> Page:
    """What the server shows before there was ever a good site."""
    title = words()["site"]["no_good_site"]
    return Page("/", "index.md", "problems", title, "", pack(f'<h1 id="title">{title}</h1>'), ())


def _root(config: MkDocsConfig) -> Path:
    return Path(config.config_file_path).parent if config.config_file_path else Path.cwd()


def _language(config: MkDocsConfig) -> str:
    return str(config.theme.get("language") or "en")


def _community(config: MkDocsConfig, own: KnowledgeBaseConfig) -> Community:
    root = _root(config)
    docs = Path(config.docs_dir)
    layout = Layout(
        root=root,
        data=own.records,
        bibliography=own.bibliography,
        docs=docs.relative_to(root).as_posix() if docs.is_relative_to(root) else docs.as_posix(),
        permalinks=own.permalinks,
        links=own.links,
    )
    settings = Settings(config.site_name, config.site_url or "", _language(config))
    return Community(layout, settings, own.repository, own.branch)


# --- what the command line needs of MkDocs -------------------------------------------------------------
class MisconfiguredError(Exception):
    """mkdocs.yml cannot be used."""


class RefusedError(Exception):
    """The data has problems: the site was not built. The text says which."""


def today() -> date:
    """The day of this run, in UTC: that of `SOURCE_DATE_EPOCH` where it is set. Raises MisconfiguredError.

    https://reproducible-builds.org/specs/source-date-epoch/
    """
    try:
        return get_build_datetime().date()
    except (ValueError, OverflowError, OSError) as error:
        raise MisconfiguredError("SOURCE_DATE_EPOCH must be a number of seconds since 1970.") from error


def community(config_file: str) -> Community:
    """The community that a configuration file describes. Raises MisconfiguredError."""
    config = _load(config_file)
    return _community(config, config.plugins["kb"].config)


def _load(config_file: str, **options: Any) -> MkDocsConfig:
    try:
        config = load_config(config_file, **options)
    except (ConfigurationError, Abort) as error:
        raise MisconfiguredError(str(error) or f"{config_file} cannot be used") from error
    if not isinstance(config.plugins.get("kb"), KnowledgeBasePlugin):
        raise MisconfiguredError(f"{config_file} does not list `kb` under `plugins:`")
    return config


class _Stderr(logging.Handler):
    """Standard error, whatever that is when something is said."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


def _speak() -> None:
    """Let MkDocs say on standard error what it does, as its own command would."""
    logger = logging.getLogger("mkdocs")
    if not logger.handlers:
        handler = _Stderr()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def build(config_file: str, *, strict: bool, folder: str | None, anew: bool = False) -> Path:
    """Build the site beside the old one and put it in its place when it is whole. Returns where it is.

    What an earlier build left is used again where it still holds, unless all is to be made `anew`.
    Raises MisconfiguredError, RefusedError where the data has errors, and OSError; the old site is then untouched.
    """
    _speak()
    config = _load(config_file, strict=strict)
    target = Path(folder or config.site_dir).resolve()
    left = _Left(config, target)
    if not anew and left.is_all():
        log.info("Nothing has changed since the site was built.")
        return target
    plugin = config.plugins["kb"]
    assert isinstance(plugin, KnowledgeBasePlugin)
    plugin.anew = anew
    config.plugins.on_startup(command="build", dirty=False)
    try:
        with staged(target) as made:
            config.site_dir = str(made)
            mkdocs_build(config)
        if plugin.is_clean:
            left.keep()
        return target
    except (PluginError, Abort) as error:
        raise RefusedError(str(error)) from error
    finally:
        config.plugins.on_shutdown()


class _Left:
    """What the last build of a project left of the site as a whole: of what it was made, and what it was."""

    def __init__(self, config: MkDocsConfig, target: Path) -> None:
        root, self.target = _root(config), target
        self.site = cache.shelf(root) / "site"
        said: dict[str, str] = {}
        for name, value in {**config, **config.plugins["kb"].config}.items():  # the environment stands in no file
            with suppress(TypeError):  # whatever is no plain value is told by the files
                said[name] = json.dumps(value)
        folders = sorted({root, Path(config.docs_dir)})
        self.asked = ""
        with suppress(OSError):  # a project that cannot be known whole is always built
            whole = [cache.contents(one, {target}) for one in folders if one.is_dir()]
            self.asked = digest(cache.made_by(), said, today(), target, whole)

    def is_all(self) -> bool:
        """Whether the site stands as it was built, without a warning, of what the project is today."""
        built = b"".join(cache.load(self.site, self.asked)).decode() if self.asked else ""
        with suppress(OSError):
            return bool(built) and is_tidy(self.target) and built == f"{cache.contents(self.target)}\n"
        return False

    def keep(self) -> None:
        """Keep what the site is now."""
        if self.asked:
            with suppress(OSError):
                cache.save(self.site, self.asked, (cache.contents(self.target).encode(),))


def serve(config_file: str, *, address: str | None, open_in_browser: bool) -> None:
    """Serve the site on this machine and follow every saved change, until interrupted."""
    from mkdocs.commands.serve import serve as mkdocs_serve  # here, for other commands need no server

    _speak()
    _load(config_file)
    options: dict[str, Any] = {"dev_addr": address} if address else {}
    logging.getLogger("mkdocs.commands.build").addFilter(_is_no_false_alarm)
    mkdocs_serve(config_file, build_type="dirty", open_in_browser=open_in_browser, **options)


def _is_no_false_alarm(record: logging.LogRecord) -> bool:
    """MkDocs warns that a build of what is new may be wrong; here every page knows what it was made of."""
    return "'dirty' build" not in str(record.msg)
