"""Timers of a call loop that go off when a test says so."""

from collections.abc import Callable


class Loop:
    """Timers that go off when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Waiting] = []

    def call_later(self, delay_s: float, action: Callable[[], None]) -> "Waiting":
        timer = Waiting(self.now + delay_s, action)
        self.timers.append(timer)
        return timer

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while due := sorted((t for t in self.timers if not t.is_cancelled and t.due <= end), key=lambda t: t.due):
            self.timers.remove(due[0])
            self.now = due[0].due
            due[0].action()
        self.now = end


class Waiting:
    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action = action
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True
