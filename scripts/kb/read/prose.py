"""Pages that people wrote under `docs/`: front matter and Markdown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from kb.model import FrontMatter, Markdown
from kb.problem import Place, Problem, Rule, breach
from kb.read.files import LONGEST_PAGE, REASONABLE_SIZE, read_text
from kb.read.records import RIGHT_TYPES, read_front_matter
from kb.read.tree import read_tree
from kb.source import Leaf, Mapping, PageText

FRONT_MATTER = Rule(
    "front-matter",
    "The front matter of a page stands between two lines `---`.",
    "Add a line `---` after the last line of the front matter.",
)
PAGES_AND_IMAGES = Rule(
    "pages-and-images",
    "The folder docs/ holds pages (.md) and images (.avif, .gif, .jpeg, .jpg, .png, .webp) alone: all else would be "
    "published too, and a script in it would run.",
    "Take the file out. A drawing in SVG may hold a script: save it as PNG.",
)
RULES = (FRONT_MATTER, PAGES_AND_IMAGES)
_IMAGES = frozenset({".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp"})


def read_pages(root: Path, docs: str) -> tuple[tuple[PageText, ...], dict[str, str], tuple[Problem, ...]]:
    """Every Markdown page under `root/docs`, the texts of their files by name, and what is wrong with them.

    Files of other kinds are told too, for MkDocs would publish them, and what symbolic links lead to.
    """
    pages: list[PageText] = []
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted((root / docs).rglob("*")):
        name = Path(os.path.relpath(path, root)).as_posix()  # the folder may lie beside the root
        if path.suffix != ".md" and not path.is_symlink():
            problems.extend(_not_publishable(path, name))
            continue
        text, said = read_text(root, name)
        problems.extend(said)
        if text is not None:
            texts[name] = text
            page, said = read_page(text, name, path.relative_to(root / docs).as_posix())
            pages.append(page)
            problems.extend(said)
    return tuple(pages), texts, tuple(problems)


def _not_publishable(path: Path, name: str) -> Iterator[Problem]:
    """That a file is neither a page nor an image. Hidden files, such as those of macOS, are not published."""
    kind = path.suffix.lower()
    if path.is_file() and kind not in _IMAGES and not path.name.startswith("."):
        help = "Write the end of its name as `.md`." if kind == ".md" else ""
        yield breach(PAGES_AND_IMAGES, Place(name), f"'{path.name}' is neither a page nor an image", help=help)


def read_page(text: str, file: str, path: str) -> tuple[PageText, tuple[Problem, ...]]:
    """One page: `file` is its name in places, `path` its way from the folder of all pages."""
    if len(text) > LONGEST_PAGE:
        problem = breach(REASONABLE_SIZE, Place(file), f"the page has {len(text):,} characters")
        return PageText(path, Place(file), None, "", ()), (problem,)
    if _NO_HEAD.match(text):
        problem = breach(FRONT_MATTER, Place(file), "the front matter does not begin on the first line", help=OPENING)
        return PageText(path, Place(file), None, "", ()), (problem,)
    parts = _split(text)
    if parts is None:
        problem = breach(FRONT_MATTER, Place(file), "the front matter has no closing line `---`")
        return PageText(path, Place(file), None, "", ()), (problem,)
    head, body, first_line = parts
    meta, found, problems = _front_matter(head, file)
    last_line = text.count("\n") + 1
    leaf = Leaf(Markdown(), body, Place(file, min(first_line, last_line)), last_line)
    return PageText(path, Place(file), meta, body, (*found, leaf)), problems


def _front_matter(head: str, file: str) -> tuple[FrontMatter | None, tuple[Leaf, ...], tuple[Problem, ...]]:
    if not head.strip():
        return FrontMatter(), (), ()
    node, problems = read_tree(head, file, 2)
    if isinstance(node, Mapping):
        meta, found, said = read_front_matter(node)
        return meta, found, (*problems, *said)
    if not problems:
        problems = (breach(RIGHT_TYPES, Place(file, 2), "the front matter must be keys with values"),)
    return None, (), problems


OPENING = "Make the line `---` the first of the file."
_NO_HEAD = re.compile(
    rf"\s*\n---[ \t]*\n|\s*(?:{'|'.join(FrontMatter.model_fields)}):[^\n]*\n(?:.*\n)?---[ \t]*\n", re.DOTALL
)
_HEAD = re.compile(r"---[ \t]*\n(?P<head>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def _split(text: str) -> tuple[str, str, int] | None:
    """Front matter, body, and the line on which the body begins; None where the front matter does not end."""
    if not re.match(r"---[ \t]*\n", text):
        return "", text, 1
    found = _HEAD.match(text)
    if found is None:
        return None
    return found["head"], text[found.end() :], text.count("\n", 0, found.end()) + 1
