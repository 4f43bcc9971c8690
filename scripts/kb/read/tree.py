"""YAML text to a tree of values, each with the place where it was written.

The tree is built from the parser's events, never by YAML's own constructor: that one crashes on deep nesting,
swells on alias bombs, keeps the last of two equal keys, and forgets where a value stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from sys import intern
from typing import Protocol

import yaml

from kb.problem import Place, Problem, Related, Rule, breach, shown
from kb.read.files import HIDDEN, LONGEST_VALUE, REASONABLE_SIZE, hidden
from kb.source import Mapping, Node, Pair, Plain, Scalar, Sequence

YAML_SYNTAX = Rule(
    "yaml-syntax",
    "A data file is sound YAML.",
    "Compare the line with its neighbours: indentation, a colon with a space after it, quotes that close.",
)
NO_TABS = Rule(
    "no-tabs",
    "Lines are indented with spaces, not tabs.",
    "Replace the tab with as many spaces as the lines around it have.",
)
ONE_DOCUMENT = Rule(
    "one-document", "A file holds one YAML document.", "Remove the line `---` or `...` and put both parts into one."
)
NO_ALIASES = Rule(
    "no-aliases",
    "A data file uses no anchors (&name), aliases (*name), merge keys (<<) or tags (!name).",
    "Write the value out in full; a text that begins with & * or ! needs quotes.",
)
UNIQUE_KEYS = Rule(
    "unique-keys",
    "A key stands once in a record.",
    "Keep one of the two, or join their values under one key.",
)
REASONABLE_NESTING = Rule(
    "reasonable-nesting",
    "Values are nested at most 30 deep.",
    "No record needs this: look for brackets that do not close.",
)
NO_LOST_WORDS = Rule(
    "no-lost-words",
    "No remark follows a value on its line: what stands after ` #` is not part of the value.",
    "Put the whole value in quotes if the words belong to it; otherwise put the remark on a line of its own.",
    "warning",
)
RULES = (YAML_SYNTAX, NO_TABS, ONE_DOCUMENT, NO_ALIASES, UNIQUE_KEYS, REASONABLE_NESTING, NO_LOST_WORDS)

_UNSEEN = re.compile("[\x85\u2028\u2029]")
DEEPEST = 30
_TOO_DEEP = f"values are nested more than {DEEPEST} deep"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_resolver = yaml.resolver.Resolver()
_constructor = yaml.constructor.SafeConstructor()


class _Mark(Protocol):
    """A place as the parser tells it, from 0; the C parser and the pure one have a class each."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been met."""

    place: Place
    is_mapping: bool
    nodes: list[Node] = field(default_factory=list)


class _RefusedError(Exception):
    """The rest of the text cannot be read safely."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_tree(text: str, file: str, first_line: int = 1) -> tuple[Node | None, tuple[Problem, ...]]:
    """The one value that a YAML text holds, and what is wrong with the text.

    `first_line` is the line of `file` on which `text` begins. The value is None where the text is empty or
    cannot be read at all.
    """
    builder = _Builder(_UNSEEN.sub(" ", text), file, first_line)
    builder.problems.extend(_unseen_breaks(text, builder))
    try:
        for event in yaml.parse("\n".join(builder.lines), Loader=_Loader):
            builder.take(event)
    except _RefusedError as refused:
        builder.problems.append(refused.problem)
        return None, tuple(builder.problems)
    except yaml.MarkedYAMLError as error:
        problem = _syntax(error, builder)
        if not any(known.place.line == problem.place.line for known in builder.problems):
            builder.problems.append(problem)
        return None, tuple(builder.problems)
    except yaml.reader.ReaderError as error:
        return None, (*builder.problems, _unreadable(error, builder))
    return builder.whole(), tuple(builder.problems)


class _Builder:
    """Takes the parser's events one by one and grows the tree."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.lines = text.split("\n")
        self.file = file
        self.offset = first_line - 1
        self.open: list[_Open] = []
        self.documents: list[Node] = []
        self.problems: list[Problem] = []

    def place(self, mark: _Mark | None, end: _Mark | None = None) -> Place:
        if mark is None:
            return Place(self.file, 1 + self.offset)
        if end is None:
            width = 1
        elif end.line == mark.line:
            width = end.column - mark.column
        else:
            width = len(self.lines[mark.line].rstrip()) - mark.column
        return Place(self.file, mark.line + 1 + self.offset, mark.column + 1, max(width, 1))

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._start_document(event)
            case yaml.AliasEvent():
                self._refuse_alias(event)
            case yaml.ScalarEvent():
                self._add(self._scalar(event))
            case yaml.CollectionStartEvent():
                self._start(event)
            case yaml.CollectionEndEvent():
                self._add(self._close(self.open.pop()))

    def whole(self) -> Node | None:
        """The first document; of the others, the pairs and lists are kept besides."""
        if not self.documents:
            return None
        first, *others = self.documents
        if not isinstance(first, Mapping):
            return first
        more = [pair for other in others if isinstance(other, Mapping) for pair in other.pairs]
        more += [Pair(Scalar("", "", one.place, one.place.line), one) for one in others if isinstance(one, Sequence)]
        return replace(first, besides=(*first.besides, *more))

    def _start_document(self, event: yaml.DocumentStartEvent) -> None:
        if len(self.documents) == 1:
            place = self.place(event.start_mark, event.end_mark)
            self.problems.append(breach(ONE_DOCUMENT, place, "a second document begins here"))

    def _refuse_alias(self, event: yaml.AliasEvent) -> None:
        place = self.place(event.start_mark, event.end_mark)
        self.problems.append(breach(NO_ALIASES, place, f"the alias '*{event.anchor}' is not allowed"))
        self._add(Scalar("", "", place, place.line, refused=True))

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        place = self.place(event.start_mark)
        self._refuse_marks(event)
        if len(self.open) >= DEEPEST:
            raise _RefusedError(breach(REASONABLE_NESTING, place, _TOO_DEEP))
        self.open.append(_Open(place, isinstance(event, yaml.MappingStartEvent)))

    def _refuse_marks(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse(event, f"the anchor '&{event.anchor}'")
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"the tag '{event.tag.replace('tag:yaml.org,2002:', '!!')}'")

    def _refuse(self, event: yaml.Event, what: str) -> None:
        self.problems.append(breach(NO_ALIASES, self.place(event.start_mark), f"{what} is not allowed"))

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        self._refuse_marks(event)
        place = self.place(event.start_mark, event.end_mark)
        if len(event.value) > LONGEST_VALUE:
            message = f"the value has {len(event.value):,} characters"
            self.problems.append(breach(REASONABLE_SIZE, place, message))
        if (found := HIDDEN.search(event.value)) and found[0] not in self.lines[place.line - 1 - self.offset]:
            self.problems.append(hidden(found[0], place))  # written as \u202e
        plain = event.tag is None and event.implicit[0]
        if plain and event.end_mark:
            self._say_lost_words(event.end_mark)
        text = event.value if " " in event.value else intern(event.value)  # keys and ids stand there again and again
        return Scalar(_typed(text) if plain else text, text, place, self._last_line(event, place))

    def _say_lost_words(self, end: _Mark) -> None:
        line = self.lines[end.line] if end.line < len(self.lines) else ""
        if line.find("#", end.column) < 0:
            return
        rest = line[end.column :]
        if rest.lstrip().startswith("#"):
            start = len(line) - len(rest.lstrip())
            place = Place(self.file, end.line + 1 + self.offset, start + 1, len(rest.strip()))
            message = f"'{shown(rest.strip())}' is read as a remark and not as part of the value"
            self.problems.append(breach(NO_LOST_WORDS, place, message))

    def _last_line(self, event: yaml.ScalarEvent, place: Place) -> int:
        """The last line of a value; the parser ends a block at the beginning of the line after it."""
        end = event.end_mark
        return max(place.line, end.line + (end.column > 0) + self.offset) if end else place.line

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].nodes.append(node)
        else:
            self.documents.append(node)

    def _close(self, finished: _Open) -> Node:
        if not finished.is_mapping:
            return Sequence(tuple(finished.nodes), finished.place)
        nodes = iter(finished.nodes)
        return self._mapping(zip(nodes, nodes, strict=True), finished.place)

    def _mapping(self, couples: Iterator[tuple[Node, Node]], place: Place) -> Mapping:
        pairs: dict[str, Pair] = {}
        besides: list[Pair] = []
        for key, value in couples:
            if not isinstance(key, Scalar):
                self.problems.append(breach(YAML_SYNTAX, key.place, "a key must be a single word"))
            elif key.text == "<<":
                self.problems.append(breach(NO_ALIASES, key.place, "the merge key '<<' is not allowed"))
            elif key.text in pairs or "id" in {pair.key.text for pair in besides}:
                besides.append(Pair(key, value))
            else:
                pairs[key.text] = Pair(key, value)
        self.problems.extend(_twice(besides, pairs))
        return Mapping(tuple(pairs.values()), place, tuple(besides))


def _twice(besides: list[Pair], pairs: dict[str, Pair]) -> Iterator[Problem]:
    """Keys that stand a second time; after a second `id` another record has begun, whose keys are its own."""
    for pair in besides:
        key = pair.key
        message = f"the key '{key.text}' stands here a second time"
        first = Related(pairs[key.text].key.place, "the first is here")
        if key.text == "id":
            help = "If a new record begins here, write '- ' in front of it."
            yield breach(UNIQUE_KEYS, key.place, message, help=help, related=first)
            return
        yield breach(UNIQUE_KEYS, key.place, message, related=first)


@lru_cache(maxsize=1 << 12)  # keys stand there again and again
def _typed(text: str) -> Plain:
    """The value that YAML 1.1 gives a bare text; the text itself where YAML would fail."""
    node = yaml.ScalarNode(_resolver.resolve(yaml.ScalarNode, text, (True, False)), text)
    if node.tag.endswith((":str", ":merge", ":value")):
        return text
    try:
        value = _constructor.construct_object(node)
    except (ValueError, yaml.YAMLError):
        return text
    if isinstance(value, datetime):
        return text
    return value if isinstance(value, str | int | float | bool | date) else None


ADVICE = (
    ("expected <block end>", "this line is indented differently from its neighbours"),
    ("expected <document start>", "this line is indented differently from its neighbours"),
    ("did not find expected key", "this line is indented differently from its neighbours, or a quote is missing"),
    ("did not find expected '-'", "this line stands where an item of a list, beginning with '-', belongs"),
    ("unknown escape character", "a backslash in double quotes begins an escape; use single quotes"),
    ("did not find expected ',' or", "a comma is missing before this, or quotes around the text"),
    ("did not find expected alphabetic", "a text that begins with * or & needs quotes"),
)
ADVICE_AT_BEGINNING = (
    ("could not find expected ':'", "this line has no colon after its key"),
    ("found unexpected end of stream", "a quote that opens here does not close"),
    ("did not find expected ',' or", "a bracket that opens here does not close"),
)
"""What the parser says, and what to tell a person: at the place of the fault, or where its beginning is."""
_FIELD = re.compile(r"(?P<key>\s*(?:- +)?[\w-]+): ++(?P<value>.*)$")


def _syntax(error: yaml.MarkedYAMLError, builder: _Builder) -> Problem:
    said = error.problem or "the text is not YAML"
    for phrase, advice in ADVICE_AT_BEGINNING:
        if phrase in said and error.context_mark and not _lacks_comma(said, error, builder):
            return breach(YAML_SYNTAX, builder.place(error.context_mark), advice)
    mark = error.problem_mark or error.context_mark
    if "maximum nesting depth" in said:  # libyaml has a bound of its own from 0.2.6 on
        return breach(REASONABLE_NESTING, builder.place(mark), _TOO_DEEP)
    if mark is None or mark.line >= len(builder.lines):
        return breach(YAML_SYNTAX, Place(builder.file, len(builder.lines) + builder.offset), said)
    return _syntax_at(mark, said, builder)


def _lacks_comma(said: str, error: yaml.MarkedYAMLError, builder: _Builder) -> bool:
    """Whether what cannot be read stands on the line of the bracket that opens before it, and is no wrong bracket."""
    context, mark = error.context_mark, error.problem_mark
    if "expected ',' or" not in said or context is None or mark is None or context.line != mark.line:
        return False
    return builder.lines[mark.line][mark.column] not in "]}"


def _syntax_at(mark: _Mark, said: str, builder: _Builder) -> Problem:
    place = builder.place(mark)
    line = builder.lines[mark.line]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        tab = Place(place.file, place.line, line.index("\t") + 1)
        return breach(NO_TABS, tab, "the line is indented with a tab")
    if "cannot start any token" in said:
        return breach(YAML_SYNTAX, place, f"a text that begins with {line[mark.column]} needs quotes")
    if "expected <document start>" in said and "..." in builder.lines[: mark.line]:
        return breach(ONE_DOCUMENT, place, "a second document begins here")
    if "mapping values are not allowed" in said:
        return _colon(mark, line, builder)
    if line[: mark.column].rstrip().endswith(("'", '"')):
        return breach(YAML_SYNTAX, place, "nothing may follow a closing quote; put other quotes around the whole text")
    advice = next((advice for phrase, advice in ADVICE if phrase in said), said)
    return breach(YAML_SYNTAX, place, advice)


def _colon(mark: _Mark, line: str, builder: _Builder) -> Problem:
    """A colon where none may stand: inside a text, or after a key that is indented too far."""
    place = builder.place(mark)
    indent = len(line) - len(line.lstrip())
    if not line[: mark.column].strip().strip("-").strip().count(" ") and mark.column == line.find(":"):
        key = Place(place.file, place.line, indent + 1)
        return breach(YAML_SYNTAX, key, "this line is indented differently from its neighbours")
    message = "a colon followed by a space begins a value; put the whole text in quotes"
    if "“" in line or "‘" in line:
        message += " (curly quotes are none to YAML: type straight ones)"
    if (field := _FIELD.match(line)) is None or '"' in field["value"]:
        return breach(YAML_SYNTAX, place, message)
    value = field["value"].strip().strip("“”‘’")
    return breach(YAML_SYNTAX, place, message, help=f'Write the line so: {field["key"].strip()}: "{value}"')


def _unseen_breaks(text: str, builder: _Builder) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), start=1 + builder.offset):
        for found in _UNSEEN.finditer(line):
            place = Place(builder.file, number, found.start() + 1)
            message = f"the character U+{ord(found[0]):04X} breaks the line to YAML, though nobody sees it"
            yield breach(YAML_SYNTAX, place, message, help="Replace it with a space.")


def _unreadable(error: yaml.reader.ReaderError, builder: _Builder) -> Problem:
    """A character that YAML forbids; the parser tells its position but not its line."""
    for number, line in enumerate(builder.lines, start=1 + builder.offset):
        if found := yaml.reader.Reader.NON_PRINTABLE.search(line):
            place = Place(builder.file, number, found.start() + 1)
            return breach(YAML_SYNTAX, place, f"the character U+{ord(found.group()):04X} is not allowed in YAML")
    return breach(YAML_SYNTAX, Place(builder.file), str(error.reason))
