"""The page asked directly, before a gateway and a simulator with real control sockets."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.door import WORDS_TYPE, Route
from firmware.webadmin.guard import BODY_BYTES_MAX
from firmware.webadmin.now.live import WATCHERS_MAX
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.support.waiting import until
from tests.unit.webadmin.snapshots import hostile
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Answer, Browser, pages_of

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


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def gateway(run: Path) -> Iterator[Gateway]:
    with Gateway(run) as box:
        yield box


@pytest.fixture
def simulator(run: Path) -> Iterator[Simulator]:
    with Simulator(run) as desk:
        yield desk


@pytest.fixture
def pages(run: Path, request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Started after what the test starts, so that it is found at once."""
    for name in {"gateway", "simulator"} & set(request.fixturenames):
        request.getfixturevalue(name)
    served = pages_of(run)
    served.start()
    if "gateway" in request.fixturenames:
        until(lambda: Browser(served).get("/").status == 200, DEADLINE_S, "the page finds the gateway")
    yield served
    served.stop()


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return Browser(pages)


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


@pytest.mark.parametrize("path", ["/", "/parts", "/static/page.css", "/nowhere", "/live", "/simulator/phone/1/hook"])
def test_every_answer_is_guarded(browser: Browser, gateway: Gateway, path: str) -> None:
    answer = browser.get(path)
    answer.close()
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert len({name.lower() for name, _ in answer.header_list}) == len(answer.header_list)


def test_a_foreign_host_is_refused(pages: Pages, gateway: Gateway) -> None:
    answer = Browser(pages, host="evil.example").get("/")
    assert answer.status == 421
    assert "own name" in answer.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/static/../pages.py", "/static/page.tpl", "/simulator/phone/0/ear", "/simulator/phone/12/ear"]
)
def test_what_is_not_there_is_said_in_words(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status == 404
    assert "There is no such page" in answer.text


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


def path_of(route: Route) -> str:
    return re.sub(
        r"<step[^>]*>",
        "country",
        re.sub(r"<path[^>]*>", "box", re.sub(r"<number[^>]*>", "1", re.sub(r"<name[^>]*>", "page.css", route.rule))),
    )


def test_no_change_without_token_origin_and_host(pages: Pages, browser: Browser, simulator: Simulator) -> None:
    paths = [(path_of(route), route.role) for route in pages.routes if route.method == "POST" and not route.is_api]
    assert len(paths) > 10
    form = {"token": browser.token(), "do": "lift", "digits": "1"}
    for path, role in paths:
        assert browser.post(path, {"do": "lift", "digits": "1"}).status == 403
        assert browser.post(path, {**form, "token": "0" * 64}).status == 403
        assert browser.post(path, form, HTTP_COOKIE="").status == (403 if role is Role.ANYBODY else 401)
        assert browser.post(path, form, HTTP_ORIGIN="http://evil.example").status == 403
        assert browser.post(path, form, HTTP_ORIGIN="null").status == 403
        assert browser.post(path, form, HTTP_SEC_FETCH_SITE="cross-site").status == 403
        assert browser.post(path, form, HTTP_HOST="evil.example").status == 421
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            assert browser.ask(method, path, b"").status == 405
    assert simulator.done == []
    assert pages.users.is_empty


def test_no_get_changes_anything(pages: Pages, browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    before = gateway.desk.dump()
    for route in pages.routes:
        if route.method == "GET":
            browser.get(path_of(route)).close()
    assert simulator.done == []
    assert gateway.desk.dump() == before
    assert gateway.applied == []


@pytest.mark.parametrize("body", [b"\xff\xfe%%%=%zz&&&=&token", b"token=%ff", b"", b"{}", b"a=1&" * 5000])
def test_a_garbled_form_is_refused_in_words(browser: Browser, simulator: Simulator, body: bytes) -> None:
    answer = browser.post("/simulator/phone/1/hook", body)
    assert answer.status == 403
    assert "reload" in answer.text


@pytest.mark.parametrize("length", [str(BODY_BYTES_MAX + 1), "99999999999", "-1", "many"])
def test_a_body_above_the_cap_is_refused_unread(browser: Browser, simulator: Simulator, length: str) -> None:
    answer = browser.post("/simulator/phone/1/hook", b"", CONTENT_LENGTH=length)
    assert answer.status == 413
    assert "More was sent than this page takes" in answer.text


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


def test_other_websites_cannot_take_the_seats(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    for path in ("/live", "/simulator/phone/1/ear", "/simulator/phone/1/ear.wav", "/simulator/line/1/ear"):
        assert browser.get(path, HTTP_SEC_FETCH_SITE="cross-site").status == 403


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
