"""Both sides change the session at once (RFC 3261 section 14): nobody's wish is lost, and the call goes on."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.peer import Peer, direction, media_address
from tests.support.rtp import RtpEnd
from tests.support.site import ALIKE, BOB, BOB_SAYS, TALK_S, WINDOW_S, Site
from tests.support.sound import fingerprint, likeness
from tests.support.waiting import until

# RFC 3261 section 14.1: who made the Call-ID waits 2.1 to 4 s, the other up to 2 s; and a busy machine a little longer.
OWNER_WAITS_S, OTHER_WAITS_S = (2.1, 4.5), (0.0, 2.5)


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.mark.parametrize("caller", ["box", "peer", "peer without an offer"])
def test_two_holds_at_once_are_both_had_and_both_undone(site: Site, tmp_path: Path, caller: str) -> None:
    with RtpEnd(BOB_SAYS) as end, Peer((end.address, end.port)) as peer:
        put_through(site, peer, caller)
        hold_both_ways(site, peer, caller)
        until(lambda: site.box.calls()[0]["state"] == "held", 3, "the call is held")
        end.target = take_back_both_ways(site, peer)
        site.box.wait_line("fxs1", "talking")
        until(lambda: site.box.calls()[0]["state"] == "talking", 3, "the call is up")
        until(lambda: hears(site, tmp_path), TALK_S, "the far end is heard")
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone is heard")
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)


def put_through(site: Site, peer: Peer, caller: str) -> None:
    phone = site.box.phone(1)
    site.use_peer(peer.place)
    if caller == "box":
        phone.lift_and_dial(BOB)
        peer.take()
    else:
        peer.call(site.place, "sendrecv" if caller == "peer" else "")
        phone.wait("ringing", True)
        phone.lift()
        assert direction(peer.final("1")) == "sendrecv"
        peer.acknowledge("1", "" if caller == "peer" else peer.sdp())
    site.box.wait_line("fxs1", "talking")


def hold_both_ways(site: Site, peer: Peer, caller: str) -> None:
    """The re-INVITEs cross, each side refuses the other's, and both ask again in their turn."""
    site.box.phone(1).flash()
    theirs = peer.expect("INVITE")
    assert direction(theirs) == "sendonly"
    assert peer.answered(peer.invite("sendonly"))[0] == 491
    refused_at = time.monotonic()
    peer.answer(theirs, 491)
    peer.expect("ACK")
    if caller == "box":  # then the shorter wait is ours
        status, taken = peer.answered(peer.invite("sendonly"))
        assert status == 200 and taken in {"recvonly", "inactive"}
    again = peer.expect("INVITE")
    shortest_s, longest_s = OWNER_WAITS_S if caller == "box" else OTHER_WAITS_S
    assert shortest_s <= time.monotonic() - refused_at <= longest_s
    assert direction(again) in {"sendonly", "inactive"}
    peer.answer(again, 200, "inactive" if caller == "box" else "recvonly")
    peer.expect("ACK")
    if caller != "box":
        assert peer.answered(peer.invite("sendonly")) == (200, "inactive")


def take_back_both_ways(site: Site, peer: Peer) -> tuple[str, int]:
    """Where the box wants its audio afterwards."""
    site.box.phone(1).flash()
    resumed = peer.expect("INVITE")
    assert direction(resumed) in {"recvonly", "sendrecv"}
    peer.answer(resumed, 200, "sendonly")
    peer.expect("ACK")
    assert peer.answered(peer.invite("sendrecv")) == (200, "sendrecv")
    return media_address(resumed)


def hears(site: Site, folder: Path) -> bool:
    return likeness(BOB_SAYS, site.box.phone(1).record(1.0, folder), window_s=WINDOW_S).correlation > ALIKE


def is_heard(site: Site, folder: Path, end: RtpEnd) -> bool:
    said, before = fingerprint(4243, 1.0), len(end.heard())
    site.box.phone(1).play(said, folder, background=False)
    return likeness(said, end.heard()[before:], window_s=WINDOW_S).correlation > ALIKE
