"""Loop current (or battery) that goes and comes, into what is meant by it. No I/O, no clock."""

from collections.abc import Callable

from firmware.fxs.line import SAMPLE_RATE_HZ

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
_WRAP = 1 << 32  # of the adapter's sample counter


class LoopWatch:
    """Tells that the current is lost once it has been for as long as an exchange means it, and that it is back.

    Exchanges break the loop for some ms when they switch; that is no hang-up. Times are the adapter's sample counter.
    """

    def __init__(self, least_ms: Callable[[], int], *, is_lost: bool) -> None:
        self._least_ms = least_ms
        self._is_lost = is_lost  # as told
        self._lost_at: int | None = None  # not told yet

    @property
    def is_timing(self) -> bool:
        """Whether `tick` may have something to say."""
        return self._lost_at is not None

    def feed(self, is_lost: bool, sample: int) -> list[bool]:
        """The current was lost, or came back, at `sample`; what is to be told, in order."""
        news = self.tick(sample)
        if is_lost:
            if not self._is_lost and self._lost_at is None:
                self._lost_at = sample
            return news
        self._lost_at = None
        was_lost, self._is_lost = self._is_lost, False
        return [*news, False] if was_lost else news

    def tick(self, sample: int) -> list[bool]:
        """It is `sample` now and nothing happened."""
        if self._lost_at is None or (sample - self._lost_at) % _WRAP >= _WRAP // 2:  # a stamp may be a little older
            return []
        if (sample - self._lost_at) % _WRAP < self._least_ms() * _SAMPLES_PER_MS:
            return []
        self._lost_at, self._is_lost = None, True
        return [True]
