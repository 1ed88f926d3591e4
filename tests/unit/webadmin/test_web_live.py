"""Live updates: what is pushed and when, who may watch, and when a page is told to reload."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.now.live import WATCHERS_MAX
from firmware.webadmin.pages import Pages
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Answer, Browser

DEADLINE_S = 10.0


def events(answer: Answer) -> Iterator[tuple[str, str]]:
    """What `/live` pushes: names of parts with their HTML."""
    body = b""
    while True:
        body += answer.read(1)
        *whole, body = body.split(b"\n\n")
        for event in whole:
            if event.startswith(b"event: "):
                name, *data = event.decode().split("\n")
                assert all(line.startswith("data: ") for line in data)
                yield name[7:], "\n".join(line[6:] for line in data)


def noting(pushed: Iterator[tuple[str, str]], seen: list[str]) -> Iterator[tuple[str, str]]:
    """The same, and its names in `seen`."""
    for name, text in pushed:
        seen.append(name)
        yield name, text


def next_of(pushed: Iterator[tuple[str, str]], name: str, words: str = "") -> str:
    """The next event of that name with those words."""
    return next(text for at, text in pushed if at == name and words in text)


def test_live_updates_push_what_changed_and_only_that(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    answer = browser.get("/live")
    assert answer.headers["content-type"] == "text/event-stream"
    pushed = events(answer)
    first = [next(pushed)[0] for _part in range(10)]
    assert sorted(first) == sorted({*first})
    assert {"summary", "calls", "lines", "trunks", "adapters", "phone-1", "phone-2", "line-1"} <= set(first)
    gateway.snapshot = {**gateway.snapshot, "calls": []}
    gateway.publish()
    name, text = next(pushed)
    assert name == "calls"
    assert "Nobody is calling" in text
    simulator.state["phones"][1].update(ringing=True, caller_id={"number": "11", "name": "<Anna>\r\ndata: x"})
    changed = dict(next(pushed) for _part in range(2))
    assert set(changed) == {"steps", "phone-2"}
    assert 'data-state="ringing"' in changed["phone-2"]
    assert "Rings: &lt;Anna&gt;" in changed["phone-2"]
    answer.close()


def test_a_page_of_another_layout_is_told_to_reload(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    layout = re.findall(r'hx-get="/parts[?]([^"]+)"', browser.get("/").text)[0]
    assert f'sse-connect="/live?{layout}"' in browser.get("/").text
    assert "hx-refresh" not in browser.get(f"/parts?{layout}").headers
    assert browser.get("/parts?layout=old").headers["hx-refresh"] == "true"
    answer = browser.get("/live?layout=old")
    next_of(events(answer), "stale")
    answer.close()


def test_lines_that_come_and_go_do_not_make_the_page_reload(run: Path, browser: Browser, simulator: Simulator) -> None:
    with Gateway(run):
        until(lambda: browser.get("/").status == 200, DEADLINE_S, "the page finds the gateway")
        layout = re.findall(r'hx-get="/parts[?]([^"]+)"', browser.get("/").text)[0]
        seen: list[str] = []
        pushed = noting(events(browser.get(f"/live?{layout}")), seen)
        next_of(pushed, "lines")
    next_of(pushed, "health", "does not answer")
    with Gateway(run) as again:
        again.snapshot["lines"] = []
        next_of(pushed, "lines", "No lines")
    assert "stale" not in seen


def test_live_updates_tell_that_the_gateway_went_and_came(run: Path, browser: Browser) -> None:
    pushed = events(browser.get("/live"))
    assert "does not answer" in next_of(pushed, "health")
    with Gateway(run):
        assert "does not answer" not in next_of(pushed, "health")
    assert "does not answer" in next_of(pushed, "health")


def test_the_surplus_of_watchers_is_told_in_words_and_still_served(browser: Browser, gateway: Gateway) -> None:
    watching = [browser.get("/live") for _ in range(WATCHERS_MAX)]
    refused = browser.get("/live")
    assert refused.status == 503
    assert f"{WATCHERS_MAX} pages are watching already" in refused.text
    assert "More than" in browser.get("/parts").text
    watching.pop().close()
    again = browser.get("/live")
    assert again.status == 200
    for answer in (*watching, again):
        answer.close()
    assert "More than" not in browser.get("/parts").text


def test_a_watcher_that_goes_away_gives_its_seat_back(pages: Pages, browser: Browser, gateway: Gateway) -> None:
    gone = threading.Event()
    answer = browser.get("/live", **{"waitress.client_disconnected": gone.is_set})  # type: ignore[arg-type]
    pushed = events(answer)
    next(pushed)
    gone.set()
    with pytest.raises((RuntimeError, StopIteration)):  # the end of the stream
        next_of(pushed, "what never comes")
    assert pages.live.watchers.taken == 0
