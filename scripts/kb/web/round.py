"""A round: every address that is due is asked, site by site, several sites at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from kb.liveness import Finding, Remembered
from kb.web.archive import look_up, may_have_copy
from kb.web.manners import Manners, site_of
from kb.web.memory import after
from kb.web.visits import visit

SITES_AT_ONCE = 8
MOST_LOOK_UPS = 40
"""Copies looked for in one round, so that the archive is not stormed; the next round looks for more."""

Tell = Callable[[Finding], None]


@dataclass
class Round:
    """Asks addresses and tells each finding as it comes.

    `before` is what was remembered until now, `learnt` what is to be remembered of the addresses that were asked to
    the end: it holds also if the round is broken off.
    """

    manners: Manners
    before: Mapping[str, Remembered]
    today: date
    tell: Tell
    sites_at_once: int = SITES_AT_ONCE
    findings: list[Finding] = field(default_factory=list)
    learnt: dict[str, Remembered] = field(default_factory=dict)
    broken_off: bool = False

    @property
    def alone(self) -> bool:
        """Whether nothing answered, on three sites or more: then this computer is cut off, and not they are dead."""
        asked = [one for one in self.findings if one.verdict != "skipped"]
        nothing = all(one.why in {"no-such-site", "refused", "too-slow"} for one in asked)
        return nothing and len({site_of(one.address) for one in asked}) >= 3

    async def ask(self, addresses: Iterable[str]) -> None:
        """Ask the addresses, then look for copies: first of those that failed, then of those that have none yet."""
        queues: dict[str, list[str]] = {}
        for address in addresses:
            queues.setdefault(site_of(address), []).append(address)
        gate = asyncio.Semaphore(self.sites_at_once)
        async with asyncio.TaskGroup() as group:
            for queue in sorted(queues.values(), key=len, reverse=True):  # the longest takes longest
                group.create_task(self._site(queue, gate))
        if not self.alone:
            await self._look_for_copies()

    async def _site(self, queue: Iterable[str], gate: asyncio.Semaphore) -> None:
        async with gate:
            for address in queue:
                before = self.before.get(address)
                finding = await self.manners.follow(visit(address, before))
                self.findings.append(finding)
                if finding.verdict != "skipped":
                    self.learnt[address] = after(before, finding, self.today)
                self.tell(finding)

    async def _look_for_copies(self) -> None:
        wanting = [one for one in self.learnt.values() if not one.archive and may_have_copy(one.address)]
        for one in sorted(wanting, key=lambda one: (not one.failing, one.address))[:MOST_LOOK_UPS]:
            copy = await self.manners.follow(look_up(one.address, one.good))
            if copy:
                self.learnt[one.address] = replace(one, archive=copy)
