"""Settings are read and changed by path; secrets stay behind their mask and with their owner."""

import pytest

from firmware.settings import MASK, SettingsRefused, look_up, value_of_text
from firmware.settings.paths import changed

VALUES = {
    "country": "US",
    "telephones": {"1": {"extension": "11"}, "2": {"extension": "12"}},
    "trunks": [
        {"name": "a", "password": "pa"},
        {"name": "b", "password": "pb"},
        {"name": "c", "password": ""},
    ],
    "codecs": ["g722", "pcma"],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("country", "US"),
        ("telephones/2/extension", "12"),
        ("trunks/1/name", "b"),
        ("codecs", ["g722", "pcma"]),
        ("codecs/1", "pcma"),
        ("", VALUES),
    ],
)
def test_a_value_is_found_by_its_path(path: str, value: object) -> None:
    assert look_up(VALUES, path) == value


@pytest.mark.parametrize(
    "path", ["nothing", "trunks/3", "trunks/-", "trunks/x", "country/0", "codecs/1/x", "/", "a//b"]
)
def test_a_wrong_path_is_refused(path: str) -> None:
    with pytest.raises(SettingsRefused, match="no such setting"):
        look_up(VALUES, path)


def test_a_nearly_right_path_gets_a_suggestion() -> None:
    with pytest.raises(SettingsRefused, match='did you mean "telephones"'):
        look_up(VALUES, "telefones/1")


def test_values_are_changed_and_the_old_ones_left_alone() -> None:
    new = changed(VALUES, {"country": "DE", "telephones/3/extension": "13", "codecs/0": "opus"})
    assert new["country"] == "DE"
    assert new["telephones"]["3"] == {"extension": "13"}  # type: ignore[index]
    assert new["codecs"] == ["opus", "pcma"]
    assert VALUES["country"] == "US"
    assert "3" not in VALUES["telephones"]


def test_a_dash_appends_one_entry_for_all_paths_of_a_change() -> None:
    new = changed(VALUES, {"trunks/-/name": "d", "trunks/-/domain": "x.org", "codecs/-": "pcmu"})
    assert new["trunks"][3:] == [{"name": "d", "domain": "x.org"}]  # type: ignore[index]
    assert new["codecs"] == ["g722", "pcma", "pcmu"]
    assert changed(VALUES, {"trunks/-": {"name": "e"}})["trunks"][3:] == [{"name": "e"}]  # type: ignore[index]


def test_deletions_mean_the_entries_as_they_were() -> None:
    new = changed(VALUES, {"trunks/0": None, "trunks/1": None, "telephones/2": None, "country": None, "nothing": None})
    assert [trunk["name"] for trunk in new["trunks"]] == ["c"]  # type: ignore[index, attr-defined]
    assert new["telephones"] == {"1": {"extension": "11"}}
    assert "country" not in new


@pytest.mark.parametrize("path", ["trunks/3/name", "trunks/x", "country/x", "codecs/0/x", "trunks/1/name/x/y"])
def test_a_change_of_what_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(SettingsRefused):
        changed(VALUES, {path: "x"})


def test_too_many_changes_are_refused() -> None:
    with pytest.raises(SettingsRefused):
        changed(VALUES, {f"key{number}": 1 for number in range(501)})


def test_a_mask_written_back_keeps_the_secret() -> None:
    assert changed(VALUES, {"trunks/0/password": MASK}) == VALUES
    new = changed(VALUES, {"trunks/1": {"name": "b", "password": MASK, "domain": "x.org"}})
    assert new["trunks"][1]["password"] == "pb"  # type: ignore[index]


def test_no_trunk_gets_the_secret_of_another_by_moving_to_its_place() -> None:
    new = changed(VALUES, {"trunks": [{"name": "b", "password": MASK}, {"name": "a", "password": MASK}]})
    assert new["trunks"] == [{"name": "b", "password": "pb"}, {"name": "a", "password": "pa"}]


@pytest.mark.parametrize(
    "changes",
    [
        {"trunks": [{"name": "new", "password": MASK}]},
        {"trunks/2/password": MASK},
        {"trunks/-": {"name": "d", "password": MASK}},
        {"trunks/0": {"name": "z", "password": MASK}},
    ],
)
def test_a_mask_without_a_secret_behind_it_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SettingsRefused, match="password: has to be given"):
        changed(VALUES, changes)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("telephones/1/extension", "11", "11"),
        ("telephones/1/extension", "007", "007"),
        ("telephones/1/extension", '"11"', "11"),
        ("trunks/0/password", "12345678", "12345678"),
        ("trunks/0/password", "true", "true"),
        ("trunks/0/password", '"quoted"', '"quoted"'),
        ("trunks/0/password", "null", "null"),
        ("trunks/0/name", "main", "main"),
        ("country", "DE", "DE"),
        ("calls/voice_channels", "3", 3),
        ("calls/voice_channels", "three", "three"),
        ("dialling/pause_s", "2.5", 2.5),
        ("trunks/0/tls_verify", "false", False),
        ("audio/block_ms", "20", 20),
        ("trunks/0/transport", "tcp", "tcp"),
        ("trunks/-", '{"name": "main"}', {"name": "main"}),
        ("codecs", '["pcma"]', ["pcma"]),
        ("nothing", "1", 1),
    ],
)
def test_typed_text_means_what_the_setting_is(path: str, text: str, value: object) -> None:
    assert value_of_text(path, text) == value
    assert type(value_of_text(path, text)) is type(value)
