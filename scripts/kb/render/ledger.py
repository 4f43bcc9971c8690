"""What each page was made of, so that only those pages are made again of which something changed.

Whatever a page asks of the knowledge base goes through a `Watched` mapping, which notes the question. A page is kept
with its questions and a mark of each answer; it is right as long as the same questions get the same answers (verifying
traces: Mokhov, Mitchell and Peyton Jones, 2018, "Build systems à la carte", section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, Iterable, Iterator, Mapping, Set, ValuesView
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Base64Bytes, TypeAdapter, ValidationError

from kb.digest import digest
from kb.pages import Page, unpack

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Question = tuple[str, Hashable]
"""The name of a mapping and a key that it was asked for."""


EVERYTHING = None
"""Stands for a key where all of a mapping was asked for."""


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was made, the questions that were asked in making it, and the mark of the answer to each."""

    value: Any
    asked: tuple[Question, ...]
    marks: tuple[str, ...]


def _sound(packed: bytes) -> bytes:
    unpack(packed)
    return packed


@dataclass(frozen=True, slots=True)
class _Line:
    """A page as it is kept between two runs. What is read back is checked against these types like any other input."""

    what: tuple[str, ...]
    marks: tuple[tuple[str, str | tuple[str | bool, ...] | None, str], ...]
    page: Page
    packed: Annotated[Base64Bytes, AfterValidator(_sound)]


_LINES = TypeAdapter(_Line)


@dataclass(slots=True)
class Ledger:
    """What was made before, and of what. It outlives one knowledge base; `begin` tells it that another one comes."""

    kept: dict[Hashable, Made] = field(default_factory=dict)
    _under: object = None
    _derive: Callable[[str], object] = str
    _mappings: dict[str, Mapping[Any, Any]] = field(default_factory=dict)
    _answers: dict[Question, tuple[object, str]] = field(default_factory=dict)
    _current: dict[Question, str] = field(default_factory=dict)
    _right: set[Hashable] = field(default_factory=set)
    _questions: dict[Question, Question] = field(default_factory=dict)
    _asking: list[set[Question]] = field(default_factory=lambda: [set()])
    _learnt: int = 0
    _made: int = 0

    def begin(self, settings: object, derive: Callable[[str], object]) -> None:
        """Another knowledge base: what was made may not be right any more. Under other `settings` nothing is.

        `derive` works out the mapping of a name and has it `watched`, where nobody asked for it yet.
        """
        if settings != self._under:
            self.kept.clear()
        self._under, self._derive = settings, derive
        self._mappings.clear()
        self._current.clear()
        self._right.clear()
        self._asking = [set()]

    def end(self) -> None:
        """No other knowledge base comes: let go of all but the pages of this one."""
        pages = dict(self._pages())
        self.begin(self._under, str)
        self.kept, self._right, self._answers = pages, {*pages}, {}

    def watched(self, name: str, mapping: Mapping[K, V]) -> Watched[K, V]:
        """A mapping of the present knowledge base whose questions are noted under a name of its own."""
        self._mappings[name] = mapping
        return Watched(name, mapping, self)

    def note(self, name: str, key: Hashable) -> None:
        """That something was asked."""
        self._asking[-1].add((name, key))

    def recall(self, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes; what it made before, if that would come out again. `what` names it."""
        kept = self.kept.get(what)
        if kept is None or not self._is_right(what, kept):
            with self.aside() as asked:
                value = make()
            kept = Made(value, tuple(map(self._one, asked)), tuple(map(self._mark, asked)))
            self.kept[what] = kept
            self._right.add(what)
            self._made += isinstance(value, Page)
        self._asking[-1].update(kept.asked)
        value_made: T = kept.value
        return value_made

    @property
    def is_news(self) -> bool:
        """Whether the pages of the present knowledge base are others than those that were learnt."""
        return self._made > 0 or len([*self._pages()]) != self._learnt

    def lines(self) -> Iterator[bytes]:
        """The pages of the present knowledge base, a line of JSON each."""
        for what, made in self._pages():
            marks = tuple((name, key, mark) for (name, key), mark in zip(made.asked, made.marks, strict=True))
            page: Page = made.value
            yield _LINES.dump_json(_Line(what, marks, replace(page, packed=b""), page.packed))  # type: ignore[arg-type]  # pages are named so

    def _pages(self) -> Iterator[tuple[Hashable, Made]]:
        return (
            (what, made) for what, made in self.kept.items() if what in self._right and isinstance(made.value, Page)
        )

    def learn(self, settings: object, lines: Iterable[bytes]) -> None:
        """Take over pages that were made under these settings; from a line that is none on, nothing."""
        self._under = settings
        with suppress(ValidationError):
            for line in lines:
                known = _LINES.validate_json(line, strict=True)
                page = replace(known.page, packed=known.packed)
                asked = tuple(self._one((name, key)) for name, key, _ in known.marks)
                self.kept[known.what] = Made(page, asked, tuple(intern(mark) for *_, mark in known.marks))
                self._learnt += 1

    @contextmanager
    def aside(self) -> Iterator[Set[Question]]:
        """The questions that are asked within; they are not noted for what is being made around it."""
        self._asking.append(set())
        try:
            yield self._asking[-1]
        finally:
            self._asking.pop()

    def _one(self, question: Question) -> Question:
        """The one object for all questions that are alike: many pages ask the same."""
        return self._questions.setdefault(question, question)

    def _is_right(self, what: Hashable, kept: Made) -> bool:
        if what not in self._right:
            current = self._current
            for asked, mark in zip(kept.asked, kept.marks, strict=True):
                if (current.get(asked) or self._mark(asked)) != mark:
                    return False
            self._right.add(what)
        return True

    def _mark(self, question: Question) -> str:
        """A short form of an answer, the same for answers that read the same."""
        mark = self._current.get(question)
        if mark is None:
            name, key = question
            mapping = self._mapping(name)
            if key is EVERYTHING:
                answer: object = [(one, self._mark((name, one))) for one in mapping]
            else:
                answer = mapping.get(key)
            before = self._answers.get(question)
            if before is None or before[0] is not answer:
                self._answers[question] = before = (answer, digest(answer))
            self._current[question] = mark = before[1]
        return mark

    def _mapping(self, name: str) -> Mapping[Any, Any]:
        if name not in self._mappings:
            self._derive(name)
        return self._mappings[name]


@dataclass(frozen=True, slots=True, eq=False)
class Watched(Mapping[K, V]):
    """A mapping that notes what is asked of it."""

    name: str
    mapping: Mapping[K, V]
    ledger: Ledger

    def __getitem__(self, key: K) -> V:
        self.ledger.note(self.name, key)
        return self.mapping[key]

    def __iter__(self) -> Iterator[K]:
        self.ledger.note(self.name, EVERYTHING)
        return iter(self.mapping)

    def __len__(self) -> int:
        self.ledger.note(self.name, EVERYTHING)
        return len(self.mapping)

    def values(self) -> ValuesView[V]:
        self.ledger.note(self.name, EVERYTHING)
        return self.mapping.values()

    def items(self) -> ItemsView[K, V]:
        self.ledger.note(self.name, EVERYTHING)
        return self.mapping.items()
