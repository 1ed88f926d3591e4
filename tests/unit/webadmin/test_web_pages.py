"""The first page asked directly, before a gateway and a simulator with real control sockets."""

import re
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.unit.webadmin.snapshots import hostile
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Browser

DEADLINE_S = 10.0


def test_the_page_shows_the_state_at_a_glance(browser: Browser, gateway: Gateway) -> None:
    text = browser.get("/").text
    for words in ("Works, with a warning", "settings.json was broken", "Talking with 12", "12:34", "G722",
                  "The password was refused", "1 of 2 voice channels in use", "Twinline 2+1"):  # fmt: skip
        assert words in text


def test_without_a_simulator_there_is_nothing_to_press(browser: Browser, gateway: Gateway) -> None:
    assert "/simulator/" not in browser.get("/").text


def test_a_gateway_that_is_down_is_told_and_its_return_seen(run: Path, browser: Browser, simulator: Simulator) -> None:
    answer = browser.get("/")
    assert answer.status == 503
    text = answer.text
    assert "The gateway does not answer" in text
    assert "Telephone 1" in text
    for _ in range(2):
        with Gateway(run):
            until(lambda: browser.get("/").status == 200, DEADLINE_S, "the page is back")
            assert "gateway does not answer" not in browser.get("/").text
        until(lambda: browser.get("/").status == 503, DEADLINE_S, "the page tells that the gateway is down")
    assert "11" in browser.get("/").text, "it still knows the extensions"


def test_the_first_paint_is_light(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    text = browser.get("/").text
    paths = {"/static/listen.js", *re.findall(r'(?:src|href)="(/static/[^"#]+)"', text)}
    assert len(paths) == 6
    assert len(text) + sum(len(browser.get(path).text) for path in paths) < 125_000


def test_the_page_asks_nobody_else_and_holds_no_inline_code(
    browser: Browser, gateway: Gateway, simulator: Simulator
) -> None:
    text = browser.get("/").text
    assert not re.search(r'(src|href|action)="(?!/[^/]|#)', text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert 'src="/static/' in script
    sheet = browser.get("/static/page.css").text
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_every_control_has_a_label(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    text = browser.get("/").text
    for name in re.findall(r'<input id="([^"]+)"', text):
        assert f'for="{name}"' in text
    identifiers = re.findall(r'\sid="([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers))
    assert '<html lang="en">' in text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/static/../pages.py", "/static/page.tpl", "/simulator/phone/0/ear", "/simulator/phone/12/ear"]
)
def test_what_is_not_there_is_said_in_words(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("language", ["en", "de"])
def test_scripts_in_whatever_comes_from_outside_stay_text(
    browser: Browser, gateway: Gateway, simulator: Simulator, language: str
) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    spoken = {"HTTP_ACCEPT_LANGUAGE": language}
    gateway.snapshot = hostile(gateway.snapshot, evil)
    simulator.state = hostile(simulator.state, evil)
    gateway.publish()
    until(lambda: "&lt;script&gt;" in browser.get("/", **spoken).text, DEADLINE_S, "the page shows it")
    for shown in (browser.get("/", **spoken).text, browser.get("/parts", **spoken).text):
        assert "<script>alert" not in shown
        assert "<img" not in shown
