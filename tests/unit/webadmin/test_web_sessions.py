"""Who is signed in where: shown without giving a session away, and ended by who may."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Browser, pages_of


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    (tmp_path / "run").mkdir()
    with Gateway(tmp_path / "run"):
        yield pages_of(tmp_path / "run")


@pytest.fixture
def installer(pages: Pages) -> Browser:
    return Browser(pages)


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status == 200


def handles(browser: Browser) -> list[str]:
    return re.findall(r'name="handle" value="([0-9a-f]+)"', browser.get("/sessions").text)


def test_the_installer_sees_all_and_ends_one_or_all_others(pages: Pages, installer: Browser) -> None:
    second, resident = Browser(pages), Browser(pages, role=Role.RESIDENT, extension="101")
    text = installer.get("/sessions").text
    assert "this browser" in text
    assert not any(browser.cookies["twinline"] in text for browser in (installer, second, resident))
    first_handle, *_others = handles(installer)
    assert len(handles(installer)) == 2
    assert installer.press("/sessions", handle=first_handle).status == 303
    assert "1 browser was signed out" in installer.get("/sessions").text
    assert [is_in(second), is_in(resident)] == [True, False], "the last who came stands first"
    installer.press("/sessions", do="all")
    assert [is_in(installer), is_in(second)] == [True, False]


def test_a_resident_sees_and_ends_the_own_ones_only(pages: Pages, installer: Browser) -> None:
    mine, also_mine = (Browser(pages, role=Role.RESIDENT, extension="101") for _ in range(2))
    other = Browser(pages, role=Role.RESIDENT, extension="102")
    foreign = [session.handle for session in pages.sessions.living() if session.user != "101"]
    for handle in foreign:
        mine.press("/sessions", handle=handle)
    assert len(handles(mine)) == 1
    mine.press("/sessions", do="all")
    assert [is_in(one) for one in (mine, also_mine, other, installer)] == [True, False, True, True]


def test_a_list_that_is_looked_at_keeps_nobody_else_signed_in(pages: Pages, installer: Browser) -> None:
    Browser(pages, role=Role.RESIDENT, extension="101")
    resident = next(session for session in pages.sessions.living() if session.user == "101")
    seen = resident.seen
    installer.get("/sessions")
    assert resident.seen == seen
