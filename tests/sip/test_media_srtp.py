"""Encrypted audio: off, optional and required, with telephones that can, cannot and insist."""

from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ENCRYPTED, ESTABLISHED, INCOMING
from tests.support.registrar import Message
from tests.support.site import BOB, BOX, Site


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
