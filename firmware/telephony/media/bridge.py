"""The audio of calls: a bridge port per analogue line, sources of sound, and who hears whom.

Media callbacks come on the engine's own threads: they move bytes between ring buffers and do nothing else.
"""

import ctypes
import logging
import threading
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from firmware.dsp.elastic import ElasticBuffer
from firmware.dsp.ring import Ring
from firmware.dsp.spandsp import tones
from firmware.telephony.media.engine_beat import Steps
from firmware.telephony.media.tones import Player, Rendered

_LOG = logging.getLogger(__name__)

_SAMPLE_RATE_HZ = 8000
BRIDGE_MS = 10  # packets are 20 ms; half of that halves the wait for the bridge's beat
_BRIDGE_BYTES = _SAMPLE_RATE_HZ * BRIDGE_MS // 1000 * 2
_SILENCE = bytes(_BRIDGE_BYTES)


class EngineBridge:
    """Who hears whom, as the exchange wants it. Call thread only."""

    def join(self, one: Any, other: Any) -> None:
        """Let two media hear each other; one that is gone already is told of anew when its successor comes."""
        for source, sink in ((one, other), (other, one)):
            try:
                source.startTransmit(sink)
            except pj.Error as error:
                _LOG.warning("join: %s", error.info())

    def part(self, one: Any, other: Any) -> None:
        """Undo `join`; media that are gone already are passed over."""
        for source, sink in ((one, other), (other, one)):
            try:
                source.stopTransmit(sink)
            except pj.Error as error:
                _LOG.debug("part: %s", error.info())


class _MediaThread(threading.local):
    """What Python knows of an engine's thread, made at its first callback and kept until the process ends.

    Else each callback, some hundred a second, makes a thread state and maps memory for its stack, and undoes both.
    """

    def __init__(self) -> None:
        ctypes.pythonapi.PyGILState_Ensure()  # never released: the callback's own release then keeps the state

    def stay(self) -> None:
        """Called by every callback; the first of a thread makes the object."""


_media_thread = _MediaThread()


class _Port(pj.AudioMediaPort):  # type: ignore[misc]
    """A port of ours on the bridge, with a block of its own to hand over. May be dropped at any time.

    The bridge lets a port go at its next tick, on a thread of its own, and asks for frames until then. So an object
    that nobody holds ends that first, while it still lives: asked while it is destroyed, it would end the process.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._vector = pj.ByteVector(_BRIDGE_BYTES)
        self._address = _storage(self._vector)
        self.createPort(name, _audio_format())

    def __del__(self) -> None:
        self.detach()

    def _hand_over(self, frame: pj.MediaFrame) -> None:
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._vector
        frame.size = _BRIDGE_BYTES


def _audio_format() -> pj.MediaFormatAudio:
    audio = pj.MediaFormatAudio()
    audio.init(pj.PJMEDIA_FORMAT_PCM, _SAMPLE_RATE_HZ, 1, BRIDGE_MS * 1000, 16)
    return audio


def _storage(vector: pj.ByteVector) -> int:
    # std::vector begins with the pointer to its storage in every C++ library that we meet;
    # memmove on it costs 0.2 % of a core a port, a Python list in between 1.6 %.
    return ctypes.c_void_p.from_address(int(vector.this)).value or 0


class LinePort(_Port):
    """A line's port on the bridge: 10 ms out of one elastic buffer, 10 ms into the other."""

    def __init__(self, name: str, up: ElasticBuffer, down: ElasticBuffer) -> None:
        """`up` goes from the line to the bridge, `down` the other way."""
        self._up = up
        self._down = down
        self._steps_up, self._steps_down = Steps(), Steps()
        super().__init__(name)

    def buffers(self, up: ElasticBuffer, down: ElasticBuffer) -> None:
        """Use these from now on."""
        self._up, self._down = up, down

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        _media_thread.stay()
        if self._steps_up.has_stepped():
            self._up.lay_in()
        self._up.read_into(self._address, _BRIDGE_BYTES)
        self._hand_over(frame)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        if frame.size:
            buffer = frame.buf
            self._down.write_from(_storage(buffer), frame.size)
        if self._steps_down.has_stepped():  # after the write: what is read next counts from it
            self._down.lay_in()


class Source(_Port):
    """Plays samples into the bridge once or in a loop; `on_end` comes on a media thread."""

    def __init__(self, name: str, sound: Rendered, on_end: Callable[[], None] | None = None) -> None:
        self._player = Player(sound)
        self._on_end = on_end
        super().__init__(name)

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        _media_thread.stay()
        ctypes.memmove(self._address, self._player.read(_BRIDGE_BYTES), _BRIDGE_BYTES)
        self._hand_over(frame)
        if self._player.is_done and self._on_end is not None:
            on_end, self._on_end = self._on_end, None
            on_end()


class Echo(_Port):
    """Gives back what it hears, a bridge tick later."""

    def __init__(self) -> None:
        super().__init__("echo")

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        _media_thread.stay()
        self._hand_over(frame)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        buffer = frame.buf
        ctypes.memmove(self._address, _storage(buffer), min(frame.size, _BRIDGE_BYTES))


class TwoWay(_Port):
    """Plays a sound and keeps what comes back meanwhile; both count in bytes, at the same beat."""

    def __init__(self, name: str, sound: Rendered, heard: Ring) -> None:
        self._player = Player(sound)
        self._heard = heard
        self.played_bytes = self.heard_bytes = 0
        super().__init__(name)

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        _media_thread.stay()
        ctypes.memmove(self._address, self._player.read(_BRIDGE_BYTES), _BRIDGE_BYTES)
        self._hand_over(frame)
        self.played_bytes += _BRIDGE_BYTES

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        buffer = frame.buf
        if frame.size >= _BRIDGE_BYTES:
            self._heard.store_from(self.heard_bytes, _storage(buffer), _BRIDGE_BYTES)
        else:
            self._heard.store(self.heard_bytes, _SILENCE)
        self.heard_bytes += _BRIDGE_BYTES


def milliwatt() -> Rendered:
    """1 kHz at 0 dBm0 for ever (ITU-T G.711 section 5): what levels are measured with."""
    return Rendered(tones([1000.0], 0.0, 1000), 0)
