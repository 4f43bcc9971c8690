"""The body of an issue form to answers, and to the values of a record. Texts in, values out: nothing is evaluated.

GitHub writes each question as a heading of the third level, and the answer below it:
https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

from kb.forge import Answer, Field, Route
from kb.problem import is_unseen

LONGEST = 3_000
"""Characters of one answer."""
_UNANSWERED = "_No response_"
_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_Said = dict[str, list[str]]


def answers(body: str, form: Sequence[Field]) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """What was answered, in the order of the form, and a sentence on each answer that cannot be taken."""
    said = _cut(body, form)
    if not said:
        return (), ("This issue was not written with the form, or its headings were changed. Please use the form.",)
    taken: list[Answer] = []
    refusals: list[str] = []
    for field in form:
        texts = said.get(field.label, [])
        refused = _refusal(field, texts)
        if refused:
            refusals.append(refused)
        elif field.route and _answered(texts):
            taken.append(Answer(field, _texts(field, texts[0])))
    return tuple(taken), tuple(refusals)


def _cut(body: str, form: Iterable[Field]) -> _Said:
    """What stands below each heading of the form, once for each time that the heading stands there."""
    labels = {f"### {field.label}": field.label for field in form}
    said: _Said = {}
    lines: list[str] = []
    below = ""
    for line in [*normalize("NFC", body).replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if label := labels.get(line.rstrip()):
            _keep(said, below, lines)
            below, lines = label, []
        else:
            lines.append(line.rstrip())
    _keep(said, below, lines)
    return said


def _keep(said: _Said, label: str, lines: Iterable[str]) -> None:
    if label:
        said.setdefault(label, []).append("\n".join(lines).strip())


def _answered(texts: Sequence[str]) -> bool:
    return any(text not in ("", _UNANSWERED) for text in texts)


# --- what cannot be taken -----------------------------------------------------------------------------------
def _refusal(field: Field, texts: Sequence[str]) -> str:
    """Why an answer cannot be taken, in one sentence; empty if it can."""
    if len(texts) > 1:
        return f"The heading “{field.label}” stands {len(texts)} times. Please leave it once, above one answer."
    if not field.route:
        agreed = texts and all(f"- [x] {option}" in texts[0].replace("[X]", "[x]") for option in field.options)
        return "" if agreed else f"Under “{field.label}”, please tick the box. Without it we may not use your words."
    if not _answered(texts):
        return f"“{field.label}” has no answer. We need one." if field.needed else ""
    text = texts[0]
    if len(text) > LONGEST:
        return f"“{field.label}” has {len(text):,} characters. Please keep it to {LONGEST:,}."
    unseen = sorted({f"U+{ord(sign):04X}" for sign in text if is_unseen(sign)})
    if unseen:
        signs = ", ".join(unseen[:5])
        return f"“{field.label}” holds signs that nobody can see ({signs}). Please type the answer anew without them."
    if field.options and not _chosen(text, field.options):
        return f"“{field.label}” holds an answer that is not on its list. Please choose from the list."
    return ""


# --- what was answered ----------------------------------------------------------------------------------------
def _texts(field: Field, text: str) -> tuple[str, ...]:
    if field.options:
        return _chosen(text, field.options)
    if field.in_one_line:
        text = " ".join(text.split())
    found = _DOI.fullmatch(text) if field.route == ("url",) else None
    return (f"https://doi.org/{found[1]}" if found else text.expandtabs(4),)


def _chosen(text: str, options: Iterable[str]) -> tuple[str, ...]:
    """The options that a list joined by commas names; none if it holds anything else. An option may hold commas."""
    chosen: list[str] = []
    longest_first = sorted(options, key=len, reverse=True)
    rest = f"{text}, "
    while rest:
        option = next((one for one in longest_first if rest.startswith(f"{one}, ")), None)
        if option is None:
            return ()
        chosen.append(option)
        rest = rest[len(option) + 2 :]
    return tuple(dict.fromkeys(chosen))


# --- what a record needs ----------------------------------------------------------------------------------------
def missing(form: Iterable[Field], routes: Iterable[Route]) -> Iterator[str]:
    """The labels of the questions whose answers would fill these fields; the field's own name where none asks."""
    labels = {field.route: field.label for field in form}
    labels |= {field.route[:1]: field.label for field in form if field.route[:1] not in labels}
    yield from (labels.get(route) or labels.get(route[:1]) or route[-1].replace("_", " ") for route in routes)
