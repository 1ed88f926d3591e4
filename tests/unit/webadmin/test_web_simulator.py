"""The simulator's buttons on the page: each does what it says, and what cannot be done is told in words."""

import json
import threading
from pathlib import Path

import pytest

from firmware.webadmin.door import WORDS_TYPE
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Browser

DEADLINE_S = 10.0
BUTTONS = [
    ("phone/1/hook", {"do": "lift"}, "phone.lift", {"number": 1}),
    ("phone/2/hook", {"do": "flash"}, "phone.flash", {"number": 2}),
    ("phone/1/dial", {"digits": "1"}, "phone.dial", {"number": 1, "digits": "1", "pulse": False}),
    ("phone/1/dial", {"digits": "*4a", "how": "tone"}, "phone.dial", {"number": 1, "digits": "*4A", "pulse": False}),
    ("phone/1/dial", {"digits": " 55-1", "how": "pulse"}, "phone.dial", {"number": 1, "digits": "551", "pulse": True}),
    ("line/1/ring", {"from": "+1 (5) 1", "name": "Ä"}, "line.ring", {"number": 1, "from_": "+151", "name": "Ä"}),
    ("line/1/ring", {}, "line.ring", {"number": 1, "from_": "", "name": ""}),
    ("line/1/hook", {"do": "stop"}, "line.stop", {"number": 1}),
    ("line/1/hook", {"do": "answer"}, "line.answer", {"number": 1}),
    ("line/1/hook", {"do": "hang-up"}, "line.hang_up", {"number": 1, "how": "cpc"}),
]


@pytest.mark.parametrize(("path", "form", "method", "params"), BUTTONS)
def test_a_button_does_what_it_says(
    browser: Browser, simulator: Simulator, path: str, form: dict[str, str], method: str, params: dict[str, object]
) -> None:
    answer = browser.press(f"/simulator/{path}", **form)
    assert (answer.status, answer.headers["location"]) == (303, f"/#{path.rsplit('/', 1)[0].replace('/', '-')}")
    assert simulator.done == [(method, params)]


@pytest.mark.parametrize("path", ["/simulator/phone/2/tune", "/simulator/line/1/tune"])
def test_a_tune_is_played_from_a_file_of_ours(browser: Browser, simulator: Simulator, run: Path, path: str) -> None:
    assert browser.press(path).status == 303
    [(_, params)] = simulator.done
    assert Path(str(params["path"])).read_bytes().startswith(b"RIFF")
    assert params["background"] is True


def test_htmx_gets_words_instead_of_pages(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    form = {"token": browser.token(), "do": "lift"}
    done = browser.post("/simulator/phone/1/hook", form, HTTP_HX_REQUEST="true")
    assert (done.status, done.text, done.headers["content-type"]) == (200, "", WORDS_TYPE)
    again = browser.post("/simulator/phone/1/hook", form, HTTP_HX_REQUEST="true")
    assert (again.status, again.headers["content-type"]) == (409, WORDS_TYPE)
    assert again.text == "Telephone 1 is off-hook already."


def test_listening_that_is_refused_is_told_in_words(browser: Browser, gateway: Gateway) -> None:
    answer = browser.get("/simulator/phone/1/ear", HTTP_ACCEPT="application/octet-stream, application/json")
    assert answer.status == 503
    assert "The simulator does not answer" in json.loads(answer.text)["text"]


def test_what_the_simulator_refuses_is_shown_in_words(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    assert browser.press("/simulator/phone/1/hook", do="lift").status == 303
    answer = browser.press("/simulator/phone/1/hook", do="lift")
    assert answer.status == 409
    assert "Telephone 1 is off-hook already." in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("phone/1/hook", {"do": "explode"}),
        ("phone/1/hook", {}),
        ("phone/1/dial", {"digits": ""}),
        ("phone/1/dial", {"digits": "1" * 33}),
        ("phone/1/dial", {"digits": "12;rm"}),
        ("phone/1/dial", {"digits": "1" * 13, "how": "pulse"}),
        ("phone/1/dial", {"digits": "*1", "how": "pulse"}),
        ("line/1/ring", {"from": "Anna"}),
        ("line/1/ring", {"from": "1" * 25}),
    ],
)
def test_nonsense_never_reaches_the_simulator(
    browser: Browser, simulator: Simulator, path: str, form: dict[str, str]
) -> None:
    assert browser.press(f"/simulator/{path}", **form).status == 409
    assert simulator.done == []


def test_a_simulator_that_is_gone_is_told_in_words(run: Path, browser: Browser, gateway: Gateway) -> None:
    with Simulator(run):
        until(lambda: "Telephone 1" in browser.get("/").text, DEADLINE_S, "the simulator is found")
        token = browser.token()
    answer = browser.post("/simulator/phone/1/hook", {"token": token, "do": "lift"})
    assert answer.status == 503
    assert "The simulator does not answer" in answer.text
    answer = browser.get("/simulator/phone/1/ear")
    assert answer.status == 503
    assert "The simulator does not answer" in answer.text


def test_one_who_dials_long_does_not_keep_others_from_their_buttons(
    browser: Browser, gateway: Gateway, simulator: Simulator
) -> None:
    token = browser.token()
    simulator.dial_may_end.clear()
    statuses: list[int] = []

    def dial() -> None:
        statuses.append(browser.post("/simulator/phone/1/dial", {"token": token, "digits": "1"}).status)

    dialling = [threading.Thread(target=dial) for _ in range(5)]
    for thread in dialling:
        thread.start()
    until(lambda: statuses, DEADLINE_S, "the surplus is told")
    assert statuses == [409]
    assert browser.post("/simulator/phone/1/hook", {"token": token, "do": "lift"}).status == 303
    simulator.dial_may_end.set()
    for thread in dialling:
        thread.join()
    assert sorted(statuses) == [303] * 4 + [409]
