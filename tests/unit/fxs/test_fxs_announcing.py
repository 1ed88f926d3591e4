"""Announcing a second caller, block by block, to a telephone that shows him and to one that does not."""

from datetime import datetime

import pytest

from firmware.dsp.spandsp import CallerIdReceiver, dtmf, tones
from firmware.fxs.callerid.announcing import Announcing, prepare_announcement
from firmware.fxs.callerid.messages import parse
from firmware.fxs.callerid.plan import modem_of
from firmware.fxs.line import AnnounceCall, Caller
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.simulator.display import Display
from firmware.fxs.simulator.second_caller import SecondCaller

WHEN = datetime(2024, 9, 30, 12, 24)  # noqa: DTZ001 - a telephone shows local time
CALLER = Caller("5551234", "Somebody")
TONE = tones((440.0,), -13.0, 300)
FSK_SCHEMES = [scheme for scheme in CallerIdScheme if modem_of(scheme) is not None]


class Line:
    """Blocks there and back: each side hears the other `lag` blocks later."""

    def __init__(self, scheme: CallerIdScheme, *, answers: bool = True, block_ms: int = 10, lag: int = 4) -> None:
        call = AnnounceCall(TONE, 10_000, CALLER)
        self.announcing = Announcing(prepare_announcement(call, LineProfile(caller_id=scheme), WHEN))
        self.display = SecondCaller(Display()) if answers else None
        self.block = bytes(block_ms * 16)
        self.down, self.up = [self.block] * lag, [self.block] * lag
        self.sample = 0
        self.played: list[bytes | None] = []
        self.is_muting: list[bool] = []

    def run(self, ms: int) -> None:
        for _ in range(ms * 16 // len(self.block)):
            self.is_muting.append(self.announcing.is_muting)
            self.played.append(self.announcing.exchange(self.up.pop(0)))
            self.down.append(self.played[-1] or self.block)
            heard, count = self.down.pop(0), len(self.block) // 2
            said = None
            if self.display is not None:
                said = self.display.speak(self.sample, count)
                self.display.hear(self.sample, heard)
            self.up.append(said or self.block)
            self.sample += count

    @property
    def sound(self) -> bytes:
        return b"".join(block or self.block for block in self.played)


@pytest.mark.parametrize("scheme", FSK_SCHEMES, ids=lambda scheme: scheme.value)
@pytest.mark.parametrize(("block_ms", "lag"), [(5, 2), (10, 4), (20, 3)])
def test_a_telephone_that_answers_the_alert_is_sent_the_caller(scheme: CallerIdScheme, block_ms: int, lag: int) -> None:
    line = Line(scheme, block_ms=block_ms, lag=lag)
    line.run(3000)
    modem = modem_of(scheme)
    assert modem is not None
    (message,) = CallerIdReceiver(modem).feed(line.sound)
    assert parse(message).caller == CALLER
    assert not line.announcing.is_muting and line.played[-1] is None


def test_one_that_does_not_answer_is_left_in_peace_within_half_a_second() -> None:
    line = Line(CallerIdScheme.BELLCORE_FSK, answers=False)
    line.run(9000)
    assert CallerIdReceiver("bell202").feed(line.sound) == []
    assert 200 < 10 * sum(line.is_muting) < 500
    assert line.played[-1] is None


def test_the_tone_comes_again_and_the_alert_does_not() -> None:
    line = Line(CallerIdScheme.BELLCORE_FSK)
    line.run(25_000)
    begun = [at for at, block in enumerate(line.played) if block and (at == 0 or line.played[at - 1] is None)]
    assert [10 * at for at in begun] == [0, 10_000, 20_000]
    assert not any(line.is_muting[500:])


def test_without_caller_id_the_tone_is_all() -> None:
    line = Line(CallerIdScheme.OFF)
    line.run(9000)
    assert not any(line.is_muting)
    assert line.sound.rstrip(b"\0") == TONE.rstrip(b"\0")


def test_a_digit_of_the_talker_is_not_taken_for_the_answer() -> None:
    line = Line(CallerIdScheme.BELLCORE_FSK, answers=False)
    line.run(420)
    assert line.announcing.is_muting
    five = dtmf("5", on_ms=100, off_ms=0)
    line.up = [five[at : at + 160] for at in range(0, len(five), 160)]
    line.run(3000)
    assert CallerIdReceiver("bell202").feed(line.sound) == []
