"""Telling a telephone on the hook that messages wait, block by block."""

import pytest

from firmware.dsp.spandsp import CallerIdReceiver
from firmware.fxs.callerid.lighting import Lighting, prepare_lamp
from firmware.fxs.callerid.messages import parse_lamp
from firmware.fxs.callerid.plan import modem_of
from firmware.fxs.line import Feed, ShowMessages
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.protocol.orders import FeedLine, Order, StartRinging, StopRinging

FSK_SCHEMES = [scheme for scheme in CallerIdScheme if modem_of(scheme) is not None]
BY_BELL = (CallerIdScheme.ETSI_FSK_DURING_RINGING, CallerIdScheme.ETSI_FSK_RING_PULSE)
MESSAGE_MS = 3000  # longer than any


class Telephone:
    """Gives blocks in time and keeps what came: audio, and orders with their time in ms."""

    def __init__(self, scheme: CallerIdScheme, count: int = 2, block_ms: int = 20) -> None:
        self.orders: list[tuple[int, Order]] = []
        self.audio = b""
        self.ms = 0
        self.block_ms = block_ms
        message = prepare_lamp(ShowMessages(count), LineProfile(caller_id=scheme))
        assert message is not None
        self.lighting = Lighting(message, self._take, 0.0, lag_ms=120)

    def _take(self, order: Order) -> None:
        self.orders.append((self.ms, order))

    def run(self, ms: int) -> None:
        end = self.ms + ms
        while self.ms < end and self.lighting.wants_audio:
            self.audio += self.lighting.exchange(bytes(self.block_ms * 16), self.ms / 1000)
            self.ms += self.block_ms
            self.lighting.tick(self.ms / 1000)


@pytest.mark.parametrize("scheme", FSK_SCHEMES, ids=lambda scheme: scheme.value)
@pytest.mark.parametrize("count", [0, 1, 300])
def test_the_telephone_reads_from_the_audio_whether_messages_wait(scheme: CallerIdScheme, count: int) -> None:
    telephone = Telephone(scheme, count)
    telephone.run(MESSAGE_MS)
    modem = modem_of(scheme)
    assert modem is not None
    (message,) = CallerIdReceiver(modem).feed(telephone.audio)
    assert parse_lamp(message) is (count > 0)
    assert telephone.lighting.shown == count
    assert not telephone.lighting.wants_audio


@pytest.mark.parametrize("scheme", FSK_SCHEMES, ids=lambda scheme: scheme.value)
def test_no_bell_sounds_longer_than_the_schemes_pulse_and_the_battery_is_normal_in_the_end(
    scheme: CallerIdScheme,
) -> None:
    telephone = Telephone(scheme)
    telephone.run(MESSAGE_MS)
    rings = [order.cadence_ms for _, order in telephone.orders if isinstance(order, StartRinging)]
    assert rings == ([(250,)] if scheme in BY_BELL else [])
    feeds = [(at, order.feed) for at, order in telephone.orders if isinstance(order, FeedLine)]
    if scheme is not CallerIdScheme.SIN227:
        assert feeds == []
        return
    (reversed_at, first), (normal_at, last) = feeds
    assert (reversed_at, first, last) == (0, Feed.REVERSE, Feed.FORWARD)
    assert normal_at * 16 >= len(telephone.audio.rstrip(b"\0")) + 120 * 16, "the end of the message has sounded"


def test_a_reminder_is_not_given_by_the_bell() -> None:
    reminder = ShowMessages(1, is_reminder=True)
    silenced = {scheme for scheme in FSK_SCHEMES if prepare_lamp(reminder, LineProfile(caller_id=scheme)) is None}
    assert silenced == set(BY_BELL)


@pytest.mark.parametrize("scheme", [scheme for scheme in CallerIdScheme if modem_of(scheme) is None])
def test_where_there_is_no_fsk_there_is_no_lamp(scheme: CallerIdScheme) -> None:
    assert prepare_lamp(ShowMessages(1), LineProfile(caller_id=scheme)) is None


def test_a_line_without_audio_is_left_as_it_was() -> None:
    telephone = Telephone(CallerIdScheme.SIN227)
    telephone.run(40)
    telephone.lighting.tick(1.0)
    assert not telephone.lighting.wants_audio and telephone.lighting.shown is None
    assert [order for _, order in telephone.orders] == [FeedLine(Feed.REVERSE), FeedLine(Feed.FORWARD)]


@pytest.mark.parametrize("after_ms", [0, 100, 600, 1200])
@pytest.mark.parametrize("scheme", FSK_SCHEMES, ids=lambda scheme: scheme.value)
def test_stopping_ends_everything_at_once(scheme: CallerIdScheme, after_ms: int) -> None:
    telephone = Telephone(scheme)
    telephone.run(after_ms)
    was_reversed = telephone.orders[-1:] == [(0, FeedLine(Feed.REVERSE))]
    was_over = not telephone.lighting.wants_audio
    telephone.orders.clear()
    telephone.lighting.stop()
    expected: list[Order] = [FeedLine(Feed.FORWARD)] if was_reversed else []
    if scheme in BY_BELL and not was_over:
        expected = [StopRinging()]
    assert [order for _, order in telephone.orders] == expected
    telephone.lighting.stop()
    telephone.lighting.tick(100.0)
    assert telephone.lighting.exchange(bytes(160), 100.0) == bytes(160)
    assert len(telephone.orders) == len(expected)
    assert (telephone.lighting.shown is None) is not was_over
