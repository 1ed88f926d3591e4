"""Outside lines: ringing, caller ID, seizing, digits, the far end, as the host sees and hears them."""

import pytest

from firmware.control import Refused
from firmware.dsp.spandsp import CallerIdReceiver, dtmf, tones
from firmware.fxs.callerid.messages import parse
from firmware.fxs.protocol.frames import Ack, Nak, NakCode
from firmware.fxs.protocol.orders import BreakLoop, PulseDial, ReleaseLine, SeizeLine, StartAudio
from firmware.fxs.protocol.reports import BurstEnded, BurstStarted, CurrentReported, PolarityReported, StateReported
from firmware.fxs.simulator.hearing import ToneEar
from firmware.fxs.simulator.line_state import HangUp
from firmware.fxs.simulator.switches import Switches, change

FXO = 2


def seize_and_dial(host, digits: str) -> None:
    host.order(FXO, StartAudio(10))
    host.order(FXO, SeizeLine())
    host.run_ms(500)
    host.to_play[FXO] = dtmf(digits)
    host.run_ms(160 * len(digits) + 200)


@pytest.mark.parametrize(
    ("country", "standard", "before_ms"), [("US", "bell202", 6000), ("UK", "v23", 3000), ("DE", "v23", 5000)]
)
def test_it_rings_with_bursts_and_caller_id_by_the_country(host, country, standard, before_ms):
    host.adapter.set(change(Switches(), {"country": country}))
    host.order(FXO, StartAudio(10))
    host.line.ring("5551234", "ANNA LEE")
    host.run_ms(before_ms)
    (message,) = CallerIdReceiver(standard).feed(host.heard[FXO])
    assert parse(message).caller.number == "5551234"
    assert parse(message).caller.name == "ANNA LEE"
    starts, ends = host.times_ms(FXO, BurstStarted), host.times_ms(FXO, BurstEnded)
    cadence = host.line.manners.ring_cadence_ms
    assert ends[0] - starts[0] == cadence[0]
    assert starts[1] - ends[0] == cadence[1]
    assert (PolarityReported(True) in host.reports(FXO)) == (country == "UK")


def test_a_withheld_number_is_told_as_withheld(host):
    host.order(FXO, StartAudio(10))
    host.line.ring("withheld", "")
    host.run_ms(5000)
    (message,) = CallerIdReceiver("bell202").feed(host.heard[FXO])
    assert parse(message).caller.withheld


def test_ringing_stops_when_told_or_when_the_caller_gives_up(host):
    host.line.ring("", "")
    host.run_ms(500)
    host.line.stop()
    host.run_ms(10)
    assert host.times_ms(FXO, BurstEnded) == [500]
    host.line.ring("", "")
    host.run_ms(125_000)
    assert host.line.state()["state"] == "idle"
    with pytest.raises(Refused, match="no call"):
        host.line.hang_up(HangUp.NONE)


def test_answering_a_ring_joins_the_caller(host):
    host.order(FXO, StartAudio(10))
    host.line.ring("", "")
    with pytest.raises(Refused, match="it cannot ring"):
        host.line.ring("", "")
    host.run_ms(700)
    host.order(FXO, SeizeLine())
    said = tones((800,), -10, 200)
    host.line.play(said)
    host.heard[FXO] = b""
    recording = host.line.record(0.4)
    host.to_play[FXO] = said
    host.run_ms(500)
    assert host.line.state()["state"] == "talking"
    assert said[2:3000] in host.heard[FXO]
    assert said[2:3000] in recording.pcm
    assert BurstStarted() not in host.reports(FXO)[3:]


def test_a_seized_line_gives_dial_tone_and_hears_dtmf(host):
    host.order(FXO, StartAudio(10))
    host.order(FXO, SeizeLine())
    host.run_ms(1000)
    ear = ToneEar()
    ear.feed(0, host.heard[FXO])
    assert ear.tone_at(8000).name == "dial"
    host.to_play[FXO] = dtmf("0123456789*#")
    host.run_ms(2500)
    state = host.line.state()
    assert (state["dialled"], state["dialled_by"], state["state"]) == ("0123456789*#", "tone", "dialling")
    host.run_ms(2000)
    assert host.line.state()["state"] == "ringback"


def test_it_hears_dial_pulses_and_flashes_as_the_adapter_makes_them(host):
    host.order(FXO, SeizeLine())
    host.run_ms(500)
    assert isinstance(host.order(FXO, PulseDial(60, 40, 700, (3, 10, 1))), Ack)
    host.run_ms(4000)
    state = host.line.state()
    assert (state["dialled"], state["dialled_by"]) == ("301", "pulse")
    host.order(FXO, BreakLoop(600))
    host.run_ms(1000)
    assert host.line.state()["flashes_ms"] == [600]
    assert CurrentReported(True) not in host.reports(FXO)


def test_breaks_wait_for_each_other_and_are_bounded(host):
    assert host.order(FXO, BreakLoop(100)) == Nak(host._number, NakCode.WRONG_STATE)
    host.order(FXO, SeizeLine())
    host.run_ms(500)
    host.order(FXO, PulseDial(60, 40, 700, (1,)))
    host.order(FXO, BreakLoop(300))
    assert host.order(FXO, PulseDial(60, 40, 700, (1,) * 64)) == Nak(host._number, NakCode.BUSY)
    host.run_ms(1000)
    assert host.line.state()["flashes_ms"] == []
    host.run_ms(300)
    assert host.line.state()["flashes_ms"] == [300]
    host.order(FXO, ReleaseLine())
    assert host.line.state()["state"] == "idle"


@pytest.mark.parametrize("is_reversing", [False, True])
def test_the_far_end_answers_with_or_without_reversal(host, is_reversing):
    host.adapter.set(change(Switches(), {"polarity_on_answer": is_reversing}))
    with pytest.raises(Refused, match="nothing to answer"):
        host.line.answer()
    seize_and_dial(host, "123")
    host.run_ms(3000)
    host.line.answer()
    host.run_ms(100)
    assert host.line.state()["state"] == "talking"
    assert (PolarityReported(True) in host.reports(FXO)) == is_reversing
    host.order(FXO, ReleaseLine())
    host.run_ms(100)
    assert host.line.state()["polarity"] == "normal"


@pytest.mark.parametrize("how", list(HangUp))
def test_the_far_end_hangs_up_in_each_way(host, how):
    seize_and_dial(host, "123")
    host.line.answer()
    host.heard[FXO] = b""
    count = len(host.events)
    host.line.hang_up(how)
    host.run_ms(3000)
    reports = [event.report for event in host.events[count:]]
    ear = ToneEar()
    ear.feed(0, host.heard[FXO])
    heard = ear.tone_at(24_000)
    assert (heard is not None and heard.name == "busy") == (how is HangUp.BUSY_TONE)
    expected = {
        HangUp.CPC: [CurrentReported(True), CurrentReported(False)],
        HangUp.POLARITY: [PolarityReported(True)],
    }
    assert reports == expected.get(how, [])
    if how is HangUp.CPC:
        lost, back = host.events[count:]
        assert back.sample - lost.sample == 4000
    assert host.line.state()["state"] == "cleared"


def test_digits_in_a_call_are_the_far_ends(host):
    seize_and_dial(host, "123")
    host.line.answer()
    host.to_play[FXO] = dtmf("7#")
    host.run_ms(500)
    state = host.line.state()
    assert (state["dialled"], state["heard_digits"]) == ("123", "7#")


def test_a_line_pulled_out_of_the_wall_has_no_current(host, make_host):
    host.adapter.set(change(Switches(), {"dead_line": 1}))
    host.run_ms(10)
    assert host.reports(FXO)[-1] == CurrentReported(True)
    with pytest.raises(Refused, match="dead"):
        host.line.ring("", "")
    host.events.clear()
    host.connect()
    host.run_ms(10)
    assert isinstance(host.reports(FXO)[0], StateReported)
    host.adapter.set(Switches())
    host.run_ms(10)
    assert host.reports(FXO)[-1] == CurrentReported(False)
