"""`twinline settings` and `twinline check`: with a gateway and without, and never a secret."""

import json
import threading

import pytest

from firmware.folder import Folder
from firmware.settings.documentation import markdown
from firmware.settings.store import Store
from tests.unit.commands.command_line import ROOT, Gateway, on, process_on

SECRET = "hunter2-canary"


def test_settings_are_changed_without_a_gateway(folder: Folder) -> None:
    assert on(folder, "settings", "set", "country=DE", "telephones/1/extension=007").returncode == 0
    assert on(folder, "settings", "get", "country").stdout == "DE\n"
    assert on(folder, "settings", "get", "telephones/1/extension").stdout == "007\n"
    assert on(folder, "settings", "set", "--delete", "country").returncode == 0
    assert on(folder, "settings", "get", "country").stdout == "US\n"
    assert on(folder, "settings", "get", "telephones/2/name").stdout == "\n"
    assert on(folder, "settings", "get", "dialling").stdout.startswith('{\n  "digit_map": "",\n  "pause_s": 4.0,\n')


def test_settings_are_changed_through_the_gateway_when_it_runs(folder: Folder, gateway: Gateway) -> None:
    result = on(folder, "settings", "set", "trunks/-/name=main", "calls/voice_channels=3", "trunks/-/domain=a.org")
    assert result.returncode == 1
    assert result.stderr == "twinline: trunks/0/username: is missing: a trunk that registers needs one\n"
    result = on(folder, "settings", "set", 'trunks/-={"name": "main", "domain": "a.org", "username": "u"}')
    assert (result.returncode, result.stderr) == (0, "twinline: note: that is unusual\n")
    assert gateway.changes[1] == {"trunks/-": {"name": "main", "domain": "a.org", "username": "u"}}
    assert on(folder, "settings", "get", "trunks/0/domain").stdout == "a.org\n"


def test_a_wrong_change_is_refused_with_every_error(folder: Folder) -> None:
    result = on(folder, "settings", "set", "country=Germany", "calls/voice_chanels=3")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        'twinline: country: "Germany" is not a country code of two capital letters',
        'twinline: calls/voice_chanels: there is no such setting; did you mean "voice_channels"?',
    ]
    assert not folder.settings.exists()


def test_a_secret_is_never_printed_and_can_be_typed_unseen(folder: Folder) -> None:
    trunk = ["trunks/-/name=main", "trunks/-/domain=a.org", "trunks/-/username=u"]
    results = [
        process_on(folder, "settings", "set", *trunk, "trunks/-/password", typed=f"{SECRET}\n"),
        on(folder, "settings", "set", "trunks/0/domain=", f"trunks/0/password={SECRET}"),
        on(folder, "settings", "set", f"trunks/0/passwort={SECRET}"),
        on(folder, "settings", "get", "trunks/0/password"),
        on(folder, "settings", "get"),
        on(folder, "settings", "dump"),
        on(folder, "check"),
    ]
    assert [result.returncode for result in results] == [0, 1, 1, 0, 0, 0, 0], results
    assert Store(folder.settings).load().settings.trunks[0].password.get_secret_value() == SECRET
    assert results[3].stdout == "********\n"
    for result in results:
        assert SECRET not in result.stdout + result.stderr


def test_check_prints_every_error_and_touches_nothing(folder: Folder) -> None:
    result = on(folder, "check")
    assert (result.returncode, folder.path.exists()) == (0, False)
    on(folder, "settings", "set", "country=DE")
    assert on(folder, "check").returncode == 0
    values = {"calls": {"voice_channels": 99}, "telephones": {"1": {"extension": "x"}}}
    folder.settings.write_text(json.dumps({"settings": {"1": {"schema": 1, "values": values}}}))
    result = on(folder, "check")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        'telephones/1/extension: "x" is not 2 to 6 digits',
        "calls/voice_channels: 99 is not a whole number from 1 to 32",
    ]
    folder.settings.write_text("{")
    result = on(folder, "check")
    assert (result.returncode, result.stdout) == (1, "settings.json is broken: it is not whole JSON\n")
    assert folder.settings.read_text() == "{"


def test_a_change_waits_for_the_gateway_of_a_box_that_runs(folder: Folder) -> None:
    gateway = Gateway(folder)
    timer = threading.Timer(1.0, gateway.server.start)
    with folder.held():
        timer.start()
        result = on(folder, "settings", "set", "country=DE")
        timer.join()
    gateway.server.stop()
    assert result.returncode == 0, result.stderr
    assert gateway.changes == [{"country": "DE"}]


def test_a_change_to_a_box_whose_gateway_never_answers_ends_in_3(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware.commands.settings._GATEWAY_RETURNS_S", 0.3)
    with folder.held():
        result = on(folder, "settings", "set", "country=DE")
    assert result.returncode == 3
    assert not folder.settings.exists()


def test_the_documentation_of_settings_is_up_to_date() -> None:
    written = (ROOT / "docs" / "settings.md").read_text()
    assert written == markdown() + "\n", "make it anew: twinline settings docs > docs/settings.md"
