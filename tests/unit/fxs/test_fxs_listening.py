"""When an outside line is listened to for caller ID, and whose turn it is to be numbered."""

from datetime import datetime

import pytest

from firmware.dsp.spandsp import dtmf, fsk_caller_id
from firmware.fxs.callerid.listening import RING_OVER_S, CallerIdListener
from firmware.fxs.callerid.messages import build_mdmf
from firmware.fxs.callerid.sound import Receiver, caller_audio
from firmware.fxs.line import Caller
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.registry import ORDER_PATIENCE_S, LineRegistry

CALLER = Caller("2025550100", "Bob")
WHEN = datetime(2024, 9, 30, 12, 24)  # noqa: DTZ001 - a telephone shows local time


def play(listener: CallerIdListener, audio: bytes) -> list[Caller]:
    audio += bytes(1600)
    heard = [listener.listen(audio[at : at + 160]) for at in range(0, len(audio), 160)]
    return [caller for caller in heard if caller is not None]


@pytest.mark.parametrize("scheme", list(CallerIdScheme), ids=lambda scheme: scheme.value)
def test_a_sign_of_a_call_opens_the_ear_unless_caller_id_is_off(scheme: CallerIdScheme) -> None:
    listener = CallerIdListener(lambda: scheme)
    listener.sign(0.0)
    assert listener.wants_audio == (scheme is not CallerIdScheme.OFF)


def test_the_caller_is_told_once_a_call() -> None:
    listener = CallerIdListener(lambda: CallerIdScheme.BELLCORE_FSK)
    message = fsk_caller_id(build_mdmf(CALLER, WHEN), standard="bell202")
    listener.sign(0.0)
    assert play(listener, message) == [CALLER]
    listener.sign(6.0)
    assert not listener.wants_audio
    listener.tick(6.0 + RING_OVER_S)
    listener.sign(100.0)
    assert play(listener, message) == [CALLER]


@pytest.mark.parametrize("scheme", [CallerIdScheme.ETSI_FSK_DTAS, CallerIdScheme.DTMF, CallerIdScheme.DTMF_DENMARK])
def test_a_scheme_that_gives_no_sign_is_listened_for_all_the_time(scheme: CallerIdScheme) -> None:
    listener = CallerIdListener(lambda: scheme)
    listener.idle()
    assert [caller.number for caller in play(listener, caller_audio(CALLER, scheme, WHEN))] == [CALLER.number]
    listener.sign(0.0)
    listener.tick(RING_OVER_S)
    assert listener.wants_audio


def test_after_a_reversal_the_digits_are_heard_and_a_call_cut_short_is_no_part_of_the_next() -> None:
    listener = CallerIdListener(lambda: CallerIdScheme.DTMF_REVERSAL)
    listener.idle()
    assert not listener.wants_audio
    listener.sign(0.0)
    assert play(listener, dtmf("A12") + bytes(16 * 1000) + dtmf("B10C")) == [Caller(withheld=True)]


def test_a_changed_scheme_counts_between_calls() -> None:
    scheme = CallerIdScheme.BELLCORE_FSK
    listener = CallerIdListener(lambda: scheme)
    for wanted, is_open in ((CallerIdScheme.DTMF, True), (CallerIdScheme.SIN227, False), (CallerIdScheme.DTMF, True)):
        scheme = wanted
        listener.tick(1.0)
        assert listener.wants_audio is is_open


def test_somebody_who_dials_on_the_same_line_is_no_caller() -> None:
    listener = CallerIdListener(lambda: CallerIdScheme.DTMF)
    listener.idle()
    assert play(listener, dtmf("*21*5551234#")) == []


def test_a_line_that_is_used_is_not_listened_to() -> None:
    listener = CallerIdListener(lambda: CallerIdScheme.BELLCORE_FSK)
    listener.sign(0.0)
    listener.stop()
    assert not listener.wants_audio


def test_ringing_that_ends_unanswered_closes_the_ear() -> None:
    listener = CallerIdListener(lambda: CallerIdScheme.BELLCORE_FSK)
    listener.sign(0.0)
    listener.tick(RING_OVER_S - 0.1)
    assert listener.wants_audio
    listener.tick(RING_OVER_S)
    assert not listener.wants_audio


def test_without_the_library_a_call_is_a_call_without_a_number() -> None:
    def no_receiver(scheme: CallerIdScheme) -> Receiver | None:
        return None

    listener = CallerIdListener(lambda: CallerIdScheme.BELLCORE_FSK, no_receiver)
    listener.sign(0.0)
    assert not listener.wants_audio


def test_at_the_start_adapters_are_numbered_by_place_and_not_by_speed() -> None:
    now = [0.0]
    registry = LineRegistry(lambda event: None, lambda line: LineProfile(), lambda: 10, lambda: now[0])
    registry.expect(["usb-1", "usb-2"])
    assert registry.is_turn_of("usb-1")
    assert not registry.is_turn_of("usb-2")
    registry.expect_no_more("usb-1")
    assert registry.is_turn_of("usb-2")


def test_an_adapter_that_does_not_speak_holds_up_the_others_for_a_moment_only() -> None:
    now = [0.0]
    registry = LineRegistry(lambda event: None, lambda line: LineProfile(), lambda: 10, lambda: now[0])
    registry.expect(["usb-1", "usb-2"])
    now[0] = ORDER_PATIENCE_S
    assert registry.is_turn_of("usb-2")
