"""Packets that the box sends are as long as the peer likes them, and their timestamps and events keep that pace."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.network import free_port, loopback_address
from tests.support.sipp import Sipp
from tests.support.site import BOB, Site

PACKETS = 50
DEADLINE_S = 20.0
EVENT = 101
# Each has 8 octets and 8 timestamp ticks a millisecond: RFC 3551 section 4.5.2 gives G.722 the clock of 8 kHz, too.
CODECS = [("PCMU", 0), ("PCMA", 8), ("G722", 9)]


@dataclass(frozen=True, slots=True)
class Packet:
    """What of an RTP packet counts here (RFC 3550 section 5.1)."""

    kind: int
    number: int
    timestamp: int
    payload: bytes


@contextmanager
def listening(site: Site, folder: Path, codec: str, kind: int, ptime_ms: int) -> Iterator[Iterator[Packet]]:
    """The box's trunk leads to a peer that answers with this codec and packet time; telephone 1 called it."""
    address = loopback_address()
    attributes = f"a=rtpmap:{kind} {codec}/8000\na=rtpmap:{EVENT} telephone-event/8000\na=ptime:{ptime_ms}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind((address, free_port(address, 2)))
        end.settimeout(DEADLINE_S)
        keys = {"address": address, "port": str(end.getsockname()[1])}
        keys |= {"formats": f"{kind} {EVENT}", "attributes": attributes}
        with Sipp(folder, "answer-at", keys=keys, echoes=True) as sipp:
            site.use_peer(f"{sipp.address}:{sipp.port}")
            site.box.phone(1).lift_and_dial(BOB)
            site.box.wait_line("fxs1", "talking")
            yield packets(end)
            site.box.phone(1).hang_up()
            assert sipp.outcome().exit_code == 0


def packets(end: socket.socket) -> Iterator[Packet]:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        data = end.recv(4096)
        if len(data) > 12:
            number, timestamp = int.from_bytes(data[2:4]), int.from_bytes(data[4:8])
            yield Packet(data[1] & 0x7F, number, timestamp, data[12:])


@pytest.mark.parametrize("ptime_ms", [10, 20, 30])
@pytest.mark.parametrize(("codec", "kind"), CODECS)
def test_packets_are_as_long_as_the_peer_asks(site: Site, tmp_path: Path, codec: str, kind: int, ptime_ms: int) -> None:
    with listening(site, tmp_path, codec, kind, ptime_ms) as stream:
        got = [next(packet for packet in stream if packet.kind == kind) for _ in range(PACKETS)]
    assert {len(packet.payload) for packet in got} == {8 * ptime_ms}
    steps = {
        ((later.timestamp - packet.timestamp) % 2**32, (later.number - packet.number) % 2**16)
        for packet, later in itertools.pairwise(got)
    }
    assert steps == {(8 * ptime_ms, 1)}


@pytest.mark.parametrize(("codec", "kind"), CODECS)
def test_a_digit_grows_by_a_packet_at_a_time(site: Site, tmp_path: Path, codec: str, kind: int) -> None:
    with listening(site, tmp_path, codec, kind, 20) as stream:
        site.box.phone(1).dial("5")
        seen: list[Packet] = []
        for packet in stream:
            if packet.kind == EVENT:
                seen.append(packet)
            elif seen:
                break
    durations = [int.from_bytes(packet.payload[2:4]) for packet in seen]
    growing = [duration for duration in durations if duration < durations[-1]]
    assert growing == [160 * (index + 1) for index in range(len(growing))]  # RFC 4733 section 2.3.5
    assert len(growing) >= 4
    assert len({packet.timestamp for packet in seen}) == 1
