"""Loopback addresses and ports that no other test uses, in this run or in one beside it."""

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1000  # addresses that are reserved at once: one socket, held for the life of this process
_BLOCKS = 200 * 64_000 // _BLOCK  # 127.50.0.1 to 127.249.255.250
_ports = random.Random(os.getpid())

# Below the kernel's own ephemeral ports (32768 and up), so that no outgoing connection takes one of these.
_FIRST_PORT, _LAST_PORT = 20_000, 29_998


def loopback_address() -> str:
    """A 127.x.y.z that is this process's alone from now on."""
    number = next(_numbers)
    return f"127.{50 + number // 64_000}.{number // 250 % 256}.{1 + number % 250}"


def _own_numbers() -> Iterator[int]:
    """Numbers of addresses out of blocks that no other process has."""
    held = []
    while True:
        held.append(_reserve(os.getpid() + len(held) * 4099))
        yield from range(held[-1][0] * _BLOCK, (held[-1][0] + 1) * _BLOCK)


def _reserve(wanted: int) -> tuple[int, socket.socket]:
    """The first free block from `wanted` on. Abstract names belong to the network namespace, as addresses do."""
    for attempt in range(10_000):
        block = (wanted + attempt) % _BLOCKS
        reservation = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            reservation.bind(f"\0twinline-test-addresses-{block}")
        except OSError:
            reservation.close()
            continue
        return block, reservation
    raise AssertionError("no loopback address is left")


def free_port(address: str, count: int = 1) -> int:
    """The first of `count` neighbouring ports on which neither UDP nor TCP is bound."""
    for _ in range(1000):
        port = _ports.randrange(_FIRST_PORT, _LAST_PORT, 2)
        if all(_is_free(address, port + offset) for offset in range(count)):
            return port
    raise AssertionError(f"no {count} neighbouring ports are free on {address}")


def is_listening(address: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def is_bound(address: str, port: int, transport: str) -> bool:
    """Whether a program waits there, found out without sending it anything."""
    octets = reversed([int(part) for part in address.split(".")])
    place = "".join(f"{octet:02X}" for octet in octets) + f":{port:04X}"
    listening = {"udp": "07", "tcp": "0A"}[transport]
    rows = (line.split() for line in Path(f"/proc/net/{transport}").read_text().splitlines()[1:])
    return any(row[1] == place and row[3] == listening for row in rows)


_numbers = _own_numbers()
_first = next(_numbers)  # reserved now: no test is to be blamed for the socket
