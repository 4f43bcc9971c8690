"""How an entry of the bibliography is written: what a key is, the lines of the entry, and texts in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_KEY = re.compile(r"[^\W_][\w:.+/-]*")
_DOT_SEGMENT = re.compile(r"(?:^|/)\.*(?:/|$)")
_LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_"}
    # BibTeX counts braces even after a backslash, so none may stand alone.
    | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}", "\\": r"\textbackslash{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)
_LIGATURE = re.compile(r"([-`'<>,])(?=\1)|[!?](?=`)")
_KEPT_IN_ADDRESS = "%/:?#[]@!$&'()*+,;=~"


def is_key(key: str) -> bool:
    """Whether the key can be part of an address as it is; `..` would lead out of its folder."""
    return bool(_KEY.fullmatch(key)) and not _DOT_SEGMENT.search(key)


def latex(text: str) -> str:
    """Text in which LaTeX finds no command, and joins no two signs into one as it does `--` into a dash."""
    return _LIGATURE.sub(r"\g<0>{}", " ".join(text.split()).translate(_LATEX))


def address(text: str) -> str:
    """An address. It is no LaTeX: biblatex prints it as it stands."""
    return quote(text, safe=_KEPT_IN_ADDRESS)


def number(text: str) -> str:
    """A DOI or another name of a work as it is; only signs by which BibTeX would count braces are escaped."""
    return re.sub(r"[{}\\]", lambda sign: quote(sign[0]), "".join(text.split()))


def entry(type: str, key: str, fields: Mapping[str, str]) -> str:
    """An entry with its fields, which are in LaTeX already, in their order; those without a value are left out."""
    return f"@{type}{{{key},\n{lines(fields)}}}"


def lines(fields: Mapping[str, str]) -> str:
    """A line for each field, as it stands in an entry."""
    return "".join(f"  {name:<12} = {{{text}}},\n" for name, text in fields.items() if text)
