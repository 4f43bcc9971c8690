"""Sources to problems: every rule that the knowledge base keeps, one function each.

To add a rule, write a generator function that yields faults, give it a docstring of two paragraphs (the sentence
that must hold; what to do where it does not) and put it on one of the lists below; on `ALONE` as well, if it looks at
one record at a time.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date

from kb.check import addresses, forms, identity, links, substance, waivers, works
from kb.check.rules import Check, Known, rule_of
from kb.check.waivers import waive
from kb.problem import Problem, Rule, breach
from kb.source import Sources

__all__ = ["ALONE", "ERRORS", "RULES", "WARNINGS", "WARNINGS_OF_THE_DAY", "Checked", "check", "waive"]

ERRORS: tuple[Check, ...] = (
    identity.id_form,
    identity.unique_ids,
    identity.unique_values,
    addresses.plain_addresses,
    identity.superseded_names_successor,
    identity.retired_says_why,
    links.known_values,
    links.known_records,
    links.known_citations,
    links.published_links,
    links.known_pages,
    links.stories_bear_ids,
    links.matches_cross_frameworks,
    links.principles_have_a_framework,
    links.pathways_have_a_beginning,
    forms.web_addresses,
    forms.doi_form,
    forms.isbn_form,
    forms.language_tags,
    works.entries_are_complete,
    works.works_stand_once,
    works.unchecked_fields_exist,
    works.related_works_exist,
    works.keywords_are_topics,
    substance.short_summary,
    substance.findings_have_sources,
    substance.resources_say_what_they_are,
    substance.steps_have_a_subject,
    substance.participants_have_a_name,
    substance.dates_in_order,
    substance.pages_have_titles,
    substance.shallow_lists,
)
WARNINGS: tuple[Check, ...] = (works.entries_are_cited, forms.plain_hosts)
WARNINGS_OF_THE_DAY: tuple[Check, ...] = (substance.review_due,)
"""Warnings that come as time passes: only these may ask which day it is."""
ALONE: frozenset[Check] = frozenset(
    {
        identity.id_form,
        identity.retired_says_why,
        addresses.plain_addresses,
        forms.web_addresses,
        forms.doi_form,
        forms.isbn_form,
        forms.language_tags,
        forms.plain_hosts,
        works.entries_are_complete,
        works.unchecked_fields_exist,
        substance.short_summary,
        substance.findings_have_sources,
        substance.resources_say_what_they_are,
        substance.steps_have_a_subject,
        substance.participants_have_a_name,
        substance.dates_in_order,
        substance.shallow_lists,
    }
)
"""Rules that look at one record, entry or page at a time and at nothing else, not even the day."""
_CHECKS: tuple[tuple[Check, Rule], ...] = (
    *((check, rule_of(check, "error")) for check in ERRORS),
    *((check, rule_of(check, "warning")) for check in WARNINGS),
    *((check, rule_of(check, "warning", "day")) for check in WARNINGS_OF_THE_DAY),
)
RULES: tuple[Rule, ...] = (*(rule for _, rule in _CHECKS), *waivers.RULES)


@dataclass(frozen=True, slots=True)
class Checked:
    """Every breach of a rule, and the marks of those records and entries that by themselves break none."""

    problems: tuple[Problem, ...]
    sound: frozenset[str]


def check(sources: Sources, today: date, sound: Set[str] = frozenset()) -> Checked:
    """Check what was read. `today` decides which reviews are due.

    `sound` are marks that an earlier check gave: the rules that look at one record alone pass over them.
    """
    every, unsure = Known(sources, today), Known(_without(sound, sources), today)
    problems: list[Problem] = []
    amiss: set[str | None] = {"", None}
    for check, rule in _CHECKS:
        for fault in check(unsure if check in ALONE else every):
            problems.append(
                breach(rule, fault.place, fault.message, help=fault.help, record=fault.record, related=fault.related)
            )
            if check in ALONE:
                amiss.add(fault.record)
    every_one = [(one.mark.digest, one.id) for one in sources.records]
    every_one += [(one.mark.digest, one.key) for one in sources.literature]
    return Checked(
        tuple(problems), frozenset(mark for mark, id in every_one if mark in sound or id not in amiss) - {""}
    )


def _without(sound: Set[str], sources: Sources) -> Sources:
    records = tuple(one for one in sources.records if one.mark.digest not in sound)
    literature = tuple(one for one in sources.literature if one.mark.digest not in sound)
    return replace(sources, records=records, literature=literature)
