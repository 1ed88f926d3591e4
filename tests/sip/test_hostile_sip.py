"""What a hostile network sends while a call is up harms neither the call nor the next one."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, Baresip
from tests.support.hostile import ODD_BODIES, SDP, Attacker, connection_words, garbage, odd, torture
from tests.support.network import loopback_address
from tests.support.site import BOB, BOX, Site
from tests.support.waiting import until

SOURCES = ["server", "stranger"]
AT_ONCE_S = 4.0  # of the 60 s after which a call that nobody answers is over
FLOOD = 100
ANSWERED_S = 15.0
RESEND_S = 0.5  # RFC 3261 section 17.1.1.2: Timer A


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(params=SOURCES)
def attacker(request: pytest.FixtureRequest, site: Site) -> Iterator[Attacker]:
    """At the address of the trunk's own server, or at one that the box does not know."""
    site.register()
    address = site.registrar.address if request.param == "server" else loopback_address()
    attacker = Attacker(address, box_place(site))
    yield attacker
    attacker.close()


def box_place(site: Site) -> tuple[str, int]:
    host, _, port = site.registrar.requests("REGISTER", site.address)[-1].source.partition(":")
    return host, int(port)


# ---- the call that goes on -----------------------------------------------------------------------------


@contextmanager
def call_that_goes_on(site: Site, folder: Path) -> Iterator[Baresip]:
    """Telephone 1 talks to a person outside; afterwards it still does, and the next call is as good."""
    pid = site.gateway_pid()
    phone = site.box.phone(1)
    with site.person(folder, answers="auto") as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.box.wait_line("fxs1", "talking")
        yield bob
        site.box.wait_line("fxs1", "talking")
        until(lambda: len(site.box.calls()) == 1, 10, f"only that call: {site.box.calls()}")
        site.assert_talk(1, bob, folder)
        phone.hang_up()
        bob.wait_for(CLOSED)
        site.box.wait_idle()
        bob.dial(BOX)
        site.box.phone(2).wait("ringing", True)
        site.box.phone(2).lift()
        bob.wait_for(ESTABLISHED)
        site.assert_talk(2, bob, folder)
        bob.hang_up()
        site.box.phone(2).wait_tone("busy")
        site.box.phone(2).hang_up()
    assert site.gateway_pid() == pid


@contextmanager
def nothing_rings(site: Site) -> Iterator[None]:
    before = [site.box.phone(number).state["ring_started_at"] for number in (1, 2)]
    yield
    assert [site.box.phone(number).state["ring_started_at"] for number in (1, 2)] == before


def is_stranger(site: Site, attacker: Attacker) -> bool:
    return not attacker.here.startswith(f"{site.registrar.address}:")


@contextmanager
def heard_if_known(site: Site, attacker: Attacker) -> Iterator[None]:
    """A stranger rings nothing; the server may."""
    with nothing_rings(site) if is_stranger(site, attacker) else ExitStack():
        yield


# ---- messages that are none ----------------------------------------------------------------------------


def test_garbage_harms_no_call(site: Site, tmp_path: Path, attacker: Attacker) -> None:
    with call_that_goes_on(site, tmp_path), nothing_rings(site):
        attacker.send(*garbage() * 5)


def test_malformed_messages_harm_no_call_and_ring_nothing(site: Site, tmp_path: Path, attacker: Attacker) -> None:
    with call_that_goes_on(site, tmp_path), nothing_rings(site):
        attacker.send(*torture(attacker.box, attacker.here))
        attacker.invite("no SDP")  # what came before it was handled when this is answered
        assert all(status >= 400 for status in attacker.endings())


def test_messages_that_only_look_wrong_harm_no_call(site: Site, tmp_path: Path, attacker: Attacker) -> None:
    site.box.set(calls__no_answer_s=5)  # nobody takes them back
    try:
        with call_that_goes_on(site, tmp_path), heard_if_known(site, attacker):
            attacker.send(*odd(attacker.box, attacker.here))
            attacker.invite("")
            assert all(status >= 400 for status in attacker.give_up())
            assert_ringing_ends(site)
    finally:
        site.box.set(calls__no_answer_s=60)


def test_odd_offers_are_refused_at_once(site: Site, tmp_path: Path, attacker: Attacker) -> None:
    with call_that_goes_on(site, tmp_path), nothing_rings(site):
        began = time.monotonic()
        for body in ODD_BODIES.values():
            attacker.invite(body)
        endings = dict(zip(ODD_BODIES, attacker.endings(), strict=True))
        assert time.monotonic() - began < AT_ONCE_S
        known = {400, 415, 488}
        assert set(endings.values()) <= ({403} | known if is_stranger(site, attacker) else known), endings


def test_a_hundred_calls_within_a_second_harm_no_call(site: Site, tmp_path: Path, attacker: Attacker) -> None:
    with call_that_goes_on(site, tmp_path) as bob, heard_if_known(site, attacker):
        began = time.monotonic()
        for _ in range(FLOOD):
            attacker.invite(SDP)
        assert time.monotonic() - began < 1
        site.assert_talk(1, bob, tmp_path)
        endings = attacker.give_up()
        assert len(endings) == FLOOD and all(400 <= status < 700 for status in endings), endings
        rung = [found for found in attacker.statuses() if 180 in found]
        assert len(rung) <= (0 if is_stranger(site, attacker) else 1), rung  # there is one channel besides the call
        assert_ringing_ends(site)


def assert_ringing_ends(site: Site) -> None:
    site.box.phone(2).wait("ringing", False)


# ---- connections ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_silent_and_half_connections_harm_no_call(site: Site, tmp_path: Path, transport: str) -> None:
    site.register(transport)
    listening = listening_ports(site.address)
    assert listening, "the box listens for connections"
    with call_that_goes_on(site, tmp_path), ExitStack() as held:
        for port in listening * 20:
            held.enter_context(connection_to((site.address, port)))
        with nothing_rings(site):
            for say in connection_words(site.address):
                for port in listening:
                    speak(held, (site.address, port), say)


def speak(held: ExitStack, place: tuple[str, int], say: Callable[[], bytes]) -> None:
    """Say it once and stay; say it again and leave."""
    for stays in (True, False):
        connection = held.enter_context(connection_to(place))
        try:
            connection.sendall(say())
            if not stays:
                connection.shutdown(socket.SHUT_WR)
        except OSError:  # thrown out in the middle of it
            continue


def connection_to(place: tuple[str, int]) -> socket.socket:
    return socket.create_connection(place, timeout=2, source_address=(loopback_address(), 0))


def listening_ports(address: str) -> list[int]:
    octets = reversed([int(part) for part in address.split(".")])
    host = "".join(f"{octet:02X}" for octet in octets)
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sorted({int(row[1][9:], 16) for row in rows if row[1].startswith(f"{host}:") and row[3] == "0A"})
