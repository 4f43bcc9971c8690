"""Sources to problems: every rule that the knowledge base keeps, one function each.

To add a rule, write a generator function that yields faults, give it a docstring of two paragraphs (the sentence
that must hold; what to do where it does not) and put it on one of the lists below.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kb.check import addresses, forms, identity, links, substance, waivers, works
from kb.check.rules import Check, Known, rule_of
from kb.check.waivers import waive
from kb.problem import Problem, Rule, breach
from kb.source import Sources

__all__ = ["ERRORS", "RULES", "WARNINGS", "WARNINGS_OF_THE_DAY", "check", "waive"]

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
_CHECKS: tuple[tuple[Check, Rule], ...] = (
    *((check, rule_of(check, "error")) for check in ERRORS),
    *((check, rule_of(check, "warning")) for check in WARNINGS),
    *((check, rule_of(check, "warning", "day")) for check in WARNINGS_OF_THE_DAY),
)
RULES: tuple[Rule, ...] = (*(rule for _, rule in _CHECKS), *waivers.RULES)


def check(sources: Sources, today: date) -> tuple[Problem, ...]:
    """Every breach of a rule in what was read. `today` decides which reviews are due."""
    return tuple(_problems(Known(sources, today)))


def _problems(known: Known) -> Iterator[Problem]:
    for check, rule in _CHECKS:
        for fault in check(known):
            yield breach(rule, fault.place, fault.message, help=fault.help, record=fault.record, related=fault.related)
