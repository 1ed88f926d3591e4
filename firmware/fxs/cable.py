"""Whether so many frames are damaged that somebody should look at the cable. Pure: time is given."""

DAMAGED_MAX = 10  # in a while; a healthy link has none, a touched plug some
WHILE_S = 5.0
WORDS = "many of its frames are damaged: is its cable, plug or hub bad?"


class CableWatch:
    """Of one session. Bad from the tenth damaged frame within a while, until a while has none."""

    def __init__(self) -> None:
        self.is_bad = False
        self._seen: int | None = None
        self._count = 0
        self._ends_at = 0.0

    def observe(self, damaged: int, now: float) -> bool:
        """So many frames were damaged so far; whether that changed `is_bad`."""
        was_bad = self.is_bad
        if self._seen is None:  # what lay in the device before the session says nothing
            self._seen, self._ends_at = damaged, now + WHILE_S
        self._count += max(0, damaged - self._seen)  # an adapter that starts anew counts anew
        self._seen = damaged
        self.is_bad = self.is_bad or self._count >= DAMAGED_MAX
        if now >= self._ends_at:
            self.is_bad = self.is_bad and self._count > 0
            self._count, self._ends_at = 0, now + WHILE_S
        return self.is_bad is not was_bad
