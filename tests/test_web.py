"""Addresses on other sites: what each way of answering means, what is remembered of it, and what a person is told.

Nearly all of it runs against real sockets on this machine; nothing leaves it.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
import signal
import ssl
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import cli, house, report, web
from kb.house import Community
from kb.knowledge import knowledge
from kb.liveness import (
    FAILURES,
    Finding,
    Memory,
    Outside,
    Remembered,
    Spot,
    Verdict,
    asked_as,
    join,
    kept,
    parse,
    remembered,
    write,
)
from kb.problem import Place
from kb.read import Layout, read
from kb.read import memory as kept_file
from kb.render import Settings, render
from kb.web import Answer, Manners, Question, Round, Web, after, due, look_up, outside, visit
from kb.web import signs as sign
from kb.web.answers import MOST, retry_after
from kb.web.archive import may_have_copy
from tests import make, strange_web
from tests.selfsigned import certificate
from tests.strange_web import PAGE, WORDS, Server, guard, serving

__all__ = ["guard"]

ROOT = Path(__file__).parent.parent
DAY = date(2027, 3, 3)
WEEK = timedelta(days=7)
PATIENCE = 20.0
"""Seconds that tests wait for an answer that comes: a machine may be busy."""
IMPATIENT = 1.0
"""Seconds that they wait for one that never comes."""

pytestmark = pytest.mark.usefixtures("guard")


@pytest.fixture(autouse=True)
def loop_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs coroutines in a thread: browser tests of the same worker leave a loop running in this one."""
    own = asyncio.run

    def apart(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(own, coroutine).result()

    monkeypatch.setattr(asyncio, "run", apart)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@dataclass
class FakeTime:
    """A clock that only sleeping moves on."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Script:
    """An asker that answers by heart: to each address its answers in turn, the last one for ever."""

    answers: dict[str, list[Answer]]
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        those = self.answers.get(question.address, [Answer(404)])
        return those.pop(0) if len(those) > 1 else those[0]


def found(address: str, before: Remembered | None = None, patience: float = PATIENCE) -> Finding:
    """What a visit to an address of the strange web finds."""

    async def go() -> Finding:
        async with Web("kb-links/test", patience=patience) as asker:
            return await Manners(asker, gap=0.0).follow(visit(address, before))

    return asyncio.run(go())


def played(address: str, answers: dict[str, Answer], before: Remembered | None = None) -> Finding:
    """What a visit finds when sites answer so."""
    script = Script({one: [answer] for one, answer in answers.items()})
    return asyncio.run(Manners(script, gap=0.0).follow(visit(address, before)))


def says(status: int = 200, body: str = PAGE, **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, MappingProxyType({"content-type": "text/html", **told}), body.encode())


def leads(to: str, status: int = 302) -> Answer:
    return says(status, "", location=to)


def of(finding: Finding) -> tuple[Verdict, str]:
    return finding.verdict, finding.why


GOOD = ("good", "")


# --- a site that answers ------------------------------------------------------------------------------------
def test_a_page_is_good(server: Server) -> None:
    address = server.page("/report")
    assert found(address) == Finding(address, "good")
    assert server.methods("/report") == ["HEAD", "GET"]
    assert {one.headers["user-agent"] for one in server.asked} == {"kb-links/test"}


def test_what_is_no_web_page_is_not_fetched(server: Server) -> None:
    assert of(found(server.page("/report.pdf", Content_Type="application/pdf"))) == GOOD
    assert server.methods("/report.pdf") == ["HEAD"]


def test_a_site_that_understands_only_get(server: Server) -> None:
    assert of(found(server.on("/a", strange_web.only_get))) == GOOD
    assert server.methods("/a") == ["HEAD", "GET"]


def test_a_site_that_never_answers_head(server: Server) -> None:
    assert of(found(server.on("/a", strange_web.deaf_to_head), patience=IMPATIENT)) == GOOD


def test_a_page_that_did_not_change_is_not_fetched(server: Server) -> None:
    address = server.on("/a", strange_web.unchanged('"v1"'))
    first = found(address)
    assert first == Finding(address, "good", etag='"v1"', modified="Wed, 03 Mar 2027 10:00:00 GMT")
    seen = after(None, first, DAY)
    server.asked.clear()
    assert found(address, seen) == first
    assert [(one.method, one.headers["if-none-match"]) for one in server.asked] == [("HEAD", '"v1"')]


def test_a_tag_that_stays_the_same_will_do(server: Server) -> None:
    address = server.page("/a", ETag='"v1"')
    before = Remembered(address, DAY, DAY, verdict="good", etag='"v1"')
    assert found(address, before).etag == '"v1"'
    assert server.methods("/a") == ["HEAD"]


def test_only_of_a_good_page_is_it_asked_whether_it_changed(server: Server) -> None:
    address = server.on("/a", strange_web.unchanged('"v1"'))
    assert of(found(address, Remembered(address, DAY, DAY, DAY, 1, "gone", etag='"v1"'))) == GOOD
    assert server.methods("/a") == ["HEAD", "GET"]


@pytest.mark.parametrize("tag", ["v1", '"a\tb"', f'"{"x" * 200}"', '"a"b"'])
def test_a_tag_out_of_form_is_neither_kept_nor_sent(tag: str) -> None:
    address = "https://a.org/x"
    assert played(address, {address: says(etag=tag, last_modified="now")}) == Finding(address, "good")
    script = Script({address: [says()]})
    asyncio.run(Manners(script, gap=0.0).follow(visit(address, Remembered(address, verdict="good", etag=tag))))
    assert {(one.etag, one.modified) for one in script.asked} == {("", "")}


def test_a_huge_page_is_read_in_part(server: Server) -> None:
    address = server.page("/huge", body=PAGE + "<p>More.</p>" * 500_000)
    assert of(found(address)) == GOOD

    async def ask() -> Answer:
        async with Web("kb") as asker:
            return await asker.ask(Question(address, "GET"))

    answer = asyncio.run(ask())
    assert (len(answer.body), answer.whole) == (MOST, False)


def test_a_body_that_ends_too_early_says_what_it_said(server: Server) -> None:
    assert of(found(server.page("/a", Content_Length="1000000"))) == GOOD
    assert of(found(server.page("/a", body="<p>", Content_Length="1000000"))) == GOOD
    assert of(found(server.page("/a", body=LOST[0], Content_Length="10"))) == ("soft-gone", "empty")


def test_a_body_that_never_ends_takes_no_longer_than_we_have(server: Server) -> None:
    began = time.monotonic()
    assert of(found(server.on("/a", strange_web.drip), patience=IMPATIENT)) == GOOD
    assert time.monotonic() - began < 10


def test_an_unwanted_packing_is_unpacked(server: Server) -> None:
    assert of(found(server.on("/a", strange_web.zipped))) == ("soft-gone", "says-so")


def test_an_address_with_all_sorts_of_signs(server: Server) -> None:
    path = "/caf%C3%A9/a%20b"
    server.page(path)
    assert of(found(f"{server.address}{path}?q=%C3%BC&x=(1)")) == GOOD
    assert of(found(f"{server.address}/café/a%20b")) == GOOD
    assert {one.path for one in server.asked} == {f"{path}?q=%C3%BC&x=(1)", path}


def test_a_name_with_signs_beyond_ascii() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.raw_host.decode()} {request.url.raw_path.decode()}")
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    async def go() -> Answer:
        async with Web("kb", transport=httpx.MockTransport(answer)) as asker:
            return await asker.ask(Question("https://bücher.example/straße?a=ö"))

    assert asyncio.run(go()).status == 200
    assert asked == ["xn--bcher-kva.example /stra%C3%9Fe?a=%C3%B6"]


# --- a page that moved --------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [301, 308])
def test_a_page_that_moved_for_good(server: Server, status: int) -> None:
    new = server.page("/new")
    address = server.page("/old", status, Location="/new#part")
    assert found(address) == Finding(address, "moved", now=new)
    assert server.methods("/old") == ["HEAD"]


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_page_that_is_elsewhere_for_now(server: Server, status: int) -> None:
    server.page("/new")
    address = server.page("/old", status, Location="/new")
    assert found(address) == Finding(address, "good")


def test_only_what_lasts_is_offered(server: Server) -> None:
    server.page("/c")
    server.page("/b", 302, Location="/c")
    address = server.page("/a", 301, Location="/b")
    assert found(address).now == f"{server.address}/b"
    server.page("/b", 301, Location="/c")
    assert found(address).now == f"{server.address}/c"
    server.page("/a", 302, Location="/b")
    assert found(address) == Finding(address, "good")


def test_a_page_that_moved_to_nowhere_did_not_move(server: Server) -> None:
    assert of(found(server.page("/old", 301, Location="/gone"))) == ("gone", "404")


def test_a_circle(server: Server) -> None:
    server.page("/b", 302, Location="/a")
    assert of(found(server.page("/a", 302, Location="/b"))) == ("unreachable", "circle")


def test_a_chain_without_end(server: Server) -> None:
    for number in range(30):
        server.page(f"/{number}", 302, Location=f"/{number + 1}")
    assert of(found(f"{server.address}/0")) == ("unreachable", "circle")
    assert len(server.asked) < 15


def test_a_site_that_wants_a_cookie(server: Server) -> None:
    assert of(found(server.on("/a", strange_web.wants_cookie))) == GOOD


@pytest.mark.parametrize("location", ["", "mailto:a@b.org", "http://[", "ftp://a.org/"])
def test_a_redirect_to_what_is_no_address(server: Server, location: str) -> None:
    assert of(found(server.page("/a", 301, Location=location))) == ("unreachable", "nowhere")


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "localhost", "a.internal", "[::1]"])
def test_no_public_site_leads_us_into_a_private_network(inside: str) -> None:
    answers = {"https://a.org/x": leads(f"http://{inside}/secret"), f"http://{inside}/secret": says()}
    assert of(played("https://a.org/x", answers)) == ("unreachable", "nowhere")


def test_a_page_that_leads_to_the_home_page_is_lost(server: Server) -> None:
    server.page("/")
    assert of(found(server.page("/report", 301, Location="/"))) == ("soft-gone", "home-page")


@pytest.mark.parametrize(
    ("address", "end", "verdict"),
    [
        ("https://a.org/reports/one", "https://www.a.org/", "soft-gone"),
        ("https://www.a.org/one", "https://a.org/en/", "soft-gone"),
        ("https://a.org/one", "https://a.org/index.html", "soft-gone"),
        ("https://a.org/reports/one", "https://b.org/", "soft-gone"),
        ("https://a.org/project", "https://project.org/", "moved"),
        ("https://a.org/", "https://www.a.org/", "moved"),
        ("https://a.org", "https://a.org/en/", "moved"),
        ("https://a.org/home", "https://a.org/", "moved"),
        ("https://a.org/one", "https://a.org/?page=one", "moved"),
    ],
)
def test_which_way_home_means_lost(address: str, end: str, verdict: str) -> None:
    assert played(address, {address: leads(end, 301), end: says()}).verdict == verdict


# --- a page that is gone ------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone(server: Server, status: int) -> None:
    assert of(found(server.page("/a", status))) == ("gone", str(status))
    assert server.methods("/a") == ["HEAD", "GET"]


LOST = [
    "Page not found",
    "404",
    "Error 404",
    "404 Not Found",
    "404: Not Found",
    "404 - Page not found",
    "HTTP Error 404 Not Found",
    "Page not found | Nesta",
    "Page not found - The King’s Fund",
    "SCIE: Page not found",
    "Sorry, this page no longer exists",
    "Oops! That page can’t be found.",
    "The page you requested could not be found",
    "The page you are looking for cannot be found",
    "This page is no longer available",
    "This page has been removed",
    "Page not found (404)",
    "Ni chanfuwyd y dudalen",
    "Seite nicht gefunden",
    "Sidan hittades inte | Region",
]
FOUND = [
    "A report on time banks",
    "Not found: an essay on loss",
    "404 ways to share power",
    "The page that was never found",
    "Why services are not available here in winter",
    "Lost and found",
    "Lost services | Gone, not forgotten",
    "",
]


@pytest.mark.parametrize("title", LOST)
def test_a_page_that_says_there_is_none(title: str) -> None:
    assert sign.says_lost(sign.see(f"<TITLE>\n{title} </TITLE>{WORDS}"))


def test_a_page_that_says_so_in_its_heading() -> None:
    assert sign.says_lost(sign.see(f"<title>Us</title><h1 class=x>Page <b>not</b> found</h1>{WORDS}"))


@pytest.mark.parametrize("title", FOUND)
def test_a_page_that_says_no_such_thing(title: str) -> None:
    assert not sign.says_lost(sign.see(f"<title>{title}</title><h1>{title}</h1>{WORDS}"))


def test_a_page_that_is_gone_though_something_answers(server: Server) -> None:
    lost = f"<title>Page not found</title>{WORDS}"
    assert of(found(server.page("/a", body=lost))) == ("soft-gone", "says-so")


@pytest.mark.parametrize("body", ["", "<html></html>", "<p>OK</p>"])
def test_a_page_with_nothing_on_it(server: Server, body: str) -> None:
    assert of(found(server.page("/a", body=body))) == ("soft-gone", "empty")


@pytest.mark.parametrize(
    "body", ["<div id=app></div><script src=a.js></script>", "<meta http-equiv=Refresh content=0>"]
)
def test_a_page_that_fills_itself_is_not_empty(server: Server, body: str) -> None:
    assert of(found(server.page("/a", body=body))) == GOOD


FOR_SALE = [
    "<title>toytown.org is for sale</title><p>This domain is for sale. Make an offer on this domain.</p>",
    "<html data-adblockkey='MFww'><title>toytown.org</title><p>Related searches</p>",
    "<title>Buy this domain</title>",
    "<h1>The domain name toytown.org may be for sale</h1>",
]


@pytest.mark.parametrize("body", FOR_SALE)
def test_a_domain_that_is_for_sale(server: Server, body: str) -> None:
    assert of(found(server.page("/a", body=body))) == ("parked", "for-sale")


def test_a_page_that_speaks_of_sales_is_not_for_sale() -> None:
    long = f"<title>Names</title>{WORDS * 40}<p>This domain is for sale, they said.</p>"
    assert not sign.is_for_sale("https://a.org/x", long, sign.see(long))
    assert sign.is_for_sale("https://www.hugedomains.com/x", "", sign.see(""))
    assert not sign.is_for_sale("https://nothugedomains.com.org/x", "", sign.see(""))


# --- a wall -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [401, 402, 403, 451])
def test_a_refusal_says_nothing_of_the_page(server: Server, status: int) -> None:
    assert of(found(server.page("/a", status, body="<p>No.</p>"))) == ("walled", str(status))


MOMENT = "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue</p>"


@pytest.mark.parametrize("status", [403, 503, 200, 404])
def test_a_wall_that_gives_its_name(server: Server, status: int) -> None:
    address = server.page("/a", status, body=MOMENT, Server="cloudflare", CF_Mitigated="challenge")
    assert of(found(address)) == ("walled", "guarded")


@pytest.mark.parametrize(
    ("answer", "walled"),
    [
        (says(403, MOMENT), True),
        (says(503, MOMENT), True),
        (says(200, MOMENT), True),
        (says(503, "<title>Down for maintenance</title>"), False),
        (says(503, "<p>Try later</p>", server="cloudflare", cf_ray="1"), False),
        (says(503, "", x_datadome="protected"), True),
        (says(404, "", x_datadome="protected"), False),
        (says(200, PAGE, x_datadome="protected"), False),
        (says(202, "", x_amzn_waf_action="challenge"), True),
        (says(200, "<script src='/_Incapsula_Resource?x'></script>"), True),
        (says(200, f"{PAGE}<script src='/cdn-cgi/challenge-platform/x'></script>"), False),
        (says(404, "<title>x</title><script src='/cdn-cgi/challenge-platform/x'></script>"), False),
        (says(200, f"<title>Just a moment of care</title>{WORDS * 40}"), False),
    ],
)
def test_a_wall_is_told_apart_from_death(answer: Answer, walled: bool) -> None:
    address = "https://a.org/x"
    assert (of(played(address, {address: answer})) == ("walled", "guarded")) is walled


def test_a_page_behind_an_account(server: Server) -> None:
    server.page("/login", body=f"<title>Sign in</title>{WORDS}")
    assert of(found(server.page("/paper", 302, Location="/login?next=/paper"))) == ("walled", "sign-in")
    assert of(found(f"{server.address}/login")) == GOOD


# --- a site that is out of reach ----------------------------------------------------------------------------
@pytest.mark.parametrize("status", [400, 408, 500, 502])
def test_an_error_of_the_site(server: Server, status: int) -> None:
    assert of(found(server.page("/a", status))) == ("unreachable", str(status))


def test_a_site_that_is_too_slow(server: Server) -> None:
    assert of(found(server.on("/a", strange_web.stall), patience=IMPATIENT)) == ("unreachable", "too-slow")


def test_a_site_that_breaks_off(server: Server) -> None:
    assert of(found(server.on("/a", strange_web.reset))) == ("unreachable", "broken-off")


def test_a_site_that_takes_no_connection() -> None:
    with serving() as closed:
        address = closed.page("/a")
    assert of(found(address)) == ("unreachable", "refused")


def test_a_name_that_nobody_has() -> None:
    assert of(found("https://nobody.invalid/a")) == ("unreachable", "no-such-site")


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:99999/", "https://127.0.0.1:0/", "ftp://a.org/", "https://a\x00.invalid/"]
)
def test_what_cannot_be_asked(address: str) -> None:
    assert of(found(address)) == ("unreachable", "no-address")


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    with serving(certificate(tmp_path / "own.pem")) as server:
        assert of(found(server.page("/a"))) == ("unreachable", "no-safe-connection")
        assert server.asked == []


def test_a_site_that_does_not_speak_tls(server: Server) -> None:
    server.page("/a")
    assert of(found(server.address.replace("http:", "https:") + "/a")) == ("unreachable", "no-safe-connection")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ssl.SSLCertVerificationError("certificate has expired"), "no-safe-connection"),
        (ConnectionResetError(), "refused"),
    ],
)
def test_why_a_connection_failed(error: Exception, why: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("failed") from error

    async def go() -> Answer:
        async with Web("kb", transport=httpx.MockTransport(fail)) as asker:
            return await asker.ask(Question("https://a.org/"))

    assert asyncio.run(go()).fault == why


# --- DOIs ---------------------------------------------------------------------------------------------------
@pytest.fixture
def doi(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("kb.web.visits.DOI", f"{server.address}/doi/")
    return f"{server.address}/doi/"


def test_a_doi_lives_whatever_the_publisher_says(server: Server, doi: str) -> None:
    server.page("/doi/10.1/a", 302, Location="/publisher")
    server.page("/publisher", 403)
    assert of(found(f"{doi}10.1/a")) == GOOD
    assert [one.path for one in server.asked] == ["/doi/10.1/a"]


def test_a_doi_that_moved_stays_the_name(server: Server, doi: str) -> None:
    server.page("/doi/10.1/a", 301, Location="/publisher")
    assert found(f"{doi}10.1/a") == Finding(f"{doi}10.1/a", "good")


def test_a_doi_that_is_not_registered(server: Server, doi: str) -> None:
    assert of(found(f"{doi}10.1/none")) == ("gone", "404")
    server.page("/doi/10.1/b", 500)
    assert of(found(f"{doi}10.1/b")) == ("unreachable", "500")


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (
            "https://doi.org/10.1002/(SICI)1099<1::AID-A>3.0.CO;2-#",
            "https://doi.org/10.1002/(SICI)1099%3C1::AID-A%3E3.0.CO;2-%23",
        ),
        ("HTTPS://doi.org/10.1/a%3C", "https://doi.org/10.1/a%3C"),
        ("https://a.org/x?y=1#part", "https://a.org/x?y=1"),
    ],
)
def test_how_an_address_is_asked_for(written: str, asked: str) -> None:
    assert asked_as(written) == asked
    assert asked_as(asked) == asked


# --- manners ------------------------------------------------------------------------------------------------
def test_a_site_that_asks_for_patience_is_given_it(server: Server) -> None:
    fake = FakeTime()
    address = server.on("/a", strange_web.busy(1))

    async def go() -> Finding:
        async with Web("kb") as asker:
            return await Manners(asker, clock=fake.clock, sleep=fake.sleep).follow(visit(address))

    assert of(asyncio.run(go())) == GOOD
    assert fake.slept == [7.0, 2.0]  # what it asked for; then twice the gap, for it was busy


@pytest.mark.parametrize(("status", "finding"), [(429, ("walled", "429")), (503, ("unreachable", "503"))])
@pytest.mark.parametrize("after", ["3600", "7", ""])
def test_a_site_that_stays_busy(status: int, finding: tuple[Verdict, str], after: str) -> None:
    fake = FakeTime()
    script = Script({"https://a.org/x": [says(status, "", retry_after=after)]})
    manners = Manners(script, clock=fake.clock, sleep=fake.sleep)
    assert of(asyncio.run(manners.follow(visit("https://a.org/x")))) == finding
    assert max(fake.slept, default=0) <= 60
    assert len(script.asked) <= 6


def test_each_site_is_asked_at_its_own_pace() -> None:
    fake = FakeTime()
    pages = {f"https://{site}.org/{number}": [says()] for site in "ab" for number in range(3)}
    script = Script(pages)
    busy: set[str] = set()
    most = 0
    whole = script.ask

    async def ask(question: Question) -> Answer:
        nonlocal most
        site = question.address[8]
        assert site not in busy, "two questions to one site at once"
        busy.add(site)
        most = max(most, len(busy))
        await asyncio.sleep(0)
        answer = await whole(question)
        busy.remove(site)
        return answer

    script.ask = ask  # type: ignore[method-assign]  # this script asks in its own way
    told: list[Finding] = []
    one = Round(Manners(script, clock=fake.clock, sleep=fake.sleep), {}, DAY, told.append)
    asyncio.run(one.ask(pages))
    assert most == 2
    assert {finding.verdict for finding in told} == {"good"}
    assert [finding.address for finding in told if ".org/" in finding.address and "a.org" in finding.address] == [
        f"https://a.org/{number}" for number in range(3)
    ]
    assert all(0 < seconds <= 1 for seconds in fake.slept)


def test_no_more_time_than_there_is() -> None:
    fake = FakeTime()
    pages = {f"https://a.org/{number}": [says(content_type="application/pdf")] for number in range(9)}
    told: list[Finding] = []
    one = Round(Manners(Script(pages), seconds=3.5, clock=fake.clock, sleep=fake.sleep), {}, DAY, told.append)
    asyncio.run(one.ask(pages))
    assert [finding.verdict for finding in told] == ["good"] * 4 + ["skipped"] * 5
    assert set(one.learnt) == {f"https://a.org/{number}" for number in range(4)}
    assert fake.now <= 3.5


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "Wed, 03 Mar 2027 10:01:00 GMT", "date": "Wed, 03 Mar 2027 10:00:00 GMT"}, 60.0),
        ({"retry-after": "Wed, 03 Mar 2027 09:00:00 GMT", "date": "Wed, 03 Mar 2027 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 03 Mar 2027 10:01:00 GMT"}, None),
        ({"retry-after": "Wed, 03 Mar 2027 10:01:00 -0000", "date": "Wed, 03 Mar 2027 10:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-4"}, None),
        ({"retry-after": "9" * 50}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(told: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Answer(429, told)) == seconds


def test_how_we_name_ourselves() -> None:
    assert re.fullmatch(
        r"kb-links/[\d.]+ \(Toy Commons; \+https://x\.org/r\)", web.agent("Toy Commons", "https://x.org/r")
    )
    assert web.agent("Café (\n)", "").endswith(" (Caf? ???)")


# --- what a page says ---------------------------------------------------------------------------------------
def test_what_is_seen_of_a_page() -> None:
    seen = sign.see(
        "Words<!-- <title>No</title> --><head><title>A &amp; B</title><title>C</title><script>if (a<b) '<h1>x'</script>"
        "<style>h1 {}</style></head><body><h1>One <em>two</em></h1><p>Three</p><svg><title>D</title></svg>< p>four"
    )
    assert (seen.title, seen.heading, seen.filled) == ("A & B", "One two", True)
    assert seen.text.split() == ["One", "two", "Words", "C", "Three", "four"]


PIECES = [*"<>!-/ =\"'&;a1é\n", "<!--", "-->", "<title", "<h1>", "<script", "</script", "404", "not found"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_whatever_a_page_says_it_can_be_seen(markup: str) -> None:
    seen = sign.see(markup)
    sign.says_lost(seen)
    sign.is_guarded(403, {}, markup, seen)
    sign.is_for_sale("https://a.org/", markup, seen)


@pytest.mark.parametrize("piece", ["<title", "<!--", "<script>", "<h1>not ", "404 ", "page not ", "you are "])
def test_a_page_made_to_be_slow_is_not(piece: str) -> None:
    markup = piece * (MOST // len(piece))
    began = time.monotonic()
    for whole in (markup, f"<title>{markup}", f"<title>x</title><h1>{markup}"):
        seen = sign.see(whole)
        sign.says_lost(seen)
        sign.is_for_sale("https://a.org/", whole, seen)
        sign.is_guarded(403, {}, whole, seen)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ({"content-type": "text/html; charset=iso-8859-1"}, "é".encode("latin-1"), "é"),
        ({"content-type": "text/html; charset='utf-8'"}, "é".encode(), "é"),
        ({"content-type": "text/html; charset=nonsense"}, "é".encode(), "é"),
        ({}, b"\xff", "\ufffd"),
        ({"content-encoding": "gzip"}, b"not packed", ""),
        ({"content-encoding": "br"}, b"packed", ""),
        ({"content-encoding": "identity"}, b"plain", "plain"),
    ],
)
def test_a_body_as_text(headers: dict[str, str], body: bytes, text: str) -> None:
    assert Answer(200, headers, body).text == text


# --- copies -------------------------------------------------------------------------------------------------
def copied(said: str, status: int = 200) -> tuple[str, list[Question]]:
    script = Script({})

    async def ask(question: Question) -> Answer:
        script.asked.append(question)
        return Answer(status, {}, said.encode())

    script.ask = ask  # type: ignore[method-assign]  # this script asks in its own way
    copy = asyncio.run(Manners(script, gap=0.0).follow(look_up("https://a.org/x?y=1&z", DAY)))
    return copy, script.asked


def snapshot(**fields: object) -> str:
    closest = {"available": True, "status": "200", "url": "http://web.archive.org/web/20270101000000/http://a.org/x"}
    return json.dumps({"archived_snapshots": {"closest": closest | fields}})


def test_a_copy_is_looked_for_near_the_last_good_day() -> None:
    copy, [question] = copied(snapshot())
    assert copy == "https://web.archive.org/web/20270101000000/http://a.org/x"
    assert question.address == (
        "https://archive.org/wayback/available?url=https%3A%2F%2Fa.org%2Fx%3Fy%3D1%26z&timestamp=20270303"
    )


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "null",
        '{"archived_snapshots": {}}',
        "[" * 100_000,
        snapshot(available=False),
        snapshot(status="404"),
        snapshot(url="https://evil.org/web/2027/x"),
        snapshot(url="https://web.archive.org/web/2027/a b"),
        snapshot(url=7),
    ],
)
def test_no_copy(said: str) -> None:
    assert copied(said)[0] == ""


def test_an_archive_that_is_down() -> None:
    assert copied(snapshot(), 503)[0] == ""


@pytest.mark.parametrize(
    "address", ["https://doi.org/10.1/a", "https://web.archive.org/web/2/x", "https://archive.org/a"]
)
def test_of_some_addresses_no_copy_is_wanted(address: str) -> None:
    assert not may_have_copy(address)
    assert may_have_copy("https://a.org/x")


def test_a_round_looks_for_copies_of_what_failed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.web.round.MOST_LOOK_UPS", 2)
    pages = {"https://a.org/good": [says()], "https://a.org/lost": [Answer(404)], "https://b.org/z": [says()]}

    class Archive(Script):
        async def ask(self, question: Question) -> Answer:
            if question.address.startswith("https://archive.org/"):
                self.asked.append(question)
                return Answer(200, {}, (snapshot() if "lost" in question.address else "{}").encode())
            return await super().ask(question)

    script = Archive(pages)
    one = Round(Manners(script, gap=0.0), {}, DAY, lambda finding: None)
    asyncio.run(one.ask(pages))
    looked_up = [
        re.findall("org%2F([a-z]+)", question.address)[0] for question in script.asked if "wayback" in question.address
    ]
    assert looked_up == ["lost", "good"]
    assert one.learnt["https://a.org/lost"].archive.startswith("https://web.archive.org/web/2027")
    assert one.learnt["https://a.org/good"].archive == ""


def test_a_computer_that_is_cut_off_is_not_the_death_of_all() -> None:
    faults = ["no-such-site", "refused", "too-slow"]
    pages = {f"https://{fault}.org/": [Answer(fault=fault)] for fault in faults}  # type: ignore[arg-type]  # each is a Fault
    script = Script(dict(pages))
    one = Round(Manners(script, gap=0.0), {}, DAY, lambda finding: None)
    asyncio.run(one.ask(pages))
    assert one.alone
    assert not any("archive.org" in question.address for question in script.asked)
    two = Round(Manners(Script({**pages, "https://a.org/": [says()]}), gap=0.0), {}, DAY, lambda finding: None)
    asyncio.run(two.ask([*pages, "https://a.org/"]))
    assert not two.alone


# --- what is remembered -------------------------------------------------------------------------------------
A = "https://a.org/x"


def lived(*days: tuple[int, Verdict]) -> Remembered:
    """What is remembered of an address after it answered so on so many days after the first."""
    memory: Remembered | None = None
    for day, verdict in days:
        memory = after(memory, Finding(A, verdict, "why"), DAY + timedelta(days=day))
    assert memory is not None
    return memory


def test_three_failures_over_a_week_make_a_link_suspect() -> None:
    assert not lived((0, "gone")).suspect
    assert not lived((0, "gone"), (7, "gone")).suspect
    assert not lived((0, "gone"), (1, "gone"), (2, "gone"), (6, "gone")).suspect
    assert lived((0, "gone"), (1, "unreachable"), (7, "parked")).suspect
    assert lived((0, "gone"), (7, "gone"), (14, "gone")).suspect


def test_of_the_failures_on_one_day_one_counts() -> None:
    assert lived((0, "gone"), (0, "gone"), (0, "unreachable")).strikes == 1
    assert not lived((0, "gone"), (8, "gone"), (8, "gone"), (8, "gone")).suspect
    assert lived((5, "gone"), (3, "gone")).strikes == 1  # a clock that was put back


def test_recovery_forgets_the_strikes() -> None:
    well = lived((0, "gone"), (5, "gone"), (9, "gone"), (10, "good"))
    assert (well.good, well.failed, well.strikes, well.suspect) == (DAY + timedelta(days=10), None, 0, False)
    assert lived((0, "gone"), (5, "gone"), (9, "moved"), (10, "gone")).strikes == 1


def test_a_wall_is_no_failure_and_no_life() -> None:
    walled = lived((0, "good"), (1, "gone"), (5, "walled"))
    assert (walled.good, walled.strikes, walled.verdict, walled.suspect) == (DAY, 1, "walled", False)
    assert not lived(*((day, "walled") for day in range(30))).suspect


def test_who_was_not_asked_is_remembered_as_before() -> None:
    before = lived((0, "good"))
    assert after(before, Finding(A, "skipped"), DAY + WEEK) == before


def test_a_copy_is_never_forgotten() -> None:
    before = replace(lived((0, "gone")), archive="https://web.archive.org/web/2/x")
    for verdict in ("good", "moved", "gone", "walled"):
        assert after(before, Finding(A, verdict), DAY).archive == before.archive


@pytest.mark.parametrize(
    ("before", "days", "is_due"),
    [
        (None, 0, True),
        (lived((0, "good")), 0, False),
        (lived((0, "good")), 13, False),
        (lived((0, "good")), 21, True),
        (lived((0, "walled")), 5, False),
        (lived((0, "gone")), 0, False),
        (lived((0, "gone")), 1, True),
        (lived((0, "good")), -1, True),
        (Remembered(A), 0, True),
    ],
)
def test_when_to_ask_again(before: Remembered | None, days: int, is_due: bool) -> None:
    assert due(before, DAY + timedelta(days=days)) is is_due


def test_not_all_addresses_fall_due_on_one_day() -> None:
    good = [Remembered(f"https://a.org/{number}", DAY, DAY, verdict="good") for number in range(70)]
    counts = [sum(due(one, DAY + timedelta(days=day)) for one in good) for day in range(14, 21)]
    assert counts == sorted(set(counts))
    assert counts[-1] == 70


# --- the file -----------------------------------------------------------------------------------------------
DAYS = st.dates(date(2026, 1, 1), date(2028, 1, 1))
WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), max_size=8)
VERDICTS: list[Verdict] = ["good", "moved", "walled", "soft-gone", "parked", "gone", "unreachable", "skipped"]


@st.composite
def lines(draw: st.DrawFn, addresses: tuple[str, ...] = (A, "https://b.org/", "http://c.org/ö?x=1&y")) -> Remembered:
    """A line as it comes about: after some findings on some days."""
    where = draw(st.sampled_from(addresses))
    memory: Remembered | None = None
    for day in sorted(draw(st.lists(DAYS, min_size=1, max_size=6))):
        verdict = draw(st.sampled_from(VERDICTS[:-1]))
        now = "https://new.org/" if verdict == "moved" else ""
        memory = after(memory, Finding(where, verdict, draw(st.sampled_from(["", "404", "empty"])), now), day)
    assert memory is not None
    return memory


@settings(max_examples=40)
@given(st.lists(lines(), max_size=6))
def test_what_is_written_is_read_again(those: list[Remembered]) -> None:
    memory = remembered(Memory(damaged=("one", "two\tthree")), those)
    text = write(memory)
    assert parse(text) == memory
    assert write(parse(text)) == text
    assert all(line == line.rstrip() for line in text.split("\n"))


def test_a_line_of_the_file() -> None:
    one = Remembered(A, DAY, DAY, None, 0, "good", etag='W/"x"', modified="Wed, 03 Mar 2027 10:00:00 GMT")
    text = write(remembered(Memory(), [one]))
    assert text.split("\n")[-2] == (
        f'{A}\t2027-03-03\t2027-03-03\t-\t-\tgood\t-\t-\t-\tW/"x"\tWed,_03_Mar_2027_10:00:00_GMT'
    )
    assert parse(text).of(f"{A}#part") == one


@given(WORD, WORD, WORD)
def test_nothing_that_a_site_sends_breaks_a_line(now: str, archive: str, etag: str) -> None:
    one = Remembered(A, DAY, DAY, None, 0, "moved", "", f"http://{now}\t\n", f"http://{archive}\r", f"{etag}\x85")
    text = write(remembered(Memory(), [one]))
    assert len(text.split("\n")) == len(write(Memory()).split("\n")) + 1
    assert not parse(text).damaged


def test_damaged_lines_are_kept_aside() -> None:
    good = write(remembered(Memory(), [lived((0, "good"))]))
    sick = [
        "nonsense",
        f"{A}\tyesterday\t-\t-\t0\tgood",
        f"{A}\t-\t-\t-\tmany\tgood",
        f"{A}\t-\t-\t-\t-\twell",
        f"{A}" + "\t-" * 4 + "\tgood" + "\t-" * 9,
        "not-an-address\t-\t-\t-\t-\tgood",
        f"{A}\t-\t-\t-\t-\tmoved\t-\tjavascript:alert(1)",
        f"{A}\t-\t-\t-\t-\tgood\t-\t-\tjavascript:alert(1)",
        "\\xff\\xfe",
    ]
    memory = parse(good + "\n".join([*sick, sick[0]]))
    assert memory.damaged == tuple(sick)
    assert set(memory.lines) == {A}
    assert parse(write(memory)) == memory


def test_a_line_may_end_early() -> None:
    assert parse(f"{A}\t2027-03-03\t2027-03-03\t-\t0\tgood").lines == {A: Remembered(A, DAY, DAY, verdict="good")}


@given(st.lists(lines((A,)), min_size=1, max_size=5), st.randoms())
def test_lines_on_one_address_are_joined_in_any_order(those: list[Remembered], order: random.Random) -> None:
    joined = join(those)
    mixed = [*those, *those]
    order.shuffle(mixed)
    assert join(mixed) == joined
    assert join([joined, joined]) == joined
    assert joined.tried == max(one.tried for one in those if one.tried)
    assert joined.good == max((one.good for one in those if one.good), default=None)
    assert not joined.suspect or any(one.suspect for one in those)
    assert joined.verdict in {one.verdict for one in those}


@settings(max_examples=40)
@given(st.lists(lines(), max_size=6), st.lists(lines(), max_size=6), st.lists(lines(), max_size=6))
def test_two_branches_are_merged_line_by_line(
    base: list[Remembered], ours: list[Remembered], theirs: list[Remembered]
) -> None:
    ground = remembered(Memory(), base)
    one, two = (write(remembered(ground, those)) for those in (ours, theirs))
    union = one + "".join(line for line in two.splitlines(keepends=True) if line not in one.splitlines(keepends=True))
    merged = parse(union)
    assert merged.damaged == ()
    assert merged == parse(two + one)
    marked = parse(f"<<<<<<< ours\n{one}||||||| base\n=======\n{two}>>>>>>> theirs\n")
    assert marked == merged
    for address, line in merged.lines.items():
        assert line == join([memory.lines[address] for memory in (parse(one), parse(two)) if address in memory.lines])


def test_a_day_on_which_somebody_saw_it_good_clears_older_failures() -> None:
    ours = lived((0, "gone"), (4, "gone"), (9, "gone"))
    theirs = lived((0, "gone"), (5, "good"))
    joined = join([ours, theirs])
    assert ours.suspect
    assert (joined.good, joined.failed, joined.strikes, joined.suspect) == (
        theirs.good, ours.tried, 1, False
    )  # fmt: skip


def test_git_joins_both_sides_of_the_file() -> None:
    assert "links.txt merge=union" in (ROOT / ".gitattributes").read_text().split("\n")


def test_addresses_that_stand_nowhere_are_forgotten() -> None:
    memory = remembered(Memory(damaged=("x",)), [lived((0, "good")), Remembered("https://b.org/", DAY, DAY)])
    assert set(kept(memory, [A]).lines) == {A}
    assert kept(memory, [A]).damaged == ("x",)


def read_memory(root: Path, name: str) -> Memory:
    return kept_file.read_memory(root, name)[0]


def test_the_file_is_read(tmp_path: Path) -> None:
    assert read_memory(tmp_path, "links.txt") == Memory()
    line = write(remembered(Memory(), [lived((0, "good"))])).encode()
    (tmp_path / "links.txt").write_bytes(b"\xef\xbb\xbf" + line.replace(b"\n", b"\r\n") + b"\xff\xfe\n")
    memory = read_memory(tmp_path, "links.txt")
    assert set(memory.lines) == {A}
    assert memory.damaged == ("\\xff\\xfe",)
    (tmp_path / "folder").mkdir()
    assert read_memory(tmp_path, "folder").unread


def test_the_memory_is_no_way_to_another_file(toy: Path, kb: Run) -> None:
    secret = toy / "secret"
    secret.write_text("token\n", encoding="utf-8")
    (toy / "links.txt").symlink_to(secret)
    assert "links.txt:1:1: error: the file is a symbolic link, or lies behind one" in kb("check").out
    said = kb("links")
    assert (said.code, said.err) == (
        2,
        "links.txt cannot be opened: the file is a symbolic link, or lies behind one.\n",
    )
    assert secret.read_text(encoding="utf-8") == "token\n"


def test_a_memory_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "links.txt").open("wb") as file:
        file.truncate(20_000_001)
    memory, [said] = kept_file.read_memory(tmp_path, "links.txt")
    assert (memory.lines, said.rule) == ({}, "reasonable-size")


# --- which addresses ----------------------------------------------------------------------------------------
BIB = """\
@online{page, title = {A}, date = {2027}, url = {https://a.org/x#part}, keywords = {first}}
@article{paper, title = {B}, date = {2027}, doi = {10.1/b}, url = {https://b.org/paper}, keywords = {first}}
"""


def test_every_address_once_with_every_place() -> None:
    term = make.record(
        "term",
        definition="[A term][a-term]: [this](https://a.org/x), `[no](https://code.org/)`, "
        "<https://bare.org/> and <https://bare.org/>.",
    )
    records = [*make.vocabularies(), make.record("resource", url="https://a.org/x"), term]
    page = "---\ntitle: A\ndescription: B.\n---\n\n[One](https://d.org/1) and [two](/cases/) and [x](mailto:a@b.org).\n"
    sources = make.sources(records, bib=make.BIBLIOGRAPHY + BIB, pages={"a.md": page})
    found = {one.address: one.spots for one in outside(sources)}
    assert list(found) == sorted(found)
    assert set(found) == {
        "https://a.org/x", "https://b.org/paper", "https://bare.org/", "https://d.org/1", "https://doi.org/10.1/b"
    }  # fmt: skip
    assert [(spot.record, spot.written, spot.place.file) for spot in found["https://a.org/x"]] == [
        ("page", "https://a.org/x#part", "references.bib"),
        ("a-resource", "https://a.org/x", "resources.yaml"),
        ("a-term", "https://a.org/x", "resources.yaml"),
    ]
    for spots in found.values():
        for spot in spots:
            line = sources.texts[spot.place.file].split("\n")[spot.place.line - 1]
            assert spot.written.removeprefix("https://doi.org/") in line
    one, two = (spot.place.column for spot in found["https://bare.org/"])
    assert one != two


@pytest.mark.parametrize("address", ["example", "ftp://a.org/", "https://[", "https://a.org/a b", "https://localhost/"])
def test_what_is_no_address_of_the_web_is_left_to_the_checks(address: str) -> None:
    assert outside(make.sources([make.record("organisation", url=address)], bib="@book{sick,,}")) == ()


# --- what a person is told ----------------------------------------------------------------------------------
SPOT = Spot(Place("resources.yaml", 7, 3), "a-resource", "https://a.org/x#part")


def told(one: Remembered, *damaged: str) -> tuple[str, str, Any]:
    known = [
        (
            Outside(
                one.address,
                (replace(SPOT, written=f"{one.address}#part"), Spot(Place("docs/a.md", 1), None, one.address)),
            ),
            one,
        )
    ]
    return (
        report.links_as_text(known, damaged),
        report.links_as_markdown(known, damaged),
        json.loads(report.links_as_json(known, damaged)),
    )


def test_a_suspect_is_told_with_every_place_and_a_copy() -> None:
    suspect = replace(lived((0, "good"), (1, "gone"), (5, "gone"), (9, "gone")), why="404")
    text, markdown, machine = told(suspect)
    assert "Suspect. Each of these failed on three days or more" in text
    assert (
        f"{A}\n    It failed on 3 days since 2027-03-04, the last time on 2027-03-12: the site says that there "
        "is no such page (404); last seen good on 2027-03-03.\n"
        f"    There may be a copy: https://web.archive.org/web/2/{A}\n"
        "    resources.yaml:7:3: a-resource\n    docs/a.md:1:1\n"
    ) in text
    assert text.endswith("1 address on other sites: 1 gone. 1 is suspect.")
    assert f"- <{A}>\n  It failed on 3 days" in markdown
    assert "  - `resources.yaml:7:3: a-resource`\n" in markdown
    assert machine["suspect"] == 1
    kept_copy = told(replace(suspect, archive="https://web.archive.org/web/2027/x"))
    assert "There is a copy: https://web.archive.org/web/2027/x" in kept_copy[0]
    assert "There is a copy: <https://web.archive.org/web/2027/x>" in kept_copy[1]


def test_the_new_address_is_offered_to_the_letter() -> None:
    moved = Remembered(A, DAY, DAY, verdict="moved", now="https://a.org/new")
    text, markdown, machine = told(moved)
    assert "It is now at https://a.org/new" in text
    assert f"resources.yaml:7:3: a-resource: write https://a.org/new#part in the place of {A}#part" in text
    assert f"write `https://a.org/new#part` in the place of `{A}#part`" in markdown
    [address] = machine["addresses"]
    assert [place["replacement"] for place in address["places"]] == ["https://a.org/new#part", "https://a.org/new"]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            replace(lived((0, "unreachable")), why=""),
            "It failed on 1 day since 2027-03-03, the last time on 2027-03-03: unreachable; never seen good.",
        ),
        (replace(lived((0, "unreachable")), why="502"), "the site answers with the error 502"),
        (replace(lived((0, "walled")), why=""), "On 2027-03-03 the site kept us out."),
        (replace(lived((0, "walled")), why="guarded"), "On 2027-03-03 a guard keeps programs out."),
        (replace(lived((0, "gone")), tried=None), "on an unknown day"),
        (Remembered("https://doi.org/10.1/x", None, DAY, DAY, 1, "gone", "404"), "(404); never seen good.\n\n"),
    ],
)
def test_what_is_said_of_an_address(one: Remembered, words: str) -> None:
    text, markdown, _ = told(one)
    assert words in text
    assert words.strip() in markdown
    assert "resources.yaml" not in text


def test_nothing_that_a_site_sends_is_more_than_text_in_an_issue() -> None:
    evil = Remembered("https://a.org/<b>`x`", DAY, DAY, verdict="moved", now="https://a.org/<img>`@all")
    markdown = told(evil, "`<script>`")[1]
    assert "<img>" not in markdown.replace("`https://a.org/<img>%60@all#part`", "").replace(
        "`https://a.org/<img>%60@all`", ""
    )
    assert "- `%60<script>%60`" in markdown
    assert "`@all" not in markdown


def test_an_issue_is_never_too_long() -> None:
    ones = [Remembered(f"https://a.org/{'x' * 100}{number}", None, DAY, DAY, 1, "gone", "404") for number in range(300)]
    markdown = report.links_as_markdown([(Outside(one.address, (SPOT,) * 3), one) for one in ones], ["y" * 9_000] * 20)
    assert "And 200 more: `python3 scripts links --offline` lists them all." in markdown
    assert len(markdown) < 65_536


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        ([], "0 addresses on other sites. None is suspect."),
        (["good"], "1 address on other sites: 1 good. None is suspect."),
        (["good", "skipped", "good"], "3 addresses on other sites: 2 good, 1 not asked yet. None is suspect."),
    ],
)
def test_what_is_counted(verdicts: list[Verdict], line: str) -> None:
    assert report.count_links([(Outside(A, ()), Remembered(A, verdict=verdict)) for verdict in verdicts]) == line


def test_two_suspects_are_two() -> None:
    suspect = lived((0, "gone"), (5, "gone"), (9, "gone"))
    assert report.count_links([(Outside(A, ()), suspect)] * 2).endswith("2 are suspect.")


# --- on the page --------------------------------------------------------------------------------------------
COPY = "https://web.archive.org/web/2027/https://a.org/x"


def opening(kind: str, one: Remembered | None, **fields: Any) -> tuple[str, list[str]]:
    """The text before the facts of a record's page, and the links there."""
    read_in = make.sources([*make.vocabularies(), make.record(kind, url=A, **fields)])
    assert read_in.problems == ()
    memory = remembered(Memory(), [one] if one else [])
    base = knowledge(replace(read_in, memory=memory), lambda place: "")
    folder = make.MODELS[kind].folder  # type: ignore[attr-defined]  # each kind has one
    body = make.page(render(base, Settings("Toy")), f"/{folder}/a-{kind}/").body
    page = make.read_html(body.partition('<div class="kb-columns">')[0])
    return page.text, [link for link in page.links if link.startswith("http")]


SUSPECT = replace(lived((0, "gone"), (5, "gone"), (9, "unreachable")), archive=COPY)


@pytest.mark.parametrize("kind", ["resource", "organisation"])
def test_a_page_shows_both_addresses_and_the_copy_first_where_one_fails(kind: str) -> None:
    text, links = opening(kind, SUSPECT)
    assert links == [COPY, A]
    assert "This address did not answer when we last tried it, on 12 March 2027. Here is a copy of it." in text
    assert opening(kind, lived((0, "gone"), (9, "gone")))[1] == [A]
    text, links = opening(kind, replace(lived((0, "good")), archive=COPY))
    assert links == [A, COPY]
    assert "a.org Archived copy" in text
    assert opening(kind, None) == opening(kind, lived((0, "good")))


def test_a_suspect_without_a_copy() -> None:
    text, links = opening("resource", replace(SUSPECT, archive="", verdict="parked"))
    assert links == [A]
    assert "This address was for sale when we last tried it, on 12 March 2027." in text
    assert "Here is a copy" not in text


def test_the_copy_that_a_record_names_goes_first() -> None:
    own = "https://web.archive.org/web/2026/own"
    assert opening("resource", SUSPECT, archive={"url": own, "date": DAY})[1] == [own, A]
    assert opening("resource", None, archive={"url": own, "date": DAY})[1] == [A]


def test_a_work_shows_its_copy() -> None:
    read_in = make.sources(make.vocabularies(), bib=BIB)
    base = knowledge(replace(read_in, memory=remembered(Memory(), [SUSPECT])), lambda place: "")
    body = make.page(render(base, Settings("Toy")), "/references/page/").body
    assert body.index(COPY) < body.index(f'"{A}#part"')


def test_every_failure_has_its_sentence() -> None:
    from kb.render.words import words

    assert set(words()["away"]["trouble"]) == FAILURES


# --- the command --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> Path:
    """A community all of whose addresses are on the strange web, in which `kb` is run on a certain day."""
    root = make.community(tmp_path / "toy").parent
    for path in (*root.rglob("*.yaml"), *root.rglob("*.bib"), *root.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"https://(\w+)\.example\.org", rf"{server.address}/\1", re.sub(r" *doi *=.*\n", "", text))
        path.write_text(text, encoding="utf-8")
    for one in outside(read(Layout(root))):
        server.page(one.address.removeprefix(server.address).partition("?")[0])
    monkeypatch.chdir(root)
    monkeypatch.setattr("kb.web.archive.AVAILABLE", server.page("/wayback/available", body="{}"))
    monkeypatch.setattr("kb.web.errand.Manners", partial(Manners, gap=0.0))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", make.epoch(DAY))
    return root


@pytest.fixture
def kb(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["kb", *arguments])
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                cli.main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return Ended(code, out.getvalue(), err.getvalue())

    return run


def at(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", make.epoch(DAY + timedelta(days=days)))


def test_all_is_well(toy: Path, kb: Run, server: Server) -> None:
    first = kb("links")
    number = len(outside(read(Layout(toy))))
    assert first == Ended(0, f"{number} addresses on other sites: {number} good. None is suspect.\n", "")
    memory = read_memory(toy, "links.txt")
    assert len(memory.lines) == number
    assert {one.good for one in memory.lines.values()} == {DAY}
    server.asked.clear()
    assert kb("links") == first
    assert server.asked == []
    assert kb("check").out == "No problems found.\n"


def test_a_link_dies_and_is_reported_in_the_third_week(
    toy: Path, kb: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = "http://web.archive.org/web/20270101/" + server.page("/he/guide", 404)
    closest = {"available": True, "status": "200", "url": copy}
    server.page("/wayback/available", body=json.dumps({"archived_snapshots": {"closest": closest}}))
    assert kb("links").code == 0
    at(monkeypatch, 7)
    assert kb("links").code == 0
    at(monkeypatch, 14)
    said = kb("links")
    assert said.code == 1
    assert (
        f"{server.address}/he/guide\n    It failed on 3 days since 2027-03-03, the last time on 2027-03-17: "
        in said.out
    )
    assert f"There is a copy: https://web.archive.org/web/20270101/{server.address}/he/guide" in said.out
    assert re.search(r"^    resources\.yaml:66:10: \S+$", said.out, re.MULTILINE)
    assert kb("links", "--offline").out == said.out
    assert json.loads(kb("links", "--offline", "--format", "json").out)["suspect"] == 1
    assert kb("links", "--offline", "--format", "markdown").out.startswith(said.out.strip().split("\n")[-1])
    result = house.run(Community(Layout(toy), Settings("Toy")), make.TODAY)
    assert "Open the archived copy" in "".join(page.body for page in result.site.pages)
    assert kb("check").code == 0

    server.page("/he/guide")
    at(monkeypatch, 15)
    well = kb("links")
    assert (well.code, "Suspect" in well.out) == (0, False)
    assert read_memory(toy, "links.txt").lines[f"{server.address}/he/guide"].archive


def test_only_what_was_asked_for(toy: Path, kb: Run, server: Server) -> None:
    kb("links")
    server.asked.clear()
    assert kb("links", "--only", "/tea").out.startswith("1 address on other sites: 1 good.")
    assert {one.path for one in server.asked if "wayback" not in one.path} == {"/films/tea?take=2&cut=final"}
    assert len(read_memory(toy, "links.txt").lines) > 5
    server.asked.clear()
    kb("links", "--all")
    assert len({one.path for one in server.asked}) > 5


def test_nobody_is_asked_offline(toy: Path, kb: Run, server: Server) -> None:
    said = kb("links", "--offline")
    assert (said.code, server.asked, (toy / "links.txt").exists()) == (0, [], False)
    assert "not asked yet. None is suspect." in said.out
    for more in ("--all", "--seconds=3"):
        assert kb("links", "--offline", more).code == 2


def test_data_with_faults_is_asked_all_the_same(toy: Path, kb: Run, server: Server) -> None:
    make.write(toy, {"resources/sick.yaml": f"organisations:\n  - id: Sick One\n    url: {server.page('/sick')}\n"})
    assert kb("check").code == 1
    assert kb("links").code == 0
    assert f"{server.address}/sick" in read_memory(toy, "links.txt").lines


def test_addresses_are_forgotten_only_if_all_was_read(toy: Path, kb: Run) -> None:
    kb("links")
    whole = read_memory(toy, "links.txt")
    (toy / "resources/people.yaml").rename(toy / "people.yaml")
    bib = (toy / "references.bib").read_bytes()
    (toy / "references.bib").unlink()
    kb("links")
    assert read_memory(toy, "links.txt") == whole
    (toy / "references.bib").write_bytes(bib)
    kb("links")
    assert 0 < len(read_memory(toy, "links.txt").lines) < len(whole.lines)


def test_a_damaged_memory_is_told_and_kept(toy: Path, kb: Run) -> None:
    (toy / "links.txt").write_text("some nonsense\n")
    said = kb("links")
    assert "This line of the memory of links is damaged, and was kept aside: some nonsense" in said.out
    assert said.code == 0
    assert "# not understood: some nonsense\n" in (toy / "links.txt").read_text()
    assert kb("check").out == "No problems found.\n"


def test_a_memory_that_cannot_be_opened_is_left_alone(toy: Path, kb: Run, server: Server) -> None:
    (toy / "links.txt").mkdir()
    said = kb("links")
    assert (said.code, said.err) == (2, "links.txt cannot be opened: Is a directory.\n")
    assert server.asked == []
    assert kb("check").code == 0


def test_the_memory_may_have_another_name(toy: Path, kb: Run) -> None:
    make.write(toy, {"mkdocs.yml": make.CONFIGURATION.replace("- kb", "- kb:\n      links: memory/of-links.txt")})
    (toy / "memory").mkdir()
    assert kb("links").code == 0
    assert (toy / "memory/of-links.txt").exists()


def test_there_is_no_time_for_all(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.web.errand.Manners", partial(Manners, gap=10.0))
    said = kb("links", "--seconds", "1")
    assert re.fullmatch(r"There was no time for \d+ of \d+ addresses: the next run asks them\.\n", said.err)
    assert "not asked yet" in said.out
    assert said.code == 0


def test_a_computer_that_is_cut_off_remembers_nothing(toy: Path, kb: Run) -> None:
    urls = "\n".join(f"  - id: o{number}\n    url: https://s{number}.invalid/" for number in range(3))
    make.write(toy, {"resources/more.yaml": f"organisations:\n{urls}\n"})
    said = kb("links", "--only", ".invalid")
    assert said == Ended(2, "", "No site can be reached: this computer seems to be cut off. Nothing was remembered.\n")
    assert not (toy / "links.txt").exists()


def test_what_was_learnt_survives_an_interruption(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Round.ask

    async def interrupted(self: Round, addresses: list[str]) -> None:
        await whole(self, addresses[:1])
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(PATIENCE)

    monkeypatch.setattr(Round, "ask", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    said = kb("links")
    signal.signal(signal.SIGINT, before)
    assert said == Ended(130, "", "Interrupted. What was learnt so far is remembered.\n")
    assert len(read_memory(toy, "links.txt").lines) == 1


def test_a_full_disk_leaves_the_memory_as_it_was(toy: Path, kb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kb("links")
    before = (toy / "links.txt").read_bytes()
    at(monkeypatch, 30)

    def fail(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    said = kb("links")
    assert (said.code, said.err) == (2, "No space left on device. Nothing that was there before is lost.\n")
    assert (toy / "links.txt").read_bytes() == before
    assert not list(toy.glob(".links*"))


# --- the workflow -------------------------------------------------------------------------------------------
@pytest.fixture
def workflow() -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    loaded: dict[str, dict[str, dict[str, dict[str, object]]]] = yaml.safe_load(
        (ROOT / ".github/workflows/links.yml").read_text().replace("\non:", "\nstarts:")
    )
    return loaded


def test_no_pull_request_waits_for_other_sites(workflow) -> None:
    assert set(workflow["starts"]) == {"schedule", "workflow_dispatch"}
    others = [path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml") if path.name != "links.yml"]
    assert not any("scripts links" in text for text in others)


def test_who_asks_may_not_write_and_who_writes_does_not_ask(workflow) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    ask, tell = workflow["jobs"]["ask"], workflow["jobs"]["tell"]
    assert "permissions" not in ask
    assert tell["permissions"] == {"contents": "write", "issues": "write", "pull-requests": "write"}
    assert "python" not in json.dumps(tell)
    assert "GH_TOKEN" not in json.dumps(ask)


def test_every_action_is_pinned_and_no_word_of_others_is_run(workflow) -> None:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    actions = [step["uses"] for step in steps if "uses" in step]
    assert len(actions) >= 4
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action in actions)
    assert not any("${{" in step.get("run", "") for step in steps)


def test_the_issue_is_open_as_long_as_there_is_something_to_do(workflow) -> None:
    [wanted] = re.findall(r"grep -cE '(.*?)'", json.dumps(workflow["jobs"]["tell"]["steps"]))
    suspect, moved = lived((0, "gone"), (5, "gone"), (9, "gone")), Remembered(A, DAY, DAY, verdict="moved", now=A)
    for one, todo in ((suspect, True), (moved, True), (lived((0, "gone")), False), (lived((0, "walled")), False)):
        assert bool(re.search(wanted, told(one)[1], re.MULTILINE)) is todo
