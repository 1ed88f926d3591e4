"""The cable between adapter and host, with its faults, both ways. Knows no meaning of a frame but audio's."""

from collections import deque
from collections.abc import Callable
from itertools import islice
from random import Random

from firmware.fxs.protocol.frames import MAX_ENCODED_BYTES, Audio, Frame, encode
from firmware.fxs.simulator.clock import Due, Timeline
from firmware.fxs.simulator.switches import Switches

_AUDIO_WAITING_MAX = 32  # blocks; a host that does not read finds the latest when it does
_BYTES_WAITING_MAX = 65536  # answers and events of a host that never reads
_FRAMES_A_WRITE = 16
_GARBAGE_EVERY_MS = 20


class FaultyWire:
    """`write` sends bytes and says how many went; `on_data` takes the host's bytes after the faults."""

    def __init__(self, timeline: Timeline, random: Random, write: Callable[[bytes], int]) -> None:
        self.on_data: Callable[[bytes], None] = lambda data: None
        self.on_reset: Callable[[], None] = lambda: None
        self.sent = 0
        self._timeline = timeline
        self._random = random
        self._write = write
        self._switches = Switches()
        self._since_reset = 0
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._bytes_waiting = 0
        self._partial = b""
        self._garbage_due: Due | None = None

    @property
    def has_waiting(self) -> bool:
        """Whether something waits until the host reads."""
        return bool(self._waiting)

    def set(self, switches: Switches) -> None:
        """Take these faults from now on."""
        self._switches = switches
        self._since_reset = 0
        if switches.garbage and self._garbage_due is None:
            self._babble()

    def send(self, frame: Frame) -> None:
        """Send a frame to the host, as far as the faults allow."""
        self.sent += 1
        data: bytes | None = encode(frame)
        if self._switches.is_link_faulty:
            data = self._mangle(data or b"")
        if data is not None:
            self._later(data, isinstance(frame, Audio), self._enqueue)
        self._since_reset += 1
        if self._switches.reset_after and self._since_reset >= self._switches.reset_after:
            self._since_reset = 0
            self._timeline.after_ms(0, self.on_reset)  # not within whatever sends

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        if not self._switches.is_link_faulty:
            self.on_data(self._partial + data)
            self._partial = b""
            return
        *frames, self._partial = (self._partial + data).split(b"\0")
        for frame in frames:
            mangled = self._mangle(frame + b"\0") if frame else b"\0"
            if mangled is not None:
                self._later(mangled, False, lambda chunk, _: self.on_data(chunk))
        if len(self._partial) > MAX_ENCODED_BYTES:  # no frame is that long: nothing to be mangled
            self.on_data(self._partial)
            self._partial = b""

    def flush(self) -> None:
        """Send what waits, as much as the host takes: in one write, as a rule."""
        while self._waiting:
            head = [data for data, _ in islice(self._waiting, _FRAMES_A_WRITE)]
            taken = self._write(b"".join(head))
            self._bytes_waiting -= taken
            for data in head:
                if taken < len(data):
                    _, is_audio = self._waiting[0]
                    self._waiting[0] = (data[taken:], is_audio and not taken)
                    return
                taken -= len(data)
                self._waiting.popleft()

    def clear(self) -> None:
        """The plug was pulled, or the host went: nothing is under way any more."""
        self._waiting.clear()
        self._bytes_waiting = 0
        self._partial = b""

    def _mangle(self, data: bytes) -> bytes | None:
        switches, random = self._switches, self._random
        if switches.lose and random.random() < switches.lose:
            return None
        if switches.cut and random.random() < switches.cut:
            data = data[: random.randrange(len(data))]
        if data and switches.corrupt and random.random() < switches.corrupt:
            place = random.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]
        return data

    def _later(self, data: bytes, is_audio: bool, then: Callable[[bytes, bool], None]) -> None:
        if self._switches.delay_ms:
            self._timeline.after_ms(self._switches.delay_ms, lambda: then(data, is_audio))
        else:
            then(data, is_audio)

    def _enqueue(self, data: bytes, is_audio: bool) -> None:
        if self._bytes_waiting + len(data) > _BYTES_WAITING_MAX:
            return
        self._waiting.append((data, is_audio))
        self._bytes_waiting += len(data)
        if is_audio and len(self._waiting) > _AUDIO_WAITING_MAX:
            self._drop_oldest_audio()

    def _drop_oldest_audio(self) -> None:
        for place, (data, is_audio) in enumerate(self._waiting):
            if is_audio:
                del self._waiting[place]
                self._bytes_waiting -= len(data)
                return

    def _babble(self) -> None:
        self._garbage_due = None
        if self._switches.garbage:
            count = max(1, self._switches.garbage * _GARBAGE_EVERY_MS // 1000)
            self._enqueue(self._random.randbytes(count), True)
            self._garbage_due = self._timeline.after_ms(_GARBAGE_EVERY_MS, self._babble)
