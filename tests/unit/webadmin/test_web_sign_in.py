"""Signing in: the setup code, passwords, guesses, sessions, roles."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.setup_code import SetupCodes
from firmware.webadmin.access import passwords
from firmware.webadmin.access.guesses import BY_ADDRESS_MAX, TOTAL_MAX, WINDOW_S, Guesses
from firmware.webadmin.access.sessions import IDLE_S, LIFE_S, SESSIONS_MAX, Sessions
from firmware.webadmin.access.users import Users
from firmware.webadmin.door import Route
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Answer, Browser, pages_of

PASSWORD = "purple kettle on the roof"
OTHER = "seven slow green bicycles"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


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


def example_of(route: Route) -> str:
    path = re.sub(r"<path[^>]*>", "box", route.rule)
    path = re.sub(r"<step[^>]*>", "country", path)
    return re.sub(r"<name[^>]*>", "page.css", re.sub(r"<(number|id|key)[^>]*>", "1", path))


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


@pytest.mark.parametrize(
    "password",
    ["123456789012", "aaaaaaaaaaaaaa", "abcabcabcabcabc", "qwertyuiop123", "password1234", "P4ssw0rd!2024",
     "Passwort2024!!", "adminadminadmin", "letmeinletmein", "abcdefghijklmn", "098765432109", "1q2w3e4r5t6y",
     "twinlinetwinline", "welcomewelcome1", "111122223333", "short", "x" * 257],
)  # fmt: skip
def test_the_commonest_passwords_are_refused(password: str) -> None:
    assert passwords.objection(password)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, OTHER, "passwords are hard to find", "Äpfel, Birnen & Quitten", "xkQ7vvPz41aB", " " * 6 + "six spaces"],
)
def test_other_passwords_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert passwords.objection(password) == ""
    assert passwords.is_right(passwords.hashed(password), password)


def test_a_password_is_kept_as_argon2id_with_its_own_salt() -> None:
    one, two = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two
    assert not passwords.is_right(one, OTHER)
    assert not passwords.is_right("", PASSWORD)
    assert not passwords.is_right("garbage", PASSWORD)


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


def test_guesses_are_counted_by_machine_and_in_all_and_are_forgiven_after_an_hour() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    same_64 = [guesses.take(f"2001:db8::{number:x}") for number in range(1, 12)]
    assert same_64[:10] == [0.0] * 10
    assert same_64[10] == WINDOW_S
    others = [guesses.take(f"192.0.2.{number}") for number in range(1, 60)]
    assert others.count(0.0) == TOTAL_MAX - 10
    clock.now += WINDOW_S
    assert guesses.take("2001:db8::1") == 0.0


def test_right_passwords_are_no_guesses() -> None:
    guesses = Guesses(Clock())
    for _ in range(100):
        assert guesses.take("192.0.2.1") == 0.0
        guesses.give_back("192.0.2.1")


def test_a_session_ends_after_fifteen_idle_minutes_and_twelve_hours_at_most() -> None:
    clock = Clock()
    known = Sessions(clock)
    id = known.open("installer", Role.INSTALLER).id
    clock.now += IDLE_S - 1
    assert known.find(id)
    clock.now += IDLE_S - 1
    assert known.find(id, is_use=False), "what the page does by itself is no use"
    clock.now += 2
    assert known.find(id) is None
    id = known.open("installer", Role.INSTALLER).id
    began = clock.now
    while clock.now - began < LIFE_S - 600:
        clock.now += 600
        assert known.find(id)
    clock.now += 600
    assert known.find(id) is None


def test_sessions_are_bounded_and_their_ids_are_long_and_never_the_same() -> None:
    known = Sessions(Clock())
    ids = [known.open("installer", Role.INSTALLER).id for _ in range(SESSIONS_MAX + 5)]
    assert len(set(ids)) == len(ids)
    assert all(len(id) == 43 for id in ids), "256 bits in base64"
    assert sum(known.find(id) is not None for id in ids) == SESSIONS_MAX


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


def test_live_updates_end_with_the_session_and_are_no_use_of_it(pages: Pages) -> None:
    browser = Browser(pages)
    answer = browser.get("/live")
    answer.read(10)
    session = pages.sessions.find(browser.cookies["twinline"], is_use=False)
    assert session is not None
    seen = session.seen
    browser.get("/parts").close()
    assert session.seen == seen
    pages.sessions.close(session.id)
    assert answer.text is not None, "the stream comes to its end"
    assert pages.live.watchers.taken == 0
    assert browser.get("/live").status == 401
    again = browser.get("/parts")
    assert (again.status, again.headers["hx-refresh"]) == (401, "true"), "the page anew says where to sign in"


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


def test_every_route_declares_its_role_and_keeps_it(pages: Pages) -> None:
    anybody = {"/sign-in", "/setup", "/language", "/alive"}
    for route in pages.routes:
        path = example_of(route)
        if route.role is Role.ANYBODY:
            assert path in anybody or path.startswith("/static/") or path == "/api/openapi.json", path
            continue
        nobody, resident = Browser(pages, role=Role.ANYBODY), Browser(pages, role=Role.RESIDENT, extension="101")
        answer = nobody.ask(route.method, path, b"")
        assert answer.status == (401 if route.method != "GET" or route.is_automatic or route.is_api else 303), path
        if route.role is Role.INSTALLER and not route.is_api:
            token = resident.token()
            answer = resident.get(path) if route.method == "GET" else resident.post(path, {"token": token})
            assert answer.status == 403, path
            assert "for the installer" in answer.text
        elif route.role is Role.RESIDENT and route.method == "GET" and not route.is_api:
            assert resident.get(path).status in (200, 303, 404)


def test_a_resident_sees_and_changes_the_own_extension_alone(pages: Pages, run: Path) -> None:
    resident = Browser(pages, role=Role.RESIDENT, extension="102")
    assert resident.get("/").headers["location"] == "/mine"
    text = resident.get("/mine").text
    assert 'name="name"' in text
    assert 'name="extension"' not in text
    assert "/settings" not in text
    form = {"name": "Attic", "extension": "999", "echo_canceller": "", "telephones/1/name": "x"}
    assert resident.fill("/mine", form).status == 303
    installer = Browser(pages)
    assert 'value="Attic"' in installer.get("/settings/telephones/2").text
    assert 'value="102"' in installer.get("/settings/telephones/2").text
    assert "Attic" not in installer.get("/settings/telephones/1").text


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


def test_users_are_kept_for_their_owner_alone_and_survive_a_broken_file(tmp_path: Path) -> None:
    users = Users(tmp_path)
    users.set_password("installer", PASSWORD, Role.INSTALLER)
    users.set_password("101", OTHER, Role.RESIDENT, "101")
    path = tmp_path / "users.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    again = Users(tmp_path)
    found = again.check("101", OTHER)
    assert found is not None
    assert (found.role, found.extension) == (Role.RESIDENT, "101")
    path.write_text("{ half")
    assert Users(tmp_path).check("installer", PASSWORD), "the file before it"
    (tmp_path / "users.json.bak").write_text("[]")
    assert Users(tmp_path).is_empty
    path.write_text(json.dumps({"schema": 1, "users": [{"name": "x", "role": "king"}], "tokens": []}))
    assert Users(tmp_path).is_empty
