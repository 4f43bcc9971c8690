"""Rules on what a record says: enough, not too much, with its sources, and read again in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from kb.check.rules import Fault, Known
from kb.model import KINDS, Case, Finding, Markdown, Pathway, Record, Resource
from kb.near import nearest
from kb.problem import Place
from kb.source import Mapping, Sequence, Sources, Written, within

T = TypeVar("T", bound=Record)
LONGEST_SUMMARY = 60
DEEPEST_LIST = 20
_FINDINGS = ("results", "what_did_not_work", "supports", "does_not_support")
_MARK = re.compile(r"[>*+-]|\d{1,9}\.")
_OPENING = re.compile(r"(?:[ \t>]|(?:[*+-]|\d{1,9}\.)(?=[ \t]))*+")
"""What opens lists and quotations at the beginning of a line, with the indentation before it."""


def short_summary(known: Known) -> Iterator[Fault]:
    """A summary has 60 words at most.

    Say what it is in one or two sentences; the rest belongs in the other fields.
    """
    for written in known.sources.records:
        for leaf in written.leaves:
            if leaf.route == ("summary",) and (words := len(leaf.text.split())) > LONGEST_SUMMARY:
                yield Fault(leaf.place, f"the summary has {words} words", written.id)


def findings_have_sources(known: Known) -> Iterator[Fault]:
    """Every result, and every finding for or against a claim, has a source.

    Add `sources:` with `- cite:` and the key of the work that says so; what nobody has written down is left out.
    """
    for written in known.sources.of_kind("case", "outcome"):
        for field in () if _is_sourced(written.record) else _FINDINGS:
            findings = known.sources.node(written).get(field)
            for finding in findings.items if isinstance(findings, Sequence) else ():
                if isinstance(finding, Mapping) and not _holds_something(finding):
                    yield Fault(finding.place, f"an item of '{field}' has no source", written.id)


def _is_sourced(record: object) -> bool:
    """Whether a record was read and every finding in it has a source."""
    found = (one for field in _FINDINGS for one in getattr(record, field, ()))
    return record is not None and all(one.sources for one in found if isinstance(one, Finding))


def _holds_something(finding: Mapping) -> bool:
    if any(nearest(pair.key.text, ["sources"]) for pair in finding.pairs if pair.key.text != "sources"):
        return True  # a slip, of which it is said
    sources = finding.get("sources")
    return sources is not None and not (isinstance(sources, Sequence) and not sources.items)


def resources_say_what_they_are(known: Known) -> Iterator[Fault]:
    """A resource either cites an entry of the bibliography or has its own title and address, never both.

    With `cite`, take out `title`, `publisher` and `year`; without it, write `title` and `url`.
    """
    for written, resource in _of(known, Resource):
        if resource.cite is None:
            for field in ("title", "url"):
                if not getattr(resource, field):
                    yield Fault(written.place, f"'{field}' is missing, for the resource cites nothing", written.id)
            continue
        for field in ("title", "publisher", "year"):
            if getattr(resource, field):
                message = f"'{field}' comes from '{resource.cite}' already"
                yield Fault(_key(written, field, known.sources), message, written.id, "Take this line out.")


def steps_have_a_subject(known: Known) -> Iterator[Fault]:
    """A step of a pathway is about an `item` or has a `title` of its own.

    Write `item:` with an id or a citation key, or `title:` for an exercise.
    """
    place_of = known.sources.place_of
    for written, pathway in _of(known, Pathway):
        for number, step in enumerate(pathway.steps):
            if step.item is None and not step.title:
                yield Fault(place_of(written, "steps", number), "the step has neither 'item' nor 'title'", written.id)


def participants_have_a_name(known: Known) -> Iterator[Fault]:
    """An organisation in a case is given by the `id` of its record or by a `name`, not by both.

    Use `id:` where the organisation has a record here, otherwise `name:`.
    """
    place_of = known.sources.place_of
    for written, case in _of(known, Case):
        for number, participant in enumerate(case.organisations):
            if bool(participant.id) == bool(participant.name):
                place = place_of(written, "organisations", number)
                yield Fault(place, "an organisation needs either 'id' or 'name'", written.id)


def dates_in_order(known: Known) -> Iterator[Fault]:
    """A record is not reviewed before it was added, nor due for review before it was last read.

    Compare the days of `added`, `reviewed` and `review_by`.
    """
    place_of = known.sources.place_of
    for written, record in _of(known, Record):
        if record.reviewed and record.reviewed < record.added:
            yield Fault(place_of(written, "reviewed"), f"{record.reviewed} is before it was added", written.id)
        if record.review_by < (record.reviewed or record.added):
            what = "last read" if record.reviewed else "added"
            yield Fault(place_of(written, "review_by"), f"{record.review_by} is before it was {what}", written.id)


def review_due(known: Known) -> Iterator[Fault]:
    """A record is read again by the day its `review_by` names.

    Read it against its sources, mend what no longer holds, and set `reviewed` and a new `review_by`.
    """
    for written, record in _of(known, Record):
        in_order = record.review_by >= (record.reviewed or record.added)
        if in_order and record.review_by < known.today and record.status != "retired":
            place = known.sources.place_of(written, "review_by")
            yield Fault(place, f"the review was due on {record.review_by}", written.id)


def pages_have_titles(known: Known) -> Iterator[Fault]:
    """A page in `docs/` has a title and a description in its front matter; the story of a record has neither.

    Begin the file with a line `---`, then `title:` and `description:`, then a line `---`.
    """
    folders = {kind.folder for kind in KINDS} | {"references"}
    for page in known.sources.pages:
        if page.meta is None:
            continue
        is_story = page.path.partition("/")[0] in folders and not page.path.endswith("index.md")
        for field in ("title", "description"):
            if bool(getattr(page.meta, field)) == is_story:
                what = "comes from the record already" if is_story else "is missing"
                yield Fault(page.place, f"'{field}' {what}", None, f"Take `{field}` out." if is_story else "")


def shallow_lists(known: Known) -> Iterator[Fault]:
    """Lists and quotations in a text stand at most 20 deep in one another.

    Look for signs that stand there by mistake at the beginning of the line.
    """
    for record, leaf in known.sources.leaves():
        deep = _too_deep(leaf.text) if isinstance(leaf.role, Markdown) else ""
        if deep:
            place = within(known.sources.texts[leaf.place.file], leaf, deep, 0)
            yield Fault(place, f"more than {DEEPEST_LIST} lists or quotations begin here", record)


def _too_deep(text: str) -> str:
    """The beginning of the first line that opens too many lists and quotations."""
    for line in text.split("\n"):
        found = _OPENING.match(line)
        opening = found.group().rstrip() if found else ""
        indent = len(opening.expandtabs(4)) - len(opening.lstrip())
        if opening and indent // 4 + len(_MARK.findall(opening)) > DEEPEST_LIST:
            return opening
    return ""


def _key(written: Written, field: str, sources: Sources) -> Place:
    pair = sources.node(written).pair(field)
    return pair.key.place if pair else written.place


def _of(known: Known, kind: type[T]) -> Iterator[tuple[Written, T]]:
    for written in known.sources.records:
        if isinstance(written.record, kind):
            yield written, written.record
