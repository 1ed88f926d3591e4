"""How long a session lives, and what its end ends."""

import pytest

from firmware.webadmin.access.sessions import IDLE_S, LIFE_S, SESSIONS_MAX, Sessions
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.webadmin.stand_ins import Clock
from tests.unit.webadmin.wsgi_browser import Browser


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


@pytest.mark.usefixtures("gateway")
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
