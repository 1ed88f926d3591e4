"""A bad cable during a call: the box goes on, says so in words, and calls work once it is good again."""

from pathlib import Path

import pytest

from tests.support.box import Box
from tests.support.scenes import assert_talking, calm, connect
from tests.support.waiting import until

BACK_S = 6.0
FAULTS = {
    "frames are lost": {"lose": 0.2},
    "frames are cut": {"cut": 0.1},
    "frames are corrupted": {"corrupt": 0.1},
    "garbage floods in": {"garbage": 20_000},
    "frames are late": {"delay_ms": 150.0},
}


@pytest.mark.parametrize("switches", FAULTS.values(), ids=FAULTS.keys())
def test_a_bad_cable_leaves_a_working_box(box: Box, tmp_path: Path, switches: dict[str, float]) -> None:
    connect(box)
    before = frames(box)
    box.fault(**switches)
    until(lambda: _has_noticed(box, before) or "delay_ms" in switches, 5, "the fault is seen in the status")
    assert box.gateway.call("ping") == "pong"
    box.fault(reset=True)
    _assert_call_works(box, tmp_path)


def test_an_adapter_that_resets_itself_ends_the_call_and_is_back(box: Box, tmp_path: Path) -> None:
    connect(box)
    resets = frames(box)["resets"]
    box.fault(reset_after=200)
    until(lambda: frames(box)["resets"] > resets, 5, "the reset is counted")
    box.fault(reset=True)
    box.wait_idle()
    _assert_call_works(box, tmp_path)


def test_an_adapter_that_falls_silent_is_lost_in_words_and_back(box: Box, tmp_path: Path) -> None:
    connect(box)
    box.fault(silent=True)
    box.wait_line("fxs1", "lost", 5)
    box.wait_idle()
    until(lambda: any("adapter" in entry["part"] for entry in box.status()["health"]), 5, "it is said")
    box.fault(silent=False)
    until(lambda: "lost" not in {line["state"] for line in box.status()["lines"]}, BACK_S, "the lines are back")
    _assert_call_works(box, tmp_path)


def test_an_adapter_of_another_protocol_is_refused_in_words(box: Box) -> None:
    box.fault(protocol_major=9)
    box.wait_line("fxs1", "lost", 5)
    until(lambda: any("version" in entry["text"] for entry in box.status()["health"]), 5, "it is said")
    assert box.status()["adapters"][0]["state"] == "refused"
    box.simulator.call("adapter.unplug")  # another one is plugged in
    box.fault(protocol_major=1)
    box.simulator.call("adapter.plug")
    until(lambda: "lost" not in {line["state"] for line in box.status()["lines"]}, 15, "the lines are back")


def frames(box: Box) -> dict[str, int]:
    """Counters of the adapter's link."""
    counters: dict[str, int] = box.status()["adapters"][0]["frames"]
    return counters


def _has_noticed(box: Box, before: dict[str, int]) -> bool:
    now = frames(box)
    return any(now[name] > before[name] + 3 for name in ("bad", "lost_audio"))


def _assert_call_works(box: Box, folder: Path) -> None:
    calm(box)
    connect(box)
    assert_talking(box.phone(1), box.phone(2), folder)
