"""Numbers, paths and manners of all lines, shared by the threads of the adapters. Knows no device."""

import threading
import time
from collections.abc import Callable, Iterable

from firmware.fxs.line import AudioPath, LineEvent, LineId, LineKind
from firmware.fxs.numbering import Claim, LineNumbers
from firmware.fxs.profile import LineProfile
from firmware.fxs.served import AdapterLines

ORDER_PATIENCE_S = 1.5  # at the start lines are numbered by place, so adapters wait for one another


class LineRegistry:
    """Every method may be called from any thread."""

    def __init__(
        self,
        post: Callable[[LineEvent], None],
        profile: Callable[[LineId], LineProfile],
        block_ms: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.post = post
        self.profile = profile
        self.block_ms = block_ms
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = LineNumbers()
        self._paths: dict[LineId, AudioPath] = {}
        self._served: dict[LineId, AdapterLines] = {}
        self._expected: set[str] = set()
        self._patient_until = 0.0

    def expect(self, locations: Iterable[str]) -> None:
        """Adapters are plugged in here: they get their numbers in this order, whoever speaks first."""
        with self._lock:
            self._expected = set(locations)
            self._patient_until = self._clock() + ORDER_PATIENCE_S

    def expect_no_more(self, location: str) -> None:
        """The adapter at this place has its numbers, or will not speak."""
        with self._lock:
            self._expected.discard(location)

    def is_turn_of(self, location: str) -> bool:
        """Whether no adapter at an earlier place is still awaited."""
        with self._lock:
            is_first = all(location <= other for other in self._expected)
            return is_first or self._clock() >= self._patient_until

    def claim(self, serial: str, location: str, kinds: tuple[LineKind, ...]) -> Claim:
        """Numbers for an adapter. Raises NoNumberLeft."""
        with self._lock:
            return self._numbers.claim(serial, location, kinds)

    def release(self, claim: Claim) -> None:
        """The adapter is gone."""
        with self._lock:
            self._numbers.release(claim)

    def serve(self, line: LineId, by: AdapterLines) -> None:
        """From now on this is who performs commands to the line."""
        with self._lock:
            self._served[line] = by

    def lose(self, line: LineId) -> None:
        """Nobody performs them any longer."""
        with self._lock:
            self._served.pop(line, None)

    def served(self, line: LineId) -> AdapterLines | None:
        """Who performs commands to the line; None when it is lost or was never there."""
        with self._lock:
            return self._served.get(line)

    def attach(self, line: LineId, path: AudioPath | None) -> None:
        """Name the path of the line's audio. It outlives a loss of the line."""
        with self._lock:
            if path is None:
                self._paths.pop(line, None)
            else:
                self._paths[line] = path

    def path(self, line: LineId) -> AudioPath | None:
        """The path attached. Without the lock: asked for each block, and a dict's get is atomic."""
        return self._paths.get(line)
