"""One question to a site, one answer, and the interface behind which somebody carries them there and back."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Literal, Protocol, TypeVar

Fault = Literal[
    "no-such-site",
    "no-safe-connection",
    "refused",
    "too-slow",
    "broken-off",
    "no-address",
    "nowhere",
    "circle",
    "later",
]
"""Why there is no answer. nowhere, circle: a redirect leads so. later: the site asks for more patience than we have."""
MOST = 200_000
"""Bytes that are read of a page at most."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request. `etag` and `modified` ask whether the page changed since they were given (RFC 9110, 13.1).

    `accept` is the media type that is wanted, if not a page (RFC 9110, 12.5.1).
    """

    address: str
    method: Literal["HEAD", "GET"] = "HEAD"
    etag: str = ""
    modified: str = ""
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers with their names in lower case, and the beginning of the body.

    `status` is 0 and `fault` says why where nothing came back. `whole` is whether `body` is all there was.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    whole: bool = True
    fault: Fault | None = None

    @property
    def media_type(self) -> str:
        """The media type, such as `text/html`; empty if the site does not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text, as well as it can be told."""
        charset = re.search(r"charset=[\"']?([\w.:-]+)", self.headers.get("content-type", ""), re.IGNORECASE)
        return _unpacked(self.body, self.headers.get("content-encoding", "")).decode(_codec(charset), "replace")


Result = TypeVar("Result")
Steps = Generator[Question, Answer, Result]
"""Questions one after another, each chosen in the light of the answer before, and what comes of them in the end."""


class Asker(Protocol):
    """Carries a question to a site and brings the answer: one request, no redirect followed, never an exception."""

    async def ask(self, question: Question) -> Answer:
        """The answer of the site, or the reason why there is none."""
        ...


def retry_after(answer: Answer) -> float | None:
    """For how many seconds the site asks to be left alone (RFC 9110, 10.2.3); None if it does not say.

    A date is taken against the site's own clock, which stands in `Date`.
    """
    said = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", said):
        return float(said)
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(answer.headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _codec(charset: re.Match[str] | None) -> str:
    try:
        return codecs.lookup(charset[1]).name if charset else "utf-8"
    except LookupError:
        return "utf-8"


def _unpacked(body: bytes, encoding: str) -> bytes:
    """A body without compression, never longer than what is read of a page. Other encodings than gzip give nothing."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            try:
                return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MOST)
            except zlib.error:
                return b""
        case _:
            return b""
