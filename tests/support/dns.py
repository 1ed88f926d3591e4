"""A DNS server for one test: dnsmasq on a loopback address, with the records it is told."""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.network import free_port, loopback_address
from tests.support.process import Program
from tests.support.running import Running


@dataclass(frozen=True, slots=True)
class A:
    """An address of a host name."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Srv:
    """A service: `_sips._tcp.example.test` is at `target`:`port`."""

    name: str
    target: str
    port: int
    priority: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Naptr:
    """RFC 3263 section 4.1: which SRV name serves a domain over which transport."""

    name: str
    service: str  # "SIPS+D2T", "SIP+D2T", "SIP+D2U"
    replacement: str
    order: int = 10
    preference: int = 10


Record = A | Srv | Naptr


class Dns(Running):
    """Answers with its records and NXDOMAIN to all else; never asks anybody."""

    def __init__(self, folder: Path, *records: Record, ttl_s: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.address = loopback_address()
        self.port = free_port(self.address)
        self._folder = folder
        self._ttl_s = ttl_s
        self._records = records
        self._program = self._make_program()

    @property
    def server(self) -> str:
        """`address:port`, as the settings write a name server."""
        return f"{self.address}:{self.port}"

    def start(self) -> Self:
        """Start; returns when it answers."""
        self._program.start()
        self._program.wait_until_ready(self._answers)
        return self

    def stop(self) -> None:
        """End it: from now on nobody answers there."""
        self._program.stop()

    def change(self, *records: Record) -> None:
        """Answer with these records from now on."""
        self.stop()
        self._records = records
        self._program = self._make_program()
        self.start()

    def queries(self) -> list[str]:
        """What was asked so far: `SRV _sips._tcp.example.test`."""
        lines = self._program.log.read_text().splitlines() if self._program.log.exists() else []
        words = [line.partition("query[")[2].split() for line in lines if "query[" in line]
        return [f"{word[0].rstrip(']')} {word[1]}" for word in words]

    def _make_program(self) -> Program:
        options = [
            "--no-daemon",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--bind-interfaces",
            f"--listen-address={self.address}",
            f"--port={self.port}",
            "--log-queries",
            f"--local-ttl={self._ttl_s}",
            "--local=/#/",
            *map(_option, self._records),
        ]
        return Program(["dnsmasq", *options], self._folder / "dnsmasq.log", folder=self._folder)

    def _answers(self) -> bool:
        question = struct.pack(">6H", 0x5457, 0x0100, 1, 0, 0, 0) + b"\4test\0" + struct.pack(">2H", 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            try:
                client.sendto(question, (self.address, self.port))
                return client.recv(512)[:2] == question[:2]
            except OSError:
                return False


def _option(record: Record) -> str:
    match record:
        case A():
            return f"--host-record={record.name},{record.address}"
        case Srv():
            return f"--srv-host={record.name},{record.target},{record.port},{record.priority},{record.weight}"
        case Naptr():
            return (
                f"--naptr-record={record.name},{record.order},{record.preference},S,"
                f"{record.service},,{record.replacement}"
            )
