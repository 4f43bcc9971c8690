"""Errands on the real web, from their beginning to their end or to the moment at which a person breaks them off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version

from kb.liveness import Memory
from kb.offer import Told
from kb.web.asker import Web
from kb.web.manners import Manners
from kb.web.register import tell
from kb.web.round import Round, Tell


def ask_all(
    addresses: Iterable[str], memory: Memory, today: date, tell: Tell, *, agent: str, seconds: float | None = None
) -> Round:
    """Ask the addresses and tell each finding. What was learnt holds even if the person interrupts it.

    `agent` is how we name ourselves to sites, `seconds` the time that all may take.
    """
    web = Web(agent)
    round = Round(Manners(web, seconds=seconds), memory.lines, today, tell)

    async def ask() -> None:
        async with web:
            await round.ask(addresses)

    try:
        asyncio.run(ask())
    except KeyboardInterrupt:
        round.broken_off = True
    return round


def look_up_works(addresses: tuple[str, ...], *, agent: str) -> Mapping[str, Told]:
    """Ask registers and pages what is known of the works at these addresses, each site in its turn."""

    async def ask() -> list[Told]:
        async with Web(agent) as web:
            manners = Manners(web)
            return await asyncio.gather(*(manners.follow(tell(address)) for address in addresses))

    return dict(zip(addresses, asyncio.run(ask()), strict=True))


def agent(name: str, repository: str) -> str:
    """How we name ourselves to sites (RFC 9110, 10.1.5): the program, whose knowledge base it is, where to complain."""
    about = "; ".join(filter(None, (name, repository and f"+{repository}")))
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in "()\\" else "?" for sign in about)
    return f"kb-links/{version('co-production-commons')} ({plain})"
