"""Encrypted audio: off, optional and required, with telephones that can, cannot and insist."""

from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ENCRYPTED, ESTABLISHED, INCOMING
from tests.support.network import loopback_address
from tests.support.peer import Peer
from tests.support.registrar import Message
from tests.support.site import BOB, BOX, Site
from tests.support.waiting import until


def last_offer(site: Site, source: str) -> Message:
    return [message for message in site.registrar.requests("INVITE", source) if message.body][-1]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("required", "srtp-mand"), ("optional", "srtp")],
)
def test_audio_is_encrypted_both_ways(site: Site, tmp_path: Path, ours: str, theirs: str) -> None:
    site.register("tls", srtp=ours)
    with site.person(tmp_path, transport="tls", srtp=theirs) as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(INCOMING)
        bob.answer()
        bob.wait_for(ENCRYPTED)
        bob.wait_for(ESTABLISHED)
        offer = last_offer(site, site.address).body
        assert ("RTP/SAVP" in offer) == (ours == "required")
        assert "a=crypto:1 AES_" in offer or "a=crypto:1 AEAD_" in offer
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)
        bob.dial(BOX)
        site.box.phone(2).wait("ringing", True)
        site.box.phone(2).lift()
        bob.wait_for(ENCRYPTED)
        bob.wait_for(ESTABLISHED)
        site.assert_talk(2, bob, tmp_path)


@pytest.mark.parametrize("ours", ["optional", "off"])
def test_without_a_common_wish_audio_is_plain(site: Site, tmp_path: Path, ours: str) -> None:
    site.register("tls", srtp=ours)
    with site.person(tmp_path, transport="tls") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(INCOMING)
        assert ("a=crypto" in last_offer(site, site.address).body) == (ours == "optional")
        bob.answer()
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)
        bob.dial(BOX)
        site.box.phone(1).wait("ringing", True)
        site.box.phone(1).lift()
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path)
        assert ENCRYPTED not in [event.kind for event in bob.events]


@pytest.mark.parametrize(("ours", "theirs"), [("required", ""), ("off", "srtp-mand")])
def test_who_insists_is_not_given_less(site: Site, tmp_path: Path, ours: str, theirs: str) -> None:
    site.register("tls", srtp=ours)
    with site.person(tmp_path, transport="tls", srtp=theirs, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        site.box.phone(1).wait_tone("congestion")
        site.box.phone(1).hang_up()
        site.box.wait_line("fxs1", "on-hook")
        bob.wait_for(CLOSED)
        bob.dial(BOX)
        assert bob.wait_for(CLOSED).parameter[:3] in ("406", "488")
        assert not site.box.phone(1).state["ringing"]
        assert ESTABLISHED not in [event.kind for event in bob.events]


def test_a_caller_who_insists_is_taken_where_encryption_is_optional(site: Site, tmp_path: Path) -> None:
    site.register("tls", srtp="optional")
    with site.person(tmp_path, transport="tls", srtp="srtp-mand") as bob:
        bob.dial(BOX)
        site.box.phone(2).wait("ringing", True)
        site.box.phone(2).lift()
        bob.wait_for(ENCRYPTED)
        bob.wait_for(ESTABLISHED)
        site.assert_talk(2, bob, tmp_path)


@pytest.mark.parametrize("is_early", [True, False])
def test_plain_audio_where_encryption_is_required_ends_the_call_with_its_cause(site: Site, is_early: bool) -> None:
    """Also in an early answer, and when the far end's 200 meets our CANCEL on the way (RFC 3261 section 9.1)."""
    with Peer((loopback_address(), 9)) as peer:
        site.use_peer(peer.place, srtp="required")
        site.box.phone(1).lift_and_dial(BOB)
        invite = peer.called()
        if is_early:
            peer.answer(invite, 183, "sendrecv")
            peer.expect("CANCEL")
        peer.answer(invite, 200, "sendrecv")
        peer.answer(peer.expect("BYE"), 200)
        site.box.phone(1).wait_tone("congestion")
        until(lambda: "ended: no common codec or encryption" in site.new_log(), 5, "the cause")
        assert site.box.calls() == []
