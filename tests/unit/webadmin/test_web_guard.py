"""Who may ask and who may change something."""

import socket

import pytest

from firmware.webadmin.guard import is_own_host, is_same_origin, own_names

NAMES = frozenset({"box", "box.local"})


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST:1",
        "127.0.0.1:8080",
        "127.8.9.1",
        "[::1]:80",
        "box",
        "box.local:80",
        "Box.Local.",
    ],
)
def test_the_boxs_own_names_and_addresses_are_answered(host: str) -> None:
    assert is_own_host(host, NAMES)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "box.evil.example", "192.0.2.77", "0.0.0.0", "[::]", "224.0.0.1",
     "a b", "127.0.0.1:80:80", "[::1", "x" * 400, "127.0.0.1@evil.example", "\u0661.example"],
)  # fmt: skip
def test_foreign_names_and_addresses_are_not(host: str) -> None:
    assert not is_own_host(host, NAMES)


def test_an_address_of_this_machine_is_its_own() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address would be used
        except OSError:
            pytest.skip("no network interface but loopback")
        assert is_own_host(probe.getsockname()[0], frozenset())


def test_the_host_name_is_own_also_under_local() -> None:
    first = socket.gethostname().lower().split(".")[0]
    assert {first, f"{first}.local"} <= own_names()


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"HTTP_ORIGIN": "http://box:8080"}, True),
        ({"HTTP_ORIGIN": "https://BOX:8080", "HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_ORIGIN": "http://box"}, False),
        ({"HTTP_ORIGIN": "http://evil.example"}, False),
        ({"HTTP_ORIGIN": "http://box:8080.evil.example"}, False),
        ({"HTTP_ORIGIN": "http://box:8080", "HTTP_SEC_FETCH_SITE": "cross-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "none"}, False),
    ],
)
def test_only_our_own_pages_may_change_something(headers: dict[str, str], is_ours: bool) -> None:
    assert is_same_origin({"HTTP_HOST": "box:8080", **headers}) is is_ours
