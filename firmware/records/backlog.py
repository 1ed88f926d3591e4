"""What waits to be written: bounded, the latest of each call, filled without waiting. Knows no database."""

import threading
import time
from dataclasses import dataclass, field

from firmware.records.rows import UP, CallRecord, LineSample, TrunkState, cleaned, cleaned_call, cleaned_sample

CALLS_MAX = 1000
"""Calls waiting; beyond it updates of calls that are up are dropped, the oldest first."""
FINAL_MAX = 10_000  # about 10 MB: weeks of calls on a box whose card is dead
_EVENTS_MAX = 1000  # different security events in a second; the rest is counted under one source
_COURSE_MAX = 1000  # states and samples waiting, of each: hours of them; the oldest go first
_ERASURES_MAX = 100  # a person asks for these, one at a time
_MANY = "many"

EventKey = tuple[str, str, str]


@dataclass(slots=True)
class WaitingCall:
    """The newest of a call; `posted_s` (monotonic) is when the first of it came."""

    record: CallRecord
    posted_s: float


@dataclass(slots=True)
class WaitingEvent:
    """Equal security events, and when (seconds since the epoch)."""

    count: int
    began_at: float
    last_at: float


@dataclass(frozen=True, slots=True)
class WaitingState:
    """The state that a trunk took; `posted_s` is monotonic."""

    state: TrunkState
    posted_s: float


@dataclass(slots=True)
class Batch:
    """What is written together."""

    calls: dict[str, WaitingCall] = field(default_factory=dict)
    events: dict[EventKey, WaitingEvent] = field(default_factory=dict)
    erasures: list[str] = field(default_factory=list)
    states: list[WaitingState] = field(default_factory=list)
    samples: list[LineSample] = field(default_factory=list)
    posted: int = 0  # how many things had been posted when it was taken

    @property
    def is_empty(self) -> bool:
        return not (self.calls or self.events or self.erasures or self.states or self.samples)

    @property
    def may_wait(self) -> bool:
        """Nobody looks for these at once: they are gathered."""
        return not (self.calls or self.erasures or self.is_empty)


class Backlog:
    """`put_*` from any thread, `take` and `put_back` from the one that writes."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._posted = self._written = 0
        self._waiting = Batch()
        self._finals = 0
        self.wake = threading.Event()
        self.dropped = 0

    def put_call(self, record: CallRecord) -> bool:
        """False: something had to be dropped for it."""
        waiting = WaitingCall(cleaned_call(record), time.monotonic())
        with self._lock:
            self._posted += 1
            was_dropped = self._put(waiting)
        self.wake.set()
        return not was_dropped

    def put_event(self, kind: str, source: str, words: str) -> None:
        """Count it to its equals."""
        key, now = (cleaned(kind), cleaned(source), cleaned(words)), time.time()
        with self._lock:
            self._posted += 1
            events = self._waiting.events
            is_first = not events
            if key not in events and len(events) >= _EVENTS_MAX:
                key = (key[0], _MANY, "")
            event = events.setdefault(key, WaitingEvent(0, now, now))
            event.count, event.last_at = event.count + 1, max(now, event.began_at)
        if is_first:  # a flood is gathered, and must not wake the writer each time
            self.wake.set()

    def put_state(self, trunk: str, state: str, words: str) -> None:
        """A trunk is so from now on; "": there is no such trunk any more."""
        shown = TrunkState(cleaned(trunk), cleaned(state), cleaned(words), time.time())
        with self._lock:
            self._posted += 1
            self._waiting.states.append(WaitingState(shown, time.monotonic()))
            del self._waiting.states[:-_COURSE_MAX]
        self.wake.set()

    def put_sample(self, sample: LineSample) -> None:
        """What a line's audio was like."""
        with self._lock:
            self._posted += 1
            self._waiting.samples.append(cleaned_sample(sample))
            del self._waiting.samples[:-_COURSE_MAX]
        self.wake.set()

    def put_erasure(self, number: str) -> bool:
        """False: too many wait."""
        with self._lock:
            if len(self._waiting.erasures) >= _ERASURES_MAX:
                return False
            self._posted += 1
            self._waiting.erasures.append(number)
        self.wake.set()
        return True

    def take(self) -> Batch:
        """All of it."""
        with self._lock:
            batch, self._waiting, self._finals = self._waiting, Batch(), 0
            batch.posted = self._posted
            self.wake.clear()
        return batch

    def written(self, batch: Batch) -> None:
        """It is on the card."""
        with self._lock:
            self._written = batch.posted
            self._lock.notify_all()

    def wait_written(self, timeout_s: float) -> bool:
        """Whether all that was posted before is on the card in time."""
        with self._lock:
            posted = self._posted
            return self._lock.wait_for(lambda: self._written >= posted, timeout_s)

    @property
    def is_empty(self) -> bool:
        with self._lock:
            return self._waiting.is_empty

    def put_back(self, batch: Batch) -> None:
        """It could not be written; what came meanwhile is newer."""
        with self._lock:
            newer, self._waiting, self._finals = self._waiting, Batch(), 0
            for waiting in [*batch.calls.values(), *newer.calls.values()]:
                self._put(waiting)
            self._waiting.events = batch.events
            for key, event in newer.events.items():
                if key in batch.events:
                    batch.events[key].count += event.count
                    batch.events[key].last_at = event.last_at
                elif len(batch.events) < _EVENTS_MAX:
                    batch.events[key] = event
            self._waiting.states = (batch.states + newer.states)[-_COURSE_MAX:]
            self._waiting.samples = (batch.samples + newer.samples)[-_COURSE_MAX:]
            self._waiting.erasures = (batch.erasures + newer.erasures)[:_ERASURES_MAX]

    def _put(self, waiting: WaitingCall) -> bool:
        calls, id = self._waiting.calls, waiting.record.id
        is_final = waiting.record.state != UP
        before = calls.get(id)
        if before is not None:
            if before.record.state != UP and not is_final:
                return False  # late: the call is over
            waiting.posted_s = before.posted_s
            self._finals += is_final and before.record.state == UP
            calls[id] = waiting
            return False
        calls[id] = waiting
        self._finals += is_final
        return self._drop_surplus()

    def _drop_surplus(self) -> bool:
        calls = self._waiting.calls
        if len(calls) <= CALLS_MAX:
            return False
        if len(calls) > self._finals:
            victim = next(id for id, waiting in calls.items() if waiting.record.state == UP)
        elif self._finals > FINAL_MAX:
            victim = next(iter(calls))
            self._finals -= 1
        else:
            return False
        del calls[victim]
        self.dropped += 1
        return True
