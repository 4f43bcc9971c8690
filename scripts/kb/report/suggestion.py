"""What became of a suggestion, as the answer on its issue, and as the text of the pull request that offers it."""

from __future__ import annotations

from collections.abc import Iterator

from kb.forge import Suggestion
from kb.report.quote import bounded, code, code_block, sentence

MARK = "<!-- kb-suggestion -->"
"""The first line of the answer, by which it is found again and kept up to date."""
MOST = 20
"""Problems that are told."""


def answer(suggestion: Suggestion) -> str:
    """The answer on the issue, in Markdown."""
    return bounded("\n\n".join([MARK, *_refused(suggestion), *_made(suggestion)]) + "\n")


def _refused(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.refusals:
        yield "Thank you for the suggestion. Nothing could be made of it yet:"
        yield "\n".join(f"- {sentence}" for sentence in suggestion.refusals)
        yield "Edit the text of this issue and save it: it is read again by itself."


def _made(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.record:
        yield "Thank you for the suggestion. It was made into an entry, which an editor now looks at:"
        yield code_block(suggestion.record, "yaml")
        yield from _open_ends(suggestion)
        yield "To change something, edit the text of this issue and save it: the entry follows by itself."


def offer(suggestion: Suggestion) -> str:
    """The text of the pull request, in Markdown."""
    number = suggestion.issue.number
    parts = [f"A suggestion from the form. Closes #{number}.", *_open_ends(suggestion)]
    advice = (
        f"Every change to the issue makes this branch anew, until somebody else has written on it: from then on it is "
        f"yours. In the browser, open {code(suggestion.file)} in the list of changed files and choose to edit it."
    )
    checks = "GitHub runs no checks on what a workflow opens: close this pull request and open it again to run them."
    return bounded("\n\n".join([*parts, advice, checks]) + "\n")


def title(suggestion: Suggestion) -> str:
    """The title of the pull request, and the first line of its commit."""
    return f"Add the suggested resource {suggestion.id}"


def _open_ends(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.missing:
        yield "Still missing, for you or an editor to fill in:"
        yield "\n".join(f"- {label}" for label in suggestion.missing)
    if suggestion.twins:
        yield "Perhaps we have it already:"
        yield "\n".join(f"- {code(one.other.title)} has {one.why}" for one in suggestion.twins[:MOST])
    if suggestion.problems:
        yield "To look at:"
        sentences = tuple(dict.fromkeys(map(sentence, suggestion.problems)))
        yield "\n".join(f"- {code(one)}" for one in sentences[:MOST])
        if len(sentences) > MOST:
            yield f"And {len(sentences) - MOST} more."
    if not (suggestion.missing or suggestion.twins or suggestion.problems):
        yield "The checks find nothing wrong with it."
