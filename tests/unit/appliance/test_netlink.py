"""Addresses of the LAN, from the kernel's own words."""

import ipaddress
import socket
import struct

import pytest

from firmware.appliance.netlink import LanAddress, addresses_in, chosen, drain, flags_of, lan_addresses, open_watch

UP, LOOPBACK, POINT_TO_POINT, RUNNING, MULTICAST = 0x1, 0x8, 0x10, 0x40, 0x1000
LAN = UP | RUNNING | MULTICAST


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def link(index: int, flags: int) -> bytes:
    return message(16, struct.pack("=BxHiII", 0, 1, index, flags, 0) + attribute(3, b"eth0\0"))


def address(index: int, text: str, flags: int = 0, *, peer: str = "") -> bytes:
    one = ipaddress.ip_address(text)
    family = socket.AF_INET if one.version == 4 else socket.AF_INET6
    body = struct.pack("=BBBBI", family, 24, 0, 0, index)
    body += attribute(1, ipaddress.ip_address(peer or text).packed)
    if one.version == 4:
        body += attribute(2, one.packed)
    return message(20, body + attribute(8, struct.pack("=I", flags)))


def told(links: bytes, addresses: bytes, *, is_loopback_wanted: bool = False) -> list[str]:
    found = chosen(flags_of(links), addresses_in(addresses), is_loopback_wanted=is_loopback_wanted)
    return [str(one.address) for one in found]


def test_addresses_of_the_lan_are_told() -> None:
    assert told(link(2, LAN), address(2, "192.0.2.1") + address(2, "2001:db8::1")) == ["192.0.2.1", "2001:db8::1"]


@pytest.mark.parametrize("flags", [0, UP, UP | RUNNING, LAN & ~RUNNING, LAN | POINT_TO_POINT, LAN | LOOPBACK])
def test_other_interfaces_are_not(flags: int) -> None:
    assert told(link(2, flags), address(2, "192.0.2.1")) == []


def test_loopback_is_told_to_those_who_ask() -> None:
    assert told(link(1, UP | LOOPBACK), address(1, "127.0.0.1"), is_loopback_wanted=True) == ["127.0.0.1"]


@pytest.mark.parametrize("flags", [0x01, 0x08, 0x20, 0x40])
def test_addresses_that_change_or_cannot_be_reached_are_not(flags: int) -> None:
    assert told(link(2, LAN), address(2, "2001:db8::1", flags)) == []


def test_our_end_is_told_and_not_the_peers() -> None:
    assert told(link(2, LAN), address(2, "192.0.2.1", peer="192.0.2.9")) == ["192.0.2.1"]


def test_there_is_an_end_to_interfaces_and_addresses() -> None:
    links = b"".join(link(index, LAN) for index in range(1, 100))
    addresses = b"".join(address(index, f"10.0.{index}.{host}") for index in range(1, 100) for host in range(1, 50))
    assert len(told(links, addresses)) == 8 * 4


@pytest.mark.parametrize("data", [b"", b"\0" * 40, b"\xff" * 100, struct.pack("=IHHII", 9999, 20, 0, 0, 0) + b"\2"])
def test_half_an_answer_is_none(data: bytes) -> None:
    assert list(addresses_in(data)) == []
    assert flags_of(data) == {}


def test_this_machine_has_a_loopback_address() -> None:
    assert LanAddress(1, ipaddress.ip_address("127.0.0.1")) in lan_addresses(is_loopback_wanted=True)
    assert all(not one.address.is_loopback for one in lan_addresses())


def test_a_watch_that_has_nothing_to_tell_does_not_wait() -> None:
    with open_watch() as watch:
        drain(watch)
