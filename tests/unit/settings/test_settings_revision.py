"""A change judges, copies and stores what it touches, and means the same as if everything had been judged anew."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from firmware.settings import Settings, SettingsRefused
from firmware.settings.check import check
from firmware.settings.paths import changed, plain, plain_changes
from firmware.settings.revision import Revision, revise
from firmware.settings.store import Store

EXTENSIONS = {str(1000 + number): {"name": f"Room {number}", "password": "canary"} for number in range(40)}
FIRST = {"extensions": EXTENSIONS, "groups": {"sales": {"members": ["1001", "1002"]}}}


def revision_of(raw: dict[str, object]) -> Revision:
    settings, errors = check(raw)
    assert settings is not None, errors
    return Revision(settings, plain_changes(settings))


BEFORE = revision_of(FIRST)
NUMBERS = st.sampled_from(["1000", "1001", "1039", "2000", "77"])
CHANGES = st.dictionaries(
    st.one_of(
        st.builds("extensions/{}/name".format, NUMBERS),
        st.builds("extensions/{}/forwarding/busy".format, NUMBERS),
        st.builds("extensions/{}".format, NUMBERS),
        st.sampled_from(
            [
                "telephones/1/name",
                "telephones/2",
                "calls/park_s",
                "codes/redial",
                "country",
                "groups/sales",
                "extensions",
            ]
        ),
    ),
    st.sampled_from([None, "", "*9", "group:sales", "extension:1001", "UK", 60, {}, {"name": "Hall"}]),
    max_size=4,
)


@examples(deadline=None, max_examples=40)
@given(CHANGES)
def test_a_change_means_the_same_as_if_all_settings_were_judged_anew(changes: dict[str, object]) -> None:
    try:
        whole, errors = check(changed(plain(BEFORE.settings, reveal=True), changes))
    except SettingsRefused:
        whole, errors = None, []
    if whole is None:
        with pytest.raises(SettingsRefused) as refusal:
            revise(BEFORE, changes)
        assert {error.path for error in errors} <= {error.path for error in refusal.value.errors}
        return
    revision = revise(BEFORE, changes)
    assert revision.settings == whole
    assert revision.stored == plain_changes(whole)


def test_extensions_that_a_change_does_not_name_are_not_even_copied() -> None:
    after = revise(BEFORE, {"extensions/1005/is_do_not_disturb": True}).settings
    assert after.extensions["1005"].is_do_not_disturb
    assert after.extensions["1005"].password.get_secret_value() == "canary"
    others = [number for number in EXTENSIONS if number != "1005"]
    assert all(after.extensions[number] is BEFORE.settings.extensions[number] for number in others)


def test_an_extension_too_many_is_refused() -> None:
    full = {str(10_000 + number): {} for number in range(10_000)}
    with pytest.raises(SettingsRefused, match="holds 10001, and 10000 is the most"):
        revise(revision_of({"extensions": full}), {"extensions/99/name": "Attic"})


def test_a_member_that_is_taken_away_from_under_its_group_is_named() -> None:
    with pytest.raises(SettingsRefused, match="groups/sales/members/0: nobody has extension 1001"):
        revise(BEFORE, {"extensions/1001": None})


def test_what_another_process_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "settings.json"), Store(tmp_path / "settings.json")
    one.update({"extensions/11/name": "Hall"})
    other.update({"extensions/12/name": "Attic"})
    settings = one.update({"extensions/13/name": "Cellar"})
    assert {number: extension.name for number, extension in settings.extensions.items()} == {
        "11": "Hall",
        "12": "Attic",
        "13": "Cellar",
    }
    assert Store(tmp_path / "settings.json").load().settings == settings


def test_a_table_that_is_emptied_again_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "settings.json")
    store.update({"extensions/11/name": "Hall"})
    assert store.update({"extensions/11": None}) == Settings()
    assert "extensions" not in (tmp_path / "settings.json").read_text()
