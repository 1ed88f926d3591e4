"""What the box answers itself, and how many conversations it has room for."""

import shutil
from pathlib import Path

import numpy as np

from firmware.telephony.media.prompts import speak_address, speak_fingerprint
from firmware.telephony.sip.targets import source_address
from firmware.webadmin.tls.certificate import Certificates
from tests.support.box import Box
from tests.support.scenes import assert_heard, call_service, changed, dial_until, put_down, recording
from tests.support.sound import RATE_HZ, Samples
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/pause_s": 1.0,  # *43 goes on to *43#
    "outside_lines/1/caller_id_scheme": "off",  # nothing to wait for before the telephones ring
}
FINGERPRINT_S = 10.0  # of it; the whole takes most of a minute
WORD_LIKE = 0.7
WORD_WINDOW = RATE_HZ // 10  # two clocks bend longer ones out of likeness


def test_the_echo_test_gives_back_what_is_said(box: Box, tmp_path: Path) -> None:
    call_service(box, 1, "*43")
    assert_heard(box.phone(1), box.phone(1), tmp_path)
    (call,) = box.calls()
    assert call["to"] == {"number": "echo", "kind": "service"}


def test_the_milliwatt_is_one_kilohertz_at_0_dbm0(box: Box) -> None:
    call_service(box, 1, "*44")
    until(lambda: (box.phone(1).state["tone"] or {}).get("hz") == [1000], 5, "1000 Hz")
    assert abs(box.phone(1).state["tone"]["level_dbm0"]) < 0.5


def test_the_box_speaks_its_own_address_and_hangs_up(box: Box, tmp_path: Path) -> None:
    own = source_address("192.0.2.1") or "127.0.0.1"
    spoken = _samples(speak_address(own))
    box.phone(1).lift_and_dial("**")
    with recording(box.phone(1), len(spoken) / RATE_HZ + 1.5, tmp_path) as heard:
        box.phone(1).dial("*")
    delays_s = _delays(spoken, heard[0])
    # Most of it, in its order: every piece is as late as its neighbours but for what two clocks and stalls do.
    assert len(delays_s) > 2 * len(own)
    assert np.median(np.abs(delays_s - np.median(delays_s))) < 0.05
    box.phone(1).wait_tone("busy")
    box.wait_idle()


def test_with_a_certificate_1_after_the_address_speaks_its_fingerprint(box: Box, tmp_path: Path) -> None:
    certificates = Certificates(box.folder / "tls")
    certificates.ensure(["box"])
    present = certificates.present()
    assert present is not None
    try:
        spoken = _samples(speak_fingerprint(present.fingerprint))[: round(FINGERPRINT_S * RATE_HZ)]
        call_service(box, 1, "***")
        with recording(box.phone(1), FINGERPRINT_S + 2, tmp_path) as heard:
            box.phone(1).dial("1")
        delays_s = _delays(spoken, heard[0])
        assert len(delays_s) > FINGERPRINT_S
        assert np.median(np.abs(delays_s - np.median(delays_s))) < 0.05
        assert box.line("fxs1")["state"] == "talking", "the address that was interrupted ends nothing"
    finally:
        shutil.rmtree(box.folder / "tls")


def test_one_conversation_too_many_gets_congestion_until_there_are_more_channels(box: Box) -> None:
    with changed(box, calls__voice_channels=1):
        box.outside.do("ring")
        box.phone(1).wait("ringing", True)
        box.phone(1).lift()
        box.wait_line("fxs1", "talking")
        until(lambda: box.status()["channels"] == {"used": 1, "limit": 1}, 5, "the channel is in use")
        dial_until(box, 2, "101", lambda: "all voice channels in use" in box.log)
        box.phone(2).wait_tone("congestion")
        put_down(box, 2)
        call_service(box, 2, "*43")  # what the box says itself is no conversation
        put_down(box, 2)
        box.set(calls__voice_channels=2)
        dial_until(box, 2, "101", lambda: box.status()["channels"] == {"used": 2, "limit": 2})
        box.set(calls__voice_channels=1)
        assert len(box.calls()) == 2, "fewer channels end no call"


def _samples(speech: bytes) -> Samples:
    return np.frombuffer(speech, "<i2").astype(np.int16)


def _delays(spoken: Samples, heard: Samples) -> np.ndarray:
    """How much later each piece of speech is in what was heard, in s, for the pieces that are found."""
    found = []
    sound = heard.astype(np.float64)
    loudness = np.sqrt(np.convolve(sound**2, np.ones(WORD_WINDOW), "valid"))
    for start in range(0, len(spoken) - WORD_WINDOW, WORD_WINDOW):
        piece = spoken[start : start + WORD_WINDOW].astype(np.float64)
        if np.sqrt(np.mean(piece**2)) < 500:  # between words
            continue
        product = np.correlate(sound, piece, "valid") / (loudness * np.linalg.norm(piece) + 1)
        best = int(np.argmax(product))
        if product[best] > WORD_LIKE:
            found.append((best - start) / RATE_HZ)
    return np.array(found)
