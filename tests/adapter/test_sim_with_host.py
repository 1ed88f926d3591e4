"""Both ends: the firmware's own adapter code on one side of the pty, the simulator on the other."""

import contextlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from firmware.control import ControlClient
from firmware.dsp.spandsp import tones
from firmware.fxs.hotplug import PathWatcher
from firmware.fxs.line import (
    Caller,
    CallerIdHeard,
    CloseAudio,
    DialPulses,
    ExpectDigits,
    Flashed,
    LineEvent,
    LineFound,
    LineId,
    LineKind,
    LineLost,
    LoopCurrentLost,
    OffHook,
    OnHook,
    OpenAudio,
    PulseDigit,
    Release,
    Ring,
    RingStarted,
    Seize,
    StopRing,
)
from firmware.fxs.lines import Adapters
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.simulator.process import device_path
from firmware.fxs.simulator.spectrum import sine_hz
from firmware.fxs.simulator.wav import read_wav, write_wav
from tests.support.pty_host import simulating
from tests.support.scenes import comes
from tests.support.waiting import until

PHONE = LineId(LineKind.FXS, 1)
LINE = LineId(LineKind.FXO, 1)
_Event = TypeVar("_Event", bound=LineEvent)


class Loop:
    """Plays to the line what it heard from it."""

    def exchange(self, block: bytes, played: bytes) -> bytes:
        return block


class Box:
    """The firmware's adapters, and what they told."""

    def __init__(self, config: Path, control: ControlClient) -> None:
        self.control = control
        self.events: list[LineEvent] = []
        self.profile = LineProfile()
        self.adapters = Adapters(
            watchers=[PathWatcher(device_path(config), poll_s=0.05)],
            post=self.events.append,
            profile=lambda line: self.profile,
        )
        self.adapters.start()

    def wait_for(self, kind: type[_Event], line: LineId, count: int = 1, within_s: float = 6.0) -> list[_Event]:
        def found() -> list[_Event]:
            events = [event for event in list(self.events) if isinstance(event, kind) and event.line == line]
            return events if len(events) >= count else []

        return until(found, within_s, f"{count} {kind.__name__} of {line}")

    def phone(self, action: str, **params: object) -> dict[str, object]:
        result = self.control.call(f"phone.{action}", number=1, **params)
        assert isinstance(result, dict)
        return result

    def line(self, action: str, **params: object) -> dict[str, object]:
        result = self.control.call(f"line.{action}", number=1, **params)
        assert isinstance(result, dict)
        return result


@contextlib.contextmanager
def boxed(config: Path) -> Iterator[Box]:
    with simulating(config) as control:
        box = Box(config, control)
        try:
            for line in (PHONE, LINE):
                box.wait_for(LineFound, line)
            yield box
        finally:
            box.adapters.stop()


@pytest.mark.parametrize("fault", [{}, {"lose": 0.2, "corrupt": 0.1, "delay_ms": 20}])
def test_hook_flash_and_pulses_arrive_whatever_the_link(tmp_path: Path, fault: dict[str, float]):
    with boxed(tmp_path) as box:
        box.control.call("fault.set", **fault)
        box.phone("lift")
        box.wait_for(OffHook, PHONE)
        box.adapters.perform(PHONE, ExpectDigits(True))
        box.phone("dial", digits="23", pulse=True, gap_ms=300)
        assert [event.digit for event in box.wait_for(PulseDigit, PHONE, 2)] == ["2", "3"]
        box.adapters.perform(PHONE, ExpectDigits(False))
        box.phone("flash", ms=400)
        box.wait_for(Flashed, PHONE)
        box.phone("hang_up")
        box.wait_for(OnHook, PHONE)
        assert not [event for event in box.events if isinstance(event, LineLost)]


def test_ringing_stops_when_lifted_or_told(tmp_path: Path):
    with boxed(tmp_path) as box:
        box.adapters.perform(PHONE, Ring(cadence_ms=(400, 200, 400, 2000)))
        until(lambda: len(box.phone("state")["cadence_ms"]) >= 3, 5, "a cadence")
        box.adapters.perform(PHONE, StopRing())
        until(lambda: not box.phone("state")["ringing"], 2, "silence")
        assert box.phone("state")["cadence_ms"] == [400, 200, 400]
        box.adapters.perform(PHONE, Ring(cadence_ms=(2000, 4000)))
        until(lambda: box.phone("state")["ringing"], 2, "ringing")
        box.phone("lift")
        until(lambda: not box.phone("state")["ringing"], 2, "silence")
        state = box.phone("state")
        assert state["ring_stopped_at"] - state["lifted_at"] < 0.1


@pytest.mark.parametrize("scheme", [CallerIdScheme.BELLCORE_FSK, CallerIdScheme.SIN227])
def test_a_rung_telephone_decodes_who_calls(tmp_path: Path, scheme: CallerIdScheme):
    with boxed(tmp_path) as box:
        box.profile = LineProfile(caller_id=scheme, ring_cadence_ms=(300, 3000))
        for _ in range(3):  # a machine under load may starve the line, and a message is sent but once a call
            box.adapters.perform(PHONE, Ring(caller=Caller("5551234", "ANNA LEE")))
            if comes(lambda: box.phone("state")["caller_id"], 5):
                break
            box.adapters.perform(PHONE, StopRing())
        caller = box.phone("state")["caller_id"]
        assert caller, "caller ID"
        until(lambda: box.phone("state")["cadence_ms"], 4, "a burst")
        box.adapters.perform(PHONE, StopRing())
    assert (caller["number"], caller["name"]) == ("5551234", "ANNA LEE")


def test_sound_goes_round_within_a_few_blocks(tmp_path: Path):
    said, heard = tmp_path / "said.wav", tmp_path / "heard.wav"
    write_wav(said, tones((1000,), -10, 200))
    with boxed(tmp_path) as box:
        box.control.call("fault.set", erl_db="off")
        box.adapters.attach(PHONE, Loop())
        box.phone("lift")
        box.adapters.perform(PHONE, OpenAudio())
        started = box.phone("record", seconds=1.0, path=str(heard), background=True)["started_at"]
        played = box.phone("play", path=str(said))["started_at"]
        until(heard.exists, 5, "the recording")
        box.adapters.perform(PHONE, CloseAudio())
    pcm = array("h", read_wav(heard))
    onset = next(place for place, value in enumerate(pcm) if abs(value) > 2000)
    delay_s = started + onset / 8000 - played
    assert 0.01 < delay_s < 0.08  # a block, two primed, and the load of the machine
    assert sine_hz(pcm[onset + 100 : onset + 900]) == pytest.approx(1000, rel=0.02)  # a late host costs a block


def test_a_call_from_outside_is_announced_answered_and_cleared(tmp_path: Path):
    with boxed(tmp_path) as box:
        box.line("ring", from_="5551234", name="ANNA LEE")
        box.wait_for(RingStarted, LINE)
        (heard,) = box.wait_for(CallerIdHeard, LINE)
        assert heard.caller == Caller("5551234", "ANNA LEE")
        box.adapters.perform(LINE, Seize())
        until(lambda: box.line("state")["state"] == "talking", 2, "the call")
        box.line("hang_up", how="cpc")
        lost, back = box.wait_for(LoopCurrentLost, LINE, 2)
        assert (lost.is_lost, back.is_lost) == (True, False)
        box.adapters.perform(LINE, Release())
        until(lambda: box.line("state")["state"] == "idle", 2, "rest")


def test_a_call_to_outside_is_dialled_by_pulses(tmp_path: Path):
    with boxed(tmp_path) as box:
        box.adapters.perform(LINE, Seize())
        until(lambda: box.line("state")["state"] == "dial-tone", 2, "dial tone")
        box.adapters.perform(LINE, DialPulses("12"))
        until(lambda: box.line("state")["dialled"] == "12", 5, "the number")
        assert box.line("state")["dialled_by"] == "pulse"
        until(lambda: box.line("state")["state"] == "ringback", 5, "ringback")
        assert box.line("answer")["state"] == "talking"


def test_unplugged_lines_are_lost_and_come_back(tmp_path: Path):
    with boxed(tmp_path) as box:
        box.control.call("adapter.unplug")
        for line in (PHONE, LINE):
            box.wait_for(LineLost, line, within_s=2)
        box.control.call("adapter.plug")
        for line in (PHONE, LINE):
            box.wait_for(LineFound, line, 2, within_s=5)


def test_another_major_version_is_refused_in_words(tmp_path: Path):
    with boxed(tmp_path) as box:
        box.control.call("fault.set", protocol_major=2)
        box.wait_for(LineLost, PHONE)
        until(lambda: box.control.call("state")["adapter"]["refusal"], 5, "the refusal")
        assert "2" in box.control.call("state")["adapter"]["refusal"]
