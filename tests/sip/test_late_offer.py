"""Calls without an offer, as Cisco's trunks make them: ours is in the 200, the answer in the ACK (RFC 3261, 13.2.1)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.late_caller import LateCaller
from tests.support.peer import Peer, direction, media_address
from tests.support.rtp import RtpEnd
from tests.support.site import ALIKE, BOB, BOB_SAYS, BOX, DOMAIN, TALK_S, USERS, WINDOW_S, Site
from tests.support.sound import fingerprint, likeness
from tests.support.waiting import until

PROMPT_S = 2.0  # of the 5 s and more that a look-up by the C library takes where no name server answers
NOBODY = ("127.0.0.1", 9)


def no_answer(peer: Peer) -> str:
    return ""


def no_common_codec(peer: Peer) -> str:
    return peer.sdp().replace("RTP/AVP 0\r\n", "RTP/AVP 97\r\na=rtpmap:97 iLBC/8000\r\n")


def no_stream(peer: Peer) -> str:
    return peer.sdp().replace(f"m=audio {peer.media[1]} ", "m=audio 0 ")


def a_name(peer: Peer) -> str:
    return peer.sdp().replace(f"c=IN IP4 {peer.media[0]}", "c=IN IP4 media.example.test")


def noise(peer: Peer) -> str:
    return "v=0\r\nnonsense\r\n"


@contextmanager
def calling(site: Site, peer: Peer, **changes: object) -> Iterator[str]:
    """Telephone 1 took a call of the peer's that has no offer; ours."""
    site.use_peer(peer.place, **changes)
    peer.call(site.place, "")
    site.box.phone(1).wait("ringing", True)
    assert "m=" not in peer.provisional(180)
    site.box.phone(1).lift()
    yield peer.final("1")
    if site.box.phone(1).state["hook"] == "off-hook":
        site.box.phone(1).hang_up()


def assert_talk(site: Site, folder: Path, end: RtpEnd) -> None:
    """Telephone 1 and the end hear what the other says."""
    phone = site.box.phone(1)

    def hears() -> bool:
        return likeness(BOB_SAYS, phone.record(0.8, folder), window_s=WINDOW_S).correlation > ALIKE

    def is_heard() -> bool:
        said, before = fingerprint(4244, 0.8), len(end.heard())
        phone.play(said, folder, background=False)
        return likeness(said, end.heard()[before:], window_s=WINDOW_S).correlation > ALIKE

    until(hears, TALK_S, "the far end is heard")
    until(is_heard, TALK_S, "the telephone is heard")


@pytest.mark.parametrize("answer", [no_answer, no_common_codec, no_stream, a_name, noise])
def test_an_ack_that_agrees_on_nothing_ends_the_call_at_once_with_a_cause(
    site: Site, answer: Callable[[Peer], str]
) -> None:
    with Peer(NOBODY) as peer, calling(site, peer):
        begun = time.monotonic()
        peer.acknowledge("1", answer(peer))
        peer.answer(peer.expect("BYE"), 200)
        site.box.phone(1).wait_tone("congestion")
        assert time.monotonic() - begun < PROMPT_S
        log = site.new_log()
        assert "ended: no common codec or encryption" in log and "call thread was busy" not in log


def test_a_session_is_refreshed_without_an_offer(site: Site, tmp_path: Path) -> None:
    with RtpEnd(BOB_SAYS) as end, Peer((end.address, end.port)) as peer, calling(site, peer) as offer:
        end.target = media_address(offer)
        peer.acknowledge("1", peer.sdp())
        assert_talk(site, tmp_path, end)
        for answer in (Peer.sdp, no_answer, no_common_codec):  # what is not agreed leaves all as it was
            number = peer.invite("")
            refreshed = peer.final(number)
            assert media_address(refreshed) == end.target and direction(refreshed) == "sendrecv"
            peer.acknowledge(number, answer(peer))
            assert_talk(site, tmp_path, end)
        number = peer.invite("")
        peer.final(number)
        peer.acknowledge(number, a_name(peer))
        peer.answer(peer.expect("BYE"), 200)
        site.box.phone(1).wait_tone("congestion")


def test_a_call_is_held_by_both_sides_and_taken_back(site: Site, tmp_path: Path) -> None:
    with RtpEnd(BOB_SAYS) as end, Peer((end.address, end.port)) as peer, calling(site, peer):
        peer.acknowledge("1", peer.sdp("inactive"))  # held from its first word
        site.box.wait_line("fxs1", "talking")
        site.box.phone(1).flash()
        held = peer.expect("INVITE")
        assert direction(held) in {"sendonly", "inactive"}
        peer.answer(held, 200, "inactive")
        peer.expect("ACK")
        site.box.phone(1).flash()
        resumed = peer.expect("INVITE")
        assert direction(resumed) in {"sendrecv", "recvonly"}
        peer.answer(resumed, 200, "inactive")
        peer.expect("ACK")
        number = peer.invite("")
        offer = peer.final(number)
        assert direction(offer) == "sendrecv", "who asks for our offer may take itself back by it"
        end.target = media_address(offer)
        peer.acknowledge(number, peer.sdp())
        assert_talk(site, tmp_path, end)


def test_who_insists_on_reliable_answers_is_offered_audio_before_the_200(site: Site, tmp_path: Path) -> None:
    """RFC 3262 section 5: the first reliable answer has the offer, and PRACK the answer to it."""
    with RtpEnd(BOB_SAYS) as end, Peer((end.address, end.port)) as peer:
        peer.requires = "100rel"
        site.use_peer(peer.place)
        peer.call(site.place, "")
        offer = peer.provisional(183)
        end.target = media_address(offer)
        peer.prack(offer, peer.sdp())
        ringing = peer.provisional(180)
        assert "m=" not in ringing
        peer.prack(ringing)
        site.box.phone(1).wait("ringing", True)
        site.box.phone(1).lift()
        assert "m=" not in peer.final("1")
        peer.acknowledge("1")
        assert_talk(site, tmp_path, end)
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)


def test_encryption_that_is_required_is_offered_and_not_given_up(site: Site) -> None:
    with Peer(NOBODY) as peer, calling(site, peer, srtp="required") as offer:
        assert "RTP/SAVP" in offer and "a=crypto:" in offer
        peer.acknowledge("1", peer.sdp())
        peer.answer(peer.expect("BYE"), 200)
        site.box.phone(1).wait_tone("congestion")
        assert "ended: no common codec or encryption" in site.new_log()


@pytest.mark.parametrize(("ours", "theirs"), [("required", "required"), ("optional", "optional"), ("optional", "off")])
def test_audio_is_encrypted_as_the_account_says(site: Site, tmp_path: Path, ours: str, theirs: str) -> None:
    site.register("tls", srtp=ours)
    phone, said = site.box.phone(1), fingerprint(4245, 2.0)
    way = {"number": BOX, "domain": DOMAIN, "proxy": site.registrar.host("tls"), "srtp": theirs}
    with LateCaller(tmp_path, BOB, USERS[BOB], says=BOB_SAYS, **way) as caller:
        phone.wait("ringing", True)
        phone.lift()
        until(lambda: caller.said("answered"), 5, "the call is up")
        until(
            lambda: likeness(BOB_SAYS, phone.record(0.8, tmp_path), window_s=WINDOW_S).correlation > ALIKE,
            TALK_S,
            "the far end is heard",
        )
        phone.play(said, tmp_path, background=False)
        offers = [message.body for message in site.registrar.messages("INVITE", site.address) if message.body]
        assert ("RTP/SAVP" in offers[-1]) == (ours == "required") and "a=crypto:" in offers[-1]
        assert caller.said("encrypted") == (theirs != "off")
    assert likeness(said, caller.heard(), window_s=WINDOW_S).correlation > ALIKE
    until(lambda: not site.box.calls(), 5, "the call is over")
