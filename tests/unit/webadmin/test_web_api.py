"""The API: tokens and roles, settings and state, and the document that tells of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.settings import described
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Answer, Browser, pages_of


@pytest.fixture
def pages(run: Path, gateway: Gateway) -> Pages:
    return pages_of(run)


class Program:
    """Asks the API as a program does: a token, and no cookie."""

    def __init__(self, pages: Pages, token: str) -> None:
        self._browser = Browser(pages, role=Role.ANYBODY)
        self._token = token

    def ask(self, method: str, path: str, body: object = None, **more: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer: Answer = self._browser.ask(method, path, data, HTTP_AUTHORIZATION=f"Bearer {self._token}", **more)
        assert answer.headers["content-type"] == "application/json"
        return answer.status, json.loads(answer.text)


@pytest.fixture
def program(pages: Pages) -> Program:
    return Program(pages, pages.users.make_token("house", Role.INSTALLER))


def test_a_token_is_made_on_the_page_shown_once_and_kept_as_a_hash(pages: Pages, tmp_path: Path) -> None:
    installer = Browser(pages)
    text = installer.fill("/tokens", {"name": "house", "role": "installer"}).text
    found = re.search(r'<pre id="secret">([A-Za-z0-9_-]{43})</pre>', text)
    assert found
    assert Program(pages, found[1]).ask("GET", "/api/v1/settings/country") == (200, "US")
    assert found[1] not in installer.get("/tokens").text
    assert found[1] not in (tmp_path / "users.json").read_text()
    id = pages.users.tokens[0].id
    assert installer.press("/tokens", do="remove", id=id).status == 303
    assert Program(pages, found[1]).ask("GET", "/api/v1/settings/country")[0] == 401


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "x", "role": "resident", "extension": "x"}, {"name": "x", "role": "king"}]
)
def test_a_token_that_would_be_nobodys_is_not_made(pages: Pages, form: dict[str, str]) -> None:
    assert Browser(pages).fill("/tokens", {"role": "installer", **form}).status == 422
    assert pages.users.tokens == ()


def test_settings_are_read_and_changed_all_or_nothing(program: Program, gateway: Gateway) -> None:
    status, settings = program.ask("GET", "/api/v1/settings")
    assert (status, settings["telephones"]["1"]["extension"]) == (200, "101")
    assert program.ask("PATCH", "/api/v1/settings", {"telephones/1/name": "Kitchen", "calls/no_answer_s": 30})[0] == 200
    assert gateway.applied[-1].telephones["1"].name == "Kitchen"
    status, refusal = program.ask("PATCH", "/api/v1/settings", {"telephones/1/name": "x", "calls/no_answer_s": 0})
    assert status == 422
    assert refusal["errors"] == {"calls/no_answer_s": "0 is not a whole number from 5 to 600"}
    assert gateway.applied[-1].telephones["1"].name == "Kitchen"


def test_a_table_is_read_in_parts(program: Program, gateway: Gateway) -> None:
    gateway.desk.set({"extensions": {str(200 + number): {"name": f"Room {number}"} for number in range(120)}})
    status, part = program.ask("GET", "/api/v1/settings/extensions?q=room+11&start=1&count=2")
    assert (status, part["total"]) == (200, 11)
    assert [(key, row["name"]) for key, row in part["entries"]] == [("310", "Room 110"), ("311", "Room 111")]
    assert program.ask("GET", "/api/v1/settings/codecs?count=1")[1]["entries"] == [["0", "g722"]]
    assert program.ask("GET", "/api/v1/settings/country?count=1")[0] == 404


def test_secrets_are_masked(program: Program, gateway: Gateway) -> None:
    trunk = {"name": "main", "domain": "sip.example.org", "username": "4930", "password": "very secret"}
    program.ask("PATCH", "/api/v1/settings", {f"trunks/-/{name}": value for name, value in trunk.items()})
    assert program.ask("GET", "/api/v1/settings/trunks/0/password") == (200, "********")


def test_the_state_is_told(program: Program) -> None:
    assert program.ask("GET", "/api/v1/status")[1]["country"] == "US"
    assert program.ask("GET", "/api/v1/calls")[1]["calls"][0]["state"] == "talking"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 50_000])
def test_nonsense_is_refused_in_words(program: Program, body: bytes) -> None:
    status, refusal = program.ask("PATCH", "/api/v1/settings", body)
    assert status == 400
    assert refusal["text"]


@pytest.mark.parametrize("number", ["5" * 200, "55&x", "55@evil.test", "55\r\nVia: x", "55\0", "%00", "<b>", "", " 55"])
@pytest.mark.parametrize(
    "place", ["extensions/101/forwarding/always", "calls/when_full", "outside_lines/1/destination"]
)
def test_a_destination_that_is_no_number_is_refused_in_words(
    program: Program, gateway: Gateway, place: str, number: str
) -> None:
    applied = len(gateway.applied)
    status, refusal = program.ask("PATCH", "/api/v1/settings", {place: f"number:{number}"})
    words = refusal["errors"][place]
    assert status == 422 and "is not a destination such as" in words and len(words) < 300
    assert len(gateway.applied) == applied


def test_what_is_not_there_is_told(program: Program) -> None:
    assert program.ask("GET", "/api/v1/settings/nowhere")[0] == 404
    assert program.ask("GET", "/api/v1/nowhere")[0] == 404
    assert program.ask("POST", "/api/v1/settings", {})[0] == 405


def test_a_residents_token_opens_one_extension(pages: Pages, gateway: Gateway) -> None:
    program = Program(pages, pages.users.make_token("lamp", Role.RESIDENT, "102"))
    for path in ("status", "calls", "settings", "settings/country"):
        assert program.ask("GET", f"/api/v1/{path}")[0] == 403
    assert program.ask("PATCH", "/api/v1/settings", {"country": "DE"})[0] == 403
    assert program.ask("GET", "/api/v1/mine")[1]["path"] == "telephones/2"
    assert program.ask("PATCH", "/api/v1/mine", {"name": "Attic"})[0] == 200
    assert program.ask("PATCH", "/api/v1/mine", {"extension": "110"})[0] == 403
    assert program.ask("PATCH", "/api/v1/mine", {"../1/name": "x"})[0] == 403
    assert gateway.applied[-1].telephones["2"].name == "Attic"
    pages.users.set_password("102", "purple kettle on the roof", Role.RESIDENT, "102")
    pages.users.remove("102")
    assert program.ask("GET", "/api/v1/mine")[0] == 401, "a resident who is gone leaves no token behind"


@pytest.mark.parametrize("token", ["", "x", "Bearer", "ü", "\udcff" * 3, "x" * 10_000])
def test_without_a_right_token_nothing_is_told(pages: Pages, token: str) -> None:
    status, refusal = Program(pages, token).ask("GET", "/api/v1/status")
    assert status == 401
    assert "Bearer" in refusal["text"]


def test_a_session_opens_no_api_and_a_token_no_page(pages: Pages) -> None:
    assert Browser(pages).get("/api/v1/status").status == 401
    token = pages.users.make_token("house", Role.INSTALLER)
    nobody = Browser(pages, role=Role.ANYBODY)
    assert nobody.get("/settings", HTTP_AUTHORIZATION=f"Bearer {token}").status == 303


def test_another_website_cannot_use_a_token(program: Program) -> None:
    for header in ({"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_SEC_FETCH_SITE": "cross-site"}):
        browser = program._browser
        answer = browser.ask(
            "PATCH", "/api/v1/settings", b"{}", HTTP_AUTHORIZATION=f"Bearer {program._token}", **header
        )
        assert answer.status == 403


def test_the_document_tells_of_every_route_and_every_setting(pages: Pages) -> None:
    document = json.loads(Browser(pages, role=Role.ANYBODY).get("/api/openapi.json").text)
    told = {
        (re.sub("{[a-z]+}", "x", path), method.upper()) for path, item in document["paths"].items() for method in item
    }
    routes = {(re.sub("<[^>]*>", "x", route.rule), route.method) for route in pages.routes if route.is_api}
    assert routes == {(path, method) for path, method in told if method != "PARAMETERS"}
    schemas = document["components"]["schemas"]
    known = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert {path.rpartition("/")[2] for path in described()} - {"*"} <= known
    for reference in re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document)):
        assert reference in schemas


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=12), inner, max_size=4),
    max_leaves=12,
)
PATHS = st.sampled_from(
    [
        *(path for path in described() if "extension" not in path),
        "trunks/-/name",
        "telephones/9/name",
        "a/b",
        "trunks/0",
    ]
)


@pytest.mark.long
@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=JSON | st.dictionaries(PATHS | st.text(min_size=1, max_size=20), JSON, max_size=3))
def test_whatever_is_sent_is_done_or_refused_in_words(program: Program, body: object) -> None:
    status, told = program.ask("PATCH", "/api/v1/settings", body)
    assert status in (200, 400, 422)
    assert told.get("text") or "warnings" in told
    assert program.ask("GET", "/api/v1/settings")[0] == 200
