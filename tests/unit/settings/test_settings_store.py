"""The store: old or new after any accident, never half; what it cannot read it keeps, says, and goes on."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from firmware.judge import judge
from firmware.settings import Settings, SettingsRefused
from firmware.settings.migrations import SCHEMA, Values, migrate
from firmware.settings.store import Store
from tests.unit.settings.files import names_in

SECRET = "hunter2-canary"
TRUNK = {"name": "main", "username": "u", "domain": "sip.example.org", "password": SECRET}
FROZEN = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[3]


def test_the_first_start_runs_on_defaults_and_writes_nothing(store: Store, path: Path) -> None:
    loaded = store.load()
    assert loaded.settings == Settings()
    assert loaded.problems == ()
    assert names_in(path.parent) == set()
    assert store.check() == []


def test_a_change_is_there_after_a_restart(store: Store, path: Path) -> None:
    settings = store.update({"country": "DE", "trunks/-": TRUNK})
    assert settings.trunks[0].password.get_secret_value() == SECRET
    assert Store(path).load().settings == settings
    assert Store(path).load().problems == ()


def test_only_what_differs_from_the_defaults_is_stored(store: Store, path: Path) -> None:
    store.update({"calls/voice_channels": 3, "country": "US"})
    assert json.loads(path.read_text())["settings"]["1"] == {
        "schema": SCHEMA,
        "values": {"calls": {"voice_channels": 3}},
    }
    store.update({"calls/voice_channels": None})
    assert json.loads(path.read_text())["settings"]["1"]["values"] == {}


def test_files_are_for_their_owner_alone_whatever_the_umask(store: Store, path: Path) -> None:
    before = os.umask(0)
    try:
        store.update({"country": "DE"})
        store.update({"country": "UK"})
    finally:
        os.umask(before)
    assert names_in(path.parent) == {"settings.json", "settings.json.bak"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_wrong_change_changes_nothing_and_says_every_error(store: Store, path: Path) -> None:
    store.update({"country": "DE"})
    before = path.read_bytes()
    with pytest.raises(SettingsRefused) as refusal:
        store.update({"calls/voice_channels": 0, "telephones/2/extension": "101", "country": "UK"})
    assert {error.path for error in refusal.value.errors} == {
        "calls/voice_channels",
        "telephones/2/extension",
    }
    assert path.read_bytes() == before


def test_a_country_without_a_profile_is_refused(path: Path) -> None:
    with pytest.raises(SettingsRefused, match='"XX" is not one of DE, UK, US'):
        Store(path, judge).update({"country": "XX"})


def test_no_refusal_shows_a_secret(store: Store) -> None:
    store.update({"trunks/-": TRUNK})
    with pytest.raises(SettingsRefused) as refusal:
        store.update({"trunks/0/domain": "", "trunks/-": {**TRUNK, "password": [SECRET]}})
    assert SECRET not in f"{refusal.value} {refusal.value!r} {refusal.value.errors}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 300,
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"settings": 5}',
        b'{"settings": {"1": {"schema": "x", "values": {}}}}',
        b'{"settings": {"1": {"schema": 1, "values": 7}}}',
        b"[" * 100_000,
        b" " * ((1 << 20) + 1),
        None,
    ],
    ids=["empty", "zeros", "binary", "list", "nothing", "number", "schema", "values", "deep", "huge", "half"],
)
def test_a_broken_file_is_set_aside_and_the_one_before_it_loaded(
    store: Store, path: Path, content: bytes | None
) -> None:
    store.update({"country": "DE"})
    store.update({"country": "UK"})
    broken = path.read_bytes()[:40] if content is None else content
    path.write_bytes(broken)
    assert len(store.check()) == 1
    assert path.exists()

    loaded = store.load()
    assert loaded.settings.country == "DE"
    assert not loaded.is_read_only
    assert len(loaded.problems) == 1
    assert "settings.json is broken" in loaded.problems[0]
    assert "kept as settings.json.corrupt.1" in loaded.problems[0]
    assert (path.parent / "settings.json.corrupt.1").read_bytes() == broken

    again = Store(path).load()
    assert (again.settings.country, len(again.problems)) == ("DE", 1)
    assert store.update({"calls/voice_channels": 3}).country == "DE"
    assert store.load().problems == ()


def test_without_a_good_backup_the_defaults_are_used(store: Store, path: Path) -> None:
    path.write_bytes(b"{")
    path.with_name("settings.json.bak").write_bytes(b"{")
    loaded = store.load()
    assert loaded.settings == Settings()
    assert "the defaults are in use" in loaded.problems[0]


def test_a_broken_file_on_top_of_a_wrong_one_leaves_settings_that_can_be_changed(path: Path) -> None:
    wrong = {"country": "XX", "contry": "DE", "calls": {"voice_channels": 3}}
    path.with_name("settings.json.bak").write_text(json.dumps({"settings": {"1": {"schema": SCHEMA, "values": wrong}}}))
    path.write_bytes(b"")
    for _ in range(2):  # the file is set aside, then it is missing
        loaded = Store(path, judge).load()
        assert [words.partition(":")[0] for words in loaded.problems[1:]] == ["setting ignored"] * 2
        assert "the settings before the last change are in use" in loaded.problems[0]
        assert "the settings before the last change" in Store(path, judge).check()[0].text
    assert Store(path, judge).update({"country": "DE"}).calls.voice_channels == 3
    assert Store(path, judge).load().problems == ()
    assert json.loads((path.parent / "settings.json.corrupt.2").read_text())["settings"]["1"]["values"] == wrong


def test_a_change_on_top_of_a_broken_file_sets_it_aside_too_and_says_so(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"{")
    store.update({"country": "DE"})
    store.update({"country": "UK"})
    assert names_in(path.parent) == {"settings.json", "settings.json.bak", "settings.json.corrupt.1"}
    (line,) = caplog.messages
    assert "settings.json is broken" in line and "kept as settings.json.corrupt.1" in line


def test_files_set_aside_do_not_fill_the_card(store: Store, path: Path) -> None:
    for number in range(9):
        path.write_bytes(b"{%d" % number)
        store.load()
    kept = {name: (path.parent / name).read_bytes() for name in names_in(path.parent)}
    assert len(kept) == 5
    assert kept["settings.json.corrupt.1"] == b"{0"
    assert kept["settings.json.corrupt.9"] == b"{8"


def test_a_file_of_a_newer_version_is_left_alone(store: Store, path: Path) -> None:
    store.update({"country": "DE"})
    store.update({"country": "UK"})
    newer = json.dumps({"settings": {"1": {"schema": SCHEMA + 1, "values": {"land": "FR"}}}}).encode()
    path.write_bytes(newer)
    loaded = store.load()
    assert loaded.is_read_only
    assert loaded.settings.country == "DE"
    assert "newer version" in loaded.problems[0]
    with pytest.raises(SettingsRefused, match="newer version"):
        store.update({"country": "US"})
    assert "newer version" in str(store.check()[0])
    assert path.read_bytes() == newer
    assert names_in(path.parent) == {"settings.json", "settings.json.bak"}


def test_a_wrong_value_in_the_file_is_ignored_and_said_and_the_rest_kept(store: Store, path: Path) -> None:
    store.update({"country": "DE", "trunks": [TRUNK, {**TRUNK, "name": "second"}], "dialling/routes": ["main"]})
    content = json.loads(path.read_text())
    values = content["settings"]["1"]["values"]
    values["calls"] = {"voice_channels": 99, "no_answer_s": 20}
    values["trunks"][0]["domain"] = ""
    values["colour"] = "red"
    typed = json.dumps(content)
    path.write_text(typed)

    loaded = store.load()
    assert loaded.settings.country == "DE"
    assert (loaded.settings.calls.voice_channels, loaded.settings.calls.no_answer_s) == (2, 20)
    assert [trunk.name for trunk in loaded.settings.trunks] == ["second"]
    assert loaded.settings.dialling.routes == []
    assert [problem.split(":")[1].strip() for problem in loaded.problems] == [
        "trunks/0/domain",
        "calls/voice_channels",
        "colour",
    ]
    assert path.read_text() == typed
    assert [error.path for error in store.check()] == ["trunks/0/domain", "calls/voice_channels", "colour"]

    store.update({"log_level": "debug"})
    assert (path.parent / "settings.json.corrupt.1").read_text() == typed
    assert store.load().problems == ()


@pytest.mark.parametrize("frozen", sorted(FROZEN.glob("settings-schema-*.json")), ids=lambda path: path.stem)
def test_every_old_schema_can_still_be_read(frozen: Path, path: Path) -> None:
    shutil.copy(frozen, path)
    loaded = Store(path).load()
    assert loaded.problems == ()
    assert loaded.settings.country == "DE"
    assert loaded.settings.telephones["2"].receive_gain_db == -3.5
    assert loaded.settings.trunks[0].password.get_secret_value() == "not a real password"
    assert loaded.settings.dialling.routes == ["main", "line:1"]


def test_there_is_a_frozen_file_of_every_schema() -> None:
    assert {path.name for path in FROZEN.iterdir()} == {
        f"settings-schema-{schema}.json" for schema in range(1, SCHEMA + 1)
    }


@pytest.mark.parametrize("sip", [{"tcp_port": 5060, "tls_port": 5061, "udp_port": 5070}, "broken"])
def test_ports_that_nothing_listened_on_are_dropped_without_a_word(sip: object) -> None:
    values = migrate({"country": "DE", "sip": sip}, 1, to=2)
    assert values == {"country": "DE", "sip": {"udp_port": 5070} if isinstance(sip, dict) else sip}


def test_migrations_run_in_order_from_where_the_file_is() -> None:
    def renamed(values: Values) -> Values:
        return {"land" if key == "country" else key: value for key, value in values.items()}

    def doubled(values: Values) -> Values:
        return {key: [value, value] for key, value in values.items()}

    steps = {1: renamed, 2: doubled}
    assert migrate({"country": "DE"}, 1, to=3, steps=steps) == {"land": ["DE", "DE"]}
    assert migrate({"land": "DE"}, 2, to=3, steps=steps) == {"land": ["DE", "DE"]}
    assert migrate({"land": "DE"}, 3, to=3, steps=steps) == {"land": "DE"}
