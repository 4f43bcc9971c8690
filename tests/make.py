"""Small knowledge bases for tests, made in memory of what the model asks for, and pages read back as readers see them.

A record made here has what its kind requires and nothing else, so that each test writes only what it is about.
"""

from __future__ import annotations

import shutil
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from kb.check import check
from kb.knowledge import KnowledgeBase, knowledge
from kb.model import (
    KINDS,
    SECTIONS,
    Citation,
    LanguageTag,
    LinkTarget,
    OwnId,
    RecordId,
    RecordOrCitation,
    Role,
    Value,
    ValueOf,
    WebAddress,
    roles,
)
from kb.pages import Page, Site
from kb.problem import Problem
from kb.read.bib import read_bibliography
from kb.read.promises import read_promises
from kb.read.prose import read_page
from kb.read.records import read_sections
from kb.read.tree import read_tree
from kb.render import Settings, render
from kb.source import Sources

SOUND = Path(__file__).parent / "community"
TODAY = date(2026, 11, 23)
KEY = "boyle2009"
BIBLIOGRAPHY = """\
@book{boyle2009,
  author = {Boyle, David and Harris, Michael},
  title = {The challenge of co-production},
  date = {2009},
  publisher = {Nesta},
  keywords = {first},
}
"""
MODELS: dict[str, type[Value]] = {kind.kind: kind for kind in KINDS} | {"vocabulary": SECTIONS["vocabularies"]}
FOLDERS = {kind.kind: f"{kind.kind}s" for kind in KINDS} | {"vocabulary": "vocabularies"}
KINDLESS = "term"
"""What a link to a record of any kind leads to."""

FOUND: dict[str, Any] = {"text": "Something was seen.", "sources": [{"cite": KEY}]}
NEEDED: dict[str, dict[str, Any]] = {
    "resource": {"cite": KEY},
    "case": {"organisations": [{"name": "A town"}], "results": [FOUND], "what_did_not_work": [FOUND]},
    "outcome": {"supports": [FOUND], "does_not_support": [FOUND]},
    "pathway": {"steps": [{"title": "A step", "minutes": 90, "mode": "read", "task": "Read it."}]},
}
"""What the rules ask of a record beyond its type."""

Say = Callable[[str], str]
Made = dict[str, Any]


# --- records ------------------------------------------------------------------------------------------
def record(kind: str, id: str = "", **fields: Any) -> Made:
    """A record of a kind with its required fields; `fields` are added or put in their place."""
    made = _filled(MODELS[kind], id or f"a-{kind}", _plain_words, every=False)
    return {"kind": kind, **made, **NEEDED.get(kind, {}), **fields}


def full(kind: str, id: str = "", say: Say | None = None, **fields: Any) -> Made:
    """A record of a kind with every field that there is; `say` writes the text of each by its name."""
    made = _filled(MODELS[kind], id or f"a-{kind}", say or _plain_words, every=True)
    return {"kind": kind, **made, "status": "published", **fields}


def vocabularies(say: Say | None = None) -> list[Made]:
    """Every vocabulary that the model names, with the values `first`, `second` and `tested`."""
    return [_vocabulary(name, say or _plain_words) for name in sorted(set(_vocabulary_names()))]


def _vocabulary(name: str, say: Say) -> Made:
    values = [
        {"id": id, "label": say(f"{name} {id}"), "definition": say("definition")}
        for id in ("first", "second", "tested")
    ]
    return {
        "kind": "vocabulary",
        "id": name,
        "title": say(f"all {name}"),
        "definition": say("definition"),
        "values": values,
    }


def _vocabulary_names() -> Iterator[str]:
    def walk(annotation: Any) -> Iterator[str]:
        for mark in getattr(annotation, "__metadata__", ()):
            if isinstance(mark, ValueOf):
                yield mark.vocabulary
        if isinstance(annotation, type) and issubclass(annotation, Value):
            yield from of_model(annotation)
        for inner in get_args(annotation):
            yield from walk(inner)

    def of_model(model: type[Value]) -> Iterator[str]:
        for info in model.model_fields.values():
            yield from (mark.vocabulary for mark in info.metadata if isinstance(mark, ValueOf))
            yield from walk(info.annotation)

    for model in MODELS.values():
        yield from of_model(model)


def _plain_words(name: str) -> str:
    return f"Some {name.replace('_', ' ')}"


def _filled(model: type[Value], id: str, say: Say, *, every: bool) -> Made:
    return {
        name: _value(info.annotation, list(info.metadata), name, id, say, every=every)
        for name, info in model.model_fields.items()
        if every or info.is_required()
    }


def _value(annotation: Any, marks: list[Any], name: str, id: str, say: Say, *, every: bool) -> Any:
    again = partial(_value, name=name, id=id, say=say, every=every)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return again(inner, [*marks, *more])
    if origin in {Union, types.UnionType}:
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        return again(arms[-1], marks)
    if origin is Literal:
        return get_args(annotation)[0]
    if origin is tuple:
        return [f"former-{id}"] if name == "was" else [again(get_args(annotation)[0], [])]
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return _filled(annotation, id, say, every=every)
    if annotation is date:
        return date(2027, 1, 31) if name == "review_by" else date(2026, 1, 31)
    if annotation is int:
        return 90
    return _text(next(roles(marks), None), name, id, say)


def _text(role: Role | None, name: str, id: str, say: Say) -> str:
    match role:
        case OwnId():
            return id
        case RecordId(kinds):
            return f"a-{kinds[0] if kinds else KINDLESS}"
        case RecordOrCitation():
            return f"a-{KINDLESS}"
        case Citation():
            return KEY
        case ValueOf():
            return "first"
        case LinkTarget():
            return "/cases/"
        case LanguageTag():
            return "en"
        case WebAddress():
            return f"https://example.org/{id}"
        case _:
            return say(name)


def one_of_each(**fields: Any) -> list[Made]:
    """Every vocabulary, and one record of every kind."""
    return [*vocabularies(), *(record(kind.kind, **fields) for kind in KINDS)]


# --- sources ------------------------------------------------------------------------------------------
def data_file(records: Iterable[Made]) -> str:
    """The YAML of a data file that holds the records."""
    sections: dict[str, list[Made]] = {}
    for made in records:
        fields = {name: value for name, value in made.items() if name != "kind"}
        sections.setdefault(FOLDERS[made["kind"]], []).append(fields)
    return yaml.dump(sections, Dumper=_InFull, sort_keys=False, allow_unicode=True, width=100)


class _InFull(yaml.SafeDumper):
    """Writes a value in full each time, for aliases are not allowed."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def sources(
    records: Iterable[Made] = (), bib: str = BIBLIOGRAPHY, pages: Mapping[str, str] = types.MappingProxyType({}),
    permalinks: str = "",
) -> Sources:  # fmt: skip
    """What is read when these are written."""
    texts = {"resources.yaml": data_file(records), "references.bib": bib, "permalinks.txt": permalinks}
    node, said = read_tree(texts["resources.yaml"], "resources.yaml")
    problems = list(said)
    written, said = read_sections(node, "resources.yaml")
    problems += said
    literature, said = read_bibliography(bib, "references.bib")
    problems += said
    prose = []
    for path, text in pages.items():
        texts[f"docs/{path}"] = text
        page, said = read_page(text, f"docs/{path}", path)
        prose.append(page)
        problems += said
    promises, said = read_promises(permalinks, "permalinks.txt")
    return Sources(
        written, literature, tuple(prose), promises, texts, (*problems, *said),
        grow=lambda text, name: read_tree(text, name)[0],
    )  # fmt: skip


def base(*records: Made, **others: Any) -> KnowledgeBase:
    """The knowledge base that the records make, with all vocabularies; whatever was wrong is shown at once."""
    read = sources([*vocabularies(), *records], **others)
    assert read.problems == ()
    return knowledge(read, lambda place: "")


def site(*records: Made, address: str = "", **others: Any) -> Site:
    """The site that the records make."""
    return render(base(*records, **others), Settings("Toy Commons", address))


def problems(*records: Made, **others: Any) -> tuple[Problem, ...]:
    """What the rules find in the records."""
    read = sources([*vocabularies(), *records], **others)
    return (*read.problems, *check(read, TODAY).problems)


def page(site: Site, address: str) -> Page:
    """The page at an address."""
    return next(page for page in site.pages if page.address == address)


# --- files --------------------------------------------------------------------------------------------
CONFIGURATION = """\
site_name: Toy Commons
theme:
  name: material
  font: false
plugins:
  - search
  - kb
"""


def community(root: Path, files: Mapping[str, str] = types.MappingProxyType({})) -> Path:
    """A copy of the sound community that can be built, with these files laid over it; the way to mkdocs.yml."""
    shutil.copytree(SOUND, root)
    write(root, {"mkdocs.yml": CONFIGURATION, **files})
    return root / "mkdocs.yml"


def write(root: Path, files: Mapping[str, str]) -> Path:
    """The files below a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    return root


def epoch(day: date) -> str:
    """A day as SOURCE_DATE_EPOCH tells it."""
    return str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))


# --- pages read back ----------------------------------------------------------------------------------
VOID = {"br", "hr", "img", "input", "link", "meta", "rect", "wbr"}


@dataclass
class Tag:
    """An element with its attributes and all the text in it."""

    name: str
    attributes: dict[str, str]
    words: str = ""
    within: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text with single spaces."""
        return " ".join(self.words.split())


@dataclass
class Read(HTMLParser):
    """A page as a browser reads it."""

    tags: list[Tag] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        made = Tag(tag, names, within=tuple(one.name for one in self._open))
        self.tags.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        self.tags.append(Tag(tag, names, within=tuple(one.name for one in self._open)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words += data
        for tag in self._open:
            tag.words += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def all(self, name: str, **attributes: str) -> list[Tag]:
        """The elements of a name that have these attributes; `class_` is one of the classes."""
        wanted = {key: value for key, value in attributes.items() if key != "class_"}
        return [
            tag
            for tag in self.tags
            if tag.name == name
            and all(tag.attributes.get(key) == value for key, value in wanted.items())
            and attributes.get("class_", "") in ["", *tag.attributes.get("class", "").split()]
        ]

    @property
    def text(self) -> str:
        """All the text with single spaces."""
        return " ".join(self.words.split())

    @property
    def ids(self) -> list[str]:
        """Every id in order."""
        return [tag.attributes["id"] for tag in self.tags if "id" in tag.attributes]

    @property
    def links(self) -> list[str]:
        """Where every link leads, in order."""
        return [tag.attributes["href"] for tag in self.tags if tag.name == "a" and "href" in tag.attributes]


def read_html_loosely(html: str) -> Read:
    """A whole page of the theme read back, whose elements need not be nested soundly."""
    reader = _Loose()
    reader.feed(html)
    reader.close()
    return reader


class _Loose(Read):
    def handle_endtag(self, tag: str) -> None:
        if tag in [one.name for one in self._open]:
            while self._open.pop().name != tag:
                pass


def read_html(html: str) -> Read:
    """A page read back; its elements must be nested soundly."""
    reader = Read()
    reader.feed(html)
    reader.close()
    assert not reader._open, f"<{reader._open[-1].name}> is not closed"
    return reader
