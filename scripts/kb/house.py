"""The rooms one after another: read, check, render, and look at the addresses. What both doors open onto."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from kb import check as checks
from kb import compare, links, read, write
from kb.compare import Verdict
from kb.knowledge import knowledge
from kb.model import Vocabulary
from kb.pages import Site
from kb.problem import Place, Problem, Rule
from kb.read import Layout
from kb.render import Settings, render
from kb.source import Sources

RULES: tuple[Rule, ...] = (*read.RULES, *checks.RULES, *links.RULES)
"""Every rule there is, in the order in which problems are found."""


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


def run(community: Community, today: date, *, strict: bool = False) -> Result:
    """Read, check and render everything. `strict` makes errors of warnings."""
    with _all_stays():
        sources = read.read(community.layout)
        problems = [*sources.problems, *checks.check(sources, today)]
    site = Site(())
    if not any(problem.severity == "error" for problem in problems):
        site = render(knowledge(sources, community.editor), community.settings)
        problems.extend(links.check_addresses(site, sources))
    left = checks.waive(problems, sources, RULES, today)
    return Result(sources, tuple(_in_order(left, strict)), site)


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
    result = run(community, today)
    graver = (_as_error(one) if strict and one.rule in steady else one for one in result.problems)
    result = replace(result, problems=tuple(graver))
    if not result.problems:
        return result, Verdict((), (), ())
    with parted.restored() as folder:
        docs = os.path.relpath(root / community.layout.docs, root)
        before = run(replace(community, layout=replace(community.layout, root=folder, docs=docs)), today)
    found = (result.problems, result.sources), (before.problems, before.sources)
    return result, compare.verdict(*found, RULES)


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
