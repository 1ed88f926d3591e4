"""Telephones: hook, dial, bell, display, mouth and ear, as the host sees and hears them."""

from array import array
from datetime import UTC, datetime

import pytest

from firmware.control import Refused
from firmware.dsp.spandsp import DtmfReceiver, fsk_caller_id, tones
from firmware.fxs.callerid.messages import build_etsi, build_mdmf
from firmware.fxs.line import Caller, Feed
from firmware.fxs.protocol.frames import Nak
from firmware.fxs.protocol.orders import FeedLine, StartAudio, StartRinging, StopRinging
from firmware.fxs.protocol.reports import LoopClosed, LoopOpened
from firmware.fxs.simulator.switches import Switches, change
from firmware.fxs.simulator.telephone import PulseDialling, ToneDialling

WHEN = datetime(2024, 3, 9, 14, 5, tzinfo=UTC)


def test_lifting_and_hanging_up_are_reported_with_their_sample(host):
    host.run_ms(100)
    host.phone.lift()
    host.run_ms(50)
    host.phone.hang_up()
    host.run_ms(10)
    assert host.times_ms(0, LoopClosed) == [100]
    assert host.times_ms(0, LoopOpened) == [150]
    assert host.phone.state()["lifted_at"] == pytest.approx(0.1)


def test_a_flash_is_a_break_of_its_length(host):
    host.phone.lift()
    host.run_ms(1000)
    doing = host.phone.flash(180)
    host.run_ms(1000)
    assert doing.is_over
    assert host.times_ms(0, LoopOpened) == [1000]
    assert host.times_ms(0, LoopClosed) == [0, 1180]
    assert host.phone.state()["hook"] == "off-hook"


def test_pulse_dialling_breaks_the_loop_to_the_millisecond(host):
    host.phone.lift()
    doing = host.phone.dial("30", PulseDialling(break_ms=60, make_ms=40, gap_ms=700))
    host.run_ms(3000)
    breaks = host.times_ms(0, LoopOpened)
    makes = host.times_ms(0, LoopClosed)[1:]
    assert breaks == [0, 100, 200] + [1000 + 100 * n for n in range(10)]
    assert [make - at for make, at in zip(makes, breaks, strict=True)] == [60] * 13
    assert doing.end / 8 == 1000 + 1000 + 700


def test_hanging_up_ends_dialling_in_words(host):
    host.phone.lift()
    doing = host.phone.dial("00", PulseDialling())
    host.run_ms(500)
    host.phone.hang_up()
    host.run_ms(3000)
    with pytest.raises(Refused, match="hung up"):
        doing.wait()
    assert len(host.times_ms(0, LoopOpened)) <= 6


def test_dialled_tones_reach_the_host(host):
    host.order(0, StartAudio(10))
    host.phone.lift()
    doing = host.phone.dial("159,#D0*", ToneDialling(on_ms=50, off_ms=50))
    host.run_ms(4000)
    assert doing.is_over
    assert DtmfReceiver().feed(host.heard[0]) == "159#D0*"


@pytest.mark.parametrize("digits", ["", "12x", "1" * 65])
def test_what_cannot_be_dialled_is_refused(host, digits):
    host.phone.lift()
    with pytest.raises(Refused):
        host.phone.dial(digits, ToneDialling())


def test_a_telephone_on_the_hook_does_nothing_but_ring(host):
    for act in (host.phone.hang_up, lambda: host.phone.flash(100), lambda: host.phone.play(b"\0\0")):
        with pytest.raises(Refused, match="on the hook"):
            act()
    host.phone.lift()
    with pytest.raises(Refused, match="lifted already"):
        host.phone.lift()


def test_the_cadence_rung_is_the_cadence_seen(host):
    host.order(0, StartRinging((400, 200, 400, 2000)))
    host.run_ms(3450)
    state = host.phone.state()
    assert state["ringing"] and state["cadence_ms"] == [400, 200, 400, 2000, 400]
    host.run_ms(50)
    host.order(0, StopRinging())
    state = host.phone.state()
    assert not state["ringing"]
    assert state["ring_started_at"] == 0
    assert state["ring_stopped_at"] == 3.5


def test_lifting_trips_the_ring_within_a_burst(host):
    host.order(0, StartRinging((2000, 4000)))
    host.run_ms(700)
    host.phone.lift()
    host.run_ms(100)
    state = host.phone.state()
    assert not state["ringing"]
    assert state["ring_stopped_at"] - state["lifted_at"] == pytest.approx(0.02)
    assert state["cadence_ms"] == [720]
    host.run_ms(8000)
    assert host.phone.state()["cadence_ms"] == [720]


def test_an_odd_cadence_is_played_once_and_a_second_order_goes_on_with_the_same_ringing(host):
    host.order(0, StartRinging((250,)))
    host.run_ms(1500)
    assert host.phone.state()["ringing"]
    host.order(0, StartRinging((1000, 4000)))
    host.run_ms(1100)
    assert host.phone.state()["cadence_ms"] == [250, 1250, 1000]
    host.order(0, StopRinging())
    host.order(0, StartRinging((250,)))
    host.run_ms(7000)
    assert not host.phone.state()["ringing"]


@pytest.mark.parametrize(("standard", "build"), [("bell202", build_mdmf), ("v23", build_etsi)])
def test_caller_id_is_decoded_from_the_audio(host, standard, build):
    message = build(Caller("0891234567", "Weber"), WHEN)
    host.order(0, StartAudio(10))
    host.order(0, StartRinging((1000, 4000)))
    host.run_ms(1500)
    host.to_play[0] = fsk_caller_id(message, standard=standard)
    host.run_ms(1500)
    caller = host.phone.state()["caller_id"]
    assert (caller["number"], caller["name"], caller["withheld"]) == ("0891234567", "Weber", False)
    assert (caller["date_and_time"], caller["modem"]) == ("03091405", standard)


def test_caller_id_of_an_earlier_call_is_not_shown_for_the_next(host):
    host.order(0, StartAudio(10))
    host.order(0, StartRinging((1000, 4000)))
    host.run_ms(1500)
    host.to_play[0] = fsk_caller_id(build_mdmf(Caller("1"), WHEN), standard="bell202")
    host.run_ms(1500)
    host.order(0, StopRinging())
    host.run_ms(8000)
    assert host.phone.state()["caller_id"]["number"] == "1"
    host.order(0, StartRinging((1000, 4000)))
    assert host.phone.state()["caller_id"] is None


def test_the_feed_is_seen_as_polarity(host):
    host.order(0, FeedLine(Feed.REVERSE))
    assert host.phone.state()["polarity"] == "reversed"
    host.order(0, FeedLine(Feed.OPEN))
    assert host.phone.state()["polarity"] == "open"


@pytest.mark.parametrize("block_ms", [5, 10, 20])
def test_what_is_said_and_what_is_heard_keep_their_samples(host, block_ms):
    host.order(0, StartAudio(block_ms, 1))
    host.phone.lift()
    host.run_ms(33)
    recording = host.phone.record(0.5)
    said = tones((1000,), -10, 100)
    doing = host.phone.play(said)
    start = host.timeline.now
    host.to_play[0] = said
    host.run_ms(600)
    assert host.heard[0][2 * start :][: len(said)] == said  # audio began at sample 0 of this test
    assert doing.started_at == start / 8000
    heard = recording.pcm
    offset = heard.index(said[:80].lstrip(b"\0")) // 2
    assert 0 < offset <= 8 * 3 * block_ms
    assert said[2:200] in heard
    state = host.phone.state()
    assert state["first_tone_at"] == pytest.approx(recording.started_at + offset / 8000, abs=0.0005)


def test_a_tone_is_named_when_heard(host):
    host.order(0, StartAudio(10))
    host.phone.lift()
    host.to_play[0] = tones((350, 440), -13, 500)
    host.run_ms(300)
    tone = host.phone.state()["tone"]
    assert (tone["name"], tone["hz"], tone["is_on"]) == ("dial", (350, 440), True)
    host.phone.hang_up()
    assert host.phone.state()["tone"] is None


def test_part_of_what_is_sent_comes_back_at_the_loss_that_was_set(host):
    host.adapter.set(change(Switches(), {"erl_db": 20, "echo_delay_ms": 4}))
    host.order(0, StartAudio(10))
    host.phone.lift()
    sent = tones((300, 700, 1100, 1900, 2700), -20, 1000)
    host.to_play[0] = sent
    host.run_ms(1000)
    echo = array("h", host.heard[0][2 * 1600 : 2 * 7200])
    original = array("h", sent[2 * 1600 : 2 * 7200])
    loss = sum(v * v for v in original) / sum(v * v for v in echo)
    assert 50 < loss < 200  # 17 to 23 dB: the path is not flat


def test_recordings_and_listeners_are_bounded(host):
    for _ in range(4):
        host.phone.record(1)
        host.phone.listen()
    with pytest.raises(Refused):
        host.phone.record(1)
    with pytest.raises(Refused):
        host.phone.listen()
    with pytest.raises(Refused):
        host.phone.record(901)
    host.run_ms(1001)
    host.phone.record(1)


def test_a_recording_that_is_stopped_keeps_what_it_has(host):
    recording = host.phone.record(10)
    host.run_ms(500)
    host.phone.stop()
    assert recording.is_over and len(recording.pcm) == 8000


def test_a_lifted_telephone_cannot_be_rung(host):
    host.phone.lift()
    assert isinstance(host.order(0, StartRinging((1000, 4000))), Nak)
