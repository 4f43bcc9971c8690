"""Rules on the form of addresses, identifiers and language tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from kb import markup
from kb.check.rules import Fault, Known
from kb.model import LanguageTag, Markdown, WebAddress
from kb.problem import Place
from kb.source import Cited, within

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def web_addresses(known: Known) -> Iterator[Fault]:
    """An address begins with http:// or https:// and names a site; in running text mailto: will do too.

    Copy the whole address from the browser's address bar.
    """
    for record, leaf in known.sources.leaves():
        if isinstance(leaf.role, WebAddress) and (wrong := _wrong_address(leaf.text)):
            mail = "This is an address of e-mail: name a page on the web, or leave it out."
            yield Fault(leaf.place, wrong, record, _advice(leaf.text, mail))
        elif isinstance(leaf.role, Markdown):
            for link in markup.links(leaf.text):
                if link.kind == "address" and (wrong := _wrong_link(link.target)):
                    place = within(known.sources.texts[leaf.place.file], leaf, link.token, link.occurrence)
                    mail = "Write `mailto:` in front of an address of e-mail."
                    yield Fault(place, wrong, record, _advice(link.target, mail))
    for cited in known.sources.literature:
        if cited.reference and cited.reference.url and (wrong := _wrong_address(cited.reference.url)):
            yield Fault(_field(cited, "url"), wrong, cited.key)


def _wrong_address(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"'{address}' is not a web address"
    if parts.scheme not in {"http", "https"}:
        return f"'{address}' does not begin with http:// or https://"
    if "." not in (parts.hostname or "") or re.search(r"\s", address):
        return f"'{address}' does not name a site"
    return ""


def _wrong_link(address: str) -> str:
    """What is wrong with an address in running text, which may also be one on this site or of e-mail."""
    name = address.partition("#")[0]
    if not name or name.startswith("/") or (name.endswith(".md") and "://" not in name):
        return ""
    scheme = _SCHEME.match(address)
    return "" if scheme and scheme[1].lower() == "mailto" else _wrong_address(address)


def _advice(address: str, mail: str) -> str:
    return mail if re.fullmatch(r"[^@/\s]+@[^@/\s]+", address) else ""


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
