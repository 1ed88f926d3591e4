"""A simulated telephone: hook, dial, bell, display, mouth and ear. Knows no adapter and no frames."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware.control import Refused
from firmware.dsp.spandsp import dtmf
from firmware.fxs.line import SAMPLE_RATE_HZ, Feed
from firmware.fxs.simulator.clock import Due, LineClock, Timeline, samples_of
from firmware.fxs.simulator.display import Display
from firmware.fxs.simulator.doings import Doing
from firmware.fxs.simulator.party import Party, silence
from firmware.fxs.simulator.ringer import Ringer
from firmware.fxs.simulator.second_caller import SecondCaller

_DIGITS = "0123456789*#ABCD"
_PULSES = {digit: breaks for breaks, digit in enumerate("1234567890*#", start=1)}
_DIGITS_MAX = 64  # longer than any number
_PAUSE_MS = 1000  # of a comma
_FLASH_MAX_MS = 5000  # longer is hanging up
_POLARITY = {Feed.FORWARD: "normal", Feed.REVERSE: "reversed", Feed.OPEN: "open"}


@dataclass(frozen=True, slots=True)
class ToneDialling:
    """How the telephone sends DTMF; `dbm0` is the low group's level."""

    on_ms: int = 70
    off_ms: int = 70
    dbm0: float = -10.0
    twist_db: float = 0.0


@dataclass(frozen=True, slots=True)
class PulseDialling:
    """How the telephone dials by loop breaks."""

    break_ms: int = 60
    make_ms: int = 40
    gap_ms: int = 800


class Telephone(Party):
    """One telephone. `on_loop` hears every change of its loop, at the timeline's `now`."""

    def __init__(self, number: int, timeline: Timeline, clock: LineClock) -> None:
        super().__init__(timeline, clock)
        self.number = number
        self.on_loop: Callable[[bool], None] = lambda is_closed: None
        self.is_loop_closed = False
        self.flash_ms = 500  # of its R key
        self.has_second_caller_display = False  # "type 2": shows who calls during a call
        self._is_lifted = False
        self._feed = Feed.FORWARD
        self._broken_at = 0
        self._battery_break_ms: int | None = None
        self._ringer = Ringer()
        self._display = Display()
        self._second_caller = SecondCaller(self._display)
        self._breaks: list[Due] = []
        self._breaking: Doing | None = None
        self._lifted_at: float | None = None
        self._hung_up_at: float | None = None

    @property
    def is_lifted(self) -> bool:
        """Whether the handset is off the hook; dial pulses and flashes do not change it."""
        return self._is_lifted

    # ---- a person's doings -----------------------------------------------------------------------------

    def lift(self) -> None:
        """Lift the handset. Raises Refused when it is lifted."""
        if self._is_lifted:
            raise Refused(f"telephone {self.number} is lifted already")
        self._is_lifted = True
        self.tones.reset()
        self.first_heard_at = None
        self._lifted_at = self.clock.time_of(self.timeline.now)
        self._set_loop(True)

    def hang_up(self) -> None:
        """Put the handset down; also in the middle of dialling. Raises Refused when it is down."""
        self._need_lifted("hang up")
        self._is_lifted = False
        self._cut_short("the telephone was hung up")
        self._drop_breaks("the telephone was hung up")
        self._hung_up_at = self.clock.time_of(self.timeline.now)
        self.tones.reset()
        self._set_loop(False)

    def flash(self, ms: float) -> Doing:
        """Press R: open the loop for so long. Raises Refused."""
        self._need_lifted("flash")
        if not 1 <= ms <= _FLASH_MAX_MS:
            raise Refused(f"a flash lasts 1 to {_FLASH_MAX_MS} ms, not {ms:g}")
        return self._break_loop([(0, samples_of(ms))], samples_of(ms))

    def dial(self, digits: str, how: ToneDialling | PulseDialling) -> Doing:
        """Dial 0-9 * # (tones: also A-D; a comma is a pause of 1 s). Raises Refused."""
        self._need_lifted("dial")
        if not digits or len(digits) > _DIGITS_MAX:
            raise Refused(f"dial 1 to {_DIGITS_MAX} digits")
        if isinstance(how, PulseDialling):
            return self._dial_pulses(digits, how)
        return self.play(_dtmf_audio(digits.upper(), how))

    def play(self, pcm: bytes) -> Doing:
        """Speak into the handset. Raises Refused while it lies on the hook."""
        self._need_lifted("play")
        return super().play(pcm)

    def leave(self) -> None:
        """The simulator ends."""
        self._drop_breaks("the simulator ended")
        super().leave()

    def _need_lifted(self, what: str) -> None:
        if not self._is_lifted:
            raise Refused(f"telephone {self.number} is on the hook: it cannot {what}")

    def _dial_pulses(self, digits: str, how: PulseDialling) -> Doing:
        if not all(1 <= ms <= _FLASH_MAX_MS for ms in (how.break_ms, how.make_ms, how.gap_ms)):
            raise Refused(f"break, make and gap last 1 to {_FLASH_MAX_MS} ms")
        breaks, offset = [], 0
        for digit in digits:
            if digit not in _PULSES:
                raise Refused(f"{digit!r} cannot be dialled by pulses")
            for _ in range(_PULSES[digit]):
                breaks.append((offset, samples_of(how.break_ms)))
                offset += samples_of(how.break_ms + how.make_ms)
            offset += samples_of(how.gap_ms)
        return self._break_loop(breaks, offset)

    def _break_loop(self, breaks: list[tuple[int, int]], length: int) -> Doing:
        """Open the loop at offsets for so many samples each; over after `length` samples."""
        if self._breaking is not None and not self._breaking.is_over:
            raise Refused(f"telephone {self.number} is dialling or flashing already")
        start = self.timeline.now
        doing = self._breaking = Doing(start, start + length, self.clock.time_of(start))
        self._breaks = []
        for offset, count in breaks:
            self._breaks.append(self.timeline.at(start + offset, lambda: self._set_loop(False)))
            self._breaks.append(self.timeline.at(start + offset + count, lambda: self._set_loop(True)))
        self._breaks.append(self.timeline.at(doing.end, doing.finish))
        return doing

    def _drop_breaks(self, reason: str) -> None:
        for due in self._breaks:
            due.cancel()
        self._breaks = []
        if self._breaking is not None:
            self._breaking.fail(reason)

    def _set_loop(self, is_closed: bool) -> None:
        if is_closed != self.is_loop_closed:
            self.is_loop_closed = is_closed
            self.on_loop(is_closed)

    # ---- what the wires do to it -----------------------------------------------------------------------

    def ring(self, is_on: bool) -> None:
        """Ringing voltage came or went."""
        if self._ringer.burst(self.timeline.now, is_on):
            self._display.expect(self.timeline.now)

    def stop_ringing(self) -> None:
        """Ringing is over, not only a burst of it."""
        self._ringer.stop(self.timeline.now)

    def feed(self, feed: Feed) -> None:
        """The battery changed."""
        if feed is Feed.OPEN:
            self._broken_at = self.timeline.now
        elif self._feed is Feed.OPEN:
            self._battery_break_ms = (self.timeline.now - self._broken_at) * 1000 // SAMPLE_RATE_HZ
        self._feed = feed

    def speak(self, start: int, count: int, sent: bytes) -> bytes:
        """What goes into the wires: nothing while the handset lies on the hook."""
        if not self.is_loop_closed or self._feed is Feed.OPEN:
            return silence(count)
        if self.has_second_caller_display and (own := self._second_caller.speak(start, count)) is not None:
            return self._hybrid.mix(own, sent)
        return super().speak(start, count, sent)

    def hear(self, start: int, pcm: bytes) -> None:
        """What comes out of the wires: for the ear when lifted, for the display when not."""
        if self._feed is Feed.OPEN:
            return
        if self._is_lifted:
            super().hear(start, pcm)
            if self.has_second_caller_display:
                self._second_caller.hear(start, pcm)
        else:
            self._display.hear(start, pcm)

    def state(self) -> dict[str, object]:
        """Everything that can be seen or heard of it, for JSON; times are monotonic seconds."""
        now = self.timeline.now
        return {
            "number": self.number,
            "hook": "off-hook" if self._is_lifted else "on-hook",
            "ringing": self._ringer.is_ringing(now),
            "burst": self._ringer.is_burst,
            "cadence_ms": list(self._ringer.cadence_ms),
            "caller_id": self._display.state(self.clock),
            "message_lamp": self._display.is_lamp_lit,
            "polarity": _POLARITY[self._feed],
            "battery_break_ms": self._battery_break_ms,
            "tone": self.heard_tone() if self._is_lifted else None,
            "lifted_at": self._lifted_at,
            "hung_up_at": self._hung_up_at,
            "first_tone_at": self.first_heard_at,
            "ring_started_at": self._time_of(self._ringer.started),
            "ring_stopped_at": self._time_of(self._ringer.stopped),
        }

    def _time_of(self, sample: int | None) -> float | None:
        return None if sample is None else self.clock.time_of(sample)


def _dtmf_audio(digits: str, how: ToneDialling) -> bytes:
    if unknown := [digit for digit in digits if digit not in _DIGITS + ","]:
        raise Refused(f"{unknown[0]!r} is not a digit: dial 0-9 * # A-D, or a comma for a pause")
    if not (1 <= how.on_ms <= 2000 and 0 <= how.off_ms <= 2000):
        raise Refused("tones last 1 to 2000 ms, their gaps 0 to 2000")
    if not (-60 <= how.dbm0 <= 0 and abs(how.twist_db) <= 20):
        raise Refused("tones are sent at -60 to 0 dBm0, with at most 20 dB of twist")
    pause = silence(samples_of(_PAUSE_MS))
    return pause.join(
        dtmf(part, dbm0=how.dbm0, on_ms=how.on_ms, off_ms=how.off_ms, twist_db=how.twist_db)
        for part in digits.split(",")
    )
