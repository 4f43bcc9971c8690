"""Manners: no site is asked in haste, and one that asks for patience is given it."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from kb.web.answers import Answer, Asker, Question, Result, Steps, retry_after

GAP = 1.0
"""Seconds between an answer of a site and the next question to it, at first."""
LONGEST_GAP = 30.0
LONGEST_WAIT = 60.0
"""Seconds that we wait for a site; one that asks for more is left alone for this time."""
BUSY = {429, 503}

Clock = Callable[[], float]
"""Seconds that only ever grow, such as `time.monotonic`."""
Sleep = Callable[[float], Awaitable[None]]


class Manners:
    """Puts questions through an asker, to each site one at a time, with a gap that grows when the site is busy.

    `seconds` is the time that everything may take together; None for as long as it takes.
    """

    def __init__(
        self,
        asker: Asker,
        *,
        gap: float = GAP,
        seconds: float | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.asker = asker
        self.clock = clock
        self.sleep = sleep
        self.end = None if seconds is None else clock() + seconds
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.gaps: defaultdict[str, float] = defaultdict(lambda: gap)
        self.ready: dict[str, float] = {}

    async def follow(self, steps: Steps[Result]) -> Result:
        """Ask one question after another, and give what comes of them."""
        question = next(steps)
        while True:
            answer = await self.ask(question)
            try:
                question = steps.send(answer)
            except StopIteration as end:
                result: Result = end.value
                return result

    async def ask(self, question: Question) -> Answer:
        """The answer, when it is the turn of this question; the fault `later` if that would take too long."""
        site = site_of(question.address)
        async with self.turns[site]:
            wait = max(0.0, self.ready.get(site, 0.0) - self.clock())
            if wait > LONGEST_WAIT or (self.end is not None and self.clock() + wait >= self.end):
                return Answer(fault="later")
            if wait:
                await self.sleep(wait)
            answer = await self.asker.ask(question)
            self._heed(site, answer)
            return answer

    def _heed(self, site: str, answer: Answer) -> None:
        if answer.status in BUSY:
            self.gaps[site] = min(LONGEST_GAP, 2 * self.gaps[site])
        self.ready[site] = self.clock() + max(self.gaps[site], retry_after(answer) or 0.0)


def site_of(address: str) -> str:
    """The name and port of the site of an address, by which one site is told from another."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()
