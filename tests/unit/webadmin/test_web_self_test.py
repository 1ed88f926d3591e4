"""The page of test calls: buttons, hops as they come, what to do; and the same for programs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.webadmin.roles import Role
from firmware.webadmin.system import self_test
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Prober
from tests.unit.webadmin.wsgi_browser import Browser, fields_in, pages_of

DEADLINE_S = 10.0


@pytest.fixture
def prober() -> Iterator[Prober]:
    prober = Prober()
    yield prober
    prober.go.set()
    until(lambda: not prober.is_up, DEADLINE_S, "no test is left")


@pytest.fixture
def gateway(run: Path, prober: Prober) -> Iterator[Gateway]:
    with Gateway(run, **{"test.run": prober, "test.stop": prober.go.set}) as box:
        yield box


@pytest.fixture
def browser(run: Path, gateway: Gateway) -> Browser:
    return Browser(pages_of(run))


def hops(browser: Browser) -> str:
    """What the page asks for while the test runs."""
    return browser.get("/self-test/hops").text


def is_over(browser: Browser) -> bool:
    """Whether the page asks no more."""
    return "hx-get" not in hops(browser)


def test_the_page_offers_what_there_is_to_be_tested(browser: Browser) -> None:
    text = browser.get("/self-test").text
    assert "Kitchen" in text and 'value="line:1"' in text and 'value="main"' in text
    assert text.count('action="/self-test/run"') == 3
    assert 'href="/self-test"' in browser.get("/").text


def test_the_hops_appear_one_after_another_with_what_to_do_where_it_stopped(browser: Browser, prober: Prober) -> None:
    answer = browser.press("/self-test/run", kind="ring", telephone="1", trunk="", mischief="x")
    assert (answer.status, answer.headers["location"]) == (303, "/self-test#hops")
    assert prober.asked == [{"kind": "ring", "telephone": "1"}]
    text = browser.get("/self-test").text
    assert "Telephone 1 is on its adapter" in text and 'hx-trigger="every' in text and "htmx" in text
    [again] = re.findall('hx-get="([^"]*)"', text)
    assert browser.get(again).status == 204, "nothing new is not read out again"
    prober.go.set()
    until(lambda: is_over(browser), DEADLINE_S, "the test is over")
    shown = hops(browser)
    assert 'id="stop-test" hx-swap-oob="delete"' in shown, "there is nothing left to end"
    assert "Turned away: &lt;b&gt;do not disturb" in shown and "stopped here" in shown
    assert "Is the handset on the hook" in shown and "newer gateway" not in shown
    assert "Telephone 1 is on its adapter" in shown
    text = browser.get("/self-test").text
    assert "Turned away: &lt;b&gt;do not disturb" in text and "htmx" not in text, (
        "without scripts it is all there when it is over"
    )


def test_it_is_told_in_german_too(browser: Browser, prober: Prober) -> None:
    prober.go.set()
    browser.press("/self-test/run", kind="ring", telephone="1")
    until(lambda: is_over(browser), DEADLINE_S, "the test is over")
    text = browser.get("/self-test", HTTP_ACCEPT_LANGUAGE="de").text
    assert "Telefon 1 ist an seinem Adapter" in text and "Abgewiesen: &lt;b&gt;do not disturb" in text


def test_the_test_is_ended_by_the_button(browser: Browser, prober: Prober) -> None:
    browser.press("/self-test/run", kind="ring", telephone="1")
    until(lambda: prober.is_up, DEADLINE_S, "the test runs")
    assert browser.press("/self-test/run", kind="echo").status == 409, "one at a time"
    browser.press("/self-test/stop")
    until(lambda: is_over(browser), DEADLINE_S, "the test is over")
    assert not prober.is_up and "The call has ended" in hops(browser), "its last words are shown"


def test_a_test_that_nobody_looks_at_any_more_is_ended(
    browser: Browser, prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "_LOOKED_S", 0.5)
    browser.press("/self-test/run", kind="ring", telephone="1")
    until(lambda: prober.is_up, DEADLINE_S, "the test runs")
    assert not is_over(browser)
    until(lambda: not prober.is_up, DEADLINE_S, "the call is let go")


def test_a_refusal_is_told_on_the_page(browser: Browser, prober: Prober) -> None:
    prober.refuses = "a test is running already: wait until it is over"
    browser.press("/self-test/run", kind="echo")
    until(lambda: is_over(browser), DEADLINE_S, "the test is over")
    assert "A test is running already" in hops(browser)


def test_a_resident_makes_no_test_calls(browser: Browser, run: Path, prober: Prober) -> None:
    resident = Browser(pages_of(run), role=Role.RESIDENT, extension="11")
    assert resident.get("/self-test").status == 403
    assert resident.press("/self-test/run", kind="echo").status == 403
    assert prober.asked == []


def test_without_a_gateway_the_page_says_so(run: Path) -> None:
    assert Browser(pages_of(run)).get("/self-test").status == 503


def test_a_program_gets_every_hop_when_the_test_is_over(run: Path, gateway: Gateway, prober: Prober) -> None:
    pages = pages_of(run)
    token = pages.users.make_token("house", Role.INSTALLER)
    program = Browser(pages, role=Role.ANYBODY)
    prober.go.set()

    def ask(body: bytes) -> tuple[int, Any]:
        answer = program.ask("POST", "/api/v1/self-test", body, HTTP_AUTHORIZATION=f"Bearer {token}")
        return answer.status, json.loads(answer.text)

    status, told = ask(b'{"kind": "ring", "telephone": "1"}')
    assert status == 200
    assert [(hop["hop"], hop["state"]) for hop in told["hops"]] == [
        ("telephone", "done"), ("unheard of", "done"), ("ring", "failed"), ("end", "done"),
    ]  # fmt: skip
    assert ask(b"[]")[0] == ask(b'{"kind": 1}')[0] == ask(b"{")[0] == 400
    assert ask(b"{}")[0] == ask(b'{"kind": "echo", "mischief": "x"}')[0] == 400
    prober.refuses = "a test is running already: wait until it is over"
    assert ask(b'{"kind": "echo"}')[0] == 409


def test_the_forms_ask_by_the_names_that_the_gateway_knows(browser: Browser) -> None:
    assert set(fields_in(browser.get("/self-test").text)) - {"token", "language", "next"} <= set(self_test.FIELDS)
