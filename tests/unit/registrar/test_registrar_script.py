"""The registrar's configuration holds nothing but what was checked."""

import re
from pathlib import Path

import pytest

from firmware.registrar.options import Inside, Places, RegistrarOptions, Unfit, ha1, is_extension
from firmware.registrar.script import script, tls_profile

PLACES = Places(Path("/box/run"), Path("/box/keep"))
INSIDE = Inside(5999, 5998, "0123456789abcdef")


def made(options: RegistrarOptions = RegistrarOptions(), places: Places = PLACES, inside: Inside = INSIDE) -> str:  # noqa: B008
    return script(options, inside, places, addresses=["192.0.2.1", "198.51.100.1"], modules="/usr/lib/k", key="c0ffee")


def test_every_name_is_filled_in() -> None:
    assert not re.findall(r"@[A-Z_]+@", made())


def test_it_listens_on_each_address_and_inside() -> None:
    listening = re.findall(r"^listen=(.*)$", made(), re.MULTILINE)
    assert listening == [
        "udp:127.0.0.1:5999",
        *("udp:192.0.2.1:5060", "tcp:192.0.2.1:5060", "tls:192.0.2.1:5061"),
        *("udp:198.51.100.1:5060", "tcp:198.51.100.1:5060", "tls:198.51.100.1:5061"),
    ]


def test_a_port_of_0_is_none() -> None:
    text = made(RegistrarOptions(tls_port=0))
    assert "listen=tls" not in text and "tls.so" not in text
    text = made(RegistrarOptions(udp_port=0))
    assert re.findall(r"listen=udp:(?!127)", text) == [] and "listen=tcp" not in text
    with pytest.raises(Unfit):
        made(RegistrarOptions(udp_port=0, tls_port=0))


@pytest.mark.parametrize("realm", ['a"', "a\\", "a b", "$si", "a\n", "", "-a", "a" * 41, "@TOKEN@", "ä"])
def test_a_realm_that_could_be_script_is_refused(realm: str) -> None:
    with pytest.raises(Unfit):
        made(RegistrarOptions(realm=realm))


@pytest.mark.parametrize("address", ["", "localhost", "1.2.3.4;", "::1", "1.2.3"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Unfit):
        made(RegistrarOptions(address=address))


@pytest.mark.parametrize("path", ['/a"b', "/a b", "/a\nb", "relative", "/a$b", "/a'b"])
def test_a_path_that_could_be_script_is_refused(path: str) -> None:
    with pytest.raises(Unfit):
        made(places=Places(Path(path), Path("/box/keep")))
    with pytest.raises(Unfit):
        tls_profile(Places(Path("/box/run"), Path(path)))


def test_a_token_that_could_be_script_is_refused() -> None:
    with pytest.raises(Unfit):
        made(inside=Inside(1, 2, 'a"'))


def test_the_longest_registration_is_no_shorter_than_the_shortest() -> None:
    text = made(RegistrarOptions(expires_min_s=600, expires_max_s=60))
    assert 'modparam("registrar", "max_expires", 600)' in text


def test_ha1_is_that_of_the_rfc() -> None:
    # RFC 2617 section 3.5
    assert ha1("Mufasa", "testrealm@host.com", "Circle Of Life") == "939e7578ed9e3c518a452acee763bce9"


@pytest.mark.parametrize(
    ("name", "fits"), [("201", True), ("", False), ("a", False), ("2" * 21, False), ("2\n", False)]
)
def test_only_digits_are_users(name: str, fits: bool) -> None:
    assert is_extension(name) is fits
