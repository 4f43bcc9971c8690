"""What a rule is: a function whose name is its id and whose docstring is its page in the manual."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from unicodedata import normalize

from kb.model import Vocabulary
from kb.problem import Ground, Place, Related, Rule, Severity
from kb.source import Cited, Gap, Sources, Written


@dataclass(frozen=True, slots=True)
class Fault:
    """A breach of the rule that yields it."""

    place: Place
    message: str
    record: str | None = None
    help: str = ""
    related: Related | None = None


@dataclass(frozen=True)
class Known:
    """The sources, with what the rules look up in them again and again."""

    sources: Sources
    today: date

    @cached_property
    def records(self) -> Mapping[str, Written]:
        """The first record with each id."""
        return {written.id: written for written in reversed(self.sources.records) if written.kind != "vocabulary"}

    @cached_property
    def works(self) -> Mapping[str, Cited]:
        """The entry of the bibliography with each key."""
        return {cited.key: cited for cited in self.sources.literature}

    @cached_property
    def former(self) -> Mapping[str, str]:
        """Each id that a record had before, with its id now."""
        return {
            former: written.id
            for written in self.sources.records
            if written.record is not None and not isinstance(written.record, Vocabulary)
            for former in written.record.was
        }

    @cached_property
    def values(self) -> Mapping[str, frozenset[str]]:
        """The ids of the values of each vocabulary."""
        return {
            written.id: frozenset(value.id for value in written.record.values)
            for written in reversed(list(self.sources.of_kind("vocabulary")))
            if isinstance(written.record, Vocabulary)
        }

    @cached_property
    def broken_vocabularies(self) -> frozenset[str]:
        """Vocabularies that could not be read: nothing can be said about their values."""
        return frozenset(
            written.id
            for written in self.sources.records
            if written.kind in {"vocabulary", ""} and not isinstance(written.record, Vocabulary)
        )

    @cached_property
    def sick_files(self) -> frozenset[str]:
        """Data files and pages of which something could not be read."""
        wrong = {problem.place.file for problem in self.sources.problems if problem.severity == "error"}
        return frozenset(wrong & self.sources.texts.keys() - {cited.place.file for cited in self.sources.literature})

    @cached_property
    def meant(self) -> frozenset[str]:
        """The ids and keys that others of a wrong form must have been meant to be: of their form it is said."""
        ids = {id: plain_id(id) for id in self.records}
        keys = {key: re.sub(r"[^\w:.+/-]", "", key) for key in self.works}
        return frozenset(right for wrong, right in (*ids.items(), *keys.items()) if right != wrong)

    def is_gap(self, gap: Gap) -> bool:
        """Whether something of this sort could not be read at all."""
        return gap in self.sources.gaps


def plain_id(text: str) -> str:
    """A text in the form of an id: `Altogether Better` becomes `altogether-better`."""
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


Check = Callable[[Known], Iterator[Fault]]


def rule_of(check: Check, severity: Severity, goes_by: Ground = "words") -> Rule:
    """The rule that a check function stands for."""
    sentence, _, advice = (inspect.getdoc(check) or "").partition("\n\n")
    name = getattr(check, "__name__", "")
    return Rule(name.replace("_", "-"), " ".join(sentence.split()), " ".join(advice.split()), severity, goes_by)
