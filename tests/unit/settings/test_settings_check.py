"""Settings are judged as a whole: every error at once, by path, in words, and no secret in any of them."""

import logging
import typing

import pytest

from firmware.fxs.profile import CallerIdScheme
from firmware.judge import judge
from firmware.settings import MASK, Settings, SettingsRefused, SipTrunk, check, describe, described, plain, schema
from firmware.settings.check import Judge
from firmware.settings.describe import Kind
from firmware.settings.formats import CallerIdSetting
from firmware.settings.revision import preview
from firmware.settings.salvage import salvage

SECRET = "hunter2-canary"
TRUNK = {"name": "main", "username": "u", "domain": "sip.example.org", "password": SECRET}


def errors_of(raw: dict[str, object], judge: Judge | None = None) -> dict[str, str]:
    settings, errors = check(raw, judge)
    assert (settings is None) == bool(errors)
    return {error.path: error.text for error in errors}


def test_nothing_set_is_right_and_gives_two_telephones() -> None:
    settings, errors = check({})
    assert errors == []
    assert settings is not None
    assert {key: phone.extension for key, phone in settings.telephones.items()} == {"1": "101", "2": "102"}
    assert settings.web.address == "127.0.0.1"


def test_all_errors_come_at_once_by_path() -> None:
    errors = errors_of(
        {
            "country": "Germany",
            "telephones": {"1": {"extension": "20A"}, "9": {"extension": "21"}},
            "trunks": [{"name": "main"}, {**TRUNK, "expires_s": "300"}],
            "calls": {"voice_channels": 33},
            "audio": {"block_ms": 7},
            "sip": [],
        }
    )
    assert errors == {
        "country": '"Germany" is not a country code of two capital letters',
        "telephones/1/extension": '"20A" is not 2 to 6 digits',
        "telephones/9": 'this is not a socket number "1" to "8"',
        "trunks/0/domain": "is missing: a host name or address, with :port where needed",
        "trunks/0/username": "is missing: a trunk that registers needs one",
        "trunks/1/expires_s": '"300" is not a whole number from 30 to 86400',
        "trunks/1/name": '"main" is already that of trunk 0',
        "calls/voice_channels": "33 is not a whole number from 1 to 32",
        "audio/block_ms": "7 is not one of 5, 10, 20",
        "sip": "this is not an object",
    }


def test_what_only_the_rest_of_the_product_can_judge_comes_with_all_other_errors() -> None:
    raw: dict[str, object] = {"country": "XX", "contry": "US", "dialling": {"digit_map": "((", "pause_s": -1}}
    settings, errors = salvage(raw, judge)
    assert {error.path for error in errors} == {"country", "contry", "dialling/digit_map", "dialling/pause_s"}
    assert settings == Settings()
    with pytest.raises(SettingsRefused) as refusal:
        preview(Settings(), {"country": "XX", "contry": "US", "calls/voice_channels": 0}, judge)
    assert {error.path for error in refusal.value.errors} == {"country", "contry", "calls/voice_channels"}


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        ({"contry": "US"}, "contry", '; did you mean "country"?'),
        ({"trunks": [{**TRUNK, "pasword": SECRET}]}, "trunks/0/pasword", '; did you mean "password"?'),
        ({"calls": {"xyz": 1}}, "calls/xyz", ""),
    ],
)
def test_an_unknown_key_gets_a_suggestion(raw: dict[str, object], path: str, words: str) -> None:
    assert errors_of(raw) == {path: f"there is no such setting{words}"}


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        (
            {"telephones": {"1": {"extension": "11"}, "2": {"extension": "11"}}},
            "telephones/2/extension",
            '"11" is already that of telephone 1',
        ),
        (
            {"dialling": {"routes": ["line:1", "man"]}},
            "dialling/routes/1",
            '"man" is no trunk; there is line:1',
        ),
        ({"dialling": {"routes": ["line:2"]}}, "dialling/routes/0", '"line:2" is no trunk; there is line:1'),
        (
            {"audio": {"rtp_port_min": 20000}},
            "audio/rtp_port_max",
            "16484 is below the first RTP port, 20000",
        ),
        (
            {"audio": {"rtp_port_min": 16480}},
            "audio/rtp_port_max",
            "16480 to 16484 is too few: the voice channels need 8 ports",
        ),
        ({"codecs": ["pcma", "g722", "pcma"]}, "codecs/2", "pcma is named twice"),
        ({"codecs": []}, "codecs", "this is not a list of 1 to 5"),
        (
            {"trunks": [{**TRUNK, "domain": "a:70000"}]},
            "trunks/0/domain",
            "70000 is not a port from 1 to 65535",
        ),
        ({"sip": {"address": "300.1.1.1"}}, "sip/address", '"300.1.1.1" is not an IP address'),
        (
            {"outside_lines": {"1": {"destination": "extension:99"}}},
            "outside_lines/1/destination",
            "nobody has extension 99",
        ),
        ({"trunks": [TRUNK] * 17}, "trunks", "this is not a list of 0 to 16"),
    ],
)
def test_settings_that_contradict_each_other_are_found(raw: dict[str, object], path: str, words: str) -> None:
    assert errors_of(raw)[path] == words


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.2", "::", "example.org", "127.0.0.1.example.org"])
def test_the_page_listens_on_loopback_only(address: str) -> None:
    assert "web/address" in errors_of({"web": {"address": address}})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_every_loopback_address_suits_the_page(address: str) -> None:
    assert errors_of({"web": {"address": address}}) == {}


@pytest.mark.parametrize("field", ["username", "auth_username", "domain", "caller_name", "tls_name", "outbound_proxy"])
@pytest.mark.parametrize("value", ["a\r\nVia: x", "a\nb", "a\x00b", "a\x7f"])
def test_nothing_that_ends_a_sip_header_early_gets_in(field: str, value: str) -> None:
    assert f"trunks/0/{field}" in errors_of({"trunks": [{**TRUNK, field: value}]})


@pytest.mark.parametrize(
    "domain",
    ["sip.example.org", "sip.example.org:5061", "192.0.2.1", "[2001:db8::1]:5060", "pbx", "my_pbx.lan", "a"],
)
def test_usual_domains_are_accepted(domain: str) -> None:
    assert errors_of({"trunks": [{**TRUNK, "domain": domain}]}) == {}


def test_numbers_are_not_taken_for_switches_nor_the_other_way_round() -> None:
    assert list(errors_of({"calls": {"voice_channels": True}})) == ["calls/voice_channels"]
    assert list(errors_of({"trunks": [{**TRUNK, "is_enabled": 1}]})) == ["trunks/0/is_enabled"]
    assert list(errors_of({"dialling": {"pause_s": float("nan")}})) == ["dialling/pause_s"]
    assert errors_of({"dialling": {"pause_s": 3}}) == {}


def test_a_country_without_a_profile_is_refused() -> None:
    assert errors_of({"country": "XX"}, judge) == {"country": '"XX" is not one of DE, UK, US'}
    assert errors_of({"country": "DE"}, judge) == {}


def test_a_digit_map_that_cannot_be_read_is_refused_with_the_place() -> None:
    errors = errors_of({"dialling": {"digit_map": "{ [2-9xxxxxx }"}}, judge)
    assert list(errors) == ["dialling/digit_map"] and "[" in errors["dialling/digit_map"]
    assert errors_of({"dialling": {"digit_map": "{ [2-9]xxxxxx }"}}, judge) == {}


def test_ten_thousand_errors_are_counted_not_listed() -> None:
    errors = errors_of({f"key{number}": 1 for number in range(10_000)})
    assert len(errors) == 101
    assert errors[""] == "and 9900 errors more"


@pytest.mark.parametrize(
    "trunk",
    [
        {**TRUNK, "password": SECRET + "x" * 200},
        {**TRUNK, "password": [SECRET]},
        {**TRUNK, "passwort": SECRET},
        {"name": "main", "password": SECRET},
        SECRET,
        [SECRET],
    ],
)
def test_no_error_shows_a_secret(trunk: object, caplog: pytest.LogCaptureFixture) -> None:
    settings, errors = check({"trunks": [trunk]})
    assert settings is None
    logging.getLogger("test").warning("%s %r", errors, errors)
    assert SECRET not in repr(errors) + str(errors) + caplog.text


def test_settings_never_show_a_secret_by_themselves() -> None:
    settings, _ = check({"trunks": [TRUNK]})
    assert settings is not None
    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()} {plain(settings)}"
    assert SECRET not in shown
    assert plain(settings)["trunks"][0]["password"] == MASK  # type: ignore[index]
    assert settings.trunks[0].password.get_secret_value() == SECRET


def test_every_secret_is_declared_as_one() -> None:
    secrets = [path for path, entry in described().items() if entry.kind is Kind.SECRET]
    assert secrets == ["extensions/*/password", "trunks/*/password"]
    suspicious = ("password", "secret", "pin", "key", "token")
    assert [p for p in described() if p.rpartition("/")[2] in suspicious] == secrets


def test_every_setting_has_a_label_a_help_and_bounds() -> None:
    for path, entry in described().items():
        if path.endswith("/*"):
            continue
        assert entry.label, path
        assert entry.help, path
        if entry.kind in (Kind.WHOLE, Kind.NUMBER):
            assert entry.minimum is not None, path
            assert entry.maximum is not None, path
        if entry.kind in (Kind.TEXT, Kind.SECRET):
            assert entry.words or entry.maximum is not None, path


def test_the_defaults_in_the_description_are_right_themselves() -> None:
    raw = {path: entry.default for path, entry in described().items() if "/" not in path and entry.default is not None}
    assert errors_of(raw) == {}
    assert check(raw)[0] == Settings()


def test_a_setting_is_described_by_its_path() -> None:
    entry = describe("trunks/3/password")
    assert entry is not None
    assert entry.kind is Kind.SECRET
    assert describe("trunks/3/nothing") is None
    assert describe("country/x") is None
    assert {entry["path"] for entry in schema()} == set(described())


def test_caller_id_schemes_are_those_that_lines_know() -> None:
    assert set(typing.get_args(CallerIdSetting)) == {"country"} | {scheme.value for scheme in CallerIdScheme}


def test_settings_cannot_be_changed_in_place() -> None:
    trunk = SipTrunk(name="main", domain="example.org")
    with pytest.raises(ValueError, match="frozen"):
        trunk.name = "other"  # type: ignore[misc]
