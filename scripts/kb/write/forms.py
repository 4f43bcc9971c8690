"""What must be asked to write a new record, taken from the model; and answers turned into values."""

from __future__ import annotations

import re
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from unicodedata import category, normalize

from kb.forge import Answer, Route
from kb.model import (
    SECTIONS,
    Finding,
    NotReported,
    Organisation,
    OwnId,
    Participant,
    Resource,
    Role,
    Value,
    ValueOf,
    Vocabulary,
    roles,
)
from kb.problem import did_you_mean

REVIEWED_AFTER = timedelta(days=365)
"""When a new record is to be read again."""
_ASKED_TOO: Mapping[type[Value], tuple[str, ...]] = {
    Resource: ("cite", "title", "url"),
    Organisation: ("url",),
    Finding: ("sources",),
    Participant: ("name", "role"),
}
"""Fields that the model can do without and people mostly cannot."""


class AnswerError(Exception):
    """An answer cannot be taken. The text says why and what would do."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field to be filled in.

    `choices` are the ids that may be answered, each with its label; any text if there are none. `many` asks for a
    list, `number` for a whole number. `parts` are the questions that one item of a nested list or value consists of.
    """

    name: str
    words: str
    needed: bool = True
    many: bool = False
    number: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    parts: tuple[Question, ...] = ()


def questions(section: str, vocabularies: Iterable[Vocabulary], also: Collection[str] = ()) -> tuple[Question, ...]:
    """What a new record of a section needs, in the order of the model; the id and the days are not asked.

    `also` names fields that are asked beyond those.
    """
    values = {one.id: tuple((value.id, value.label) for value in one.values) for one in vocabularies}
    return tuple(_questions(SECTIONS[section], values, also))


def _questions(
    model: type[Value], values: Mapping[str, tuple[tuple[str, str], ...]], also: Collection[str] = ()
) -> Iterator[Question]:
    for name, field in model.model_fields.items():
        needed = field.is_required()
        given = field.annotation is date or any(isinstance(role, OwnId) for role in roles(field.metadata))
        if not given and (needed or name in (*_ASKED_TOO.get(model, ()), *also)):
            shape = _shape(field.annotation, field.metadata, values)
            yield Question(name, field.description or name, needed, **shape)


def _shape(annotation: Any, metadata: list[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(inner[0], [*metadata, *inner[1:]], values)
    if origin is tuple:
        return {**_shape(inner[0], [], values), "many": True}
    if origin in (Union, types.UnionType):
        own = next(one for one in reversed(inner) if one not in (type(None), NotReported))
        return _shape(own, metadata, values)
    if origin is Literal:
        return {"choices": tuple((one, one) for one in inner)}
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return {"parts": tuple(_questions(annotation, values))}
    role: Role | None = next(roles(metadata), None)
    if isinstance(role, ValueOf):
        return {"choices": values.get(role.vocabulary, ())}
    return {"number": annotation is int}


def answer(question: Question, said: str) -> object:
    """The value of a field from what a person typed; items of a list stand between commas or semicolons.

    Raises AnswerError.
    """
    if question.many:
        texts = [text.strip() for text in re.split(r"[;,]" if question.choices else ";", said)]
        return each(question, filter(None, texts))
    return _one(question, said.strip())


def each(question: Question, texts: Iterable[str]) -> list[object]:
    """The items of a list, told apart already. Raises AnswerError."""
    return [_one(question, text) for text in texts]


def _one(question: Question, text: str) -> object:
    if question.number:
        if not text.isdecimal():
            raise AnswerError(f"'{text}' is not a whole number.")
        return int(text)
    if question.choices:
        known = {label.casefold(): id for id, label in question.choices} | {id: id for id, _ in question.choices}
        if text.casefold() not in known:
            ids = [id for id, _ in question.choices]
            raise AnswerError(f"'{text}' is not one of: {', '.join(ids)}.{did_you_mean(text, ids)}")
        return known[text.casefold()]
    return text


def filled(asked: Iterable[Question], answers: Iterable[Answer]) -> dict[str, object]:
    """The values of a new record from what was answered in a form. Raises AnswerError."""
    known = dict(_routes(asked))
    values: dict[str, object] = {}
    for answer in answers:
        question = known[answer.field.route]
        items = each(question, answer.texts)
        *above, name = answer.field.route
        holder = values
        for step in above:
            holder = holder.setdefault(step, {})  # type: ignore[assignment]  # above a field stand mappings alone
        holder[name] = items if question.many else items[0]
    return values


def unfilled(asked: Iterable[Question], values: Mapping[str, object]) -> Iterator[Route]:
    """The ways to the fields that a new record still needs, within values that were begun too."""
    for question in asked:
        value = values.get(question.name)
        if isinstance(value, Mapping):
            yield from ((question.name, *rest) for rest in unfilled(question.parts, value))
        elif value is None and question.needed:
            yield (question.name,)


def _routes(asked: Iterable[Question], above: Route = ()) -> Iterator[tuple[Route, Question]]:
    for question in asked:
        yield (*above, question.name), question
        yield from _routes(question.parts, (*above, question.name))


def new_id(title: str) -> str:
    """An id made of a title: `What is co-production?` gives `what-is-co-production`. Empty if nothing is left of it."""
    plain = "".join(sign for sign in normalize("NFKD", title) if category(sign)[0] != "M").lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:8])


def with_days(values: Mapping[str, object], today: date) -> dict[str, object]:
    """A new record with the day it was added and the day by which it is to be read again."""
    return {**values, "added": today, "review_by": today + REVIEWED_AFTER}
