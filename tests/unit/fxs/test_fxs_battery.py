"""A telephone's battery: commanded as told, and an adapter that cannot change it makes no fault of every call."""

from typing import Any

import pytest

from firmware.fxs.fxs_line import FxsLine
from firmware.fxs.line import Feed, LineEvent, LineFault, LineId, LineKind, SetFeed
from firmware.fxs.outbox import Answer
from firmware.fxs.profile import LineProfile
from firmware.fxs.protocol.frames import NakCode
from firmware.fxs.protocol.orders import FeedLine, Order
from firmware.fxs.protocol.reports import LineFlags, StateReported


class Host:
    """What is round the line: notes orders and events."""

    line = LineId(LineKind.FXS, 1)
    profile = LineProfile()

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.events: list[LineEvent] = []
        self.order = self.orders.append
        self.post = self.events.append

    def found(self) -> None: ...


def line_of(host: Any) -> FxsLine:
    return FxsLine(host, StateReported(LineFlags(0)), 0)


def test_the_battery_is_changed_as_told() -> None:
    host = Host()
    for feed in Feed:
        line_of(host).perform(SetFeed(feed))
    assert host.orders == [FeedLine(feed) for feed in Feed]


def test_an_adapter_that_cannot_change_it_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    host = Host()
    line = line_of(host)
    refused = Answer(0, FeedLine(Feed.OPEN), "the adapter cannot do this on this line", NakCode.NOT_CAPABLE)
    with caplog.at_level("INFO"):
        for _call in range(5):
            line.answered(refused)
    assert host.events == []
    assert caplog.text.count("fxs1: this adapter can't reverse or break its battery") == 1


def test_any_other_refusal_is_a_fault() -> None:
    host = Host()
    line_of(host).answered(Answer(0, FeedLine(Feed.OPEN), "the hardware failed", NakCode.HARDWARE))
    assert host.events == [LineFault(host.line, "FeedLine: the hardware failed")]
