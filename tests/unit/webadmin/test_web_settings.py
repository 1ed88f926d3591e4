"""The pages of the declared settings: every one of them, what they send, what they say when it is refused."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from firmware.settings import Kind, described
from firmware.webadmin.forms import fields
from firmware.webadmin.forms.settings_source import errors_in
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Browser, fields_in, pages_of


@pytest.fixture
def gateway(run: Path) -> Iterator[Gateway]:
    with Gateway(run) as box:
        trunk = {"name": "main", "domain": "sip.example.org", "username": "4930", "password": "very secret"}
        box.desk.set({f"trunks/-/{name}": value for name, value in trunk.items()} | EXAMPLES)
        box.applied.clear()
        yield box


@pytest.fixture
def browser(run: Path, gateway: Gateway) -> Browser:
    return Browser(pages_of(run))


# An entry of each table; the gateway has them.
ENTRIES = {
    "extensions": "201",
    "fence/rates": "0",
    "groups": "sales",
    "inbound_routes": "0",
    "outbound_routes": "0",
    "outside_lines": "1",
    "schedules": "open",
    "schedules/*/hours": "0",
    "telephones": "1",
    "trunks": "0",
}
EXAMPLES: dict[str, object] = {
    "extensions": {"201": {"name": "Hall", "speed_dials": {"1": "extension:101"}}},
    "fence/rates": [{"prefix": "+49", "per_minute": 0.1}],
    "groups": {"sales": {"members": ["101", "201"]}},
    "inbound_routes": [{"destination": "group:sales"}],
    "outbound_routes": [{"trunks": ["main"]}],
    "schedules": {"open": {"hours": [{}]}},
}


def at_example(path: str) -> str:
    """The path of the example entry."""
    for table in sorted(ENTRIES, key=len):
        path = path.replace(f"{table}/*", f"{table}/{ENTRIES[table]}")
        path = path.replace(f"{at_first(table)}/*", f"{at_first(table)}/{ENTRIES[table]}")
    return path


def at_first(table: str) -> str:
    return table.replace("schedules/*", "schedules/open")


def folders() -> list[str]:
    """Every page that the declaration asks for; sections of an entry are part of its own."""
    found = ["box"]
    for path, entry in described().items():
        if entry.kind is Kind.SECTION and path.endswith("/*"):
            found += [at_example(path), f"{at_example(path.removesuffix('/*'))}/+"]
        elif (entry.kind is Kind.SECTION and "/" not in path) or fields.is_table(entry):
            found.append(at_example(path))
    return sorted(set(found))


@pytest.mark.parametrize("folder", folders())
def test_every_section_and_table_has_its_page(browser: Browser, folder: str) -> None:
    answer = browser.get(f"/settings/{folder}")
    assert answer.status == 200
    text = answer.text
    for name in re.findall(r'<(?:input|select|textarea) id="([^"]+)"', text):
        assert f'for="{name}"' in text
    identifiers = re.findall(r'\sid="([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers))
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=", text), "it works without scripts"


def test_every_setting_is_on_exactly_one_page_with_its_label_and_help(browser: Browser) -> None:
    shown: dict[str, int] = {}
    for folder in folders():
        if folder.endswith("+"):
            continue
        text = unescape(browser.get(f"/settings/{folder}").text)
        base = "" if folder == "box" else f"{folder}/"
        names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_/]+)', text))
        for path, entry in described().items():
            at = at_example(path)
            if at.removeprefix(base) in {name.rstrip("/") for name in names} and at.startswith(base):
                shown[path] = shown.get(path, 0) + 1
                assert entry.label in text
                assert entry.help in text
    expected = {
        path
        for path, entry in described().items()
        if entry.kind is not Kind.SECTION and not fields.is_table(entry) and not path.endswith("/*")
    }
    assert shown == dict.fromkeys(expected, 1)


def test_the_index_leads_to_all_of_them(browser: Browser) -> None:
    links = set(re.findall(r'href="/settings/([^"]+)"', browser.get("/settings").text))
    roots = {path for path, entry in described().items() if "/" not in path}
    sections = {path for path in roots if described()[path].kind is Kind.SECTION or fields.is_table(described()[path])}
    assert links == sections | {"box"}


@pytest.mark.parametrize("folder", [folder for folder in folders() if "+" not in folder])
def test_a_form_that_is_saved_as_it_stands_changes_nothing(browser: Browser, gateway: Gateway, folder: str) -> None:
    before = gateway.desk.dump()
    answer = browser.fill(f"/settings/{folder}", {})
    assert answer.status in (303, 405)
    assert gateway.desk.dump() == before
    assert gateway.applied == []


def test_a_change_is_in_effect_at_once_and_said(browser: Browser, gateway: Gateway) -> None:
    form = {"name": "Kitchen", "receive_gain_db": "-3,5", "echo_canceller": ""}
    assert browser.fill("/settings/telephones/1", form).headers["location"] == "/settings/telephones/1"
    telephone = gateway.applied[-1].telephones["1"]
    assert (telephone.name, telephone.receive_gain_db, telephone.echo_canceller) == ("Kitchen", -3.5, False)
    text = browser.get("/settings/telephones/1").text
    assert "in effect now" in text
    assert "Telephones: Kitchen" in text
    assert "in effect now" not in browser.get("/settings/telephones/1").text


def test_lists_and_orders_are_sent_as_lists(browser: Browser, gateway: Gateway) -> None:
    codecs = {"codecs/0": "opus", "codecs/1": "", "codecs/2": "pcma", "codecs/3": "", "codecs/4": ""}
    assert browser.fill("/settings/box", {**codecs, "country": "DE"}).status == 303
    assert gateway.applied[-1].codecs == ["opus", "pcma"]
    assert browser.fill("/settings/dialling", {"routes": "main\r\n\r\n line:1 "}).status == 303
    assert gateway.applied[-1].dialling.routes == ["main", "line:1"]


def test_all_errors_stand_beside_their_fields_and_nothing_typed_is_lost(browser: Browser, gateway: Gateway) -> None:
    form = {"block_ms": "20", "rtp_port_min": "many", "rtp_port_max": "99999", "jitter_max_ms": "100"}
    answer = browser.fill("/settings/audio", form)
    assert answer.status == 422
    text = answer.text
    assert "Nothing was saved" in text
    for name, words in (("rtp_port_min", "is not a whole number from 1024 to 65535"), ("rtp_port_max", "99999 is not")):
        error = re.search(rf'id="f-{name}-error">([^<]*)<', text)
        assert error, name
        assert words in unescape(error[1])
        assert f'aria-describedby="f-{name}-help f-{name}-error" aria-invalid="true"' in text
    sent = fields_in(text)
    assert {name: sent[name] for name in form} == form
    assert gateway.applied == []


def test_errors_of_lists_and_of_rules_find_their_field(browser: Browser) -> None:
    text = browser.fill("/settings/dialling", {"routes": "nowhere"}).text
    assert re.search(r'id="f-routes-error">&quot;nowhere&quot; is no trunk', text)
    text = browser.fill("/settings/telephones/2", {"extension": "101"}).text
    assert re.search(r'id="f-extension-error">&quot;101&quot; is already that of telephone 1', text)


def test_an_error_elsewhere_is_told_with_a_link(browser: Browser, gateway: Gateway) -> None:
    gateway.desk.set({"outside_lines/1/destination": "extension:102"})
    text = browser.fill("/settings/telephones/2", {"extension": "109"}).text
    assert 'href="/settings/outside_lines/1/destination"' in text
    assert "nobody has extension 102" in text


def test_a_secret_is_never_shown_and_kept_when_left_empty(browser: Browser, gateway: Gateway) -> None:
    text = browser.get("/settings/trunks/0").text
    assert "very secret" not in text
    assert "********" not in text
    assert browser.fill("/settings/trunks/0", {"caller_name": "Us"}).status == 303
    assert gateway.applied[-1].trunks[0].password.get_secret_value() == "very secret"
    assert browser.fill("/settings/trunks/0", {"password": "newer"}).status == 303
    assert gateway.applied[-1].trunks[0].password.get_secret_value() == "newer"
    refused = browser.fill("/settings/trunks/0", {"password": "newest", "expires_s": "1"})
    assert "newest" not in refused.text
    assert browser.fill("/settings/trunks/0", {"password:none": "on"}).status == 303
    assert gateway.applied[-1].trunks[0].password.get_secret_value() == ""


def test_entries_are_added_named_and_removed(browser: Browser, gateway: Gateway) -> None:
    assert fields_in(browser.get("/settings/telephones/+").text)["+key"] == "3", "the first free key is proposed"
    assert browser.fill("/settings/telephones/+", {"+key": "3", "extension": "103", "name": "Attic"}).status == 303
    assert gateway.applied[-1].telephones["3"].name == "Attic"
    page = browser.get("/settings/telephones").text
    assert "Attic" in page
    assert "3 entries" in page
    assert browser.fill("/settings/telephones/3", {"do": "remove"}).headers["location"] == "/settings/telephones"
    assert "3" not in gateway.applied[-1].telephones
    assert browser.get("/settings/telephones/3").status == 404


def test_a_new_entry_that_is_refused_says_where(browser: Browser, gateway: Gateway) -> None:
    answer = browser.fill("/settings/telephones/+", {"+key": "9", "extension": "1"})
    assert answer.status == 422
    text = answer.text
    assert 'id="f-key-error"' in text
    assert 'id="f-extension-error"' in text
    answer = browser.fill("/settings/trunks/+", {"name": "Not good", "domain": "x y", "username": "u"})
    assert answer.status == 422
    assert {"f-name-error", "f-domain-error"} <= set(re.findall(r'id="([^"]+-error)"', answer.text))
    assert gateway.applied == []
    assert browser.fill("/settings/telephones/+", {"+key": "1", "extension": "105"}).status == 409
    assert browser.fill("/settings/trunks/+", {"name": "two", "domain": "b.example", "username": "u"}).status == 303
    assert [trunk.name for trunk in gateway.applied[-1].trunks] == ["main", "two"]


def test_a_list_that_somebody_else_changed_meanwhile_is_not_changed_blindly(browser: Browser, gateway: Gateway) -> None:
    browser.fill("/settings/trunks/+", {"name": "two", "domain": "b.example", "username": "u"})
    form = fields_in(browser.get("/settings/trunks/0").text)
    gateway.desk.set({"outbound_routes": None, "trunks/0": None})
    for change in ({"caller_name": "Us"}, {"do": "remove"}):
        answer = browser.post("/settings/trunks/0", {**form, **change})
        assert answer.status == 409
        assert "changed this list meanwhile" in answer.text


@pytest.mark.parametrize(
    "path", ["nowhere", "telephones/1/name", "telephones/99", "trunks/7", "dialling/+", "box/x", "codecs"]
)
def test_what_is_not_declared_or_not_there_has_no_page(browser: Browser, path: str) -> None:
    assert browser.get(f"/settings/{path}").status == 404


def test_scripts_in_values_stay_text(browser: Browser, gateway: Gateway) -> None:
    evil = "<script>alert(1)</script>\"'&"
    browser.fill("/settings/telephones/1", {"name": evil})
    for path in ("/settings/telephones", "/settings/telephones/1", "/settings"):
        assert "<script" not in browser.get(path).text
    assert fields_in(browser.get("/settings/telephones/1").text)["name"] == evil
    assert "<script" not in browser.get("/settings/telephones?q=<script>").text


def test_what_the_gateway_says_is_taken_apart_by_path() -> None:
    said = 'trunks/0/name: is missing: 1 to 20 of a-z, 0-9 and -\ncountry: "XX" is not one of DE, US\n'
    said += "settings.json cannot be saved: full"
    assert errors_in(said) == {
        "trunks/0/name": "is missing: 1 to 20 of a-z, 0-9 and -",
        "country": '"XX" is not one of DE, US',
        "": "settings.json cannot be saved: full",
    }


def test_the_gateway_being_down_is_told_and_loses_nothing(run: Path) -> None:
    with Gateway(run):
        browser = Browser(pages_of(run))
        form = fields_in(browser.get("/settings/calls").text)
    assert browser.get("/settings/calls").status == 503
    assert browser.post("/settings/calls", form).status == 503


def test_warnings_of_the_gateway_are_shown(run: Path) -> None:
    def change(changes: dict[str, object]) -> dict[str, object]:
        return {"errors": [], "warnings": ["112 can be reached by no trunk"]}

    with Gateway(run, **{"settings.set": change}):
        browser = Browser(pages_of(run))
        browser.fill("/settings/calls", {"no_answer_s": "30"})
        assert "112 can be reached by no trunk" in browser.get("/settings/calls").text
