"""The first steps: each saves what it asks, an account is tried first, and one can leave and come back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.control import Refused
from firmware.settings import MASK
from firmware.webadmin.first_steps import trying
from firmware.webadmin.first_steps.wizard import STEPS, Progress
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Browser, fields_in, pages_of

ACCOUNT = {"domain": "sip.example.org", "username": "4930", "password": "very secret", "do": "try"}
UPLINK = "/wizard/uplink?provider=generic"
PBXES = "/wizard/uplink?provider=pbxes"


class Trier:
    """A gateway's `trunk.try` that goes well, but for the step in `fails`."""

    def __init__(self) -> None:
        self.fails = ""
        self.tried: list[dict[str, Any]] = []
        self.providers: list[str] = []

    def __call__(self, trunk: dict[str, Any], provider: str = "") -> Iterator[dict[str, str] | None]:
        self.tried.append(trunk)
        self.providers.append(provider)
        for step in trying.STEPS:
            yield None
            if step == self.fails:
                yield {"step": step, "state": "failed", "text": "401 <b>Unauthorized</b>"}
                return
            yield {"step": step, "state": "done", "text": ""}


@pytest.fixture
def trier() -> Trier:
    return Trier()


@pytest.fixture
def gateway(run: Path, trier: Trier) -> Iterator[Gateway]:
    with Gateway(run, **{"trunk.try": trier}) as box:
        yield box


@pytest.fixture
def browser(run: Path, gateway: Gateway) -> Browser:
    return Browser(pages_of(run))


def test_there_are_six_steps_at_most() -> None:
    assert len(STEPS) <= 6


def test_from_the_first_step_to_the_last_everything_asked_is_set(browser: Browser, gateway: Gateway) -> None:
    assert browser.get("/wizard").headers["location"] == "/wizard/country"
    names = [name for name, _label in STEPS]
    forms = {
        "country": {"country": "DE"},
        "telephones": {"telephones/1/name": "Küche", "telephones/2/extension": "110"},
        "uplink": ACCOUNT,
        "outside-line": {"destination": "extension:101"},
    }
    for step, following in zip(names, [*names[1:], ""], strict=True):
        answer = browser.fill(UPLINK if step == "uplink" else f"/wizard/{step}", forms.get(step, {}))
        assert (answer.status, answer.headers["location"]) == (303, f"/wizard/{following}" if following else "/"), step
    settings = gateway.applied[-1]
    assert settings.country == "DE"
    assert settings.telephones["1"].name == "Küche"
    assert settings.telephones["2"].extension == "110"
    trunk = settings.trunks[0]
    assert (trunk.name, trunk.domain, trunk.password.get_secret_value()) == ("main", "sip.example.org", "very secret")
    assert settings.outside_lines["1"].destination == "extension:101"


def test_who_speaks_german_is_asked_whether_the_box_stands_in_germany(browser: Browser, gateway: Gateway) -> None:
    spoken = {"HTTP_ACCEPT_LANGUAGE": "de"}
    assert 'value="DE" checked' in browser.get("/wizard/country", **spoken).text
    assert 'value="US" checked' in browser.get("/wizard/country").text
    browser.fill("/wizard/country", {"country": "UK"})
    assert 'value="UK" checked' in browser.get("/wizard/country", **spoken).text, "what was chosen counts"


def test_it_can_be_left_and_taken_up_again_even_after_a_restart(run: Path, browser: Browser) -> None:
    assert "/wizard" not in browser.get("/").text
    browser.fill("/wizard/country", {})
    assert 'href="/wizard"' in browser.get("/").text
    again = Browser(pages_of(run))
    assert again.get("/wizard").headers["location"] == "/wizard/telephones"
    again.get("/wizard/done")
    again.fill("/wizard/done", {})
    assert 'href="/wizard"' not in again.get("/").text


@pytest.mark.parametrize("step", list(trying.STEPS))
def test_an_account_that_does_not_work_says_at_which_step_and_is_not_saved(
    browser: Browser, gateway: Gateway, trier: Trier, step: str
) -> None:
    trier.fails = step
    text = browser.fill(UPLINK, ACCOUNT).text
    assert trier.tried[0]["domain"] == "sip.example.org"
    assert trier.tried[0]["password"] == "very secret"
    label, hint = trying.STEPS[step]
    assert label in text.replace("&#039;", "'")
    assert hint in text.replace("&#039;", "'")
    assert "401 &lt;b&gt;Unauthorized" in text
    assert 'value="4930"' in text, "what was typed is still there"
    assert "very secret" not in text
    assert gateway.applied == []


def test_the_password_of_an_account_that_failed_need_not_be_typed_again(
    browser: Browser, gateway: Gateway, trier: Trier
) -> None:
    trier.fails = "connection"
    text = browser.fill(UPLINK, ACCOUNT).text
    assert "leave empty to keep it" in text
    trier.fails = ""
    assert browser.fill(UPLINK, {**ACCOUNT, "password": ""}).status == 303
    assert trier.tried[-1]["password"] == "very secret"
    assert gateway.applied[-1].trunks[0].password.get_secret_value() == "very secret"
    assert [session.held_password for session in browser._pages.sessions._sessions.values()] == [""]


def test_an_account_can_be_saved_all_the_same_and_changed_when_one_comes_by_again(
    browser: Browser, gateway: Gateway
) -> None:
    assert browser.fill(UPLINK, {**ACCOUNT, "do": "save"}).status == 303
    assert browser.fill(UPLINK, {"username": "4931", "do": "save"}).status == 303
    [trunk] = gateway.applied[-1].trunks
    assert (trunk.username, trunk.password.get_secret_value()) == ("4931", "very secret")


def test_one_can_go_on_without_an_account(browser: Browser, gateway: Gateway) -> None:
    assert browser.fill("/wizard/uplink", {"do": "skip"}).headers["location"] == "/wizard/outside-line"
    assert gateway.applied == []


def test_a_gateway_that_cannot_try_says_so_and_lets_one_save(run: Path) -> None:
    with Gateway(run) as gateway:
        browser = Browser(pages_of(run))
        assert "cannot try accounts yet" in browser.fill(UPLINK, ACCOUNT).text
        assert gateway.applied == []
        assert browser.fill(UPLINK, {**ACCOUNT, "do": "save"}).status == 303


def test_what_is_wrong_stands_beside_its_field(browser: Browser, gateway: Gateway) -> None:
    answer = browser.fill("/wizard/telephones", {"telephones/2/extension": "101"})
    assert answer.status == 422
    assert 'id="f-telephones-2-extension-error"' in answer.text
    answer = browser.fill(UPLINK, {**ACCOUNT, "domain": "no good", "do": "save"})
    assert 'id="f-domain-error"' in answer.text
    answer = browser.fill(UPLINK, {**ACCOUNT, "domain": ""})
    assert 'id="f-domain-error"' in answer.text
    assert browser.fill("/wizard/country", {"country": "XX"}).status == 422
    assert gateway.applied == []


def test_only_two_accounts_are_tried_at_once(browser: Browser) -> None:
    for _ in range(2):
        assert trying._seats.take()
    try:
        assert browser.fill(UPLINK, ACCOUNT).status == 409
    finally:
        for _ in range(2):
            trying._seats.release()


def test_a_gateway_that_refuses_to_try_is_told_in_words(run: Path) -> None:
    def refuse(trunk: dict[str, Any], provider: str) -> Iterator[object]:
        raise Refused("the gateway is just starting")

    with Gateway(run, **{"trunk.try": refuse}):
        answer = Browser(pages_of(run)).fill(UPLINK, ACCOUNT)
        assert answer.status == 409
        assert "The gateway is just starting." in answer.text


def test_progress_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    for content in ("", "{", "[]", '{"step": "nowhere"}', '{"step": 7}'):
        (tmp_path / "wizard.json").write_text(content)
        assert Progress(tmp_path).step == ""


def test_the_emergency_numbers_of_the_country_are_shown(browser: Browser) -> None:
    browser.fill("/wizard/country", {"country": "DE"})
    text = browser.get("/wizard/emergency").text
    assert ">112<" in text
    assert ">110<" in text


# ---- providers ---------------------------------------------------------------------------------------


def test_the_account_begins_with_whose_it_is(browser: Browser) -> None:
    text = browser.get("/wizard/uplink").text
    assert 'value="pbxes"' in text and 'value="generic"' in text
    assert 'name="domain"' not in text and 'name="password"' not in text
    answer = browser.fill("/wizard/uplink", {"provider": "pbxes", "do": "choose"})
    assert (answer.status, answer.headers["location"]) == (303, PBXES)
    assert browser.fill("/wizard/uplink", {"provider": "<none>", "do": "choose"}).headers["location"] == UPLINK


def test_of_a_known_provider_only_what_it_cannot_know_is_asked(
    browser: Browser, gateway: Gateway, trier: Trier
) -> None:
    text = browser.get(PBXES).text
    asked = {"part-account", "part-extension", "password"}
    assert {name for name in fields_in(text) if name not in ("token", "provider", "do", "next")} == asked
    assert "www1.pbxes.com" in text, "where the account's name is found"
    assert "not that with which you sign in there" in text
    answer = browser.fill(PBXES, {"part-account": "myuser", "part-extension": "200", "password": "pw", "do": "try"})
    assert answer.status == 303, answer.text
    assert trier.providers == ["pbxes"]
    [trunk] = gateway.applied[-1].trunks
    assert (trunk.name, trunk.domain, trunk.username) == ("main", "pbxes.org", "myuser-200")
    assert (trunk.transport, trunk.tls_name, trunk.srtp) == ("tls", "www1.pbxes.com", "off")
    assert (trunk.expires_s, trunk.keep_alive_s) == (3600, 60)
    # Who comes by again finds the account as it was entered, and may change a part of it.
    text = browser.get("/wizard/uplink").text
    assert 'value="myuser"' in text and 'value="200"' in text
    assert browser.fill("/wizard/uplink", {"part-extension": "201", "do": "try"}).status == 303
    assert trier.tried[-1]["password"] == MASK
    assert gateway.applied[-1].trunks[0].username == "myuser-201"


def test_a_part_that_is_missing_or_wrong_stands_beside_its_field(browser: Browser, gateway: Gateway) -> None:
    form = {"part-account": "", "part-extension": "two", "password": "pw", "do": "try"}
    answer = browser.fill(PBXES, form)
    assert answer.status == 422
    text = answer.text
    assert 'id="f-part-account-error"' in text
    assert 'id="f-part-extension-error"' in text
    assert 'value="two"' in text
    assert gateway.applied == []


def test_another_provider_takes_over_nothing_that_belongs_to_the_one_before(browser: Browser, gateway: Gateway) -> None:
    gateway.desk.set(
        {
            "trunks/-": {
                "name": "main",
                "domain": "a.example",
                "username": "x",
                "password": "p",
                "outbound_proxy": "proxy.example",
                "auth_username": "y",
            }
        }
    )
    form = {"part-account": "myuser", "part-extension": "200", "password": "pw", "do": "save"}
    assert browser.fill(PBXES, form).status == 303
    [trunk] = gateway.applied[-1].trunks
    assert (trunk.outbound_proxy, trunk.auth_username, trunk.domain) == ("", "", "pbxes.org")
