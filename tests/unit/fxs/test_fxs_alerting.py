"""Ringing a telephone with caller ID, block by block."""

from datetime import datetime

import pytest

from firmware.fxs.callerid.alerting import Alerting, prepare
from firmware.fxs.callerid.sound import receiver_of
from firmware.fxs.line import Caller, Feed, Ring
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.protocol.orders import FeedLine, Order, StartRinging, StopRinging

WHEN = datetime(2024, 9, 30, 12, 24)  # noqa: DTZ001 - a telephone shows local time
CALLER = Caller("5551234", "Somebody")
SCHEMES = [scheme for scheme in CallerIdScheme if scheme is not CallerIdScheme.OFF]


class Telephone:
    """Gives blocks in time and keeps what came: audio, and orders with their time in ms."""

    def __init__(self, ring: Ring, profile: LineProfile, block_ms: int = 10) -> None:
        self.orders: list[tuple[int, Order]] = []
        self.audio = b""
        self.ms = 0
        self.block_ms = block_ms
        self.alerting = Alerting(prepare(ring, profile, WHEN), self._take, 0.0)

    def _take(self, order: Order) -> None:
        self.orders.append((self.ms, order))

    def run(self, ms: int) -> None:
        end = self.ms + ms
        while self.ms < end and self.alerting.wants_audio:
            self.audio += self.alerting.exchange(bytes(self.block_ms * 16), self.ms / 1000)
            self.ms += self.block_ms
            self.alerting.tick(self.ms / 1000)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.value)
@pytest.mark.parametrize("block_ms", [5, 10, 20])
def test_the_telephone_reads_the_caller_from_the_audio_and_then_rings_on(scheme: CallerIdScheme, block_ms: int) -> None:
    telephone = Telephone(Ring(caller=CALLER), LineProfile(caller_id=scheme), block_ms)
    telephone.run(10_000)
    receiver = receiver_of(scheme)
    assert receiver is not None
    (caller,) = receiver.feed(telephone.audio)
    assert caller == (Caller(CALLER.number) if scheme.is_dtmf else CALLER)
    rings = [order for _, order in telephone.orders if isinstance(order, StartRinging)]
    assert rings[-1] == StartRinging((2000, 4000))
    assert not telephone.alerting.wants_audio


def test_audio_stays_on_until_the_adapter_has_played_the_end_of_the_message() -> None:
    telephone = Telephone(Ring(caller=CALLER), LineProfile())
    telephone.run(10_000)
    spoken = len(telephone.audio.rstrip(b"\0"))
    assert len(telephone.audio) - spoken >= 120 * 16


def test_without_a_caller_or_a_scheme_no_audio_is_wanted() -> None:
    for ring, profile in (
        (Ring(), LineProfile()),
        (Ring(caller=CALLER), LineProfile(caller_id=CallerIdScheme.OFF)),
    ):
        telephone = Telephone(ring, profile)
        assert telephone.orders == [(0, StartRinging((2000, 4000)))]
        assert not telephone.alerting.wants_audio


def test_a_distinctive_cadence_goes_before_the_countrys() -> None:
    telephone = Telephone(Ring(cadence_ms=(400, 200, 400, 2000)), LineProfile())
    assert telephone.orders == [(0, StartRinging((400, 200, 400, 2000)))]


def test_a_line_without_audio_rings_all_the_same() -> None:
    telephone = Telephone(Ring(caller=CALLER), LineProfile(caller_id=CallerIdScheme.SIN227))
    telephone.alerting.tick(0.4)
    assert telephone.orders == []
    telephone.alerting.tick(0.5)
    assert telephone.orders == [(0, StartRinging((2000, 4000)))]
    assert not telephone.alerting.wants_audio


def test_audio_that_ends_midway_ends_in_ringing() -> None:
    telephone = Telephone(Ring(caller=CALLER), LineProfile(caller_id=CallerIdScheme.ETSI_FSK_DTAS))
    telephone.run(300)
    telephone.alerting.tick(1.0)
    assert [order for _, order in telephone.orders] == [StartRinging((2000, 4000))]


@pytest.mark.parametrize("after_ms", [0, 100, 600, 1500, 2600, 5000])
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.value)
def test_stopping_ends_everything_at_once(scheme: CallerIdScheme, after_ms: int) -> None:
    telephone = Telephone(Ring(caller=CALLER), LineProfile(caller_id=scheme))
    telephone.run(after_ms)
    was_reversed = (0, FeedLine(Feed.REVERSE)) in telephone.orders
    telephone.orders.clear()
    telephone.alerting.stop()
    orders = [order for _, order in telephone.orders]
    assert orders == [StopRinging(), FeedLine(Feed.FORWARD)] if was_reversed else [StopRinging()]
    telephone.alerting.stop()
    telephone.alerting.tick(100.0)
    telephone.alerting.ring_again()
    assert telephone.alerting.exchange(bytes(160), 100.0) == bytes(160)
    assert len(telephone.orders) == len(orders)


def test_a_touch_of_the_hook_that_tripped_the_ring_does_not_end_the_call() -> None:
    telephone = Telephone(Ring(), LineProfile())
    telephone.alerting.ring_again()
    assert [order for _, order in telephone.orders] == [StartRinging((2000, 4000))] * 2
