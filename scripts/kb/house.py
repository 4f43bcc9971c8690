"""The rooms one after another: read, check, render, and look at the addresses. What both doors open onto."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from kb import cache, compare, links, read, write
from kb import check as checks
from kb import review as reviews
from kb import suggest as suggestions
from kb.change import Review
from kb.compare import Verdict
from kb.digest import digest
from kb.forge import Answer, Field, Issue, Suggestion
from kb.knowledge import knowledge
from kb.model import Vocabulary
from kb.pages import Progress, Site
from kb.problem import Place, Problem, Rule
from kb.read import Known, Layout
from kb.read.files import read_text
from kb.render import Ledger, Settings, render
from kb.source import Sources
from kb.write import forms

RULES: tuple[Rule, ...] = (*read.RULES, *checks.RULES, *links.RULES)
"""Every rule there is, in the order in which problems are found."""


OWNERS = ".github/CODEOWNERS"
"""Who looks after which files."""


@dataclass(frozen=True, slots=True)
class Community:
    """Whose knowledge base this is: where its files are, what its site is called, where it can be edited.

    `repository` is the address of the project's repository on a forge that edits files at
    `REPOSITORY/edit/BRANCH/FILE`; empty if there is none.
    """

    layout: Layout
    settings: Settings
    repository: str = ""
    branch: str = "main"

    def editor(self, place: Place) -> str:
        """The address of an editor at a place."""
        if not self.repository:
            return ""
        return f"{self.repository.rstrip('/')}/edit/{self.branch}/{place.file}#L{place.line}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run: what was read, what was found wrong, and the site. It is whole only if no error stands."""

    sources: Sources
    problems: tuple[Problem, ...]
    site: Site

    @property
    def sound(self) -> bool:
        """Whether the site may be published."""
        return not any(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one run leaves to the next, so that only what changed is done: what files say, what pages are made of.

    `sound` are the marks of records that break no rule by themselves.
    `again` says whether another run follows in this process: else texts, which take much memory, are let go of.
    `shelf` is the folder in which it is left to other processes; None if it is not.
    """

    known: Known = field(default_factory=Known)
    ledger: Ledger = field(default_factory=Ledger)
    sound: set[str] = field(default_factory=set)
    again: bool = False
    shelf: Path | None = None

    def read(self, layout: Layout) -> Sources:
        """Everything that people wrote. What files say is left to other processes, if that is not what they left."""
        sources = read.read(layout, known=self.known)
        if self.shelf and self.known.is_news:
            cache.save(self.shelf / "sources", cache.made_by(), self.known.lines())
        self.known.end(again=self.again)
        return sources

    def check(self, sources: Sources, today: date) -> tuple[Problem, ...]:
        """Every breach of a rule. What records break none by themselves is left to other processes."""
        checked = checks.check(sources, today, self.sound)
        if self.shelf and checked.sound - self.sound:
            cache.save(self.shelf / "sound", cache.made_by(), map(str.encode, sorted(checked.sound)))
        self.sound.update(checked.sound)
        return checked.problems

    def leave_pages(self) -> None:
        """Leave to other processes the pages of a sound run, if they are others than those that they left."""
        if self.shelf and self.ledger.is_news:
            old, news, by = self.shelf / "pages", self.shelf / "news", _made_under(self.ledger.under)
            if self.ledger.has_few_news:
                cache.save(news, by, self.ledger.lines(of_news=True))
            else:
                cache.save(old, by, self.ledger.lines())
                cache.save(news, by, ())


def recalled(community: Community, *, again: bool = False) -> Kept:
    """What a run in another process left of the same project. Nothing where that is not certain."""
    kept = _without_pages(community, again=again)
    shelf, by = cache.shelf(community.layout.root), _made_under(community.settings)
    kept.ledger.learn(community.settings, cache.load(shelf / "pages", by), cache.load(shelf / "news", by))
    return kept


def everything(community: Community) -> Sources:
    """Everything that people wrote, unchecked; of files that did not change, what another process read of them."""
    return _without_pages(community).read(community.layout)


def _without_pages(community: Community, *, again: bool = False) -> Kept:
    """What a run in another process left of the files alone."""
    shelf, by = cache.shelf(community.layout.root), cache.made_by()
    sound = {line.rstrip(b"\n").decode("ascii", "replace") for line in cache.load(shelf / "sound", by)}
    return Kept(Known(cache.load(shelf / "sources", by)), sound=sound, again=again, shelf=shelf)


def afresh(community: Community, *, again: bool = False) -> Kept:
    """As if no process had left anything; what this run makes is left to others."""
    return Kept(Known(()), again=again, shelf=cache.shelf(community.layout.root))


def _made_under(settings: object) -> str:
    """By whom pages must have been made, under these settings."""
    return digest(cache.made_by(), settings)


def run(
    community: Community,
    today: date,
    *,
    strict: bool = False,
    kept: Kept | None = None,
    tell: Progress = lambda done, total: None,
) -> Result:
    """Read, check and render everything. `strict` makes errors of warnings; `tell` hears how many pages are done."""
    kept = kept or Kept()
    with _all_stays():
        sources = kept.read(community.layout)
        problems = [*sources.problems, *kept.check(sources, today)]
        if not kept.again:
            sources = sources.with_packed_texts()
    site = Site(())
    if not any(problem.severity == "error" for problem in problems):
        site = render(knowledge(sources, community.editor), community.settings, kept.ledger, tell)
        problems.extend(links.check_addresses(site, sources))
    left = checks.waive(problems, sources, RULES, today)
    return Result(sources, tuple(_in_order(left, strict)), site)


def rerun(community: Community, today: date, *, strict: bool = False, kept: Kept | None = None) -> Result:
    """Run everything; of the pages only those are made that another process did not leave as they are now.

    `kept` is what it left, where that was recalled already.
    """
    kept = kept or recalled(community)
    result = run(community, today, strict=strict, kept=kept)
    if result.sound:
        kept.leave_pages()
    return result


@contextmanager
def _all_stays() -> Iterator[None]:
    """Values are made that all stay: to look for garbage among them again and again would take longer than the work."""
    collects = gc.isenabled()
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def run_on_change(community: Community, today: date, base: str, *, strict: bool = False) -> tuple[Result, Verdict]:
    """Run everything, and tell what a change since `base`, a revision of git, must answer for.

    `strict` makes errors of those warnings that do not come and go by themselves. While an older error stands, no
    pages are made, so links to addresses are looked at in neither run. Raises NotComparableError.
    """
    root = community.layout.root
    parted = compare.base(root, base)
    steady = {rule.id for rule in RULES if rule.goes_by == "words"}
    kept = recalled(community, again=True)
    result = rerun(community, today, kept=kept)
    graver = (_as_error(one) if strict and one.rule in steady else one for one in result.problems)
    result = replace(result, problems=tuple(graver))
    if not result.problems:
        return result, Verdict((), (), ())
    with parted.restored() as folder:
        before = run(_moved(community, folder), today, kept=kept)
    found = (result.problems, result.sources), (before.problems, before.sources)
    return result, compare.verdict(*found, RULES)


def _moved(community: Community, folder: Path) -> Community:
    """The community with its files in another folder."""
    layout = community.layout
    docs = os.path.relpath(layout.root / layout.docs, layout.root)
    return replace(community, layout=replace(layout, root=folder, docs=docs))


def review(community: Community, today: date, base: str) -> Review:
    """What a change since `base`, a revision of git, does. Who looks after a file is read as it was before the change.

    Raises NotComparableError.
    """
    root = community.layout.root
    parted = compare.base(root, base)
    kept = recalled(community, again=True)
    now = rerun(community, today, kept=kept)
    with parted.restored() as folder:
        before = run(_moved(community, folder), today, kept=kept)
        keepers = read_text(folder, OWNERS)[0] or ""
    same = reviews.same(now.sources, before.sources)
    are, were = reviews.shown(now.sources, same), reviews.shown(before.sources, same)
    verdict = compare.verdict((now.problems, now.sources), (before.problems, before.sources), RULES)
    added = tuple(one for key, one in are.items() if key not in were)
    edited = tuple(reviews.edited(were.values(), are))
    files = parted.changed(root)
    return Review(
        added=added,
        edited=edited,
        removed=tuple(one for key, one in were.items() if key not in are),
        twins=tuple(reviews.twins((*added, *(one.now for one in edited)), are.values())),
        blocking=verdict.blocking,
        beside=verdict.beside,
        older=len(verdict.older),
        addresses=reviews.addresses(before.site, now.site) if before.sound and now.sound else None,
        files=files,
        owners=reviews.owners(keepers, files),
    )


def suggest(community: Community, issue: Issue, form: Sequence[Field], today: date) -> Suggestion:
    """What becomes of an issue that suggests a resource: a record at its place, checked; or why there is none."""
    kept = _without_pages(community, again=True)
    sources = kept.read(community.layout)
    given, refusals = suggestions.answers(issue.body, form)
    if refusals:
        return Suggestion(issue, refusals)
    file = home_of("resource", sources, community.layout)
    if file in torn(sources) or file not in sources.texts:
        return Suggestion(
            issue, ("The data of this project cannot be read at present. An editor has to mend it first.",)
        )
    fields = {field.route[0] for field in form if field.route}
    asked = forms.questions("resources", vocabularies(sources), fields)
    try:
        values = forms.filled(asked, given)
    except forms.AnswerError as error:
        return Suggestion(issue, (str(error),))
    id = _free_id(given, issue, sources)
    record = write.block("resources", forms.with_days({"id": id, **values}, today))
    text = write.inserted(sources.texts[file], "resources", record)
    missing = tuple(suggestions.missing(form, forms.unfilled(asked, values)))
    now = read.read(community.layout, {file: text}, kept.known)
    problems = _brought(sources, now, today)
    others = tuple(one for one in problems if (one.rule, one.record) != (read.MISSING, id))
    every = reviews.shown(now, reviews.same(sources, now))
    twins = tuple(reviews.twins((every["resource", id],), every.values()))
    return Suggestion(issue, (), id, record, file, text, missing, others, twins)


def _free_id(given: Iterable[Answer], issue: Issue, sources: Sources) -> str:
    """An id that nobody bears, made of the title; with the number of the issue if that alone would not do."""
    title = next((one.texts[0] for one in given if one.field.route == ("title",)), "")
    id = forms.new_id(title)
    taken = {one.id for one in sources.records} | {one.key for one in sources.literature}
    return id if id and id not in taken else f"{id or 'suggestion'}-{issue.number}"


def _brought(before: Sources, now: Sources, today: date) -> tuple[Problem, ...]:
    """The problems that a change brings or that stand in what it touched. Addresses are not looked at."""
    found, were = (
        (*checks.waive((*s.problems, *checks.check(s, today).problems), s, RULES, today),) for s in (now, before)
    )
    verdict = compare.verdict((found, now), (were, before), RULES)
    return tuple(sorted((*verdict.blocking, *verdict.beside), key=lambda problem: problem.place))


def mended(sources: Sources, layout: Layout) -> dict[str, str]:
    """The files in which something mechanical can be mended, as they should be; data files are put into form too."""
    texts = {**sources.texts, **write.mended(sources)}
    made = texts | reformatted(replace(sources, texts=texts), layout)[0]
    spoilt = {one.place.file for one in sources.problems if one.rule in read.CLEANED}
    wanted = {name for name in made if name in spoilt or made[name] != sources.texts[name]} - torn(sources)
    return {name: made[name] for name in sorted(wanted)}


def reformatted(sources: Sources, layout: Layout) -> tuple[dict[str, str], tuple[str, ...]]:
    """The data files that are not in their one form, as they should be; and those that are too broken to be put in it.

    What a file says is read again and compared: it stays as it is if the form would change that.
    """
    made: dict[str, str] = {}
    left: list[str] = []
    broken = torn(sources)
    for name in data_files(sources, layout):
        text = sources.texts[name]
        new = write.formatted(text)
        if name in broken or not read.says_the_same(text, new, name):
            left.append(name)
        elif new != text:
            made[name] = new
    return made, tuple(left)


def torn(sources: Sources) -> frozenset[str]:
    """Files with two versions that git could not join: of these one was read, so they must not be written anew."""
    return frozenset(one.place.file for one in sources.problems if one.rule == read.TORN)


def data_files(sources: Sources, layout: Layout) -> tuple[str, ...]:
    """The names of the data files: the main one and those that it includes."""
    return tuple(dict.fromkeys((layout.data, *(written.place.file for written in sources.records))))


def vocabularies(sources: Sources) -> tuple[Vocabulary, ...]:
    """The vocabularies of a community."""
    return tuple(written.record for written in sources.records if isinstance(written.record, Vocabulary))


def home_of(kind: str, sources: Sources, layout: Layout) -> str:
    """The data file in which records of a kind are kept: that of the last one, or the main file."""
    return next((written.place.file for written in reversed(sources.records) if written.kind == kind), layout.data)


def _in_order(problems: Iterable[Problem], strict: bool) -> Iterable[Problem]:
    """Problems by file and line, the main files first, each once."""
    for problem in sorted(dict.fromkeys(problems), key=lambda problem: problem.place):
        yield _as_error(problem) if strict else problem


def _as_error(problem: Problem) -> Problem:
    return replace(problem, severity="error")
