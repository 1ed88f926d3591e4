"""Somebody at the end of a pair of wires: a mouth, an ear, a hybrid between. Knows no hook, no ringing."""

from array import array

from firmware.control import Refused
from firmware.fxs.line import BYTES_PER_SAMPLE, SAMPLE_RATE_HZ
from firmware.fxs.simulator.clock import LineClock, Timeline
from firmware.fxs.simulator.doings import Doing, Listener, Recording
from firmware.fxs.simulator.hearing import ToneEar
from firmware.fxs.simulator.hybrid import Hybrid
from firmware.fxs.simulator.voice import Voice, noise

RECORD_MAX_S = 900.0  # 14 MB a recording; a ten-minute measurement fits
_RECORDINGS_MAX = 4  # at a time
_LISTENERS_MAX = 4
_AUDIBLE_PEAK = 70  # the first sample of a tone is small: about -50 dBm0 counts as heard


class Party:
    """Speaks and hears by absolute sample. Used by one thread at a time; the caller holds the lock."""

    def __init__(self, timeline: Timeline, clock: LineClock) -> None:
        self.timeline = timeline
        self.clock = clock
        self.voice = Voice()
        self._hybrid = Hybrid(None)
        self._echo: tuple[float | None, float] = (None, 0.0)
        self.tones = ToneEar()
        self.first_heard_at: float | None = None
        self._playing: Doing | None = None
        self._recordings: list[Recording] = []
        self._listeners: list[Listener] = []

    # ---- a person's doings -----------------------------------------------------------------------------

    def play(self, pcm: bytes) -> Doing:
        """Say 16-bit 8 kHz audio from now on, instead of what is being said."""
        self._cut_short("something else was played")
        start = self.timeline.now
        doing = Doing(start, self.voice.say(start, pcm), self.clock.time_of(start))
        self.timeline.at(doing.end, doing.finish)
        self._playing = doing
        return doing

    def stop(self) -> None:
        """Stop playing and recording; a recording keeps what it has."""
        self._cut_short("it was stopped")
        for recording in self._recordings:
            recording.cut(self.timeline.now)
        self._recordings = []

    def record(self, seconds: float) -> Recording:
        """Keep what is heard from now on. Raises Refused for a length, or a number of them, beyond reason."""
        if not 0 < seconds <= RECORD_MAX_S:
            raise Refused(f"a recording lasts up to {RECORD_MAX_S:g} seconds, not {seconds:g}")
        self._recordings = [recording for recording in self._recordings if not recording.is_over]
        if len(self._recordings) >= _RECORDINGS_MAX:
            raise Refused(f"{_RECORDINGS_MAX} recordings are running already")
        start = self.timeline.now
        end = start + max(1, round(seconds * SAMPLE_RATE_HZ))
        recording = Recording(start, end, self.clock.time_of(start))
        self._recordings.append(recording)
        self.timeline.at(end, recording.finish)
        return recording

    def listen(self) -> Listener:
        """What is heard from now on, live. Raises Refused when too many listen."""
        self._listeners = [listener for listener in self._listeners if not listener.is_over]
        if len(self._listeners) >= _LISTENERS_MAX:
            raise Refused(f"{_LISTENERS_MAX} listeners are there already")
        listener = Listener()
        self._listeners.append(listener)
        return listener

    def heard_tone(self) -> dict[str, object] | None:
        """The tone in the ear now, for JSON."""
        tone = self.tones.tone_at(self.timeline.now)
        return tone.as_json() if tone else None

    def leave(self) -> None:
        """The simulator ends: let go of everybody who waits."""
        self._cut_short("the simulator ended")
        for recording in self._recordings:
            recording.fail("the simulator ended")
        for listener in self._listeners:
            listener.stop()

    def set_echo(self, erl_db: float | None, delay_ms: float) -> None:
        """Change the hybrid; nothing when it is so already."""
        if (erl_db, delay_ms) != self._echo:
            self._echo = (erl_db, delay_ms)
            self._hybrid.set(erl_db, delay_ms)

    def _cut_short(self, reason: str) -> None:
        self.voice.hush()
        if self._playing is not None:
            self._playing.fail(reason)
            self._playing = None

    # ---- on the wires ----------------------------------------------------------------------------------

    def speak(self, start: int, count: int, sent: bytes) -> bytes:
        """What goes into the wires from sample `start` on while `sent` comes out of them."""
        pcm = self.voice.read(start, count)
        return self._hybrid.mix(noise(start, count) if pcm is None else pcm, sent)

    def hear(self, start: int, pcm: bytes) -> None:
        """What comes out of the wires from sample `start` on."""
        if self.first_heard_at is None:
            self._look_for_sound(start, pcm)
        self.tones.feed(start, pcm)
        if self._recordings:
            for recording in self._recordings:
                recording.hear(start, pcm)
            self._recordings = [recording for recording in self._recordings if not recording.is_over]
        if self._listeners:
            for listener in self._listeners:
                listener.hear(pcm)
            self._listeners = [listener for listener in self._listeners if not listener.is_over]

    def _look_for_sound(self, start: int, pcm: bytes) -> None:
        if pcm.count(0) == len(pcm):
            return
        for offset, value in enumerate(array("h", pcm)):
            if abs(value) >= _AUDIBLE_PEAK:
                self.first_heard_at = self.clock.time_of(start + offset)
                return


def silence(count: int) -> bytes:
    """`count` samples of nothing."""
    return bytes(BYTES_PER_SAMPLE * count)
