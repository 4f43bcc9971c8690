"""Waivers: warnings that somebody let stand beside a record, with a reason, and that expire with their reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kb.model import RuleId, Waiver
from kb.problem import Place, Problem, Related, Rule, breach, did_you_mean
from kb.source import Leaf, Sources, blocks

WAIVABLE_RULES = Rule(
    "waivable-rules",
    "A waiver names a rule that only warns, and gives a reason: an error is mended and never waived.",
    "Name the word in brackets behind the warning; in the bibliography write `waive = {rule: the reason}`.",
)
NEEDED_WAIVERS = Rule(
    "needed-waivers",
    "A waiver stands beside a record only as long as the record breaks the rule that it waives.",
    "Take the waiver out: it is no longer needed.",
    "warning",
)
RULES = (WAIVABLE_RULES, NEEDED_WAIVERS)


@dataclass(frozen=True, slots=True)
class _Waived:
    """What a waiver says, the record it stands in, and its place."""

    rule: str
    record: str | None
    place: Place
    until: date | None = None
    because: str = "given"


def waive(problems: Iterable[Problem], sources: Sources, rules: Sequence[Rule], today: date) -> tuple[Problem, ...]:
    """The problems without the warnings that waivers let stand, and with what is wrong with the waivers.

    `rules` are all that there are. After its last day a waiver lets nothing stand, and the problem names it. Where
    something could not be read, nobody knows whether a waiver is still needed, and nothing is said of that.
    """
    found = tuple(problems)
    waivers = tuple(_waivers(sources))
    wrong = tuple(_wrong(waivers, rules))
    warning = {rule.id for rule in rules if rule.severity == "warning"}
    known = [one for one in waivers if one.rule in warning and one.because]
    left, needless = _applied(found, known, sources, today) if known else (found, ())
    asked = {rule.id for rule in rules if rule.goes_by != "network"}
    needed = (one for one in needless if one.rule in asked) if _is_whole(sources) else ()
    return (*left, *wrong, *(_not_needed(one) for one in needed))


def _waivers(sources: Sources) -> Iterator[_Waived]:
    for written in sources.records:
        waive = written.record.waive if written.record else ()
        yield from _in_leaves(written.leaves, waive, written.id or None)
    for page in sources.pages:
        yield from _in_leaves(page.leaves, page.meta.waive if page.meta else (), None)
    for cited in sources.literature:
        for rule, because in cited.reference.waive if cited.reference else ():
            yield _Waived(rule, cited.key, cited.fields["waive"], because=because)


def _in_leaves(leaves: tuple[Leaf, ...], waive: tuple[Waiver, ...], record: str | None) -> Iterator[_Waived]:
    """The waivers of a record or page; of a sick one, nobody knows how long they hold."""
    found = [leaf for leaf in leaves if isinstance(leaf.role, RuleId)]
    until = [waiver.until for waiver in waive] or [None] * len(found)
    for leaf, day in zip(found, until, strict=True):
        yield _Waived(leaf.text, record, leaf.place, day)


def _wrong(waivers: Iterable[_Waived], rules: Sequence[Rule]) -> Iterator[Problem]:
    severities = {rule.id: rule.severity for rule in rules}
    for one in waivers:
        if one.rule not in severities:
            near = did_you_mean(one.rule, severities)
            yield breach(WAIVABLE_RULES, one.place, f"'{one.rule}' is not a rule.{near}", record=one.record)
        elif severities[one.rule] == "error":
            message = f"'{one.rule}' is a rule for errors, and errors cannot be waived"
            help = "Mend what breaks the rule, and take the waiver out."
            yield breach(WAIVABLE_RULES, one.place, message, help=help, record=one.record)
        elif not one.because:
            yield breach(WAIVABLE_RULES, one.place, f"the waiver of '{one.rule}' gives no reason", record=one.record)


def _applied(
    problems: tuple[Problem, ...], waivers: list[_Waived], sources: Sources, today: date
) -> tuple[tuple[Problem, ...], list[_Waived]]:
    """What the waivers leave of the problems, and the waivers that waive nothing; those past their day come last."""
    cut = blocks(sources)
    left = {number: problem for number, problem in enumerate(problems) if problem.severity == "warning"}
    needless: list[_Waived] = []
    kept = dict(enumerate(problems))
    for one in sorted(waivers, key=lambda one: (one.until is not None and one.until < today, one.place)):
        block = cut.at(one.place)
        met = [
            number for number, problem in left.items() if problem.rule == one.rule and cut.at(problem.place) == block
        ]
        if not met:
            needless.append(one)
        for number in met:
            problem = left.pop(number)
            if one.until is None or one.until >= today:
                del kept[number]
            else:
                ended = Related(one.place, f"this waiver ended on {one.until}")
                kept[number] = replace(problem, related=ended)
    return tuple(kept.values()), needless


def _not_needed(waiver: _Waived) -> Problem:
    return breach(NEEDED_WAIVERS, waiver.place, f"nothing here breaks '{waiver.rule}'", record=waiver.record)


def _is_whole(sources: Sources) -> bool:
    return not sources.gaps and all(
        (
            *(written.record for written in sources.records),
            *(cited.reference for cited in sources.literature),
            *(page.meta for page in sources.pages),
        )
    )
