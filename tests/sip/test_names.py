"""Names that peers give in Contact: looked up without the call thread waiting for a name server."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.dns import A, Dns
from tests.support.network import loopback_address
from tests.support.peer import Peer
from tests.support.site import BOB, Site
from tests.support.waiting import until

NAME = "pbx.example.test"
MEDIA = ("127.0.0.1", 9)  # nobody listens
PROMPT_S = 1.5  # of the 5 s and more that the C library waits for one name server
LOOK_UP_S = 4.0


@contextmanager
def site_that_asks(folder: Path, name_server: str) -> Iterator[Site]:
    site = Site(folder)
    site.box.settings["sip/nameservers"] = [name_server]
    with site:
        yield site


def test_a_name_in_contact_is_asked_of_the_name_server_that_is_set(tmp_path: Path) -> None:
    peer = Peer(MEDIA, NAME)
    with peer, Dns(tmp_path / "dns", A(NAME, peer.address)) as dns, site_that_asks(tmp_path, dns.server) as site:
        site.use_peer(peer.place)
        site.box.phone(1).lift_and_dial(BOB)
        peer.take()  # its ACK went to the name
        assert f"A {NAME}" in dns.queries()
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)


def test_a_name_server_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, Peer(MEDIA, NAME) as peer:
        silent.bind((loopback_address(), 0))
        host, port = silent.getsockname()
        with site_that_asks(tmp_path, f"{host}:{port}") as site:
            site.use_peer(peer.place)
            site.box.phone(1).lift_and_dial(BOB)
            peer.pick_up()
            silent.settimeout(LOOK_UP_S)
            assert b"pbx" in silent.recv(512), "the name server is asked"
            asked_at = time.monotonic()
            while time.monotonic() < asked_at + LOOK_UP_S:
                began = time.monotonic()
                site.box.phone(2).lift()
                site.box.phone(2).wait_tone("dial")
                site.box.phone(2).hang_up()
                until(lambda: site.box.line("fxs2")["state"] == "on-hook", PROMPT_S, "the telephone is hung up")
                assert time.monotonic() - began < 2 * PROMPT_S
            assert "call thread was busy" not in site.new_log()


def test_names_of_media_addresses_are_refused_and_never_looked_up(tmp_path: Path) -> None:
    """Only C's own look-up would be there for them, which blocks; hosted services send addresses."""
    with Peer(MEDIA) as peer, Dns(tmp_path / "dns") as dns, site_that_asks(tmp_path, dns.server) as site:
        site.use_peer(peer.place)
        site.box.phone(1).lift_and_dial(BOB)
        peer.take()
        peer.media = ("media.example.test", 9)
        assert peer.answered(peer.invite("sendrecv"))[0] == 488
        peer.media = MEDIA
        assert peer.answered(peer.invite("sendrecv")) == (200, "sendrecv")
        until(lambda: [call["state"] for call in site.box.calls()] == ["talking"], 3, "the call goes on")
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)
        assert not [query for query in dns.queries() if "media" in query]


def test_a_name_in_the_answer_to_a_call_of_ours_ends_it_without_a_look_up(site: Site) -> None:
    with Peer(("media.example.test", 9)) as peer:
        site.use_peer(peer.place)
        site.box.phone(1).lift_and_dial(BOB)
        peer.pick_up()
        answered_at = time.monotonic()
        peer.answer(peer.expect("BYE"), 200)
        site.box.phone(1).wait_tone("congestion")
        assert time.monotonic() - answered_at < PROMPT_S
        assert "call thread was busy" not in site.new_log()
