"""What the guard holds off before any page sees it: foreign names and websites, forms of nobody, too much."""

import re

import pytest

from firmware.webadmin.door import Route
from firmware.webadmin.guard import BODY_BYTES_MAX
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Browser


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


def test_other_websites_cannot_take_the_seats(browser: Browser, gateway: Gateway, simulator: Simulator) -> None:
    for path in ("/live", "/simulator/phone/1/ear", "/simulator/phone/1/ear.wav", "/simulator/line/1/ear"):
        assert browser.get(path, HTTP_SEC_FETCH_SITE="cross-site").status == 403
