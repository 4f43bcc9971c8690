"""What each page was made of, so that only those pages are made again of which something changed.

Whatever a page asks of the knowledge base goes through a `Watched` mapping, which notes the question. A page is kept
with its questions and a mark of each answer; it is right as long as the same questions get the same answers (verifying
traces: Mokhov, Mitchell and Peyton Jones, 2018, "Build systems à la carte", section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, Iterable, Iterator, Mapping, Set, ValuesView
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from sys import intern
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Base64Bytes, TypeAdapter, ValidationError

from kb.digest import digest
from kb.pages import Page, unpack

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

EVERYTHING = None
"""Stands for a key where all of a mapping was asked for."""


@dataclass(slots=True, eq=False)
class Question:
    """A mapping and a key that it was asked for. Each is there once: many pages ask the same.

    `mark` is that of the answer that the present knowledge base gives, `answer` the last one that was marked, as `its`.
    """

    name: str
    key: Hashable
    mark: str = ""
    answer: object = None
    its: str = ""


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
    _questions: dict[str, dict[Hashable, Question]] = field(default_factory=dict)
    _right: set[Hashable] = field(default_factory=set)
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
        for question in self._every_question():
            question.mark = ""
        self._right.clear()
        self._asking = [set()]

    def end(self) -> None:
        """No other knowledge base comes: let go of all but the pages of this one."""
        pages = dict(self._pages())
        self.begin(self._under, str)
        self.kept, self._right = pages, {*pages}
        for question in self._every_question():
            question.answer, question.its = None, ""

    def watched(self, name: str, mapping: Mapping[K, V]) -> Watched[K, V]:
        """A mapping of the present knowledge base whose questions are noted under a name of its own."""
        self._mappings[name] = mapping
        return Watched(name, mapping, self)

    def note(self, name: str, key: Hashable) -> None:
        """That something was asked."""
        self._asking[-1].add(self._question(name, key))

    def recall(self, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes; what it made before, if that would come out again. `what` names it."""
        kept = self.kept.get(what)
        if kept is None or not self._is_right(what, kept):
            with self.aside() as asked:
                value = make()
            kept = Made(value, tuple(asked), tuple(map(self._mark, asked)))
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
            marks = tuple((one.name, one.key, mark) for one, mark in zip(made.asked, made.marks, strict=True))
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
                asked = tuple(self._question(name, key) for name, key, _ in known.marks)
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

    def _every_question(self) -> Iterator[Question]:
        return chain.from_iterable(one.values() for one in self._questions.values())

    def _question(self, name: str, key: Hashable) -> Question:
        known = self._questions.setdefault(name, {})
        question = known.get(key)
        if question is None:
            known[key] = question = Question(name, key)
        return question

    def _is_right(self, what: Hashable, kept: Made) -> bool:
        if what not in self._right:
            for question, mark in zip(kept.asked, kept.marks, strict=True):
                if (question.mark or self._mark(question)) != mark:
                    return False
            self._right.add(what)
        return True

    def _mark(self, question: Question) -> str:
        """A short form of an answer, the same for answers that read the same."""
        if not question.mark:
            mapping = self._mapping(question.name)
            if question.key is EVERYTHING:
                answer: object = [(one, self._mark(self._question(question.name, one))) for one in mapping]
            else:
                answer = mapping.get(question.key)
            if not question.its or question.answer is not answer:
                question.answer, question.its = answer, digest(answer)
            question.mark = question.its
        return question.mark

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
