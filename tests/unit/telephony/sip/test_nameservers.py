"""Whom the SIP engine asks for names: never nobody at all, for then it would block."""

import os
from pathlib import Path

import pytest

from firmware.telephony.sip.nameservers import NOBODY, NameServers, Server, set_servers, system_servers


class Told:
    """A clock of the test's own, and what the engine was told."""

    def __init__(self, file: Path) -> None:
        self.now = 0.0
        self.servers: list[list[Server]] = []
        self.name_servers = NameServers(self.servers.append, file, lambda: self.now)

    def later(self) -> None:
        self.now += 6.0
        self.name_servers.look()


def write(file: Path, *addresses: str) -> None:
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text("".join(f"nameserver {address}\n" for address in addresses))
    os.utime(file, ns=(before + 1, before + 1))


def test_the_systems_name_servers_are_read_as_the_system_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# nameserver 192.0.2.9\n; nameserver 192.0.2.8\nsearch example.test\nnameserver\nnameserver nobody\n"
        "  nameserver\t192.0.2.1  # by DHCP\nnameserver 2001:db8::1\nnameserver fe80::1%eth0\nnameserver 192.0.2.2\n"
    )
    assert system_servers(file) == [("192.0.2.1", 53), ("2001:db8::1", 53), ("fe80::1%eth0", 53)]


@pytest.mark.parametrize("content", [None, b"", b"\xff\0" * 100_000])
def test_a_system_without_name_servers_has_none(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "resolv.conf"
    if content is not None:
        file.write_bytes(content)
    assert system_servers(file) == []
    told = Told(file)
    told.name_servers.set(())
    assert told.servers == [[NOBODY]]


def test_servers_that_are_set_have_ports_and_are_addresses() -> None:
    places = ["192.0.2.1:5353", "ns.example.test", "[2001:db8::1]:54", "localhost", "192.0.2.4"]
    assert set_servers(places) == [("192.0.2.1", 5353), ("2001:db8::1", 54), ("127.0.0.1", 53)]


def test_other_servers_of_the_system_are_noticed_and_told_once(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    told = Told(file)
    told.name_servers.set(())
    told.later()
    assert told.servers == [[NOBODY]]
    write(file, "192.0.2.1")
    told.name_servers.look()
    assert told.servers == [[NOBODY]], "not at every poll"
    told.later()
    told.later()
    assert told.servers == [[NOBODY], [("192.0.2.1", 53)]]
    write(file, "192.0.2.2")
    told.later()
    assert told.servers[2:] == [[("192.0.2.2", 53)]]


def test_servers_that_are_set_count_until_they_are_no_more(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    write(file, "192.0.2.1")
    told = Told(file)
    told.name_servers.set(["192.0.2.7:5353"])
    write(file, "192.0.2.2")
    told.later()
    assert told.servers == [[("192.0.2.7", 5353)]]
    told.name_servers.set(())
    assert told.servers[1:] == [[("192.0.2.2", 53)]]
