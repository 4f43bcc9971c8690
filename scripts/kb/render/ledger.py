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
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Base64Bytes, NonNegativeInt, TypeAdapter, ValidationError

from kb.digest import digest
from kb.pages import Page, unpack

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

EVERYTHING = None
"""Stands for a key where all of a mapping was asked for."""


_NONE_YET = object()
"""Stands for an answer that nobody has looked at."""


@dataclass(slots=True, eq=False)
class Question:
    """A mapping and a key that it was asked for, with the mark of one answer; many things that were made share it.

    Where another answer comes, another question takes the place of this one. `seen` is the number of the knowledge base
    that gave this answer last, and `answer` what it was.
    """

    name: str
    key: Hashable
    mark: str = ""
    seen: int = 0
    answer: object = _NONE_YET


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was made, and the questions that were asked in making it."""

    value: Any
    asked: tuple[Question, ...]


def _sound(packed: bytes) -> bytes:
    unpack(packed)
    return packed


@dataclass(frozen=True, slots=True)
class _Line:
    """A page as it is kept between two runs, with the numbers of the questions that were asked.

    What is read back is checked against these types like any other input.
    """

    what: tuple[str, ...]
    asked: tuple[NonNegativeInt, ...]
    page: Page
    packed: Annotated[Base64Bytes, AfterValidator(_sound)]


_LINES = TypeAdapter(_Line)
_QUESTIONS = TypeAdapter(tuple[tuple[str, str | tuple[str | bool, ...] | None, str], ...])


@dataclass(slots=True)
class Ledger:
    """What was made before, and of what. It outlives one knowledge base; `begin` tells it that another one comes.

    `under` are the settings under which it was made.
    """

    kept: dict[Hashable, Made] = field(default_factory=dict)
    under: object = None
    _derive: Callable[[str], object] = str
    _mappings: dict[str, Mapping[Any, Any]] = field(default_factory=dict)
    _marks: dict[str, Mapping[Any, str]] = field(default_factory=dict)
    _questions: dict[str, dict[Hashable, Question]] = field(default_factory=dict)
    _right: set[Hashable] = field(default_factory=set)
    _now: int = 1
    _asking: list[set[Question]] = field(default_factory=lambda: [set()])
    _old: dict[Hashable, Made] = field(default_factory=dict)
    _learnt: int = 0
    _made: int = 0

    def begin(self, settings: object, derive: Callable[[str], object]) -> None:
        """Another knowledge base: what was made may not be right any more. Under other `settings` nothing is.

        `derive` works out the mapping of a name and has it `watched`, where nobody asked for it yet.
        """
        if settings != self.under:
            self.kept.clear()
        self.under, self._derive = settings, derive
        self._mappings.clear()
        self._now += 1
        self._right.clear()
        self._asking = [set()]

    def end(self) -> None:
        """No other knowledge base comes: let go of all but the pages of this one."""
        pages = dict(self._pages())
        self.begin(self.under, str)
        self.kept, self._right = pages, {*pages}
        for question in chain.from_iterable(one.values() for one in self._questions.values()):
            question.answer = _NONE_YET

    def watched(
        self, name: str, mapping: Mapping[K, V], marks: Mapping[K, str] = MappingProxyType({})
    ) -> Watched[K, V]:
        """A mapping of the present knowledge base whose questions are noted under a name of its own.

        `marks` are digests of answers, as far as they are known.
        """
        self._mappings[name], self._marks[name] = mapping, marks
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
            kept = Made(value, tuple({*map(self._answered, asked)}))
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

    @property
    def has_few_news(self) -> bool:
        """Whether all old pages but an eighth are still those of the present knowledge base, and none is gone."""
        pages = dict(self._pages())
        return self._old.keys() <= pages.keys() and len(self._news()) * 8 <= len(pages)

    def lines(self, *, of_news: bool = False) -> Iterator[bytes]:
        """All questions, then the pages of the present knowledge base, a line of JSON each; or only those not old."""
        pages = self._news() if of_news else dict(self._pages())
        every = dict.fromkeys(one for made in pages.values() for one in made.asked)
        yield _QUESTIONS.dump_json(tuple((one.name, one.key, one.mark) for one in every))  # type: ignore[misc]  # keys are such
        numbers = {one: number for number, one in enumerate(every)}
        for what, made in pages.items():
            asked, page = tuple(map(numbers.__getitem__, made.asked)), made.value
            yield _LINES.dump_json(_Line(what, asked, replace(page, packed=b""), page.packed))  # type: ignore[arg-type]  # pages are named so

    def _pages(self) -> Iterator[tuple[Hashable, Made]]:
        return (
            (what, made) for what, made in self.kept.items() if what in self._right and isinstance(made.value, Page)
        )

    def _news(self) -> dict[Hashable, Made]:
        """The pages of the present knowledge base that are not old ones."""
        return {what: made for what, made in self._pages() if self._old.get(what) is not made}

    def learn(self, settings: object, lines: Iterable[bytes], news: Iterable[bytes] = ()) -> None:
        """Take over old pages that were made under these settings, and what was made since in place of some of them."""
        self.under = settings
        self._take_over(lines)
        self._old = dict(self.kept)
        self._take_over(news)
        self._learnt = len(self.kept)

    def _take_over(self, lines: Iterable[bytes]) -> None:
        """Pages from lines; from a line that is none on, nothing."""
        rest = iter(lines)
        with suppress(ValidationError, StopIteration, IndexError):
            found = _QUESTIONS.validate_json(next(rest), strict=True)
            every = [self._recalled(name, key, mark) for name, key, mark in found]
            for line in rest:
                known = _LINES.validate_json(line, strict=True)
                page = replace(known.page, packed=known.packed)
                self.kept[known.what] = Made(page, tuple(map(every.__getitem__, known.asked)))

    @contextmanager
    def aside(self) -> Iterator[Set[Question]]:
        """The questions that are asked within; they are not noted for what is being made around it."""
        self._asking.append(set())
        try:
            yield self._asking[-1]
        finally:
            self._asking.pop()

    def _question(self, name: str, key: Hashable) -> Question:
        known = self._questions.setdefault(name, {})
        question = known.get(key)
        if question is None:
            known[key] = question = Question(name, key)
        return question

    def _recalled(self, name: str, key: Hashable, mark: str) -> Question:
        """A question with the answer that it had last; where it is known with another, that one is older."""
        question = self._question(name, key)
        if question.mark not in ("", mark):
            self._questions[name][key] = question = Question(name, key)
        question.mark = mark
        return question

    def _is_right(self, what: Hashable, kept: Made) -> bool:
        if what not in self._right:
            for question in kept.asked:
                if question.seen != self._now and self._answered(question) is not question:
                    return False
            self._right.add(what)
        return True

    def _answered(self, question: Question) -> Question:
        """The question with the answer that the present knowledge base gives: this one, if that reads the same."""
        if question.seen == self._now:
            return question
        name, key = question.name, question.key
        last, mapping = self._question(name, key), self._mapping(name)
        if last.seen == self._now:
            return last
        if key is EVERYTHING:
            answer: object = [(one, self._answered(self._question(name, one)).mark) for one in mapping]
        else:
            answer = mapping.get(key)
        mark = last.mark if last.answer is answer else self._marks[name].get(key) or digest(answer)
        if last.mark not in ("", mark):
            self._questions[name][key] = last = Question(name, key)
        last.mark, last.seen, last.answer = mark, self._now, answer
        return last

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
