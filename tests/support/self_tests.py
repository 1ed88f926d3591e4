"""Test calls as a client of the control socket makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from firmware.control import ControlClient
from tests.support.box import Box

Hops = dict[str, tuple[str, str]]
"""The last that was told of each hop: its state and its words."""


@contextmanager
def running_test(box: Box, kind: str, **asked: str) -> Iterator[Iterator[Any]]:
    """The stream of a test; leaving it is a client that goes away."""
    with ControlClient(box.folder / "run" / "gateway.sock").stream("test.run", kind=kind, **asked) as stream:
        yield stream


def told(box: Box, kind: str, **asked: str) -> Hops:
    """All of a test, when it is over."""
    with running_test(box, kind, **asked) as stream:
        return {item["hop"]: (item["state"], item["text"]) for item in stream}


def wait_hop(stream: Iterator[Any], hop: str, state: str) -> str:
    """Until the hop is in that state; its words."""
    for item in stream:
        if (item["hop"], item["state"]) == (hop, state):
            return str(item["text"])
    raise AssertionError(f"{hop} was never {state}")


def assert_stopped(hops: Hops, hop: str, words: str) -> None:
    """It stopped there and for that reason; nothing behind it was tried, and it ended all the same."""
    assert hops[hop][0] == "failed" and words in hops[hop][1], hops
    order = list(hops)
    assert {hops[name][0] for name in order[order.index(hop) + 1 : -1]} <= {"skipped"}, hops
    assert [name for name in order if hops[name][0] == "failed"] == [hop], hops
    assert order[-1] == "end" and hops["end"][0] == "done", hops


def assert_passed(hops: Hops) -> None:
    """Every hop is behind the call."""
    assert {state for state, _words in hops.values()} == {"done"}, hops
