"""A bad cable during a call: the box goes on, says so in words, and calls work once it is good again."""

from pathlib import Path

import pytest

from firmware.fxs import cable
from tests.support.box import Box
from tests.support.scenes import assert_talking, calm, connect, states
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
}
BACK_S = 6.0
BAD_CABLES: dict[str, list[dict[str, float]]] = {
    "frames are spoilt": [{"lose": 0.2}, {"cut": 0.1}, {"corrupt": 0.1}],
    "garbage floods in": [{"garbage": 20_000}],
    "frames are late": [{"delay_ms": 150.0}],
}
DAMAGES: dict[str, dict[str, float]] = {
    "garbage": {"garbage": 5_000},
    "half frames": {"cut": 0.1},
    "flipped bits": {"corrupt": 0.1},
}


@pytest.mark.parametrize("faults", BAD_CABLES.values(), ids=BAD_CABLES.keys())
def test_a_bad_cable_leaves_a_working_box(box: Box, tmp_path: Path, faults: list[dict[str, float]]) -> None:
    connect(box)
    for switches in faults:
        before = frames(box)
        box.fault(**switches)
        until(lambda before=before: _has_noticed(box, before), 5, f"{switches} is seen in the status")  # type: ignore[misc]
        assert box.gateway.call("ping") == "pong"
        box.fault(reset=True, country="UK")
    _assert_call_works(box, tmp_path)


@pytest.mark.parametrize("faults", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_frames_are_said_in_words_until_they_are_over(box: Box, faults: dict[str, float]) -> None:
    connect(box)
    before = box.log.count(cable.WORDS)
    box.fault(**faults)
    until(lambda: _said_of_adapter(box) == [cable.WORDS], 10, "it is said in the status, and so on the page")
    assert box.log.count(cable.WORDS) == before + 1
    assert box.status()["adapters"][0]["state"] == "ready"
    box.fault(reset=True, country="UK")
    until(lambda: not _said_of_adapter(box), 3 * cable.WHILE_S, "all is well again")
    assert box.log.count(cable.WORDS) == before + 1


def test_an_adapter_that_floods_the_box_is_refused_in_words_and_comes_back(box: Box) -> None:
    box.fault(garbage=1_000_000)
    until(lambda: _said_of_adapter(box) == ["it sends garbage"], 10, "it is said")
    assert box.log.count("it sends garbage") == 1
    assert box.gateway.call("ping") == "pong"
    box.fault(reset=True, country="UK")
    until(lambda: "lost" not in states(box).values(), 15, "the lines are back")
    assert not _said_of_adapter(box)


def test_an_adapter_that_resets_itself_ends_the_call_and_is_back(box: Box, tmp_path: Path) -> None:
    connect(box)
    resets = frames(box)["resets"]
    box.fault(reset_after=200)
    until(lambda: frames(box)["resets"] > resets, 5, "the reset is counted")
    box.fault(reset=True, country="UK")
    box.wait_idle()
    _assert_call_works(box, tmp_path)


def test_an_adapter_that_falls_silent_ends_the_call_and_is_back(box: Box, tmp_path: Path) -> None:
    connect(box)
    box.fault(silent=True)  # no heartbeats: blocks of audio show life as well
    until(lambda: box.calls()[0]["seconds"] >= 3, 10, "the call goes on")
    box.fault(lose=1.0)
    box.wait_idle(5)
    assert "the adapter has fallen silent" in box.log and "ended: the adapter was lost" in box.log
    until(lambda: box.status()["adapters"][0]["reason"], 5, "the status says so")
    box.fault(reset=True, country="UK")
    until(lambda: "lost" not in states(box).values(), BACK_S, "the lines are back")
    _assert_call_works(box, tmp_path)


def test_an_adapter_of_another_protocol_is_refused_in_words(box: Box) -> None:
    box.fault(protocol_major=9)
    box.wait_line("fxs1", "lost", 5)
    assert box.status()["adapters"][0]["state"] == "refused"
    assert any("speaks protocol 9.0, this box 1.0" in entry["text"] for entry in box.status()["health"])
    assert box.log.count("speaks protocol 9.0") == 1
    box.simulator.call("adapter.unplug")  # another one is plugged in
    box.fault(protocol_major=1)
    box.simulator.call("adapter.plug")
    until(lambda: "lost" not in states(box).values(), 5, "the lines are back")


def _said_of_adapter(box: Box) -> list[str]:
    return [entry["text"] for entry in box.status()["health"] if entry["part"].startswith("adapter")]


def frames(box: Box) -> dict[str, int]:
    """Counters of the adapter's link."""
    counters: dict[str, int] = box.status()["adapters"][0]["frames"]
    return counters


def _has_noticed(box: Box, before: dict[str, int]) -> bool:
    now = frames(box)
    return any(now[name] > before[name] + 3 for name in ("bad", "lost_audio", "starved"))


def _assert_call_works(box: Box, folder: Path) -> None:
    calm(box)
    connect(box)
    assert_talking(box.phone(1), box.phone(2), folder)
