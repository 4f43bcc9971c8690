"""Trees to typed records: each value against its type, each fault at its own place."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kb.model import SECTIONS, FrontMatter, Record, Value, Vocabulary, roles
from kb.problem import Place, Problem, Rule, a, breach, did_you_mean, shown
from kb.source import Leaf, Mapping, Node, Pair, Route, Scalar, Sequence, Written, place_of

KNOWN_KEYS = Rule(
    "known-keys",
    "Every key is one that its kind of record has.",
    "Correct the spelling, or remove the line; the keys of each kind are listed in CONTRIBUTING.md.",
)
REQUIRED_FIELDS = Rule("required-fields", "Every required field is there and holds something.", "Add the field.")
RIGHT_TYPES = Rule(
    "right-types",
    "Every value has the form that its field needs: a text, a number, a day, a list, or keys with values.",
    "Give the value the form that the message names.",
)
QUOTED_TEXT = Rule(
    "quoted-text",
    "A text that YAML would read as a number, a day, yes or no, or nothing stands in quotes.",
    "Put quotes around the text.",
)
CLOSED_CHOICES = Rule(
    "closed-choices", "A field with a fixed choice holds one of its choices.", "Use one of the choices."
)
RULES = (KNOWN_KEYS, REQUIRED_FIELDS, RIGHT_TYPES, QUOTED_TEXT, CLOSED_CHOICES)

INCLUDE = "include"
"""The top-level key under which the main data file names others."""
FINDINGS = "Write `not reported`, or a list of findings, each with its source."
_BRANCHES = {"as-text", "as-findings"}
T = TypeVar("T", bound=Value)


def read_sections(root: Node | None, file: str) -> tuple[tuple[Written, ...], tuple[Problem, ...]]:
    """The records under the top-level keys of a data file, and what is wrong with them."""
    if not isinstance(root, Mapping):
        place = root.place if root else Place(file)
        return (), (breach(RIGHT_TYPES, place, "a data file holds lists of records under keys such as `cases:`"),)
    records: list[Written] = []
    problems: list[Problem] = []
    for pair in root.pairs:
        if pair.key.text == INCLUDE:
            continue
        section = _read_section(pair)
        records.extend(section[0])
        problems.extend(section[1])
    records.extend(written for pair in root.besides for written in _ids_alone(pair.value))
    return tuple(records), tuple(problems)


def _read_section(pair: Pair) -> tuple[list[Written], list[Problem]]:
    name = pair.key.text
    model = SECTIONS.get(name)
    if model is None:
        message = f"'{shown(name)}' is not a kind of record.{did_you_mean(name, [*SECTIONS, INCLUDE])}"
        problem = breach(KNOWN_KEYS, pair.key.place, message, help=f"Use one of: {', '.join(SECTIONS)}.")
        return list(_ids_alone(pair.value)), [problem]
    if not isinstance(pair.value, Sequence):
        message = f"'{name}' must hold a list of records, each beginning with '- id:'"
        return list(_ids_alone(pair.value)), [breach(RIGHT_TYPES, pair.key.place, message)]
    read = [_read_record(item, model) for item in pair.value.items]
    return [written for found, _ in read for written in found], [problem for _, said in read for problem in said]


def _ids_alone(node: Node) -> Iterator[Written]:
    """The ids in a list of records that cannot be read, so that links to them are not reported as well."""
    for item in node.items if isinstance(node, Sequence) else (node,):
        own = item.get("id") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(own, Scalar) and own.text:
            yield Written("", own.text, own.place, item.place, (), None)


def _read_record(node: Node, model: type[Value]) -> tuple[tuple[Written, ...], tuple[Problem, ...]]:
    """A record, with the ids of others that a missing dash has drawn into it."""
    kind: str = model.kind  # type: ignore[attr-defined]  # each value of SECTIONS has one
    if not isinstance(node, Mapping):
        message = f"{a(kind)} must be keys with values, beginning with '- id:'"
        return (), (breach(RIGHT_TYPES, node.place, message),)
    own = node.get("id")
    name = own.text if isinstance(own, Scalar) and own.value is not None else ""
    record, problems = read_value(node, model, kind, name or None)
    if len(node.pairs) == 1 and name and own and node.place == own.place:
        problems = ()  # all that salvage could save: what is wrong with it has been said
    checked = record if isinstance(record, Record | Vocabulary) else None
    place = own.place if own else node.place
    drawn_in = (lone for pair in node.besides if pair.key.text == "id" for lone in _ids_alone(Mapping((pair,), place)))
    found = tuple(leaves(model, node))
    mentions = tuple(leaf.mention for leaf in found)
    return (Written(kind, name, place, node.place, found, checked, mentions), *drawn_in), problems


def read_value(node: Mapping, model: type[T], kind: str, record: str | None) -> tuple[T | None, tuple[Problem, ...]]:
    """The value of type `model` that a tree holds, or None with what is wrong with it."""
    try:
        return model.model_validate(_plain(node)), ()
    except ValidationError as error:
        found = error.errors()
        problems = (
            _problem(details, node, model, kind, record, _renamed(details, found)) for details in _once(found, node)
        )
        return None, tuple(problems)


def _once(found: list[ErrorDetails], root: Mapping) -> Iterator[ErrorDetails]:
    """The findings without those that follow from another.

    A field is not missing whose name is only misspelt, a list is not empty because an item of it is sick, and of a
    value that could not be read it has been said.
    """
    unknown = [details["loc"] for details in found if details["type"] == "extra_forbidden"]
    renamed = [(details["loc"][:-1], name) for details in found if (name := _renamed(details, found))]
    for details in found:
        loc = details["loc"]
        misspelt = [str(other[-1]) for other in unknown if other[:-1] == loc[:-1]]
        inside = any(other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in found)
        node = _find(root, _route(details))
        if (
            not (details["type"] == "missing" and did_you_mean(str(loc[-1]), misspelt))
            and not (details["type"] == "missing" and (loc[:-1], loc[-1]) in renamed)
            and not (details["type"] == "too_short" and inside)
            and not (isinstance(node, Scalar) and node.refused)
        ):
            yield details


def _renamed(details: ErrorDetails, found: list[ErrorDetails]) -> str:
    """The field for which an unknown key must stand: it is alone in a part of a record that lacks that field alone."""
    beside = [other for other in found if other["loc"][:-1] == details["loc"][:-1]]
    unknown = [other for other in beside if other["type"] == "extra_forbidden"]
    missing = [str(other["loc"][-1]) for other in beside if other["type"] == "missing"]
    is_part = len(details["loc"]) > 1
    return missing[0] if is_part and unknown == [details] and len(missing) == 1 else ""


def _route(details: ErrorDetails) -> Route:
    return tuple(step for step in details["loc"] if step not in _BRANCHES)


def read_front_matter(node: Mapping) -> tuple[FrontMatter | None, tuple[Leaf, ...], tuple[Problem, ...]]:
    """The front matter that a tree holds, its texts with known roles, and what is wrong with it."""
    meta, problems = read_value(node, FrontMatter, "page", None)
    return meta, tuple(leaves(FrontMatter, node)), problems


def _plain(node: Node) -> Any:
    match node:
        case Scalar():
            return node.value.strip() if isinstance(node.value, str) else node.value
        case Sequence():
            return tuple(_plain(item) for item in node.items)
        case Mapping():
            return {pair.key.text: _plain(pair.value) for pair in node.pairs}


# --- what the model finds wrong, in words for a person ------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Fault:
    """One finding of the model: where, on which node, what it wanted, and for what an unknown key must stand."""

    details: ErrorDetails
    root: Mapping
    model: type[Value]
    route: Route
    node: Node | None
    place: Place
    kind: str
    record: str | None
    meant: str

    @property
    def field(self) -> str:
        """The name to speak of: the last key on the way."""
        return next((str(step) for step in reversed(self.route) if isinstance(step, str)), self.kind)

    @property
    def removal(self) -> str:
        """What else can be done where a value may be left out."""
        owner = _model_at(self.model, self.root, self.route[:-1]) if self.route else None
        info = owner.model_fields.get(self.field) if owner else None
        return "" if info and info.is_required() else ", or remove the key"

    def breach(self, rule: Rule, message: str, help: str = "") -> Problem:
        return breach(rule, self.place, message, help=help, record=self.record)


def _problem(
    details: ErrorDetails, root: Mapping, model: type[Value], kind: str, record: str | None, meant: str
) -> Problem:
    route = _route(details)
    fault = _Fault(details, root, model, route, _find(root, route), place_of(root, route), kind, record, meant)
    match details["type"]:
        case "missing":
            return _missing(fault)
        case "extra_forbidden":
            return _unknown_key(fault)
        case "literal_error":
            return _not_a_choice(fault)
        case "too_short" | "string_too_short":
            return fault.breach(REQUIRED_FIELDS, f"'{fault.field}' is empty", f"Write something there{fault.removal}.")
        case _:
            return _wrong_type(fault)


def _missing(fault: _Fault) -> Problem:
    name = str(fault.route[-1])
    owner = _model_at(fault.model, fault.root, fault.route[:-1])
    about = (owner.model_fields[name].description or "") if owner else ""
    return fault.breach(REQUIRED_FIELDS, f"'{name}' is missing", f"Add `{name}:`. {about}".rstrip())


def _unknown_key(fault: _Fault) -> Problem:
    name = str(fault.route[-1])
    holder = _find(fault.root, fault.route[:-1])
    pair = holder.pair(name) if isinstance(holder, Mapping) else None
    owner = _model_at(fault.model, fault.root, fault.route[:-1])
    keys = sorted(owner.model_fields) if owner else []
    near = did_you_mean(name, keys) or (f" Did you mean '{fault.meant}'?" if fault.meant else "")
    message = f"'{name}' is not a key of {_whose(fault.route, fault.kind)}.{near}"
    place = pair.key.place if pair else fault.place
    return breach(KNOWN_KEYS, place, message, help=f"The keys here are: {', '.join(keys)}.", record=fault.record)


def _whose(route: Route, kind: str) -> str:
    """What a key at the end of the route would be a key of."""
    if len(route) == 1:
        return a(kind)
    return f"'{route[-2]}'" if isinstance(route[-2], str) else "this item"


def _not_a_choice(fault: _Fault) -> Problem:
    if isinstance(fault.node, Scalar) and fault.node.value is None:
        return _no_value(fault)
    choices = [str(choice) for choice in _choices(str(fault.details.get("ctx", {}).get("expected", "")))]
    said = fault.node.text if isinstance(fault.node, Scalar) else "a list"
    message = f"'{shown(said)}' is not a choice for '{fault.field}'.{did_you_mean(said, choices)}"
    if "as-text" in fault.details["loc"]:
        return fault.breach(CLOSED_CHOICES, message, FINDINGS)
    return fault.breach(CLOSED_CHOICES, message, f"Choose from: {', '.join(choices)}.")


def _choices(expected: str) -> list[str]:
    return [part for part in expected.split("'") if part.strip() and part.strip() not in {",", "or"}]


_WANTED = {
    "string_type": "must be a text",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "greater_than": "must be more than 0",
    "date_type": "must be a day, such as 2026-11-23, without quotes",
    "tuple_type": "must be a list: a line for each, beginning with '- '",
    "model_type": "must be keys with values",
    "bool_type": "must be true or false",
}


def _wrong_type(fault: _Fault) -> Problem:
    wanted = _WANTED.get(fault.details["type"], fault.details["msg"])
    node = fault.node
    if not isinstance(node, Scalar):
        stand = "a list stands" if isinstance(node, Sequence) else "keys with values stand"
        colon = isinstance(node, Mapping) and fault.details["type"] == "string_type"
        help = "If this is one text with a colon in it, put the whole text in quotes." if colon else ""
        return fault.breach(RIGHT_TYPES, f"'{fault.field}' {wanted}, but {stand} here", help)
    if fault.details["type"] == "string_type":
        return _unquoted(fault, node)
    if node.value is None:
        return _no_value(fault)
    message = f"'{shown(node.text)}' will not do: '{fault.field}' {wanted}"
    return fault.breach(RIGHT_TYPES, message, _as_wanted(fault, node))


def _no_value(fault: _Fault) -> Problem:
    return fault.breach(REQUIRED_FIELDS, f"'{fault.field}' has no value", f"Write the value{fault.removal}.")


def _as_wanted(fault: _Fault, node: Scalar) -> str:
    """How to write the value in the form that is wanted, where that can be told."""
    if "as-findings" in fault.details["loc"]:
        return FINDINGS
    if fault.details["type"] == "tuple_type" and isinstance(fault.route[-1], str):
        return f"Write the line so: {fault.field}: [{shown(node.text)}]"
    if fault.details["type"] == "date_type" and (day := _day(node.text)):
        return f"Write the line so: {fault.field}: {day}"
    return ""


_DAY = re.compile(
    r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})"
    r"|(?P<y>\d{4})[./-](?P<m>\d{1,2})[./-](?P<d>\d{1,2})"
)


def _day(text: str) -> str:
    """A day written in another way, such as 23/11/2026 or 2026-1-5, as 2026-11-23; nothing if it is none."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return ""
    parts = (found["y"] or found["year"], found["m"] or found["month"], found["d"] or found["day"])
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        return ""


def _unquoted(fault: _Fault, node: Scalar) -> Problem:
    if node.text in {"", "~"}:
        return _no_value(fault)
    read_as = {bool: "yes or no", int: "a number", float: "a number", type(None): "nothing"}.get(
        type(node.value), "a day"
    )
    message = f"'{shown(node.text)}' is read as {read_as}, but '{fault.field}' must be a text"
    return fault.breach(QUOTED_TEXT, message, f'Write "{shown(node.text)}" in quotes.')


def _find(node: Node, route: Route) -> Node | None:
    current: Node | None = node
    for step in route:
        if isinstance(current, Mapping) and isinstance(step, str):
            current = current.get(step)
        elif isinstance(current, Sequence) and isinstance(step, int) and step < len(current.items):
            current = current.items[step]
        else:
            return None
    return current


def _model_at(model: type[Value], root: Mapping, route: Route) -> type[Value] | None:
    """The type of the part of a record that the route leads to."""
    found: type[Value] | None = model
    for step in route:
        if isinstance(step, str) and found is not None:
            annotation = found.model_fields[step].annotation if step in found.model_fields else None
            found = next(_models_in(annotation), None)
    return found


def _models_in(annotation: Any) -> Iterator[type[Value]]:
    if isinstance(annotation, type) and issubclass(annotation, Value):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


# --- texts whose roles are known ------------------------------------------------------------------
def leaves(model: type[BaseModel], node: Mapping, route: Route = ()) -> Iterator[Leaf]:
    """Every text of a record whose role its type tells, whatever else is wrong with the record."""
    written = {pair.key.text: pair.value for pair in node.pairs}
    for name, info in model.model_fields.items():
        if (inner := written.get(name)) is not None:
            yield from _typed_leaves(info.annotation, tuple(info.metadata), inner, (*route, name))


def _typed_leaves(annotation: Any, marks: tuple[Any, ...], node: Node, route: Route) -> Iterator[Leaf]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        yield from _typed_leaves(inner, (*marks, *more), node, route)
    elif origin in {Union, types.UnionType}:
        for arm in get_args(annotation):
            yield from _typed_leaves(arm, marks, node, route)
    elif origin is tuple and isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield from _typed_leaves(get_args(annotation)[0], (), item, (*route, number))
    elif origin is not Literal and isinstance(annotation, type):
        yield from _plain_leaves(annotation, marks, node, route)


def _plain_leaves(annotation: type, marks: tuple[Any, ...], node: Node, route: Route) -> Iterator[Leaf]:
    if isinstance(node, Mapping) and issubclass(annotation, Value):
        yield from leaves(annotation, node, route)
    elif isinstance(node, Scalar) and isinstance(node.value, str) and annotation is str:
        for role in roles(list(marks)):
            yield Leaf(role, node.value, node.place, node.last_line, route)
