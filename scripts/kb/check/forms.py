"""Rules on the form of addresses, identifiers and language tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from kb import markup
from kb.check.rules import Fault, Known
from kb.model import LanguageTag, Markdown, WebAddress
from kb.problem import Place
from kb.source import Cited, within

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_HOST_NAME = re.compile(r"(?:[\w-]+\.)+[\w-]+\.?", re.ASCII)
_MISREAD = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""Signs that browsers leave out, or read as a slash."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def web_addresses(known: Known) -> Iterator[Fault]:
    """An address begins with http:// or https:// and names a site; in running text mailto: will do too.

    Copy the whole address from the browser's address bar.
    """
    for one in _addresses(known):
        if wrong := _wrong_link(one.text) if one.is_in_text else _wrong_address(one.text):
            yield Fault(one.place, wrong, one.record, _advice(one))


def plain_hosts(known: Known) -> Iterator[Fault]:
    """The name of a site is written in English letters: those of other alphabets may look the same and lead elsewhere.

    Look where the address leads. If that is the right site, write its name as the message does, beginning with `xn--`.
    """
    for one in _addresses(known):
        host = _host(one.text)
        if host and not host.isascii() and (plain := _in_ascii(host)):
            yield Fault(one.place, f"'{host}' is not in English letters: it leads to {plain}", one.record)


@dataclass(frozen=True, slots=True)
class _Address:
    """An address that somebody wrote, in a field of its own or in running text."""

    text: str
    place: Place
    record: str | None
    is_in_text: bool = False


def _addresses(known: Known) -> Iterator[_Address]:
    for record, leaf in known.sources.leaves():
        if isinstance(leaf.role, WebAddress):
            yield _Address(leaf.text, leaf.place, record)
        elif isinstance(leaf.role, Markdown):
            for link in markup.links(leaf.text):
                if link.kind == "address":
                    place = within(known.sources.texts[leaf.place.file], leaf, link.token, link.occurrence)
                    yield _Address(link.target, place, record, is_in_text=True)
    for cited in known.sources.literature:
        if cited.reference and cited.reference.url:
            yield _Address(cited.reference.url, _field(cited, "url"), cited.key)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _in_ascii(host: str) -> str:
    """The name of a site as computers ask for it (IDNA); nothing if it can be none."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def _wrong_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (raises what is caught here)
    except ValueError:
        return f"'{address}' is not a web address"
    if parts.scheme not in {"http", "https"}:
        return f"'{address}' does not begin with http:// or https://"
    if not _HOST_NAME.fullmatch(_in_ascii(parts.hostname or "")) or _MISREAD.search(address):
        return f"'{address}' does not name a site"
    return f"'{address}' names a user in front of the site, and so hides where it leads" if "@" in parts.netloc else ""


def _wrong_link(address: str) -> str:
    """What is wrong with an address in running text, which may also be one on this site or of e-mail."""
    name = address.partition("#")[0]
    if not name or re.match(r"/(?![/\\])", name) or (name.endswith(".md") and "://" not in name):
        return ""
    scheme = _SCHEME.match(address)
    return "" if scheme and scheme[1].lower() == "mailto" else _wrong_address(address)


def _advice(one: _Address) -> str:
    if not re.fullmatch(r"[^@/\s]+@[^@/\s]+", one.text):
        return ""
    if one.is_in_text:
        return "Write `mailto:` in front of an address of e-mail."
    return "This is an address of e-mail: name a page on the web, or leave it out."


def doi_form(known: Known) -> Iterator[Fault]:
    """A DOI begins with 10, a full stop, a number and a slash.

    Write it as `10.1136/bmj.g7714`, without spaces.
    """
    for cited in known.sources.literature:
        doi = cited.reference.doi if cited.reference else ""
        if doi and not _DOI.fullmatch(doi):
            yield Fault(_field(cited, "doi"), f"'{doi}' is not a DOI", cited.key)


def isbn_form(known: Known) -> Iterator[Fault]:
    """An ISBN has ten or thirteen digits, and its last digit agrees with the others.

    Compare it with the book: two digits may have changed places.
    """
    for cited in known.sources.literature:
        isbn = cited.reference.isbn if cited.reference else ""
        if isbn and not all(_is_isbn(one) for one in re.split(r"[,;\s]\s*", isbn) if one):
            yield Fault(_field(cited, "isbn"), f"'{isbn}' is not an ISBN", cited.key)


def _is_isbn(written: str) -> bool:
    """Whether the check digit agrees (ISO 2108: weights 10 to 1 modulo 11, or 1 and 3 modulo 10)."""
    digits = written.replace("-", "").upper()
    if re.fullmatch(r"\d{9}[\dX]", digits):
        values = [10 if digit == "X" else int(digit) for digit in digits]
        return sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0
    if re.fullmatch(r"97[89]\d{10}", digits):
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    return False


def language_tags(known: Known) -> Iterator[Fault]:
    """A language is given as a tag of BCP 47.

    Write `en` for English, `cy` for Welsh, `pt-BR` for the Portuguese of Brazil.
    """
    for record, leaf in known.sources.leaves():
        if isinstance(leaf.role, LanguageTag) and not _LANGUAGE.fullmatch(leaf.text):
            yield Fault(leaf.place, f"'{leaf.text}' is not a language tag", record)


def _field(cited: Cited, name: str) -> Place:
    return cited.fields.get(name, cited.place)
