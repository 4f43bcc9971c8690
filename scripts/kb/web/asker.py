"""Asks on the web: the one place where connections are opened, and the only user of httpx."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from kb.web.answers import MOST, Answer, Fault, Question

PATIENCE = 20.0
"""Seconds that an answer may take from the first to the last byte."""


class Web:
    """The web as it is. Certificates are verified always; a body is read up to a limit and never unpacked.

    `agent` is how the checker names itself. `transport` stands in for the net in tests.
    """

    def __init__(
        self, agent: str, *, patience: float = PATIENCE, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.patience = patience
        self.client = httpx.AsyncClient(
            headers={
                "User-Agent": agent,
                "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                "Accept-Language": "en",
                "Accept-Encoding": "identity",
            },
            verify=True,
            follow_redirects=False,
            timeout=patience,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()

    async def ask(self, question: Question) -> Answer:
        """The answer of the site, or the reason why there is none. Never raises for what a site does."""
        headers = {"If-None-Match": question.etag, "If-Modified-Since": question.modified, "Accept": question.accept}
        try:
            if urlsplit(question.address).port == 0:  # or one beyond all ports, at which the libraries below stumble
                return Answer(fault="no-address")
            request = self.client.build_request(
                question.method, question.address, headers={name: value for name, value in headers.items() if value}
            )
        except (httpx.InvalidURL, ValueError):
            return Answer(fault="no-address")
        end = asyncio.get_running_loop().time() + self.patience
        try:
            async with asyncio.timeout_at(end):
                response = await self.client.send(request, stream=True)
        except httpx.UnsupportedProtocol:
            return Answer(fault="no-address")
        except httpx.InvalidURL:  # the site's own: httpx looks at where a redirect leads, even if it is not to follow
            return Answer(fault="nowhere")
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            return Answer(fault=_fault(error))
        body, whole = await _body(response, end)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, MappingProxyType(names), body, whole)


async def _body(response: httpx.Response, end: float) -> tuple[bytes, bool]:
    """The beginning of a body, and whether it is all. What came counts, even if the rest does not come in time."""
    read = bytearray()
    try:
        async with asyncio.timeout_at(end):
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) >= MOST:
                    return bytes(read[:MOST]), False
    except (httpx.HTTPError, TimeoutError, OSError):
        return bytes(read), False
    finally:
        await response.aclose()
    return bytes(read), True


def _fault(error: BaseException) -> Fault:
    """Why there was no answer, from the whole chain of causes."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no-safe-connection"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "no-such-site"
    if any(isinstance(cause, httpx.TimeoutException | TimeoutError) for cause in causes):
        return "too-slow"
    if any(isinstance(cause, httpx.ConnectError | httpx.ProxyError) for cause in causes):
        return "refused"
    return "broken-off"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
