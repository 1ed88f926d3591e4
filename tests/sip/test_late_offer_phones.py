"""IP telephones that call without an offer: through the registrar, to telephones, outside, and for help."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, REGISTERED, Account, Baresip
from tests.support.ca import TestCa
from tests.support.house import House
from tests.support.ip_phones import PASSWORDS, SAYS, assert_hears
from tests.support.late_caller import LateCaller
from tests.support.peer import Peer, media_address
from tests.support.phone_exchange import PhoneExchange
from tests.support.rtp import RtpEnd
from tests.support.sipp import SCENARIOS, Sipp
from tests.support.site import ALIKE, BOB, BOB_SAYS, TALK_S, WINDOW_S
from tests.support.sound import Samples, fingerprint, likeness
from tests.support.waiting import until

PHONE_SAYS = fingerprint(61, 30.0)
NOT_AN_ANSWER = "m=audio @port@ RTP/AVP 0\n" * 3  # more media than the registrar lets through


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = {"country": "US", "dialling__digit_map": "", "calls__voice_channels": 1}
    with House(tmp_path_factory.mktemp("house"), **settings) as house:
        house.wait_registrar()
        yield house


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    """Nobody in a call, before and after."""
    running_house.new_log()
    yield running_house
    running_house.use(outbound_routes=[])
    running_house.tidy()


@contextmanager
def calling(
    house: House, folder: Path, number: str, scenario: str | Path = "ip-phone-late", talk_ms: int = 4000
) -> Iterator[tuple[Sipp, RtpEnd]]:
    """IP telephone 201 calls without an offer."""
    with RtpEnd(PHONE_SAYS) as end:
        keys = {"address": end.address, "port": str(end.port), "user": "201"}
        password = PASSWORDS["201"]
        ways = {"target": house.host, "service": number, "user": "201", "password": password}
        with Sipp(folder / "late", scenario, keys=keys, talk_ms=talk_ms, **ways) as sipp:
            yield sipp, end


def offer_to(sipp: Sipp) -> str:
    """The 200 that the telephone was sent."""
    found = until(
        lambda: re.search(r"SIP/2\.0 200 .*?\n\n?v=0.*?(?=\n-----|\Z)", plain(sipp), re.DOTALL), 8, "the offer"
    )
    assert found
    return found[0]


def plain(sipp: Sipp) -> str:
    return sipp.messages().replace("\r", "")


def hears(end: RtpEnd, said: Samples) -> None:
    """The end hears it, from now on."""
    before = len(end.heard())
    until(
        lambda: likeness(said, end.heard()[before:][-8000:], window_s=WINDOW_S).correlation > ALIKE,
        TALK_S,
        "it is heard",
    )


def test_an_ip_telephone_without_an_offer_rings_a_telephone_and_talks_with_it(house: House, tmp_path: Path) -> None:
    phone = house.box.phone(1)
    with calling(house, tmp_path, "101") as (sipp, end):
        phone.wait("ringing", True)
        phone.lift()
        offer = offer_to(sipp)
        address = house.registrar_place[0]
        assert f"c=IN IP4 {address}\n" in offer and "127.0.0.1" not in offer.partition("v=0")[2]
        assert "a=crypto" not in offer, "keys are told over TLS only"
        end.target = media_address(offer)
        said = fingerprint(62, 6.0)
        phone.play(said, tmp_path)
        hears(end, said)
        until(
            lambda: likeness(PHONE_SAYS, phone.record(0.7, tmp_path), window_s=WINDOW_S).correlation > ALIKE,
            TALK_S,
            "the telephone hears",
        )
        assert sipp.outcome().exit_code == 0
    house.box.wait_idle()
    (call, *_) = house.calls_of("201")
    assert (call.dialled, call.answered_by) == ("extension:101", "101") and call.source_quality


def test_an_answer_that_is_none_ends_the_call_of_an_ip_telephone(house: House, tmp_path: Path) -> None:
    scenario = tmp_path / "broken.xml"
    text = (SCENARIOS / "ip-phone-late.xml").read_text()
    text = text.replace("m=audio @port@ RTP/AVP 0\n", NOT_AN_ANSWER).partition("  <pause/>")[0]
    scenario.write_text(text + '  <recv request="BYE" timeout="5000"/>\n</scenario>\n')
    with calling(house, tmp_path, "101", scenario) as (sipp, _):
        house.box.phone(1).wait("ringing", True)
        house.box.phone(1).lift()
        assert sipp.outcome().exit_code == 0
        house.box.phone(1).wait_tone("congestion")
        assert "ended: no common codec or encryption" in house.new_log()


def test_a_call_outside_takes_a_channel_and_early_media_wait_for_the_answer(house: House, tmp_path: Path) -> None:
    with RtpEnd(BOB_SAYS) as far, Peer((far.address, far.port)) as peer:
        house.use(trunk := house.peer(peer.place))
        house.box.wait_trunk(trunk["name"], "registered")
        with calling(house, tmp_path, BOB) as (sipp, end):
            invite = peer.called()
            far.target = media_address(invite)
            peer.answer(invite, 183, "sendrecv")
            until(lambda: "SIP/2.0 180" in plain(sipp), 5, "the telephone is told that it rings")
            until(lambda: house.box.status()["channels"] == {"used": 1, "limit": 1}, 3, "the channel is in use")
            peer.answer(invite, 200, "sendrecv")
            peer.expect("ACK")
            offer = offer_to(sipp)
            assert "SIP/2.0 183" not in plain(sipp)
            assert "m=audio" not in plain(sipp).partition(offer)[0]
            end.target = media_address(offer)
            hears(end, BOB_SAYS)
            hears(far, PHONE_SAYS)
            peer.answer(peer.expect("BYE"), 200)
            assert sipp.outcome().exit_code == 0


def test_an_emergency_call_without_an_offer_takes_the_channel_of_another_call(house: House, tmp_path: Path) -> None:
    with RtpEnd(BOB_SAYS) as far, Peer((far.address, far.port)) as peer:
        house.use(trunk := house.peer(peer.place))
        house.box.wait_trunk(trunk["name"], "registered")
        house.box.phone(1).lift_and_dial("102")
        house.box.phone(2).wait("ringing", True)
        house.box.phone(2).lift()
        house.box.wait_line("fxs2", "talking")
        with calling(house, tmp_path, "911") as (sipp, end):
            invite = peer.called()
            assert invite.startswith("INVITE sip:911@")
            peer.answer(invite, 200, "sendrecv")
            peer.expect("ACK")
            house.box.phone(1).wait_tone("congestion")
            assert house.box.status()["channels"]["used"] == 0, "an emergency call is not counted"
            far.target, end.target = media_address(invite), media_address(offer_to(sipp))
            hears(end, BOB_SAYS)
            hears(far, PHONE_SAYS)
            peer.answer(peer.expect("BYE"), 200)
            assert sipp.outcome().exit_code == 0


def test_an_ip_telephone_over_tls_is_offered_keys_and_may_leave_them(tmp_path: Path) -> None:
    certificate = TestCa(tmp_path / "ca").server("twinline")
    with PhoneExchange(tmp_path / "exchange", PASSWORDS, certificate=certificate) as exchange:
        account = Account("202", exchange.host(), password=PASSWORDS["202"], answers="auto")
        with Baresip(tmp_path / "202", account, plays=SAYS["202"]) as called:
            called.wait_for(REGISTERED)
            exchange.wait_registered("202")
            for srtp in ("optional", "off"):
                way = {"number": "202", "domain": exchange.host("tls"), "proxy": exchange.host("tls"), "srtp": srtp}
                with LateCaller(tmp_path / srtp, "201", PASSWORDS["201"], says=PHONE_SAYS, **way) as caller:
                    called.wait_for(ESTABLISHED)
                    assert_hears(called, PHONE_SAYS)
                    until(lambda caller=caller: caller.said("answered"), 5, "the call is up")  # type: ignore[misc]
                    assert caller.said("encrypted") == (srtp == "optional")
                called.wait_for(CLOSED)
                assert likeness(SAYS["202"], caller.heard()[-8000:], window_s=WINDOW_S).correlation > ALIKE
