"""A change as a comment on its pull request. What people wrote stands in it as code, on one line, and in no other way.

No line holds an address, a mention or a tag of its own beside the first, so a workflow can see that a comment brought
to it is one of ours (`scripts/preview.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kb.change import Addresses, Edited, Review, Shown, Twin
from kb.problem import Problem
from kb.report.quote import bounded, code, sentence

MARK = "<!-- kb-review -->"
"""The first line of the comment, by which it is found again and kept up to date."""
MOST = 15
"""Items under one heading."""


def as_comment(review: Review) -> str:
    """The comment, in Markdown."""
    lines = [MARK, "", "## What this change does", "", *_verdict(review)]
    for heading, items in _sections(review):
        if items:
            lines += ["", f"### {heading}", "", *items[:MOST]]
            lines += [f"- and {len(items) - MOST} more"] * (len(items) > MOST)
    return bounded("\n".join([*lines, "", *_reviewers(review)]) + "\n")


def _verdict(review: Review) -> Iterator[str]:
    count = len(review.blocking)
    if count:
        yield f"**{_number(count, 'problem')} must be mended first.**"
    elif review.files:
        yield "**Nothing stands in its way.**"
    else:
        yield "**Nothing changed.**"
    if review.older:
        yield f"Elsewhere there {'is' if review.older == 1 else 'are'} {_number(review.older, 'older problem')}."


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sections(review: Review) -> Iterator[tuple[str, list[str]]]:
    yield "To mend", [_problem(one) for one in review.blocking]
    yield "To look at", [_problem(one) for one in review.beside]
    yield "Perhaps there twice", [_twin(one) for one in review.twins]
    yield "Added", ["\n".join(_whole(one)) for one in review.added]
    yield "Changed", ["\n".join(_edited(one)) for one in review.edited]
    yield "Taken out", [_head(one) for one in review.removed]
    yield "Addresses", [*_addresses(review.addresses)]
    told = {one.place.file for one in (*review.added, *(one.now for one in review.edited), *review.removed)}
    yield "Other files", [f"- {code(file)}" for file in review.files if file not in told]


def _problem(problem: Problem) -> str:
    place = problem.place
    return f"- {code(f'{place.file}, line {place.line}')}: {code(sentence(problem))}"


def _head(one: Shown) -> str:
    return f"- **{one.kind}** {code(one.title)} ({code(one.id)})"


def _whole(one: Shown) -> Iterator[str]:
    yield _head(one)
    if one.sentence:
        yield f"  - {code(one.sentence)}"
    yield from (f"  - {_name(name)}: {code(value)}" for name, value in one.facts if value)


def _name(name: str) -> str:
    """The name of a field in words; as code where it is none of ours."""
    plain = name.replace("_", " ")
    return plain if plain.isascii() and plain.replace(" ", "").isalpha() else code(name)


def _edited(one: Edited) -> Iterator[str]:
    yield _head(one.now)
    for name, old, new in one.fields:
        words = f"{code(old)} → {code(new)}" if old and new else f"new: {code(new)}" if new else f"gone: {code(old)}"
        yield f"  - {_name(name)}: {words}"


def _twin(twin: Twin) -> str:
    return f"{_head(twin.one)} and {_head(twin.other).removeprefix('- ')} have {twin.why}"


def _addresses(addresses: Addresses | None) -> Iterator[str]:
    if addresses is None:
        yield "- not known: no pages can be made while a problem must be mended"
        return
    yield from (f"- new: {code(one)}" for one in addresses.new)
    yield from (f"- leads on: {code(one)} → {code(to)}" for one, to in addresses.redirected)
    yield from (f"- **lost**: {code(one)}" for one in addresses.lost)


def _reviewers(review: Review) -> Iterable[str]:
    yield "### Who should review"
    yield ""
    if review.owners:
        yield f"Those who look after these files: {_listed(review.owners)}."
    else:
        yield "Nobody is named for these files: any editor may review them."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(code(name) for name in names[:MOST])
