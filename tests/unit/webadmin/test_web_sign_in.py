"""Signing in: the setup code, the password, the cookie, and the way back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.setup_code import SetupCodes
from firmware.webadmin.access import passwords
from firmware.webadmin.access.guesses import BY_ADDRESS_MAX
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Answer, Browser, pages_of

PASSWORD = "purple kettle on the roof"
OTHER = "seven slow green bicycles"


@pytest.fixture
def codes(tmp_path: Path) -> SetupCodes:
    return SetupCodes(tmp_path)


@pytest.fixture
def pages(run: Path) -> Iterator[Pages]:
    with Gateway(run):
        served = pages_of(run)
        served.start()
        until(lambda: Browser(served).get("/").status == 200, 10, "the page finds the gateway")
        yield served
        served.stop()


@pytest.fixture
def visitor(pages: Pages) -> Browser:
    """Nobody yet."""
    return Browser(pages, role=Role.ANYBODY)


def set_up(visitor: Browser, codes: SetupCodes) -> Answer:
    code = codes.make().grouped
    return visitor.fill("/setup", {"code": code, "password": PASSWORD, "again": PASSWORD})


def sign_in(browser: Browser, password: str = PASSWORD, name: str = "installer", **environ: str) -> Answer:
    form = {"token": token_of(browser.get("/sign-in", **environ)), "name": name, "password": password}
    return browser.post("/sign-in", form, **environ)


def token_of(answer: Answer) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', answer.text)
    assert found
    return found[1]


def cookie_line(answer: Answer, name: str) -> str:
    return next(value for key, value in answer.header_list if key == "Set-Cookie" and value.startswith(f"{name}="))


def test_the_first_visitor_is_led_to_the_setup_and_nowhere_else(visitor: Browser) -> None:
    for path in ("/", "/settings", "/account", "/sign-in"):
        assert visitor.get(path).headers["location"] == "/setup"
    assert "Setup code" in visitor.get("/setup").text


def test_with_the_code_the_first_visitor_chooses_a_password_and_is_in(visitor: Browser, codes: SetupCodes) -> None:
    assert set_up(visitor, codes).status == 303
    assert visitor.get("/settings").status == 200
    assert not codes.is_due
    assert codes.current() is None, "no code lives on"


def test_a_wrong_code_lets_nobody_in(visitor: Browser, pages: Pages, codes: SetupCodes) -> None:
    codes.make()
    answer = visitor.fill("/setup", {"code": "AAAA-AAAA", "password": PASSWORD, "again": PASSWORD})
    assert answer.status == 401
    assert "not the code that the box tells" in answer.text
    assert pages.users.is_empty


def test_a_bad_password_does_not_spend_the_code(visitor: Browser, pages: Pages, codes: SetupCodes) -> None:
    code = codes.make().text
    for password, again in (("short", "short"), ("password1234", "password1234"), (PASSWORD, OTHER)):
        assert visitor.fill("/setup", {"code": code, "password": password, "again": again}).status == 422
    assert pages.users.is_empty
    assert visitor.fill("/setup", {"code": code, "password": PASSWORD, "again": PASSWORD}).status == 303


def test_a_new_code_is_the_way_back_in_and_ends_other_sessions(pages: Pages, codes: SetupCodes) -> None:
    one, two = Browser(pages, role=Role.ANYBODY), Browser(pages, role=Role.ANYBODY)
    set_up(one, codes)
    code = codes.make().text
    assert two.fill("/setup", {"code": code, "password": OTHER, "again": OTHER}).status == 303
    assert two.get("/settings").status == 200
    assert one.get("/settings").headers["location"] == "/sign-in?next=/settings"


def test_of_a_thousand_guesses_ten_are_checked_and_the_right_one_waits_too(
    pages: Pages, codes: SetupCodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(Browser(pages, role=Role.ANYBODY), codes)
    checked: list[str] = []
    monkeypatch.setattr(passwords, "is_right", lambda kept, given: checked.append(given) or given == PASSWORD)
    guesser = Browser(pages, role=Role.ANYBODY)
    token = token_of(guesser.get("/sign-in"))
    statuses = [
        guesser.post("/sign-in", {"token": token, "name": "installer", "password": f"guess {number}"}).status
        for number in range(1000)
    ]
    assert len(checked) == BY_ADDRESS_MAX == 10
    assert statuses == [401] * 10 + [429] * 990
    answer = guesser.post("/sign-in", {"token": token, "name": "installer", "password": PASSWORD})
    assert answer.status == 429
    assert "not even the right one" in answer.text
    assert int(answer.headers["retry-after"]) > 3000
    assert len(checked) == 10
    assert sign_in(Browser(pages, role=Role.ANYBODY), REMOTE_ADDR="127.0.0.9").status == 303, (
        "others are not locked out"
    )


def test_the_cookie_is_for_this_host_over_tls_and_ends_with_the_browser(run: Path, codes: SetupCodes) -> None:
    with Gateway(run):
        pages = Pages(run.parent, codes, is_proxied=True)
        pages.users.set_password("installer", PASSWORD, Role.INSTALLER)
        tls = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_REAL_IP": "192.0.2.5"}
        browser = Browser(pages, role=Role.ANYBODY)
        line = cookie_line(sign_in(browser, **tls), "__Host-twinline")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(line.split("; "))
        assert "Max-Age" not in line
        assert "Expires" not in line
        assert "Domain" not in line
        answer = browser.get("/settings", **tls)
        assert answer.status == 200
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        clear = {"HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_REAL_IP": "192.0.2.5"}
        assert browser.get("/settings", **clear).status == 303, "a session is never heard over plain HTTP"


def test_plain_http_is_for_this_machine_alone(pages: Pages) -> None:
    browser = Browser(pages)
    assert browser.get("/settings").status == 200
    assert browser.get("/settings", REMOTE_ADDR="192.0.2.7").status == 303
    assert browser.get("/settings", REMOTE_ADDR="192.0.2.7", HTTP_X_REAL_IP="127.0.0.1").status == 303


def test_signing_in_and_out_makes_and_ends_a_session(pages: Pages, visitor: Browser, codes: SetupCodes) -> None:
    set_up(visitor, codes)
    first = visitor.cookies["twinline"]
    assert visitor.get("/sign-in").headers["location"] == "/", "signed in already"
    other = Browser(pages, role=Role.ANYBODY)
    sign_in(other)
    assert other.cookies["twinline"] != first
    assert visitor.press("/sign-out").headers["location"] == "/sign-in"
    assert "twinline" not in visitor.cookies
    visitor.cookies["twinline"] = first
    assert visitor.get("/settings").status == 303, "the old id opens nothing"


def test_a_change_of_password_ends_all_other_sessions(pages: Pages, visitor: Browser, codes: SetupCodes) -> None:
    set_up(visitor, codes)
    before = visitor.cookies["twinline"]
    other = Browser(pages, role=Role.ANYBODY)
    sign_in(other)
    wrong = visitor.fill("/account", {"old": OTHER, "password": OTHER, "again": OTHER})
    assert wrong.status == 422
    assert "not your password" in wrong.text
    assert visitor.fill("/account", {"old": PASSWORD, "password": OTHER, "again": OTHER}).status == 303
    assert visitor.cookies["twinline"] != before
    assert "Other browsers have been signed out" in visitor.get("/account").text
    assert other.get("/settings").status == 303
    assert sign_in(Browser(pages, role=Role.ANYBODY), PASSWORD).status == 401
    assert sign_in(Browser(pages, role=Role.ANYBODY), OTHER).status == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "/x\r\nSet-Cookie:a=b"]
)
def test_signing_in_leads_to_no_other_website(pages: Pages, visitor: Browser, codes: SetupCodes, target: str) -> None:
    set_up(Browser(pages, role=Role.ANYBODY), codes)
    token = token_of(visitor.get("/sign-in"))
    form = {"token": token, "name": "installer", "password": PASSWORD, "next": target}
    assert visitor.post("/sign-in", form).headers["location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(
    pages: Pages, visitor: Browser, codes: SetupCodes
) -> None:
    set_up(Browser(pages, role=Role.ANYBODY), codes)
    location = visitor.get("/settings/telephones?q=1&page=2").headers["location"]
    form = {"name": "installer", "password": PASSWORD}
    assert visitor.fill(location, form, "/sign-in").headers["location"] == "/settings/telephones?q=1&page=2"


def test_the_installer_lets_residents_in_and_out(pages: Pages) -> None:
    installer = Browser(pages)
    assert installer.fill("/people", {"extension": "1x", "password": PASSWORD}).status == 422
    assert installer.fill("/people", {"extension": "101", "password": "short"}).status == 422
    assert installer.fill("/people", {"extension": "101", "password": PASSWORD}).status == 303
    pages.users.set_password("installer", OTHER, Role.INSTALLER)
    resident = Browser(pages, role=Role.ANYBODY)
    assert sign_in(resident, PASSWORD, "101").status == 303
    assert resident.get("/mine").status == 200
    assert resident.get("/people").status == 403
    assert installer.press("/people", extension="101", do="remove").status == 303
    assert resident.get("/mine").status == 303
    assert sign_in(resident, PASSWORD, "101").status == 401
