"""A simulated telephone line with its exchange and far end. Knows no adapter and no frames."""

from collections.abc import Callable
from datetime import datetime

from firmware.control import Refused
from firmware.fxs.simulator.announcement import Burst, Reversal, Sound, announce
from firmware.fxs.simulator.clock import Due, LineClock, Timeline
from firmware.fxs.simulator.dial_register import DialRegister
from firmware.fxs.simulator.line_state import HangUp, LineState
from firmware.fxs.simulator.manners import MANNERS, Manners, Supervisory
from firmware.fxs.simulator.party import Party, silence

_DIAL_TONE_MS = 150  # the exchange needs a moment to see the loop
_DIALLED_MS = 2000  # no further digit for so long: the number is complete, the far end rings
_RING_LIMIT_MS = 120_000  # the caller gives up
_CPC_MS = 500  # GR-506: calling party control, loop open
_BREAK_MAX_MS = 5000
_HANG_UP_MS = 1200  # the loop open for longer than any flash: the subscriber has hung up
_DIGITS_MAX = 128  # kept; older go
_MOMENTS = ("ring_started_at", "ring_stopped_at", "seized_at", "released_at", "answered_at", "hung_up_at")


class OutsideLine(Party):
    """One line. Those in `on_burst`, `on_polarity`, `on_current` hear of changes at the timeline's `now`."""

    def __init__(self, number: int, timeline: Timeline, clock: LineClock) -> None:
        super().__init__(timeline, clock)
        self.number = number
        self.manners: Manners = MANNERS["US"]
        self.is_reversed_on_answer = False
        self.on_burst: list[Callable[[bool], None]] = []
        self.on_polarity: list[Callable[[bool], None]] = []
        self.on_current: list[Callable[[bool], None]] = []
        self.is_burst = False
        self.is_reversed = False
        self._is_cut = False  # by CPC
        self._is_dead = False  # pulled out
        self._is_loop_closed = False
        self._state = LineState.IDLE
        self._plans: list[Due] = []
        self._hanging_up: Due | None = None
        self._register: DialRegister | None = None
        self._flashes_ms: list[int] = []
        self._dialled = self._heard = self._dialled_by = ""
        self._moments: dict[str, float] = {}

    # ---- a person's doings -----------------------------------------------------------------------------

    def ring(self, number: str, name: str) -> None:
        """Somebody calls; without number and name no caller ID is sent. Raises Refused while in use."""
        if self._state is not LineState.IDLE or self._is_dead:
            raise Refused(f"outside line {self.number} is {self._state_word}: it cannot ring")
        self._state = LineState.RINGING
        self._note("ring_started_at")
        manners = self.manners
        for at_ms, step in announce(
            manners.caller_id, manners.ring_cadence_ms, number, name, datetime.now().astimezone()
        ):
            self._plan(at_ms, lambda step=step: self._do_step(step))  # type: ignore[misc]
        self._plan(_RING_LIMIT_MS, self._stop_ringing)

    def stop(self) -> None:
        """The caller gives up; also stops playing and recording."""
        super().stop()
        if self._state is LineState.RINGING:
            self._stop_ringing()

    def answer(self) -> None:
        """The far end answers. Raises Refused when nothing was dialled."""
        if self._state not in (LineState.DIALLING, LineState.RINGBACK):
            raise Refused(f"outside line {self.number} has nothing to answer: it is {self._state_word}")
        self._drop_plans()
        self._sound(None)
        self._state = LineState.TALKING
        self._note("answered_at")
        if self.is_reversed_on_answer:
            self._set_reversed(True)

    def hang_up(self, how: HangUp) -> None:
        """The far end hangs up, or gives up. Raises Refused when there is no call."""
        if self._state is LineState.RINGING:
            self._stop_ringing()
            return
        if self._state in (LineState.IDLE, LineState.CLEARED):
            raise Refused(f"outside line {self.number} has no call to hang up: it is {self._state_word}")
        self._drop_plans()
        self._cut_short("the far end hung up")
        self._sound(self.manners.busy if how is HangUp.BUSY_TONE else None)
        self._state = LineState.CLEARED
        self._note("hung_up_at")
        if how is HangUp.POLARITY:
            self._set_reversed(not self.is_reversed)
        elif how is HangUp.CPC:
            self._set_cut(True)
            self._plan(_CPC_MS, lambda: self._set_cut(False))

    def break_loop(self, ms: float) -> None:
        """The exchange switches: no current for so long, and the call goes on. Raises Refused for what is no break."""
        if not 0 < ms <= _BREAK_MAX_MS:
            raise Refused(f"a break of the loop lasts up to {_BREAK_MAX_MS} ms, not {ms:g}")
        self._set_cut(True)
        self.timeline.after_ms(ms, lambda: self._set_cut(False))

    def set_dead(self, is_dead: bool) -> None:
        """Pull the line out of the wall, or put it back."""
        if is_dead != self._is_dead:
            if is_dead:
                self._clear()
            self._is_dead = is_dead
            _tell(self.on_current, is_dead)

    # ---- on the wires ----------------------------------------------------------------------------------

    @property
    def has_current(self) -> bool:
        """Whether the line feeds: current when seized, battery when not."""
        return not (self._is_dead or self._is_cut)

    def set_loop(self, is_closed: bool) -> None:
        """Somebody on the line closed or opened the loop: seizing, breaks, hanging up."""
        if is_closed == self._is_loop_closed:
            return
        self._is_loop_closed = is_closed
        self._forget_hanging_up()
        if not is_closed:
            self._hanging_up = self.timeline.after_ms(_HANG_UP_MS, self._clear)
            if self._register is not None:
                self._register.loop_opened()
        elif self._register is not None:
            self._register.loop_closed()
        elif not self._is_dead:
            self._seized()

    def release(self) -> None:
        """The box hung up: no need to wait for the longest flash."""
        self._is_loop_closed = False
        self._clear()

    def speak(self, start: int, count: int, sent: bytes) -> bytes:
        """What comes from the line: on-hook, caller ID only."""
        if not self.has_current:
            return silence(count)
        if not self._is_loop_closed:
            return self.voice.read(start, count) or silence(count)
        return super().speak(start, count, sent)

    def hear(self, start: int, pcm: bytes) -> None:
        """What goes into the line, while there is a loop."""
        if self._is_loop_closed and self.has_current:
            super().hear(start, pcm)
            if self._register is not None:
                self._register.hear(pcm)

    def state(self) -> dict[str, object]:
        """Everything that the exchange and the far end know, for JSON; times are monotonic seconds."""
        return {
            "number": self.number,
            "state": self._state_word,
            "hook": "off-hook" if self._is_loop_closed else "on-hook",
            "ringing": self._state is LineState.RINGING,
            "burst": self.is_burst,
            "polarity": "open" if not self.has_current else "reversed" if self.is_reversed else "normal",
            "dialled": self._dialled,
            "dialled_by": self._dialled_by,
            "heard_digits": self._heard,
            "flashes_ms": list(self._register.flashes_ms if self._register else self._flashes_ms),
            "tone": self.heard_tone() if self._is_loop_closed else None,
            "first_tone_at": self.first_heard_at,
            **{moment: self._moments.get(moment) for moment in _MOMENTS},
        }

    # ---- the exchange ----------------------------------------------------------------------------------

    @property
    def _state_word(self) -> str:
        return "dead" if self._is_dead else self._state.value

    def _seized(self) -> None:
        self.first_heard_at = None
        self.tones.reset()
        self._register = DialRegister(self.timeline, self._take_digit)
        self._dialled = self._heard = self._dialled_by = ""
        self._note("seized_at")
        if self._state is LineState.RINGING:
            self._end_bursts()
            self._state = LineState.TALKING
        else:
            self._state = LineState.DIAL_TONE
            self._plan(_DIAL_TONE_MS, lambda: self._sound(self.manners.dial))

    def _take_digit(self, digit: str, how: str) -> None:
        if self._state not in (LineState.DIAL_TONE, LineState.DIALLING):
            self._heard = (self._heard + digit)[-_DIGITS_MAX:]
            return
        self._state = LineState.DIALLING
        self._dialled = (self._dialled + digit)[-_DIGITS_MAX:]
        self._dialled_by = how
        self._drop_plans()
        self._sound(None)
        self._plan(_DIALLED_MS, self._ring_far_end)

    def _ring_far_end(self) -> None:
        self._state = LineState.RINGBACK
        self._sound(self.manners.ringback)

    def _do_step(self, step: Sound | Burst | Reversal) -> None:
        match step:
            case Sound(pcm=pcm):
                self.voice.say(self.timeline.now, pcm)
            case Reversal(is_reversed=is_reversed):
                self._set_reversed(is_reversed)
            case Burst(cadence_ms=cadence_ms):
                self._play_cadence(cadence_ms, 0)

    def _play_cadence(self, cadence_ms: tuple[int, ...], place: int) -> None:
        """An odd count of times is played once, an even one until stopped."""
        if place == len(cadence_ms) and place % 2:
            self._set_burst(False)
            return
        place %= len(cadence_ms)
        self._set_burst(place % 2 == 0)
        self._plan(cadence_ms[place], lambda: self._play_cadence(cadence_ms, place + 1))

    def _stop_ringing(self) -> None:
        self._end_bursts()
        self._state = LineState.IDLE
        self._set_reversed(False)

    def _end_bursts(self) -> None:
        self._drop_plans()
        self._set_burst(False)
        self.voice.hush()
        self._note("ring_stopped_at")

    def _clear(self) -> None:
        """The subscriber hung up: everything back to rest. A line that rings goes on ringing."""
        self._forget_hanging_up()
        if self._state in (LineState.IDLE, LineState.RINGING):
            return
        self._drop_plans()
        if self._register is not None:
            self._flashes_ms = self._register.flashes_ms
            self._register.close()
            self._register = None
        self._cut_short("the box hung up")
        self._sound(None)
        self._state = LineState.IDLE
        self._note("released_at")
        self._set_cut(False)
        self._set_reversed(False)

    def _forget_hanging_up(self) -> None:
        if self._hanging_up is not None:
            self._hanging_up.cancel()
            self._hanging_up = None

    def _sound(self, tone: Supervisory | None) -> None:
        self.voice.repeat(self.timeline.now, tone.cycle() if tone else None)

    def _set_burst(self, is_on: bool) -> None:
        if is_on != self.is_burst:
            self.is_burst = is_on
            _tell(self.on_burst, is_on)

    def _set_reversed(self, is_reversed: bool) -> None:
        if is_reversed != self.is_reversed:
            self.is_reversed = is_reversed
            _tell(self.on_polarity, is_reversed)

    def _set_cut(self, is_cut: bool) -> None:
        if is_cut != self._is_cut:
            self._is_cut = is_cut
            _tell(self.on_current, is_cut)

    def _note(self, moment: str) -> None:
        self._moments[moment] = self.clock.time_of(self.timeline.now)

    def _plan(self, ms: float, action: Callable[[], None]) -> None:
        self._plans = [due for due in self._plans if due.sample >= self.timeline.now]
        self._plans.append(self.timeline.after_ms(ms, action))

    def _drop_plans(self) -> None:
        for due in self._plans:
            due.cancel()
        self._plans = []


def _tell(listeners: list[Callable[[bool], None]], value: bool) -> None:
    for listener in listeners:
        listener(value)
