"""A bounded number of long-lived answers: each holds a thread of the server. Knows no page."""

import threading


class Seats:
    """At most `limit` at once."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._freed = threading.Condition()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken

    def take(self, patience_s: float = 0.0) -> bool:
        """Take one; False when all are taken and none is given back in time."""
        with self._freed:
            if not self._freed.wait_for(lambda: self._taken < self.limit, patience_s):
                return False
            self._taken += 1
            return True

    def release(self) -> None:
        """Give one back."""
        with self._freed:
            self._taken -= 1
            self._freed.notify()
