"""Addresses on other sites: which there are, whether they still answer, and what they tell of a work.

Pure functions decide: `visits` what to ask next and what an answer means, `memory` what to remember and when to ask
again, `register` what is told of a work. `asker` alone opens connections, behind the protocol `Asker`, and is the only
user of httpx; `manners` sees to it that no site is asked in haste. The clock and the waiting are passed in.
"""

from __future__ import annotations

from kb.web.answers import Answer, Asker, Fault, Question
from kb.web.archive import look_up
from kb.web.asker import Web
from kb.web.errand import agent, ask_all, look_up_works
from kb.web.gather import outside
from kb.web.manners import Manners
from kb.web.memory import after, due
from kb.web.register import tell
from kb.web.round import Round
from kb.web.visits import visit

__all__ = [
    "Answer",
    "Asker",
    "Fault",
    "Manners",
    "Question",
    "Round",
    "Web",
    "after",
    "agent",
    "ask_all",
    "due",
    "look_up",
    "look_up_works",
    "outside",
    "tell",
    "visit",
]
