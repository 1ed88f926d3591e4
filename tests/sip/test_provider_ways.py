"""What some providers do and others do not: forks, holds of old, digits by INFO, redirections, odd registrars."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.dsp.spandsp import DtmfReceiver
from tests.support.peer import Peer, field
from tests.support.rtp import RtpEnd
from tests.support.scenes import changed
from tests.support.site import ALIKE, BOB, BOB_SAYS, TALK_S, WINDOW_S, Site
from tests.support.sound import Samples, fingerprint, likeness, read_wav
from tests.support.waiting import until

EARLY_SAYS = fingerprint(101, 20.0)
QUIET = fingerprint(102, 5.0) * 0
ASKED_AGAIN_S = 3.0  # pjsip answers a challenge within milliseconds
CHALLENGES_MAX = 4  # pjsip takes three nonces for stale ones


def media_address(message: str) -> tuple[str, int]:
    connection, media = re.search(r"c=IN IP4 (\S+)", message), re.search(r"m=audio (\d+)", message)
    assert connection and media
    return connection[1], int(media[1])


def hears(site: Site, folder: Path, said: Samples) -> bool:
    return likeness(said, site.box.phone(1).record(1.0, folder), window_s=WINDOW_S).correlation > ALIKE


def is_heard(site: Site, folder: Path, end: RtpEnd) -> bool:
    said, before = fingerprint(4243, 1.0), len(end.heard())
    site.box.phone(1).play(said, folder, background=False)
    return likeness(said, end.heard()[before:], window_s=WINDOW_S).correlation > ALIKE


@contextmanager
def called(site: Site, says: Samples = BOB_SAYS) -> Iterator[tuple[Peer, RtpEnd, str]]:
    """Telephone 1 calls a peer, which has the INVITE and said nothing yet."""
    with RtpEnd(says) as end, Peer((end.address, end.port)) as peer:
        site.use_peer(peer.place)
        site.box.phone(1).lift_and_dial(BOB)
        invite = peer.expect("INVITE")
        peer.be(invite)
        yield peer, end, invite


@contextmanager
def talking(site: Site, says: Samples = BOB_SAYS) -> Iterator[tuple[Peer, RtpEnd]]:
    """The same, answered; telephone 1 hangs up in the end."""
    with called(site, says) as (peer, end, invite):
        peer.answer(invite, 200, "sendrecv")
        peer.expect("ACK")
        end.target = media_address(invite)
        site.box.wait_line("fxs1", "talking")
        yield peer, end
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)


def test_of_a_forked_call_the_first_answer_is_heard_and_a_second_one_is_hung_up(site: Site, tmp_path: Path) -> None:
    """RFC 3261 section 13.2.2.4: each has a tag of its own, and one that answers late is charged until its BYE."""
    with called(site) as (peer, end, invite), RtpEnd(EARLY_SAYS) as other:
        peer.be(invite, "rings")
        peer.answer(invite, 180)
        site.box.phone(1).wait_tone("ringback")
        peer.be(invite, "announces")
        peer.media = (other.address, other.port)
        peer.answer(invite, 183, "sendrecv")
        other.target = media_address(invite)
        until(lambda: hears(site, tmp_path, EARLY_SAYS), TALK_S, "what one says early")
        other.target, peer.media = None, (end.address, end.port)
        peer.be(invite, "answers")
        peer.answer(invite, 200, "sendrecv")
        assert "tag=answers" in field(peer.expect("ACK"), "To")
        end.target = media_address(invite)
        peer.be(invite, "late")
        peer.answer(invite, 200, "sendrecv")
        assert ["tag=late" in field(peer.expect(method), "To") for method in ("ACK", "BYE")] == [True, True]
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "who answered first")
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone")
        peer.be(invite, "answers")
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)


def test_a_hold_by_the_address_0_0_0_0_silences_the_telephone_until_it_ends(site: Site, tmp_path: Path) -> None:
    """RFC 2543 section B.5, which RFC 3264 section 8.4 still wants understood."""
    with talking(site) as (peer, end):
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone")
        there, peer.media = peer.media, ("0.0.0.0", end.port)
        assert peer.answered(peer.invite("sendrecv"))[0] == 200
        until(lambda: not is_heard(site, tmp_path, end), 3, "silence")
        assert site.box.line("fxs1")["state"] == "talking"
        peer.media = there
        assert peer.answered(peer.invite("sendrecv")) == (200, "sendrecv")
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone again")
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end again")


def test_digits_by_info_are_heard_and_whatever_else_is_asked_in_a_call_harms_nothing(
    site: Site, tmp_path: Path
) -> None:
    recorded = tmp_path / "digits.wav"
    with talking(site, QUIET) as (peer, end):
        site.box.phone(1).do("record", seconds=3.0, path=str(recorded), background=True)
        relay = "Content-Type: application/dtmf-relay\r\n"
        assert peer.ask("INFO", relay, "Signal=5\r\nDuration=160\r\n").startswith("SIP/2.0 200")
        for body in ("Signal=zzz\r\n", "", "Signal=" + "5" * 1000, "Duration=-1\r\n"):
            peer.ask("INFO", relay, body)
        peer.ask("INFO", "Content-Type: application/media_control+xml\r\n", "<x/>")
        peer.ask("OPTIONS")
        refreshed = peer.ask("UPDATE", "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n")
        assert refreshed.startswith("SIP/2.0 200") and field(refreshed, "Session-Expires") == "90;refresher=uac"
        until(recorded.exists, 10, "the recording")
        assert DtmfReceiver().feed(read_wav(recorded)[0].astype("<i2").tobytes())[:1] == "5"
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone")


def test_a_call_that_is_sent_to_another_number_of_the_trunk_is_made_there(site: Site, tmp_path: Path) -> None:
    with called(site) as (peer, end, invite):
        peer.answer(invite, 302, extra=f"Contact: <sip:5559876@{peer.place};user=phone>\r\n")
        peer.expect("ACK")
        again = peer.expect("INVITE")
        assert again.startswith("INVITE sip:5559876@")
        peer.be(again)
        peer.answer(again, 200, "sendrecv")
        peer.expect("ACK")
        end.target = media_address(again)
        site.box.wait_line("fxs1", "talking")
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end")
        site.box.phone(1).hang_up()
        peer.answer(peer.expect("BYE"), 200)


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        ("sip:5559876@192.0.2.9", "not reachable"),  # another network's number
        ("sip:192.0.2.9", "not reachable"),
        ("sip:9005551234@{}", "barred"),  # costs extra: the fence holds for it too
    ],
)
def test_a_call_is_sent_nowhere_where_it_could_not_be_dialled(site: Site, contact: str, words: str) -> None:
    with changed(site.box, extensions__101__permissions=["national"]), called(site) as (peer, _, invite):
        before = len(site.box.log)
        peer.answer(invite, 302, extra=f"Contact: <{contact.format(peer.place)}>\r\n")
        peer.expect("ACK")
        until(lambda: f"ended: {words}" in site.box.log[before:], 5, words)
        with pytest.raises(TimeoutError):
            peer.expect("INVITE", 0.5)


def test_a_call_that_is_sent_round_in_a_circle_ends(site: Site) -> None:
    with called(site) as (peer, _, invite):
        with pytest.raises(TimeoutError):
            for number in range(20):
                peer.answer(invite, 302, extra=f"Contact: <sip:{5559870 + number % 2}@{peer.place}>\r\n")
                peer.expect("ACK")
                invite = peer.expect("INVITE", 1.0)
                peer.be(invite)
        assert 2 < number < 10
        until(lambda: "ended: forwards lead in a circle" in site.new_log(), 5, "the call's end")


# ---- registrars ----------------------------------------------------------------------------------------


def registers(peer: Peer) -> Iterator[str]:
    """What the box asks for, until it asks no more for a while."""
    while True:
        try:
            message = peer.expect("REGISTER", ASKED_AGAIN_S)
        except TimeoutError:
            return
        peer.be(message)
        yield message


def test_a_registrar_with_a_new_challenge_for_every_answer_is_not_hammered(site: Site) -> None:
    """Else a wrong password looks like a nonce that was too old, again and again."""
    with Peer(("127.0.0.1", 9)) as peer:
        trunk = site.trunk("udp", outbound_proxy=peer.place, password="wrong")
        site.use(trunk)
        asked = 0
        for message in registers(peer):
            asked += 1
            challenge = f'WWW-Authenticate: Digest realm="r", nonce="n{asked}", algorithm=MD5\r\n'
            peer.answer(message, 401, extra=challenge)
        assert 2 <= asked <= CHALLENGES_MAX
        shown = site.box.wait_trunk(trunk["name"], "refused")
        assert "user name or password refused" in shown["text"] and shown["retry_in_s"] > 40
        site.use()


def test_a_registrar_that_wants_longer_registrations_and_another_user_name_gets_both(site: Site) -> None:
    with Peer(("127.0.0.1", 9)) as peer:
        trunk = site.trunk("udp", outbound_proxy=peer.place, expires_s=60, auth_username="another")
        site.use(trunk)
        asked = []
        for message in registers(peer):
            asked.append(message)
            if int(field(message, "Expires")) < 300:
                peer.answer(message, 423, extra="Min-Expires: 300\r\n")
            elif "Authorization" not in message:
                peer.answer(message, 401, extra='WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5\r\n')
            else:
                peer.answer(message, 200, extra=f"Contact: {field(message, 'Contact')};expires=300\r\n")
                break
        assert [field(message, "Expires") for message in asked] == ["60", "300", "300"]
        assert 'username="another"' in field(asked[-1], "Authorization")
        site.box.wait_trunk(trunk["name"], "registered")
        site.use()
