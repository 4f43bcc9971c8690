"""The rooms one after another: read, check, render, and look at the addresses. What both doors open onto."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from kb import check as checks
from kb import links, read
from kb.knowledge import knowledge
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
    sources = read.read(community.layout)
    problems = [*sources.problems, *checks.check(sources, today)]
    site = Site(())
    if not any(problem.severity == "error" for problem in problems):
        site = render(knowledge(sources, community.editor), community.settings)
        problems.extend(links.check_addresses(site, sources))
    return Result(sources, tuple(_in_order(problems, strict)), site)


def _in_order(problems: Iterable[Problem], strict: bool) -> Iterable[Problem]:
    """Problems by file and line, the main files first, each once."""
    for problem in sorted(dict.fromkeys(problems), key=lambda problem: problem.place):
        yield replace(problem, severity="error") if strict else problem
