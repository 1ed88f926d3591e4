"""The first page in Chromium while it lives: pushed parts, pressed buttons, no seat, no connection, no session."""

import contextlib
import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from firmware.webadmin.now.live import WATCHERS_MAX
from tests.support.page import Page
from tests.support.waiting import until
from tests.web.conftest import DEADLINE_S, TlsBox

DIGITS = "5550123#"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    profile = tmp_path_factory.mktemp("profile")
    shown = Page(profile, "--ignore-certificate-errors")
    yield shown
    shown.driver.quit()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def page(tls_box: TlsBox, browser: Page) -> Page:
    """The page of a box, of an installer who is signed in."""
    browser.driver.delete_all_cookies()
    browser.driver.get(f"https://localhost:{tls_box.port}/sign-in")
    name, _, value = tls_box.session["Cookie"].partition("=")
    browser.driver.add_cookie({"name": name, "value": value, "secure": True, "path": "/", "httpOnly": True})
    browser.driver.get(f"https://localhost:{tls_box.port}/")
    browser.complaints()
    return browser


def note_of(page: Page) -> str:
    return page.driver.find_element(By.ID, "note").text


def watchers(box: TlsBox) -> int:
    return box.pages.live.watchers.taken


@contextlib.contextmanager
def all_seats_taken(box: TlsBox) -> Iterator[None]:
    line = f"GET /live HTTP/1.1\r\nHost: localhost:{box.port}\r\nCookie: {box.session['Cookie']}\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for _seat in range(WATCHERS_MAX):
            one = stack.enter_context(box.connect())
            one.sendall(line)
            assert one.recv(15) == b"HTTP/1.1 200 OK"
        yield


def hang_up_all(box: TlsBox) -> None:
    box.gateway.snapshot = {**box.gateway.snapshot, "calls": []}
    box.gateway.publish()


def test_what_changes_is_pushed_over_one_connection_and_nothing_else_is_touched(tls_box: TlsBox, page: Page) -> None:
    until(lambda: watchers(tls_box) == 1, DEADLINE_S, "the page watches")
    page.driver.execute_script("window.kept = document.querySelector('[sse-swap=trunks]').firstElementChild")
    hang_up_all(tls_box)
    until(lambda: "Nobody is calling" in page.part("calls"), DEADLINE_S, "the call is gone")
    assert page.driver.execute_script("return window.kept.isConnected"), "equal parts stay, for screen readers too"
    tls_box.simulator.state["phones"][1].update(ringing=True)
    until(lambda: page.state("phone-2") == "ringing", DEADLINE_S, "telephone 2 rings")
    assert watchers(tls_box) == 1
    assert page.complaints() == []


def test_digits_go_out_one_after_the_other_as_they_were_pressed(tls_box: TlsBox, page: Page) -> None:
    until(lambda: watchers(tls_box) == 1, DEADLINE_S, "the page watches")
    tls_box.simulator.dial_may_end.clear()
    page.driver.execute_script(
        "for (const digit of arguments[0]) document.querySelector(`#phone-1 .pad [value='${digit}']`).click()", DIGITS
    )
    page.fill("digits-1", "*43")
    page.press("phone-1", "Dial")
    page.do("phone-2", "lift")
    until(lambda: "off-hook" in page.part("phone-2") or page.state("phone-2") == "lifted", DEADLINE_S, "others go on")
    dialled = [params["digits"] for method, params in tls_box.simulator.done if method == "phone.dial"]
    assert dialled == [DIGITS[0]], "the second waits for the first"
    tls_box.simulator.dial_may_end.set()

    def all_dialled() -> str:
        return "".join(str(params["digits"]) for method, params in tls_box.simulator.done if method == "phone.dial")

    until(lambda: all_dialled() == f"{DIGITS}*43", DEADLINE_S, "all digits")
    assert page.driver.current_url.endswith("/"), "the page was not left"


def test_a_page_beyond_the_last_seat_looks_now_and_then_and_says_so(tls_box: TlsBox, page: Page) -> None:
    page.driver.get("about:blank")
    until(lambda: watchers(tls_box) == 0, DEADLINE_S, "nobody watches")
    with all_seats_taken(tls_box):
        page.driver.get(f"https://localhost:{tls_box.port}/")
        until(lambda: f"More than {WATCHERS_MAX} pages" in note_of(page), DEADLINE_S, "the surplus is told")
        hang_up_all(tls_box)
        until(lambda: "Nobody is calling" in page.part("calls"), DEADLINE_S, "the page looks again")
    until(lambda: note_of(page) == "", DEADLINE_S, "there is a seat")
    assert watchers(tls_box) == 1


def test_a_window_that_nobody_sees_holds_no_connection(tls_box: TlsBox, page: Page) -> None:
    until(lambda: watchers(tls_box) == 1, DEADLINE_S, "the page watches")
    shown = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    try:
        until(lambda: watchers(tls_box) == 0, DEADLINE_S, "the hidden page rests")
        hang_up_all(tls_box)
    finally:
        page.driver.close()
        page.driver.switch_to.window(shown)
    until(lambda: "Nobody is calling" in page.part("calls"), DEADLINE_S, "it is fresh when it is seen again")
    assert watchers(tls_box) == 1


def test_who_is_signed_out_elsewhere_is_led_to_the_sign_in(tls_box: TlsBox, page: Page) -> None:
    tls_box.pages.sessions.close_all_of("installer")
    until(lambda: "/set" in page.driver.current_url or "/sign-in" in page.driver.current_url, DEADLINE_S, "sign-in")


def test_a_box_that_is_away_is_told_in_words_and_seen_when_it_is_back(tls_box: TlsBox, page: Page) -> None:
    until(lambda: watchers(tls_box) == 1, DEADLINE_S, "the page watches")
    tls_box.nginx.stop()
    until(lambda: "does not answer this page" in note_of(page), DEADLINE_S, "the page tells")
    page.do("phone-1", "lift")
    result = page.driver.find_element(By.CSS_SELECTOR, "#phone-1 .result")
    until(lambda: "The box does not answer" in result.text, DEADLINE_S, "the button tells too")
    tls_box.nginx.start()
    until(lambda: note_of(page) == "", DEADLINE_S, "the page is fresh again")
    assert page.driver.find_elements(By.CSS_SELECTOR, "body.lost") == []
