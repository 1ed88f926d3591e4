"""All of the host's side on the simulator: device, session, hooks, caller ID, numbering. Real bytes, real time."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from firmware.control import ControlClient, Refused
from firmware.fxs.hotplug import PathWatcher
from firmware.fxs.line import (
    Caller,
    CallerIdHeard,
    CallerIdScheme,
    CloseAudio,
    DialPulses,
    ExpectDigits,
    Feed,
    Flashed,
    FlashLine,
    HookTimings,
    LineEvent,
    LineFault,
    LineFound,
    LineId,
    LineKind,
    LineLost,
    LineProfile,
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
    Seize,
    SetFeed,
    StopRing,
)
from firmware.fxs.lines import Adapters
from firmware.fxs.listening import RING_OVER_S
from firmware.fxs.simulator import device_path, socket_path
from tests.support.waiting import until

FXS1, FXS2, FXO1 = LineId(LineKind.FXS, 1), LineId(LineKind.FXS, 2), LineId(LineKind.FXO, 1)
ROOT = Path(__file__).parents[2]
QUICK = LineProfile(hooks=HookTimings(flash_min_ms=50, flash_max_ms=150, on_hook_min_ms=300))


class Loopback:
    """Plays what it hears, and writes down both."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def exchange(self, block: bytes, played: bytes) -> bytes:
        self.heard.append(block)
        return block


@dataclass
class Box:
    """The host's side on a folder, and what it posted."""

    config: Path
    profile: LineProfile = QUICK
    block_ms: int = 10
    events: list[LineEvent] = field(default_factory=list)
    adapters: Adapters = field(init=False)

    def __post_init__(self) -> None:
        watchers = [PathWatcher(device_path(self.config / name), poll_s=0.05) for name in ("", "a", "b")]
        self.adapters = Adapters(
            watchers=watchers,
            post=self.events.append,
            profile=lambda line: self.profile,
            block_ms=lambda: self.block_ms,
        )

    def wait(self, *events: LineEvent, within_s: float = 5.0) -> None:
        """Until all of these have been posted, in this order; forgets what was before the last."""
        for event in events:
            until(lambda event=event: event in self.events, within_s, f"{event} (so far {self.events})")
            del self.events[: self.events.index(event) + 1]

    def adapter(self) -> dict[str, object]:
        return self.adapters.snapshot()[0]


_SIMULATOR = """
import sys
from pathlib import Path
from firmware.fxs.simulator import Equipment, main
sys.exit(main(Path(sys.argv[1]), Equipment(2, 1, sys.argv[2], 1)))
"""


@contextmanager
def simulating(config: Path, serial: str = "SIM00000001") -> Iterator[ControlClient]:
    """The simulator in a process of its own, as on the box: its work must not hold up our audio."""
    process = subprocess.Popen([sys.executable, "-c", _SIMULATOR, str(config), serial], cwd=ROOT)
    try:
        until(lambda: socket_path(config).exists() and device_path(config).exists(), 20, "the simulator")
        with ControlClient(socket_path(config), timeout_s=30) as client:
            yield client
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running(box: Box) -> Iterator[Box]:
    box.adapters.start()
    try:
        yield box
    finally:
        box.adapters.stop()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads, files = set(threading.enumerate()), len(os.listdir("/proc/self/fd"))
    yield
    until(lambda: set(threading.enumerate()) <= threads, 5, "the end of all threads")
    assert len(os.listdir("/proc/self/fd")) <= files


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ControlClient]]:
    config = tmp_path_factory.mktemp("simulated")
    with simulating(config) as client:
        client.call("ping")
        yield config, client


@pytest.fixture
def simulator(simulated: tuple[Path, ControlClient]) -> Iterator[ControlClient]:
    """One for all, and after each test as it was before."""
    client = simulated[1]
    yield client
    client.call("fault.set", reset=True)
    for number in (1, 2):
        with suppress(Refused):  # it is down
            client.call("phone.hang_up", number=number)
    client.call("line.stop", number=1)
    until(lambda: client.call("line.state", number=1)["state"] == "idle", 10, "an idle line")  # type: ignore[index]


@pytest.fixture
def box(simulated: tuple[Path, ControlClient], simulator: ControlClient) -> Iterator[Box]:
    with running(Box(simulated[0])) as box:
        found = {LineFound(line, "SIM00000001") for line in (FXS1, FXS2, FXO1)}
        until(lambda: found <= set(box.events), 5, "all lines")
        box.events.clear()
        yield box


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


def test_an_unplugged_adapter_is_lost_at_once_and_back_within_two_seconds(
    box: Box, simulator: ControlClient, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.call("phone.lift", number=2)  # 1 would be on the lifeline meanwhile
    box.wait(OffHook(FXS2))
    for _ in range(3):
        box.events.clear()
        with caplog.at_level(logging.INFO):
            caplog.clear()
            simulator.call("adapter.unplug")
            box.wait(LineLost(FXS2, "the adapter was unplugged"), within_s=0.5)
            until(lambda: box.adapter()["state"] == "lost", 2, "the status")
            simulator.call("adapter.plug")
            box.wait(LineFound(FXS2, "SIM00000001"), OffHook(FXS2), within_s=2)
            until(lambda: box.adapter()["state"] == "ready", 2, "the status")
        assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1
    assert len(box.adapters.snapshot()) == 1


def test_an_adapter_that_falls_silent_is_lost_and_found_again(box: Box, simulator: ControlClient) -> None:
    simulator.call("fault.set", silent=True)
    box.wait(LineLost(FXO1, "the adapter has fallen silent"), within_s=3)
    simulator.call("fault.set", silent=False)
    box.wait(LineFound(FXO1, "SIM00000001"), within_s=2)


def test_an_adapter_of_another_major_version_is_refused_in_words(box: Box, simulator: ControlClient) -> None:
    simulator.call("fault.set", protocol_major=2)
    box.wait(LineLost(FXS1, "speaks protocol 2.0, this box 1.0"), within_s=5)
    until(lambda: box.adapter()["state"] == "refused", 2, "the status")
    assert box.adapter()["reason"] == "speaks protocol 2.0, this box 1.0"
    assert "2.0" in str(simulator.call("state"))


def test_a_bad_link_loses_no_event(box: Box, simulator: ControlClient) -> None:
    simulator.call("fault.set", lose=0.1, corrupt=0.05, cut=0.05)
    for _ in range(5):
        simulator.call("phone.lift", number=1)
        box.wait(OffHook(FXS1), within_s=10)
        simulator.call("phone.hang_up", number=1)
        box.wait(OnHook(FXS1), within_s=10)


def test_two_adapters_with_one_serial_number_keep_their_numbers(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(simulating(tmp_path / "a", "SAME"))
        second = stack.enter_context(simulating(tmp_path / "b", "SAME"))
        box = stack.enter_context(running(Box(tmp_path)))
        until(lambda: len(box.events) == 6, 5, "all lines")
        assert [a["state"] for a in box.adapters.snapshot()] == ["ready"] * 2
        for _ in range(2):
            for client, number in ((second, 3), (first, 1)):
                box.events.clear()
                client.call("phone.lift", number=1)
                box.wait(OffHook(LineId(LineKind.FXS, number)))
                client.call("phone.hang_up", number=1)
                box.wait(OnHook(LineId(LineKind.FXS, number)))
            for client in (first, second):
                client.call("adapter.unplug")
            box.wait(LineLost(LineId(LineKind.FXS, 3), "the adapter was unplugged"))
            until(lambda: [a["state"] for a in box.adapters.snapshot()] == ["lost"] * 2, 5, "both lost")
            box.events.clear()
            for client, number in ((second, 3), (first, 1)):
                client.call("adapter.plug")
                box.wait(LineFound(LineId(LineKind.FXS, number), "SAME"))


def test_a_path_that_fails_costs_a_moment_and_not_the_adapter(
    box: Box, simulator: ControlClient, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def exchange(self, block: bytes, played: bytes) -> bytes:
            raise ZeroDivisionError

    box.adapters.attach(FXS2, Broken())
    box.adapters.perform(FXS2, OpenAudio())
    box.wait(LineLost(FXS2, "a fault in the box's own program; see the log"))
    box.wait(LineFound(FXS2, "SIM00000001"))
    assert "ZeroDivisionError" in caplog.text


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


def test_stopping_loses_all_lines_and_a_box_can_be_started_without_an_adapter(tmp_path: Path) -> None:
    with simulating(tmp_path):
        box = Box(tmp_path)
        with running(box):
            until(lambda: len(box.events) == 3, 5, "all lines")
        assert [event.line for event in box.events if isinstance(event, LineLost)] == [FXS1, FXS2, FXO1]
    empty = Box(tmp_path / "empty")
    with running(empty):
        assert empty.adapters.snapshot() == []
