"""All of the host's side on the simulator: device, session, hooks, caller ID, numbering. Real bytes, real time."""

import time
from dataclasses import replace

import pytest

from firmware.control import ControlClient, Refused
from firmware.fxs.callerid.listening import RING_OVER_S
from firmware.fxs.line import (
    Caller,
    CallerIdHeard,
    CloseAudio,
    DialPulses,
    ExpectDigits,
    Feed,
    Flashed,
    FlashLine,
    LineFault,
    LineId,
    LineKind,
    LoopCurrentLost,
    OffHook,
    OnHook,
    OpenAudio,
    PolarityChanged,
    PulseDigit,
    Release,
    Ring,
    RingStarted,
    RingStopped,
    RingTaken,
    Seize,
    SetFeed,
    StopRing,
)
from firmware.fxs.profile import CallerIdScheme
from tests.support.host import FXO1, FXS1, FXS2, QUICK, Box, Loopback
from tests.support.waiting import until


def test_a_telephone_is_lifted_dials_flashes_and_hangs_up(box: Box, simulator: ControlClient) -> None:
    simulator.call("phone.lift", number=2)
    box.wait(OffHook(FXS2))
    box.adapters.perform(FXS2, ExpectDigits(True))
    simulator.call("phone.dial", number=2, digits="12", pulse=True)
    box.wait(PulseDigit(FXS2, "1"), PulseDigit(FXS2, "2"))
    box.adapters.perform(FXS2, ExpectDigits(False))
    time.sleep(0.05)
    simulator.call("phone.flash", number=2, ms=100)
    box.wait(Flashed(FXS2))
    simulator.call("phone.hang_up", number=2)
    box.wait(OnHook(FXS2))


def test_after_a_dtmf_digit_a_short_break_is_a_flash_even_while_dialling(box: Box, simulator: ControlClient) -> None:
    simulator.call("phone.lift", number=1)
    box.wait(OffHook(FXS1))
    box.adapters.perform(FXS1, ExpectDigits(True))
    box.adapters.tone_dialled(FXS1)
    time.sleep(0.05)
    simulator.call("phone.flash", number=1, ms=100)
    box.wait(Flashed(FXS1))


@pytest.mark.parametrize("block_ms", [5, 10, 20])
def test_audio_runs_while_open_at_the_adapters_pace(box: Box, simulator: ControlClient, block_ms: int) -> None:
    box.block_ms = block_ms
    path = Loopback()
    box.adapters.attach(FXS1, path)
    simulator.call("phone.lift", number=1)
    box.wait(OffHook(FXS1))
    box.adapters.perform(FXS1, OpenAudio())
    until(lambda: len(path.heard) >= 500 // block_ms, 5, "half a second of audio")
    assert {len(block) for block in path.heard} == {16 * block_ms}
    box.adapters.perform(FXS1, CloseAudio())
    time.sleep(0.1)
    count = len(path.heard)
    time.sleep(0.1)
    assert len(path.heard) == count
    assert box.adapter()["state"] == "ready"


@pytest.mark.parametrize(
    ("scheme", "modem"),
    [
        (CallerIdScheme.BELLCORE_FSK, "bell202"),
        (CallerIdScheme.ETSI_FSK_DURING_RINGING, "v23"),
        (CallerIdScheme.ETSI_FSK_RING_PULSE, "v23"),
        (CallerIdScheme.ETSI_FSK_DTAS, "v23"),
        (CallerIdScheme.SIN227, "v23"),
    ],
    ids=lambda value: getattr(value, "value", value),
)
def test_a_rung_telephone_shows_who_calls_and_stops_when_lifted(
    box: Box, simulator: ControlClient, scheme: CallerIdScheme, modem: str
) -> None:
    box.profile = replace(QUICK, caller_id=scheme, ring_cadence_ms=(1000, 3000))
    shown, number = None, str(5550000 + list(CallerIdScheme).index(scheme))
    for _ in range(3):  # a machine under load may starve the line, and a message is sent but once a call
        box.adapters.perform(FXS2, Ring(caller=Caller(number, "Zoë")))
        deadline = time.monotonic() + 3
        while not shown and time.monotonic() < deadline:
            shown = simulator.call("phone.state", number=2)["caller_id"]  # type: ignore[index]
            shown = shown if shown and shown["number"] == number else None
            time.sleep(0.05)
        if shown:
            break
    assert isinstance(shown, dict)
    assert (shown["name"], shown["modem"]) == ("Zoe", modem)
    until(lambda: simulator.call("phone.state", number=2)["ringing"], 5, "ringing")  # type: ignore[index]
    box.wait(RingTaken(FXS2))
    simulator.call("phone.lift", number=2)
    box.wait(OffHook(FXS2))
    time.sleep(0.2)
    state = simulator.call("phone.state", number=2)
    assert isinstance(state, dict)
    assert not state["ringing"]
    assert state["polarity"] == "normal"


def test_stop_ring_stops_within_a_burst(box: Box, simulator: ControlClient) -> None:
    def state() -> dict[str, object]:
        answer = simulator.call("phone.state", number=1)
        assert isinstance(answer, dict)
        return answer

    box.adapters.perform(FXS1, Ring(cadence_ms=(5000, 1000)))
    until(lambda: state()["burst"], 5, "a burst")
    box.adapters.perform(FXS1, StopRing())
    until(lambda: not state()["ringing"], 0.2, "silence")


def test_a_lifted_telephone_is_not_rung(box: Box, simulator: ControlClient) -> None:
    simulator.call("phone.lift", number=1)
    box.wait(OffHook(FXS1))
    box.adapters.perform(FXS1, Ring())
    box.adapters.perform(FXS1, SetFeed(Feed.REVERSE))

    def polarity() -> bool:
        return simulator.call("phone.state", number=1)["polarity"] == "reversed"  # type: ignore[index]

    until(polarity, 5, "the order after")
    assert not simulator.call("phone.state", number=1)["ringing"]  # type: ignore[index]
    assert not [event for event in box.events if isinstance(event, LineFault)]


def test_an_outside_call_is_told_with_its_caller(box: Box, simulator: ControlClient) -> None:
    box.profile = replace(QUICK, caller_id=CallerIdScheme.BELLCORE_FSK)
    heard = CallerIdHeard(FXO1, Caller("2025550100", "Bob"))
    for _ in range(3):  # a machine under load may lose a block, and a message is sent but once a call
        simulator.call("line.ring", number=1, from_="2025550100", name="Bob")
        box.wait(RingStarted(FXO1), RingStopped(FXO1))
        deadline = time.monotonic() + 3
        while heard not in box.events and time.monotonic() < deadline:
            time.sleep(0.02)
        simulator.call("line.stop", number=1)
        if heard in box.events:
            break
        time.sleep(RING_OVER_S)
    assert heard in box.events


def test_an_outside_line_is_seized_dialled_flashed_and_released(box: Box, simulator: ControlClient) -> None:
    def state() -> dict[str, object]:
        answer = simulator.call("line.state", number=1)
        assert isinstance(answer, dict)
        return answer

    box.adapters.perform(FXO1, Seize())
    until(lambda: state()["hook"] == "off-hook", 5, "seized")
    box.adapters.perform(FXO1, DialPulses("13"))
    until(lambda: "13" in str(state()), 10, "the digits at the exchange")
    box.adapters.perform(FXO1, FlashLine())
    box.adapters.perform(FXO1, Release())
    until(lambda: state()["hook"] == "on-hook", 5, "released")


def test_a_pulled_outside_line_is_told(box: Box, simulator: ControlClient) -> None:
    simulator.call("fault.set", dead_line=1)
    box.wait(LoopCurrentLost(FXO1, is_lost=True))
    simulator.call("fault.set", dead_line=0)
    box.wait(LoopCurrentLost(FXO1, is_lost=False))


def test_a_command_that_fits_no_line_is_a_fault_in_words(box: Box) -> None:
    box.adapters.perform(FXO1, Ring())
    box.wait(LineFault(FXO1, "Ring: not on this kind of line"))
    box.adapters.perform(FXS1, Seize())
    box.wait(LineFault(FXS1, "Seize: not on this kind of line"))
    box.adapters.perform(FXO1, FlashLine())
    box.wait(LineFault(FXO1, "BreakLoop: not possible now"))


def test_commands_to_lines_that_are_not_there_are_dropped(box: Box) -> None:
    box.adapters.perform(LineId(LineKind.FXS, 7), Ring())
    box.adapters.tone_dialled(LineId(LineKind.FXS, 7))
    assert box.events == []


def test_polarity_is_told(box: Box, simulator: ControlClient) -> None:
    simulator.call("fault.set", polarity_on_answer=True)
    box.adapters.perform(FXO1, Seize())
    box.adapters.perform(FXO1, DialPulses("1"))

    def answered() -> bool:
        try:
            simulator.call("line.answer", number=1)
        except Refused:  # the digit is still on its way
            return False
        return True

    until(answered, 5, "the call to be answered")
    box.wait(PolarityChanged(FXO1, is_reversed=True))
    box.adapters.perform(FXO1, Release())
