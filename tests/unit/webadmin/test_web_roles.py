"""Who may do what: every route declares its role, and keeps it."""

import re
from pathlib import Path

import pytest

from firmware.webadmin.door import Route
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.webadmin.wsgi_browser import Browser

pytestmark = pytest.mark.usefixtures("gateway")


def example_of(route: Route) -> str:
    path = re.sub(r"<path[^>]*>", "box", route.rule)
    path = re.sub(r"<step[^>]*>", "country", path)
    return re.sub(r"<name[^>]*>", "page.css", re.sub(r"<(number|id|key)[^>]*>", "1", path))


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
