"""Floods and broken SIP at every socket of the box, with a call between two IP telephones up: it goes on.

In seconds, by the environment: FLOOD_S of 22 messages a second, BURST_S of 500 a second (`make torture`: an hour, a
minute).
"""

import itertools
import math
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.bench.usage import gateway_pid, group_of, memory_mb, registrar_pid
from tests.support.baresip import CLOSED, INCOMING, REGISTERED, Account, Baresip
from tests.support.box import Box
from tests.support.hostile import garbage, odd, torture
from tests.support.ip_phones import PASSWORDS, SAYS, assert_hear_each_other, connect, wait_known
from tests.support.network import free_port, loopback_address
from tests.support.raw_phone import RawPhone
from tests.support.sound import RATE_HZ
from tests.support.torture import broken_messages
from tests.support.waiting import until

FLOOD_S = float(os.environ.get("FLOOD_S", "20"))
BURST_S = float(os.environ.get("BURST_S", "5"))
LONGEST_S = max(FLOOD_S, BURST_S)
LOSS_MAX = 0.02  # of the time; the machine is shared with other tests
GROWTH_MAX_MB = 12.0  # caches fill once; a leak of 1 KB a message would be 78 MB in an hour
POOLS_MAX_MB = 30.0  # Kamailio's pools are of a fixed size, and their pages are taken when first used
PER_ADDRESS = 25  # messages, before the registrar shuts an address out as a flood
GUARD_S = 2.0
BESIDES_S = 120.0  # of a call, before and after what is sent


@dataclass(frozen=True, slots=True)
class Processes:
    """What must still be the same ones afterwards, and no larger."""

    gateway: int
    registrar: int
    gateway_mb: float
    registrar_mb: float

    @classmethod
    def now(cls, box: Box) -> "Processes":
        gateway, registrar = gateway_pid(box), registrar_pid(box)
        return cls(gateway, registrar, memory_mb(gateway), sum(map(memory_mb, group_of(registrar))))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    address = loopback_address()
    port, own = free_port(address, 2), loopback_address()
    # Trunks with nobody behind: their sockets are there.
    trunks = [
        {"name": way, "username": way, "domain": f"{own}:9", "transport": way, "is_registering": False, "srtp": "off"}
        for way in ("udp", "tcp")
    ]
    settings: dict[str, object] = {
        "registrar/address": address,
        "registrar/udp_port": port,
        "registrar/tls_port": port + 1,
        "sip/address": own,
        "sip/udp_port": free_port(own),
        "trunks": trunks,
    }
    settings |= {f"extensions/{user}": {"password": password} for user, password in PASSWORDS.items()}
    with Box(tmp_path_factory.mktemp("floods") / "box", settings) as running:
        assert running.phone(1).state["hook"] == "on-hook"  # and the connection to the simulator is there
        yield running


def place_of(box: Box) -> tuple[str, int]:
    return str(box.settings["registrar/address"]), int(str(box.settings["registrar/udp_port"]))


def telephone(box: Box, folder: Path, user: str) -> Baresip:
    address, port = place_of(box)
    says = np.tile(SAYS[user], math.ceil((LONGEST_S + BESIDES_S) * RATE_HZ / len(SAYS[user])))
    return Baresip(folder / user, Account(user, f"{address}:{port}", password=PASSWORDS[user]), plays=says)


# ---- the call ------------------------------------------------------------------------------------------


@contextmanager
def call_that_goes_on(box: Box, folder: Path) -> Iterator[tuple[Baresip, Baresip]]:
    """Two IP telephones talk; afterwards they still do, nothing else is there, and the next call is as good."""
    with telephone(box, folder, "201") as one, telephone(box, folder, "202") as two:
        for phone in (one, two):
            phone.wait_for(REGISTERED)
        wait_known(box, 2)
        connect(one, two)
        assert_hear_each_other(one, two)
        before, rung = Processes.now(box), [box.phone(number).state["ring_started_at"] for number in (1, 2)]
        yield one, two
        until(lambda: len(box.calls()) == 1, 15, f"only that call: {box.calls()}")
        after = Processes.now(box)
        print(f"\n{before}\n{after}")
        assert (after.gateway, after.registrar) == (before.gateway, before.registrar)
        assert after.gateway_mb - before.gateway_mb < GROWTH_MAX_MB
        assert after.registrar_mb - before.registrar_mb < POOLS_MAX_MB
        assert [box.phone(number).state["ring_started_at"] for number in (1, 2)] == rung
        one.hang_up()
        two.wait_for(CLOSED)
        box.wait_idle()
        two.listen_for(0.1)
        assert [event.kind for event in two.events].count(INCOMING) == 1
        connect(two, one)
        assert_hear_each_other(two, one)
        two.hang_up()
        one.wait_for(CLOSED)
        box.wait_idle()
    assert "Traceback" not in box.log


@contextmanager
def little_is_lost(*phones: Baresip) -> Iterator[None]:
    """What each telephone hears meanwhile lasts as long as the time does."""
    before, begun = [len(phone.heard()[0]) for phone in phones], time.monotonic()
    yield
    for phone, count in zip(phones, before, strict=True):
        samples, rate_hz = phone.heard()
        lost = 1 - (len(samples) - count) / rate_hz / (time.monotonic() - begun)
        print(f"{phone.account.user} lost {100 * lost:.2f} %")
        assert lost < LOSS_MAX


# ---- floods --------------------------------------------------------------------------------------------


def paced(rate: float, seconds: float) -> Iterator[int]:
    """Numbers, `rate` a second."""
    begun = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        yield number


def messages(stranger: RawPhone) -> Iterator[bytes]:
    """What scanners send, for ever: calls, registrations, questions, each a new one."""
    for number in itertools.count():
        user = str(200 + number % 5)
        yield stranger.text("INVITE", "202", body=stranger.sdp).encode()
        yield stranger.text("REGISTER", from_user=user).encode()
        yield stranger.text("OPTIONS", user).encode()
        yield stranger.text("SUBSCRIBE", user, extra="Event: dialog\r\nExpires: 600").encode()


@pytest.mark.timeout(FLOOD_S + 120)
def test_an_endless_trickle_of_strangers_leaves_a_call_alone(box: Box, tmp_path: Path) -> None:
    with call_that_goes_on(box, tmp_path) as (one, two), RawPhone(place_of(box), "666", "x") as stranger:
        sent = messages(stranger)
        with little_is_lost(one, two):
            for _ in paced(22, FLOOD_S):  # below what is taken for a flood
                stranger.send(next(sent))
        assert stranger.ask("OPTIONS") is not None, "who stays below the limit is not shut out"
        assert_hear_each_other(one, two)


@pytest.mark.timeout(BURST_S + 120)
def test_500_messages_a_second_leave_a_call_alone(box: Box, tmp_path: Path) -> None:
    with call_that_goes_on(box, tmp_path) as (one, two), ExitStack() as held:
        # One is shut out at once; many at a time, each below the limit, are not.
        strangers = [held.enter_context(RawPhone(place_of(box), "666", "x")) for _ in range(20)]
        sent = [messages(stranger) for stranger in strangers]
        with little_is_lost(one, two):
            for number in paced(500, BURST_S):
                which = 0 if number % 2 else number // 2 % len(strangers)
                strangers[which].send(next(sent[which]))
        assert_hear_each_other(one, two)


# ---- broken messages -----------------------------------------------------------------------------------


def broken(place: tuple[str, int], stranger: RawPhone) -> list[bytes]:
    """Everything broken or odd that is known here."""
    here = f"{stranger.address}:{stranger.port}"
    return [*broken_messages(stranger), *torture(place, here), *odd(place, here), *garbage()]


def datagrams(place: tuple[str, int]) -> None:
    """A new address every few messages: the registrar shuts out who sends many."""
    with RawPhone(place, "666", "x") as first:
        every = broken(place, first)
    for start in range(0, len(every), PER_ADDRESS):
        with RawPhone(place, "666", "x") as stranger:
            for message in every[start : start + PER_ADDRESS]:
                stranger.send(message)
        time.sleep(0.05)


def connections(place: tuple[str, int], wrap: Callable[[socket.socket], socket.socket]) -> None:
    """A new connection for each message, half of them left in the middle of it."""
    with RawPhone(place, "666", "x") as first:
        every = broken(place, first)
    address = loopback_address()
    for number, message in enumerate(every):
        if number % PER_ADDRESS == 0:
            address = loopback_address()
        try:
            with wrap(socket.create_connection(place, timeout=3, source_address=(address, 0))) as connection:
                connection.settimeout(0.02)
                connection.sendall(message)
                if number % 2:
                    connection.recv(65_536)
        except OSError:  # thrown out, or nothing to say
            continue


def encrypted(plain: socket.socket) -> socket.socket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)


def waiting_places(processes: list[int], kind: str) -> list[tuple[str, int]]:
    """Where these processes wait for datagrams ("udp") or connections ("tcp"), RTP included."""
    state = {"udp": "07", "tcp": "0A"}[kind]
    inodes = set()
    for process in processes:
        for link in Path(f"/proc/{process}/fd").iterdir():
            try:
                inodes.add(link.readlink().name)
            except OSError:  # closed meanwhile
                continue
    rows = [line.split() for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    places = (row[1].split(":") for row in rows if row[3] == state and f"socket:[{row[9]}]" in inodes)
    return sorted({(socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)) for host, port in places})


def reachable(place: tuple[str, int]) -> tuple[str, int]:
    return ("127.0.0.1", place[1]) if place[0] == "0.0.0.0" else place


def test_broken_messages_at_every_socket_leave_a_call_alone(box: Box, tmp_path: Path) -> None:
    with call_that_goes_on(box, tmp_path) as (one, two):
        processes = [gateway_pid(box), *group_of(registrar_pid(box))]
        talking = [reachable(place) for place in waiting_places(processes, "udp")]
        waiting = [reachable(place) for place in waiting_places(processes, "tcp")]
        address, port = place_of(box)
        inside = [place for place in talking if place[0] == "127.0.0.1"]
        assert (address, port) in talking and {(address, port), (address, port + 1)} <= set(waiting)
        assert (str(box.settings["sip/address"]), int(str(box.settings["sip/udp_port"]))) in talking and inside
        for place in talking:
            datagrams(place)
        for place in waiting:
            connections(place, encrypted if place == (address, port + 1) else lambda plain: plain)
        time.sleep(GUARD_S)  # an INVITE that got through would ring by now
        assert_hear_each_other(one, two)
