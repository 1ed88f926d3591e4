"""The part of a telephone that shows who calls during a call: hears the alert, mutes, answers. Knows no hook."""

from firmware.dsp.spandsp import ToneDetector, TonePattern, ToneStep, dtmf
from firmware.fxs.simulator.clock import samples_of
from firmware.fxs.simulator.display import Display
from firmware.fxs.simulator.party import silence
from firmware.fxs.simulator.voice import Voice

# EN 300 659-2, GR-30 (CPE alerting signal): both tones for 75 to 85 ms; blocks of the detector are 20 ms.
_ALERT = TonePattern("alert", (ToneStep((2130.0, 2750.0), 60),))
_ACK_AFTER_MS = 60  # of which up to 20 are the rest of the alert; it has to begin within 100 of its end
_ACK_MS = 60  # 55 to 65
_PATIENCE_MS = 1500  # 500 until the message begins, and a long one's second


class SecondCaller:
    """Asks for the message when alerted, and lets the display hear it; the mouth is cut off meanwhile."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._detector = ToneDetector([_ALERT])
        self._voice = Voice()
        self._muted_until = 0

    def hear(self, start: int, pcm: bytes) -> None:
        """What comes out of the wires during a call."""
        if start < self._muted_until:
            shown = self._display.shown_at
            self._display.hear(start, pcm)
            if self._display.shown_at != shown:
                self._muted_until = start
        elif self._detector.feed(pcm):
            end = start + len(pcm) // 2
            self._muted_until = end + samples_of(_PATIENCE_MS)
            self._voice.say(end + samples_of(_ACK_AFTER_MS), dtmf("D", on_ms=_ACK_MS, off_ms=0))

    def speak(self, start: int, count: int) -> bytes | None:
        """What goes into the wires instead of the voice; None: the voice."""
        if start >= self._muted_until:
            return None
        return self._voice.read(start, count) or silence(count)
