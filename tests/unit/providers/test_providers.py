"""Profiles of providers: every one can be read, says only what settings know, and composes what it asks for."""

from pathlib import Path

import pytest

from firmware import providers
from firmware.providers import ProviderError
from firmware.settings import check, describe

PBXES = providers.find("pbxes")


@pytest.mark.parametrize("provider", providers.available(), ids=lambda provider: provider.key)
def test_what_a_profile_sets_and_asks_are_settings_of_a_trunk(provider: providers.Provider) -> None:
    for asked in provider.asked:
        assert asked.label or describe(f"trunks/0/{asked.key}"), asked.key
        assert not asked.label or (asked.help and asked.words)
    trunk = {"name": "main", "domain": "a.example", "username": "x", "password": "p", **provider.trunk}
    assert check({"trunks": [trunk]})[1] == []
    assert all(describe(f"trunks/0/{name}") for name in provider.compose)


def test_any_provider_comes_last_and_nothing_is_known_of_it() -> None:
    generic = providers.available()[-1]
    assert (generic.key, generic.echo_test, dict(generic.trunk)) == ("generic", "", {})


def test_an_account_of_pbxes_is_made_of_account_and_extension_and_taken_apart_again() -> None:
    assert PBXES is not None
    parts = {"account": "my-user", "extension": "200"}
    assert PBXES.problems(parts) == ()
    assert PBXES.composed(parts) == {"username": "my-user-200"}
    assert PBXES.parts_of({"username": "my-user-200"}) == parts
    assert PBXES.parts_of({"username": "4930"}) == {}
    assert [part.key for part in PBXES.problems({"account": "a b", "extension": ""})] == ["account", "extension"]
    assert (PBXES.echo_test, PBXES.voicemail) == ("*43", "*97")


@pytest.mark.parametrize(
    ("domain", "key"),
    [("pbxes.org", "pbxes"), ("PBXES.com:5061", "pbxes"), ("www1.pbxes.com", "pbxes"), ("notpbxes.org", "")],
)
def test_a_provider_is_known_by_its_domain(domain: str, key: str) -> None:
    found = providers.by_domain(domain)
    assert (found.key if found else "") == key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "x"\ncolour = 1\n[[ask]]\nkey = "name"', "colour is not known"),
        ('name = "x"', "ask must be a list"),
        ('name = "x"\necho_test = "call"\n[[ask]]\nkey = "name"', "echo_test must be a number"),
        ('name = "x"\n[[ask]]\nkey = "a"\nlabel = "A"', "compose uses"),
        ('name = "x"\n[[ask]]\nkey = "a"\npattern = "("', "pattern"),
        ("name = ", "cannot be read"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "slip.toml").write_text(text)
    with pytest.raises(ProviderError, match=words):
        providers.available(tmp_path)
