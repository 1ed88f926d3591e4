"""Adapters that are pulled out, fall silent, are strange or alike: the host's side on the simulator."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware.control import ControlClient
from firmware.fxs.line import (
    LineFound,
    LineId,
    LineKind,
    LineLost,
    OffHook,
    OnHook,
    OpenAudio,
)
from tests.support.host import FXO1, FXS1, FXS2, Box, running, simulating
from tests.support.waiting import until


def test_an_unplugged_adapter_is_lost_at_once_and_back_within_two_seconds(
    box: Box, simulator: ControlClient, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.call("phone.lift", number=2)  # 1 would be on the lifeline meanwhile
    box.wait(OffHook(FXS2))
    fastest_s = 5.0
    for _ in range(3):  # the machine may be busy with other things
        box.events.clear()
        with caplog.at_level(logging.INFO):
            caplog.clear()
            simulator.call("adapter.unplug")
            begun = time.monotonic()
            box.wait(LineLost(FXS2, "the adapter was unplugged"))
            fastest_s = min(fastest_s, time.monotonic() - begun)
            until(lambda: box.adapter()["state"] == "lost", 2, "the status")
            simulator.call("adapter.plug")
            box.wait(LineFound(FXS2, "SIM00000001"), OffHook(FXS2), within_s=2)
            until(lambda: box.adapter()["state"] == "ready", 2, "the status")
        assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1
    assert fastest_s < 0.5
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


def test_stopping_loses_all_lines_and_a_box_can_be_started_without_an_adapter(tmp_path: Path) -> None:
    with simulating(tmp_path):
        box = Box(tmp_path)
        with running(box):
            until(lambda: len(box.events) == 3, 5, "all lines")
        assert [event.line for event in box.events if isinstance(event, LineLost)] == [FXS1, FXS2, FXO1]
    empty = Box(tmp_path / "empty")
    with running(empty):
        assert empty.adapters.snapshot() == []
