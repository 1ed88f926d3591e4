"""The simulator over its pty: timing, faults, unplugging, garbage; a scripted host with the real codec."""

import os
import random
import statistics
import time
from pathlib import Path

import pytest

from firmware.control import Refused
from firmware.fxs.protocol.frames import Ack
from firmware.fxs.protocol.orders import StartAudio, StartRinging, StopRinging, SwitchLifeline
from firmware.fxs.protocol.reports import LoopClosed, LoopOpened
from firmware.fxs.simulator import Equipment
from firmware.fxs.simulator.process import device_path
from tests.support.pty_host import hosting, simulating
from tests.support.waiting import until


def test_a_session_begins_and_blocks_leave_on_time(tmp_path: Path):
    with simulating(tmp_path) as control, hosting(tmp_path) as host:
        host.begin()
        host.order(0, SwitchLifeline(False))
        host.order(1, StartAudio(10))
        until(lambda: len(host.blocks) >= 100, 5, "a second of audio")
        arrivals = [at for at, _ in host.blocks]
        numbers = [audio.number for _, audio in host.blocks]
        state = control.call("state")
    assert numbers == list(range(len(numbers)))
    late = [at - arrivals[0] - 0.01 * number for at, number in zip(arrivals, numbers, strict=True)]
    assert statistics.median(late) < 0.01  # an absolute schedule does not drift
    assert state["adapter"]["session"] and state["adapter"]["bad_frames"] == 0


def test_the_clock_can_be_off(tmp_path: Path):
    with simulating(tmp_path) as control, hosting(tmp_path) as host:
        host.begin()
        control.call("fault.set", clock_ppm=20_000)
        host.order(1, StartAudio(5))

        def keeps_its_pace() -> bool:
            """Over two seconds amid which nothing held this machine up."""
            late = [at - number * 0.005 / 1.02 for number, (at, _) in enumerate(list(host.blocks))]
            firsts = range(0, len(late) - 399, 100)
            return any(abs(min(late[n + 300 : n + 400]) - min(late[n : n + 100])) < 0.01 for n in firsts)

        until(keeps_its_pace, 20, "blocks as often as that clock says")  # a true clock would be 30 ms late by then


@pytest.mark.parametrize("fault", [{"lose": 0.2}, {"cut": 0.2}, {"corrupt": 0.2}, {"delay_ms": 60}])
def test_requests_and_events_survive_a_bad_link(tmp_path: Path, fault: dict[str, float]):
    with simulating(tmp_path) as control, hosting(tmp_path) as host:
        host.begin()
        host.order(0, SwitchLifeline(False))
        control.call("fault.set", **fault)
        for _ in range(5):
            assert isinstance(host.order(0, StartRinging((200, 300))), Ack)
            assert isinstance(host.order(0, StopRinging()), Ack)
            control.call("phone.lift", number=1)
            control.call("phone.hang_up", number=1)
        until(lambda: len(host.events) >= 3 + 10, 5, "all events")
        reports = [event.report for event in host.events if event.line == 0][1:]
        assert reports == [LoopClosed(), LoopOpened()] * 5
        assert len(host.hellos) == 1


def test_garbage_costs_no_session(tmp_path: Path):
    noise = random.Random(1)
    with simulating(tmp_path) as control, hosting(tmp_path) as host:
        host.begin()
        control.call("fault.set", garbage=50_000)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            host.send_bytes(noise.randbytes(500) + b"\0")
            assert isinstance(host.order(0, StopRinging()), Ack)
        assert len(host.hellos) == 1
        assert host.decoder.bad > 20
        assert control.call("state")["adapter"]["bad_frames"] > 5


def test_an_adapter_that_resets_comes_back_with_another_session(tmp_path: Path):
    with simulating(tmp_path) as control, hosting(tmp_path) as host:
        host.begin()
        control.call("fault.set", reset_after=20)
        host.order(1, StartAudio(20))
        until(lambda: len(host.hellos) >= 2, 5, "another session")
        control.call("fault.set", reset=True)
        host.begin()
        assert host.hellos[0].session != host.hellos[-1].session
        assert control.call("state")["adapter"]["resets"] >= 1


def test_unplugging_takes_the_device_away_and_plugging_brings_it_back(tmp_path: Path):
    with simulating(tmp_path) as control:
        with hosting(tmp_path) as host:
            host.begin()
            control.call("adapter.unplug")
            until(lambda: host.is_gone, 2, "the end of the device")
            assert not os.path.lexists(device_path(tmp_path))
            control.call("phone.lift", number=2)
        control.call("adapter.plug")
        with hosting(tmp_path) as host:
            host.begin()
            assert host.events[1].report.flags == 1  # the handset was lifted meanwhile


def test_a_host_that_comes_again_finds_nothing_of_the_last(tmp_path: Path):
    with simulating(tmp_path) as control:
        with hosting(tmp_path) as host:
            host.begin()
            host.order(1, StartAudio(5))
            until(lambda: host.blocks, 5, "audio")
        until(lambda: not control.call("state")["adapter"]["host"], 2, "the host gone")
        with hosting(tmp_path) as host:
            host.begin()
            assert host.decoder.bad == 0
            assert not host.blocks


def test_a_host_that_does_not_read_loses_audio_and_no_event(tmp_path: Path):
    with simulating(tmp_path, Equipment(telephones=8, seed=1)) as control, hosting(tmp_path) as host:
        host.begin()
        for line in range(1, 8):
            host.order(line, StartAudio(5))
        host.pause()
        time.sleep(1.5)  # 200 kB: more than a pty holds, and less than the 2 s that end the session
        control.call("phone.lift", number=2)
        host.go_on()
        until(lambda: [e for e in host.events if e.report == LoopClosed()], 5, "the event")
        latest = host.blocks[-1][1].number
        until(lambda: host.blocks[-1][1].number > latest + 20, 5, "audio going on")
        assert host.decoder.bad == 0
        assert len(host.hellos) == 1
        assert len([audio for _, audio in host.blocks if audio.line == 1]) < latest


def test_unknown_things_are_refused_in_words(tmp_path: Path):
    with simulating(tmp_path) as control:
        for method, params, words in (
            ("phone.lift", {"number": 9}, "telephone 9 does not exist: there are 2"),
            ("line.ring", {"number": 2}, "outside line 2 does not exist: there is only outside line 1"),
            ("phone.play", {"number": 1, "path": "/nowhere.wav"}, "there is no file /nowhere.wav"),
            ("phone.play", {"number": 1, "path": __file__}, "not a WAV file"),
            ("phone.record", {"number": 1, "seconds": 1, "path": "/nowhere/x.wav"}, "there is no folder /nowhere"),
            ("fault.set", {"lsoe": 1}, "did you mean 'lose'"),
            ("fault.set", {"lose": 2}, "lose is from 0 to 1"),
            ("fault.set", {"country": "XX"}, "country is one of US, UK, DE"),
            ("line.hang_up", {"number": 1, "how": "rudely"}, "not 'rudely'"),
            ("line.answer", {"number": 1}, "nothing to answer"),
        ):
            with pytest.raises(Refused, match=words):
                control.call(method, **params)
